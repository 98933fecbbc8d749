//! Where events belong, two at a time.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::json;
use shared::event::{CLOCK_SKEW, Event};
use shared::queue::group;

use super::now;
use algapsa::causal_order::rank;

/// Ten lines: tenant, event id, type, the id of what it is about, and time of one event and of another. Two events share
/// a key only if they are the same, no key is one of something else, and positions order as their times and ranks do.
pub fn place(input: &[u8]) {
    let Ok(input) = str::from_utf8(input) else {
        return;
    };
    let lines: Vec<&str> = input.split('\n').collect();
    let [one, other] = [lines.get(..5), lines.get(5..10)];
    let (Some(one), Some(other)) = (one.and_then(event), other.and_then(event)) else {
        return;
    };
    let identity = |event: &Event| {
        let ids = [event.tenant_id(), event.event_id(), event.event_type()];
        let subject = event.subject_id().map(str::to_owned);
        (ids.map(str::to_owned), subject)
    };
    let key = |event: &Event| (event.place.stream.clone(), event.place.event());
    assert_eq!(key(&one) == key(&other), identity(&one) == identity(&other));
    let same_group = group(&one.place.stream) == group(&other.place.stream);
    assert_eq!(same_group, one.place.stream == other.place.stream);

    for event in [&one, &other] {
        let key = event.place.event();
        let seen = key.as_str().matches('/').count();
        assert_eq!(seen, 1, "neither a watermark nor a part nor quarantine");
    }
    let by_order = order(&one).cmp(&order(&other));
    let by_position = one.place.position.cmp(&other.place.position);
    let tied = by_order == Ordering::Equal;
    let places = (&one.place, &other.place);
    assert!(tied || by_position == by_order, "{places:?}");
    let by_key = one.place.event().cmp(&other.place.event());
    assert!(!tied || by_position == by_key, "{places:?}");
}

fn event(lines: &[&str]) -> Option<Event> {
    let [tenant_id, event_id, event_type, subject, occurred_at] = lines else {
        return None;
    };
    let body = json!({
        "event_id": event_id, "event_type": event_type, "occurred_at": occurred_at, "tenant_id": tenant_id,
        "data": { "ticket_id": subject, "project_id": subject, "task_id": subject },
    });
    Event::parse(body.to_string().into(), now()).ok()
}

fn order(event: &Event) -> (Timestamp, usize) {
    let time = event.occurred_at.min(now() + CLOCK_SKEW);
    (time, rank(event.event_type()))
}
