//! The `log` reaction: one JSON line per event, whatever the log level, and nothing of the body in it.

use jiff::Timestamp;
use serde_json::json;

use super::{Attempt, Failure};

#[expect(clippy::unnecessary_wraps, reason = "as every reaction")]
pub fn react(attempt: &Attempt) -> Result<(), Failure> {
    let Attempt { event, turn, .. } = attempt;
    let line = json!({
        "reaction": "log",
        "event.id": event.event_id,
        "event.type": event.event_type,
        "tenant_id": event.tenant_id,
        "stream": event.place.stream,
        "placement": turn.placement.word(),
        "tries": turn.tries,
        "stale": attempt.stale,
        "replay": attempt.replay(),
        "occurred_at": event.occurred_at.to_string(),
        "lag_ms": Timestamp::now().duration_since(event.occurred_at).as_millis(),
    });
    println!("{line}");
    Ok(())
}
