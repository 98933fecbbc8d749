//! What an event's identity and place should be, worked out from what was sent and not by the code that is tested.

use super::witness::Key;
use algapsa::{Event, causal_order};

/// An event's stream, and its key there.
pub fn key(event: &Event) -> Key {
    let about = causal_order::KINDS
        .iter()
        .find(|(prefix, ..)| event.event_type.starts_with(prefix));
    let (kind, id) = about.map_or(("event", event.event_id.clone()), |(_, kind, name)| {
        (*kind, text(event, name))
    });
    let stream = format!("{}/{kind}/{id}", event.tenant_id);
    (stream, format!("{}/{}", event.event_id, event.event_type))
}

/// A text that orders as the events of a stream should: by time, then by cause, then by name.
pub fn order(event: &Event) -> String {
    let rank = causal_order::rank(&event.event_type);
    let (at, id, event_type) = (event.occurred_at, &event.event_id, &event.event_type);
    format!("{at:.9}/{rank}/{id}/{event_type}")
}

fn text(event: &Event, name: &str) -> String {
    let field = event.data.0.iter().find(|(known, _)| known == name);
    let value = field.and_then(|(_, value)| value.as_str());
    value.unwrap_or_default().to_owned()
}
