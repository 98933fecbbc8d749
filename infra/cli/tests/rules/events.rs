//! Events: what they are called, when they are tried again or parked, and which have waited for long.

use alga_webhooks::commands::waiting::by_stream;
use alga_webhooks::events::name::Name;
use alga_webhooks::events::retry::{next, parked};
use jiff::Timestamp;
use shared::event::{EventKey, Place, Position, StreamId};
use shared::inbox::Waiting;

#[test]
fn a_stream_a_ticket_or_an_event_can_be_named() {
    let stream = StreamId::parse("t1/ticket/k1").unwrap();
    let event = EventKey::parse("e1/ticket.created").unwrap();
    for (names, means) in [
        ("t1/ticket/k1 k1 e1 e1/ticket.created", true),
        ("t1 ticket ticket.created k t1/ticket/k2", false),
        ("e1/ticket.closed", false),
    ] {
        for name in names.split(' ') {
            let name: Name = name.parse().unwrap();
            assert_eq!(name.means(&stream, &event), means, "{name}");
        }
    }
}

#[test]
fn what_cannot_be_a_name_is_refused() {
    for text in ["", "/", "a/", "/a", "a//b", "a/b/c", "a/b/c/d"] {
        assert!(text.parse::<Name>().is_err(), "{text}");
    }
    let stream = |text: &str| text.parse::<Name>().unwrap().stream().cloned();
    assert_eq!(stream("a/ticket/c"), StreamId::parse("a/ticket/c"));
    assert_eq!(stream("a/b"), None);
}

#[test]
fn the_delay_doubles_from_5_s_to_15_min_until_the_event_is_parked() {
    let start = Timestamp::UNIX_EPOCH;
    for (tries, next_after, parked_after) in [
        (1, 5, 4875),
        (2, 10, 4870),
        (8, 640, 4240),
        (9, 900, 3600),
        (12, 900, 900),
        (13, 900, 0),
    ] {
        let after = |time: Timestamp| time.duration_since(start).as_secs();
        assert_eq!(after(next(tries, start)), next_after, "{tries}");
        assert_eq!(after(parked(tries, start)), parked_after, "{tries}");
    }
}

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
