//! The lives that tickets lead: which events they make, when, and what these say.

use std::collections::HashSet;

use algapsa::{Event, Lives};
use jiff::SignedDuration;
use serde_json::json;

use super::{SEED, field, start};

#[test]
fn lives_begin_with_their_creation_and_share_the_events() {
    let events = Lives::new(SEED).town(30, 1_000, start(), SignedDuration::from_hours(1));
    assert_eq!(events.len(), 1_000);
    assert!(events.is_sorted_by_key(|event| event.occurred_at));
    let mut seen = HashSet::new();
    for event in &events {
        let ticket = field(event, "ticket_id").unwrap().as_str().unwrap();
        assert_eq!(seen.insert(ticket), event.event_type == "ticket.created");
    }
    assert_eq!(seen.len(), 30);
    let ids: HashSet<_> = events.iter().map(|event| &event.event_id).collect();
    assert_eq!(ids.len(), 1_000);
}

#[test]
fn only_what_comes_through_the_api_moves_updated_at() {
    let events = Lives::new(SEED).life(500, start(), SignedDuration::from_hours(500));
    let told = |event: &Event| field(event, "updated_at").unwrap().clone();
    let (mut moved, mut stayed) = (0, 0);
    for pair in events.windows(2) {
        if told(&pair[0]) == told(&pair[1]) {
            stayed += 1;
        } else {
            moved += 1;
            assert_eq!(pair[1].event_type, "ticket.updated");
            assert_eq!(told(&pair[1]), json!(format!("{:.3}", pair[1].occurred_at)));
        }
    }
    assert!(moved > 0 && stayed > 400, "{moved} and {stayed}");
}

#[test]
fn a_ticket_is_closed_with_two_events_a_few_milliseconds_apart_or_at_the_same_one() {
    let events = Lives::new(SEED).life(500, start(), SignedDuration::from_hours(500));
    let mut apart = Vec::new();
    for pair in events.windows(2) {
        let [before, closed] = pair else { panic!() };
        if closed.event_type == "ticket.closed" {
            let comes_with = ["ticket.status_changed", "ticket.updated"];
            assert!(
                comes_with.contains(&before.event_type.as_str()),
                "{before:?}"
            );
            let span = closed.occurred_at.duration_since(before.occurred_at);
            apart.push(span.as_millis());
        }
    }
    apart.sort_unstable();
    assert_eq!(apart[0], 0, "at the same one");
    let last = apart[apart.len() - 1];
    assert!((1..8).contains(&last), "{last} ms");
}
