//! The `log` reaction: one JSON line per event, whatever the log level, and nothing of the body in it.

use serde_json::json;

use super::attempt::Attempt;
use crate::failure::Failure;

#[expect(clippy::unnecessary_wraps, reason = "as every reaction")]
pub fn react(attempt: &Attempt) -> Result<(), Failure> {
    let event = attempt.event;
    let line = json!({
        "reaction": "log",
        "event.id": event.event_id(),
        "event.type": event.event_type(),
        "tenant_id": event.tenant_id(),
        "stream": event.place.stream,
        "order": attempt.order.word(),
        "attempt": attempt.number,
        "stale": attempt.stale,
        "replay": attempt.replay(),
        "occurred_at": event.occurred_at.to_string(),
        "lag_ms": attempt.at.duration_since(event.occurred_at).as_millis(),
    });
    println!("{line}");
    Ok(())
}
