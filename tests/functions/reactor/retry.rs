//! Failures that may pass: attempts, delays, and which doorbells come again.

use jiff::{SignedDuration, Timestamp};
use shared::inbox::Watermarks;
use support::in_process::reports;
use support::{Reply, SOON, until};
use tokio::select;
use tokio::time::Instant;

use super::{MINUTE, World, bells_for, id, message_ids};

#[tokio::test]
async fn the_delay_follows_the_attempts_and_what_the_target_asks_for_within_bounds() {
    for (tried, reply, delay) in [
        (0, Reply::Status(503), 5),
        (1, Reply::Status(503), 10),
        (2, Reply::Status(500), 20),
        (7, Reply::Status(404), 640),
        (8, Reply::Status(302), 900),
        (11, Reply::Status(429), 900),
        (0, Reply::Later(429, 1), 5),
        (0, Reply::Later(503, 60), 60),
        (3, Reply::Later(503, 30), 40),
        (0, Reply::Later(503, 901), 900),
    ] {
        let (world, places) = World::with_ticket(1).await;
        if tried > 0 {
            world.has_been_tried(&places[0], tried).await;
        }
        world.answer(&places[0], reply);
        world.ring_in_vain(&places, 1).await;
        assert_eq!(world.delays(), [delay], "{reply:?} after {tried} tries");
        assert_eq!(world.tries(&places[0]).await, tried + 1);
        assert_eq!(world.states(&places).await, ["waiting"]);
    }
}

#[tokio::test]
async fn a_failed_event_comes_again_after_its_delay_and_not_before() {
    let (world, places) = World::with_ticket(1).await;
    world.answer(&places[0], Reply::Status(503));
    let messages = world.ring(&places).await;
    let tried = Instant::now();
    assert_eq!(world.hear(&messages).await.len(), 1);
    world.answer(&places[0], Reply::Status(200));

    let again = world.queue.receive_one().await;
    let waited = tried.elapsed().as_secs_f64();
    assert!(waited >= 5.0, "it came after {waited} s, and not after 5 s");
    assert_eq!(world.hear(&[again]).await, [""; 0]);
    let expected = [1, 2].map(|tries| format!("{} in-order {tries}", id(&places[0])));
    assert_eq!(world.heard(&places[0]), expected);
}

#[tokio::test]
async fn only_the_doorbells_from_the_first_unsettled_event_on_come_again() {
    let world = World::new().await;
    let (places, others) = (world.ticket(4).await, world.ticket(1).await);
    world.target.answer(id(&places[1]), Reply::Status(503));
    let _ = reports::take();
    // The other ticket's event has another id and is settled.
    let messages = world.ring(&[places.clone(), others.clone()].concat()).await;
    let left = bells_for(&messages, &places[1..]);
    let left: Vec<_> = left.into_iter().cloned().collect();

    let reported = world.hear(&messages).await;
    assert_eq!(reported.len(), 3);
    assert_eq!(message_ids(&left), reported.into_iter().collect());
    assert_eq!(world.delays(), [5; 3]);
    let states = world.states(&places).await;
    assert_eq!(states, ["settled", "waiting", "waiting", "waiting"]);
    assert_eq!(reports::sum(&reports::take(), "ReactionsFailed"), 1);
}

#[tokio::test]
async fn the_watermark_tells_why_the_last_attempt_failed_until_the_next_one_begins() {
    let (world, places) = World::with_ticket(1).await;
    world.answer(&places[0], Reply::Status(503));
    world.ring_in_vain(&places, 1).await;
    let watermarks = Watermarks::new(world.inbox.clone(), super::RETENTION);
    let watermark = watermarks.read(&places[0].stream).await.unwrap();
    let why = watermark.failed_because.unwrap();
    assert_eq!(why, "the target answered 503 Service Unavailable");

    let now = jiff::Timestamp::now();
    let announced = watermarks.announce(&places[0], Watermarks::name(), now, now);
    announced.await.unwrap();
    let watermark = watermarks.read(&places[0].stream).await.unwrap();
    let seen = (
        watermark.attempts,
        watermark.failed_at,
        watermark.failed_because,
    );
    assert_eq!(seen, (2, None, None));
}

#[tokio::test]
async fn a_try_is_counted_before_it_is_made() {
    let (world, places) = World::with_ticket(1).await;
    world.answer(&places[0], Reply::Nothing);
    for tries in 1..=2 {
        let messages = world.ring(&places).await;
        // The function dies while the target has the event.
        select! {
            _ = world.hear(&messages) => panic!("a target that never answers was not waited for"),
            () = until("the target has heard", SOON, async || {
                (world.heard(&places[0]).len() == tries).then_some(())
            }) => {}
        }
        assert_eq!(world.tries(&places[0]).await, u32::try_from(tries).unwrap());
        world.queue.delete(&messages[0]).await;
    }
    world.answer(&places[0], Reply::Status(200));
    world.serve(&places).await;
    let third = format!("{} in-order 3", id(&places[0]));
    let heard = world.heard(&places[0]);
    let seen = heard.last();
    assert_eq!(
        seen,
        Some(&third),
        "not late, although the watermark has moved"
    );
}

/// From its first failed attempt, and afresh after it was parked, however long ago it was kept.
#[tokio::test]
async fn a_failed_attempt_tells_for_how_long_its_event_has_been_failing() {
    let (world, places) = World::with_ticket(1).await;
    let start = Timestamp::now();
    let mut bells = world.ring(&places).await;
    let mut told = Vec::new();
    for (minutes, status) in [(120, 503), (121, 503), (136, 503), (137, 422), (300, 503)] {
        world.answer(&places[0], Reply::Status(status));
        let _ = reports::take();
        let now = start + SignedDuration::from_mins(minutes);
        let left = world.hear_at(&bells, now, MINUTE).await;
        let lines = reports::take();
        told.push(lines.iter().find_map(|line| line["FailingFor"].as_i64()));
        if left.is_empty() {
            world.queue.delete(&bells[0]).await;
            world.doorbells.unpark(&places[0]).await.expect("it rings");
            bells = world.queue.receive(1).await;
        } else {
            bells = world.come_again(&bells).await;
        }
    }
    let minutes = |told: Option<i64>| told.map(|seconds| (seconds + 30) / 60);
    let told: Vec<_> = told.into_iter().map(minutes).collect();
    assert_eq!(told, [Some(0), Some(1), Some(16), None, Some(0)]);
}

#[tokio::test]
async fn a_target_that_does_not_answer_fails_after_ten_seconds() {
    let (world, places) = World::with_ticket(2).await;
    world.answer(&places[0], Reply::Nothing);
    let messages = world.ring(&places).await;
    let started = Instant::now();
    assert_eq!(world.hear(&messages).await.len(), 2);
    let took = started.elapsed().as_secs_f64();
    assert!((10.0..45.0).contains(&took), "{took} s");
    assert_eq!(world.delays(), [5, 5]);
    let count = world.heard(&places[0]).len();
    assert_eq!(count, 1, "the second waits behind the first");
}

#[tokio::test]
async fn doorbells_come_again_with_the_delay_of_their_own_stream() {
    let world = World::new().await;
    let (often, once) = (world.ticket(1).await, world.ticket(1).await);
    world.has_been_tried(&often[0], 3).await;
    for place in [&often[0], &once[0]] {
        world.answer(place, Reply::Status(503));
    }
    let messages = world.ring(&[often.clone(), once.clone()].concat()).await;
    assert_eq!(world.hear(&messages).await.len(), 2);
    let hidden = world.wire.requests("ChangeMessageVisibilityBatch");
    let delay_of = |place: &shared::event::Place| {
        let receipt = bells_for(&messages, std::slice::from_ref(place))[0]
            .receipt_handle()
            .unwrap();
        let requests = hidden[1..].iter();
        let entries = requests.flat_map(|request| request["Entries"].as_array().unwrap());
        let mut mine = entries.filter(|entry| entry["ReceiptHandle"] == receipt);
        mine.next_back().unwrap()["VisibilityTimeout"].as_i64()
    };
    let seen = (delay_of(&often[0]), delay_of(&once[0]));
    assert_eq!(seen, (Some(40), Some(5)));
}
