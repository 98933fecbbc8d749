//! What is said of an event.

use alga_webhooks::commands::stream::drawn;
use alga_webhooks::events::view::View;
use jiff::{SignedDuration, Timestamp};
use shared::event::{Place, Position, StreamId};
use shared::inbox::{Waiting, Watermark};

const POSITION: &str = "2026-08-24T15:04:05.678000000Z/0/e1/ticket.created";

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a time")
}

/// What a waiting event says, after attempts of which the last ended a minute ago.
fn told(attempts: u32, failed_because: Option<&str>) -> String {
    waiting(attempts, failed_because).told(now())
}

fn waiting(attempts: u32, failed_because: Option<&str>) -> View {
    let now = now();
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
    View::waiting(&Waiting { place, kept_at }, &watermark)
}

/// With a type and an id as AlgaPSA has them.
#[test]
fn a_stream_s_times_and_ids_are_in_one_piece_on_a_narrow_terminal() {
    let mut view = waiting(3, Some("the target answered 503"));
    view.event_type = "ticket.status_changed".to_owned();
    view.event_id = "0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6".to_owned();
    let [occurred, id] = [view.occurred(), view.event_id.clone()];
    for width in [100, 123, 124, 160] {
        let drawn = drawn(&[waiting(0, None), view.clone()], now(), width);
        for whole in [&occurred, &id] {
            assert!(drawn.contains(whole), "{width}: {whole}\n{drawn}");
        }
    }
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
