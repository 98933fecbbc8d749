//! What an operator calls an event or a stream by.

use alga_webhooks::events::name::Name;
use shared::event::{EventKey, StreamId};

#[test]
fn a_stream_a_ticket_or_an_event_can_be_named() {
    let stream = StreamId::parse("t1/ticket/k1").unwrap();
    let event = EventKey::parse("e1/ticket.created").unwrap();
    for (name, means) in [
        ("t1/ticket/k1", true),
        ("k1", true),
        ("e1", true),
        ("e1/ticket.created", true),
        ("t1", false),
        ("ticket", false),
        ("ticket.created", false),
        ("k", false),
        ("t1/ticket/k2", false),
        ("e1/ticket.closed", false),
    ] {
        let name: Name = name.parse().unwrap();
        assert_eq!(name.means(&stream, &event), means, "{name}");
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
