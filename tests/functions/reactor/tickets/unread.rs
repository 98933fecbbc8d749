//! What becomes of an event whose ticket cannot be read.

use std::time::Duration;

use algapsa::ticket_api::Mood;
use jiff::Timestamp;
use support::in_process::{Break, reports};
use support::{SOON, until};
use tokio::time::Instant;

use super::{keyless, project, put_key, reading};
use crate::reactor::{PLENTY, id, in_order};

#[tokio::test]
async fn an_api_that_asks_for_a_very_long_wait_holds_up_only_its_tickets() {
    let date = "Tue, 31 Dec 2999 23:59:59 GMT";
    for words in ["18446744073709551615", "99999999999", date] {
        let (world, api) = reading().await;
        api.becomes(Mood::Odd(429, words));
        let (places, healthy) = (world.ticket(1).await, project(&world).await);
        let all = [places.clone(), healthy.clone()].concat();
        let messages = world.ring(&all).await;
        assert_eq!(world.hear(&messages).await.len(), 1, "{words}");
        assert_eq!(world.states(&healthy).await, ["settled"], "{words}");
        assert_eq!(world.states(&places).await, ["waiting"], "{words}");
        assert_eq!(world.delays(), [900], "{words}");
    }
}

#[tokio::test]
async fn whatever_else_the_api_answers_is_tried_again_like_any_failure() {
    for (mood, delay) in [
        (Mood::Status(401), 5),
        (Mood::Status(403), 5),
        (Mood::Status(500), 5),
        (Mood::Status(302), 5),
        (Mood::Later(503, 60), 60),
        (Mood::Later(503, 901), 900),
        (Mood::Nonsense(r#"{"data":[]}"#), 5),
        (Mood::Nonsense("<html>"), 5),
        (Mood::Silent, 5),
    ] {
        let (world, api) = reading().await;
        api.becomes(mood.clone());
        let places = world.ticket(2).await;
        let messages = world.ring(&places).await;
        let _ = reports::take();
        let started = Instant::now();
        assert_eq!(world.hear(&messages).await.len(), 2, "{mood:?}");
        // A read has five seconds.
        assert!(started.elapsed() < Duration::from_secs(40), "{mood:?}");
        assert_eq!(world.states(&places).await, ["waiting"; 2], "{mood:?}");
        assert_eq!(world.tries(&places[0]).await, 1, "{mood:?}");
        assert_eq!(world.delays(), [delay; 2], "{mood:?}");
        let lines = reports::take();
        assert_eq!(reports::sum(&lines, "TicketReadsFailed"), 1, "{mood:?}");
        assert_eq!(reports::sum(&lines, "ReactionsFailed"), 1, "{mood:?}");
        assert!(world.target.everything().is_empty(), "{mood:?}");

        api.becomes(Mood::Well);
        assert_eq!(world.hear(&messages).await, [""; 0], "{mood:?}");
    }
}

#[tokio::test]
async fn without_a_key_events_wait() {
    let (world, api) = keyless().await;
    let places = world.ticket(1).await;
    let messages = world.ring_in_vain(&places, 1).await;
    assert!(api.all_reads().is_empty());
    assert_eq!(world.tries(&places[0]).await, 1);
    put_key(&world, "a wrong one").await;
    let later = Timestamp::now() + Duration::from_secs(30);
    let left = world.hear_at(&messages, later, PLENTY).await;
    assert_eq!(left.len(), 1, "the answer is 401");
    assert_eq!(api.all_reads().len(), 1);
    assert_eq!(world.tries(&places[0]).await, 2);
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_no_attempt_of_the_event() {
    let (world, api) = reading().await;
    let places = world.ticket(1).await;
    let messages = world.ring(&places).await;
    world.wire.cut("GetSecretValue", "", Break::Refused);
    let (start, _) = (Timestamp::now(), reports::take());
    for _ in 0..13 {
        let left = world.hear_at(&messages, start, PLENTY).await;
        assert_eq!(left.len(), 1);
    }
    let told = reports::take();
    assert_eq!(reports::sum(&told, "AwsErrors"), 13);
    assert_eq!(reports::sum(&told, "TicketReadsFailed"), 0);
    assert_eq!(reports::sum(&told, "ReactionsFailed"), 0);
    assert_eq!(world.tries(&places[0]).await, 0);
    assert_eq!(world.wire.calls("GetSecretValue"), 1);
    assert!(api.all_reads().is_empty());

    world.wire.repair();
    let later = start + Duration::from_secs(5); // the second begins some time after the start
    let messages = world.queue.receive(1).await;
    let left = world.hear_at(&messages, later, PLENTY).await;
    assert_eq!(left, [""; 0]);
    assert_eq!(world.heard(&places[0]), in_order(&places));
}

#[tokio::test]
async fn a_rate_limit_uses_up_no_attempt_and_the_event_comes_back_when_it_may_read() {
    let (world, api) = reading().await;
    api.becomes(Mood::Later(429, 40));
    let (places, others) = (world.ticket(2).await, world.ticket(1).await);
    let messages = world.ring(&places).await;
    let _ = reports::take();
    let started = Instant::now();
    assert_eq!(world.hear(&messages).await.len(), 2);
    assert_eq!(world.tries(&places[0]).await, 0, "no try is counted");
    assert_eq!(world.delays(), [41, 41]);
    let lines = reports::take();
    assert_eq!(reports::sum(&lines, "ReactionsFailed"), 0);
    assert_eq!(reports::sum(&lines, "TicketReadsFailed"), 0);

    // Until then the API is not asked, and each stream is told its own time to come back.
    let messages = world.ring(&others).await;
    assert_eq!(world.hear(&messages).await.len(), 1);
    assert_eq!(api.all_reads().len(), 1);
    let passed = i64::try_from(started.elapsed().as_secs()).unwrap();
    let delays = world.delays();
    assert_eq!(delays.len(), 1);
    assert!((41 - passed..=42).contains(&delays[0]), "{delays:?}");
}

#[tokio::test]
async fn reads_that_others_make_with_the_key_count_too() {
    let (world, api) = reading().await;
    api.becomes(Mood::Left(0));
    let (first, second) = (world.ticket(1).await, world.ticket(1).await);
    world.serve(&first).await;
    let messages = world.ring(&second).await;
    // A read becomes free every second. At this time none has, however slow the machine is.
    let then = Timestamp::now() - PLENTY;
    let count = world.hear_at(&messages, then, PLENTY).await.len();
    assert_eq!(count, 1, "there is no read left");
    assert_eq!(api.all_reads().len(), 1);
    until(
        "one more read, now that time has passed",
        SOON,
        async || world.hear(&messages).await.is_empty().then_some(()),
    )
    .await;
    assert_eq!(api.all_reads().len(), 2);
}

#[tokio::test]
async fn an_outage_of_the_api_of_five_minutes_loses_nothing_and_keeps_the_order() {
    let (world, api) = reading().await;
    api.becomes(Mood::Status(503));
    let (places, healthy) = (world.ticket(3).await, project(&world).await);
    let messages = world.ring(&places).await;
    let mut waited = 0;
    for _ in 0..6 {
        assert_eq!(world.hear(&messages).await.len(), 3);
        waited += world.delays()[0];
    }
    assert_eq!(waited, 5 + 10 + 20 + 40 + 80 + 160);
    world.serve(&healthy).await;
    let states = world.states(&healthy).await;
    assert_eq!(states, ["settled"], "what needs no ticket goes on");

    api.becomes(Mood::Well);
    assert_eq!(world.hear(&messages).await, [""; 0]);
    let mut told = in_order(&places);
    told[0] = format!("{} in-order 7", id(&places[0]));
    assert_eq!(world.heard(&places[0]), told, "each once");
}
