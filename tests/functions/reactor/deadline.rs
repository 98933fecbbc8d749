//! The end of an invocation.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use support::in_process::reports;

use super::{World, in_order, message_ids};

#[tokio::test]
async fn with_too_little_time_nothing_is_started_and_everything_comes_again_at_once() {
    for seconds in [15, 3, 0] {
        let world = World::new().await;
        let (places, others) = (world.ticket(2).await, world.ticket(1).await);
        let messages = world.ring(&[places.clone(), others].concat()).await;
        let _ = reports::take();
        let left = Duration::from_secs(seconds);
        let reported = world.hear_within(&messages, left).await;
        let seen = message_ids(&messages);
        assert_eq!(seen, reported.into_iter().collect(), "{seconds} s");
        assert_eq!(world.heard(&places[0]), [""; 0], "{seconds} s");
        let tries = world.tries(&places[0]).await;
        assert_eq!(tries, 0, "{seconds} s: no attempt is counted");
        assert_eq!(reports::sum(&reports::take(), "ReactionsFailed"), 0);

        let again = world.queue.receive(3).await;
        assert_eq!(world.hear(&again).await, [""; 0]);
        assert_eq!(world.heard(&places[0]), in_order(&places));
    }
}

#[tokio::test]
async fn doorbells_stay_hidden_until_shortly_after_the_invocation_must_have_ended() {
    let (world, places) = World::with_ticket(2).await;
    let messages = world.ring(&places).await;
    let started = Instant::now();
    let late = Timestamp::now() + Duration::from_secs(30);
    let heard = world.hear_at(&messages, late, super::MINUTE);
    assert_eq!(heard.await, [""; 0]);
    let passed = i64::try_from(started.elapsed().as_secs()).unwrap();
    let claims = world.wire.requests("ChangeMessageVisibilityBatch");
    assert_eq!(claims.len(), 1);
    for entry in claims[0]["Entries"].as_array().unwrap() {
        let hidden = entry["VisibilityTimeout"].as_i64().unwrap();
        assert!((69 - passed..=70).contains(&hidden), "{hidden} s");
    }
}

/// Each is known to stay hidden for 90 s, so that nothing has to be said to SQS.
#[tokio::test]
async fn doorbells_that_were_received_moments_ago_are_not_claimed() {
    let (world, places) = World::with_ticket(2).await;
    let messages = world.ring(&places).await;
    let (before, now) = (world.wire.all_calls(), Timestamp::now());
    let heard = world.hear_at(&messages, now, super::MINUTE);
    assert_eq!(heard.await, [""; 0]);
    assert_eq!(world.wire.calls("ChangeMessageVisibilityBatch"), 0);
    assert_eq!(world.wire.calls("GetItem"), 0, "the list brings the bodies");
    let calls = world.wire.all_calls() - before;
    assert_eq!(
        calls,
        1 + 2 + 2 + 1,
        "list, announcements, settlements, secret"
    );
}
