//! Which streams have waited for long.

use alga_webhooks::commands::waiting::by_stream;
use jiff::Timestamp;
use shared::event::{Place, Position, StreamId};
use shared::inbox::Waiting;

/// The `n`th event of a stream of `t`.
fn waits(ticket: &str, n: u8, second: i64) -> Waiting {
    let position = format!("2026-08-24T15:04:0{n}.000000000Z/0/e{n}/ticket.created");
    Waiting {
        place: Place {
            stream: StreamId::of_ticket("t", ticket).unwrap(),
            position: Position::parse(&position).unwrap(),
        },
        kept_at: Timestamp::from_second(second).unwrap(),
    }
}

#[test]
fn a_stream_is_shown_whole_if_any_event_in_it_is_old_enough() {
    let waiting = [("a", 2, 100), ("a", 1, 300), ("b", 1, 200), ("c", 1, 199)];
    let waiting: Vec<_> = waiting.map(|(ticket, n, at)| waits(ticket, n, at)).into();
    let before = Timestamp::from_second(200).unwrap();
    let ids = |streams: Vec<Vec<Waiting>>| -> Vec<String> {
        let id = |event: &Waiting| event.place.position.event_id().to_owned();
        let joined = |events: Vec<Waiting>| events.iter().map(id).collect::<Vec<_>>().join(",");
        streams.into_iter().map(joined).collect()
    };
    let seen = ids(by_stream(waiting.clone(), Some(before)));
    assert_eq!(seen, ["e1,e2", "e1"]);
    assert_eq!(ids(by_stream(waiting, None)), ["e1,e2", "e1", "e1"]);
}
