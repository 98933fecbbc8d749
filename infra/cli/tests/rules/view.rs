//! What is said of an event.

use alga_webhooks::events::view::View;
use jiff::{SignedDuration, Timestamp};
use shared::event::{Place, Position, StreamId};
use shared::inbox::{Waiting, Watermark};

const POSITION: &str = "2026-08-24T15:04:05.678000000Z/0/e1/ticket.created";

/// What a waiting event says, after attempts of which the last ended a minute ago.
fn told(attempts: u32, failed_because: Option<&str>) -> String {
    let now = Timestamp::from_second(1_800_000_000).expect("a time");
    let position = Position::parse(POSITION).expect("a position");
    let stream = StreamId::of_ticket("t", "1").expect("a stream");
    let watermark = Watermark {
        attempted: Some(position.clone()),
        attempts,
        failed_at: Some(now - SignedDuration::from_mins(1)),
        failed_because: failed_because.map(str::to_owned),
    };
    let kept_at = now - SignedDuration::from_mins(2);
    let place = Place { stream, position };
    View::waiting(&Waiting { place, kept_at }, &watermark).told(now)
}

#[test]
fn an_attempt_that_failed_says_why_and_what_comes_next() {
    let told = told(3, Some("the target answered 503"));
    let begins = "waiting, attempt 3 failed 1 min ago: the target answered 503; next ";
    assert!(told.starts_with(begins), "{told}");
}

#[test]
fn awss_trouble_is_not_shown_as_an_attempt_of_the_event() {
    let expected =
        "waiting, a call to AWS failed 1 min ago, which is no attempt of the event (0 so far)";
    assert_eq!(told(0, None), expected);
}
