//! What an operator calls an event by, when its next try comes, and when it is parked.

use alga_webhooks::events::name::Name;
use alga_webhooks::events::retry::{next, parked};
use jiff::Timestamp;
use shared::event::{EventKey, StreamId};

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
