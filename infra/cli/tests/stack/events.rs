//! What becomes of events, and what the tool prints of them.

use std::sync::LazyLock;

use algapsa::{Event, Ticket};
use serde_json::Value;
use support::{Pipeline, SOON, Stack, wait_until};

/// For tests that look at tickets of their own only.
pub static PIPELINE: LazyLock<Pipeline> = LazyLock::new(|| Pipeline::deploy("HoldSeconds=0"));

/// Sends events one after the other.
pub fn accept(pipeline: &Pipeline, events: &[Event]) {
    for event in events {
        pipeline.sender.deliver(event);
    }
}

/// Sends events, which the target is to refuse for good, and waits until they are parked.
pub fn park(pipeline: &Pipeline, ticket: &Ticket, events: &[Event]) {
    accept(pipeline, events);
    wait_for_state(pipeline, ticket, events, "parked");
}

/// Waits until events are settled: a little later than their reactions are heard.
pub fn settled(pipeline: &Pipeline, ticket: &Ticket, events: &[Event]) {
    wait_for_state(pipeline, ticket, events, "settled");
}

/// Waits until that has become of each of the events.
pub fn wait_for_state(pipeline: &Pipeline, ticket: &Ticket, events: &[Event], expected: &str) {
    for event in events {
        wait_until(expected, SOON, || {
            state(&pipeline.stack, ticket, event) == expected
        });
    }
}

/// What has become of an event, as its item in the table tells.
pub fn state(stack: &Stack, ticket: &Ticket, event: &Event) -> &'static str {
    let item = stack.kept(&ticket.stream(), event).expect("it is kept");
    match (item.get("due"), item.get("parked_at")) {
        (Some(_), _) => "waiting",
        (None, Some(_)) => "parked",
        (None, None) => "settled",
    }
}

/// The ids of events.
pub fn ids(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.event_id.clone()).collect()
}

/// One field of each row, in order.
pub fn field(rows: &Value, name: &str) -> Vec<String> {
    let rows = rows.as_array().expect("a list was printed").iter();
    let field = |row: &Value| row[name].as_str().unwrap_or_default().to_owned();
    rows.map(field).collect()
}
