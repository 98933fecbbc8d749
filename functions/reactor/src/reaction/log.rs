//! The `log` reaction: one JSON line per event, whatever the log level, and nothing of the body in it.

use serde_json::{Value, json};

use super::attempt::Attempt;
use crate::failure::Failure;

#[expect(clippy::unnecessary_wraps, reason = "as every reaction")]
pub fn react(attempt: &Attempt) -> Result<(), Failure> {
    println!("{}", line(attempt));
    Ok(())
}

fn line(attempt: &Attempt) -> Value {
    let event = attempt.event;
    let mut line = json!({
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
    // Logs cost by the byte, and hardly any event is one.
    if attempt.unannounced {
        line["unannounced"] = json!(true);
    }
    line
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use shared::event::Event;
    use shared::inbox::Order;

    use super::*;

    fn line_of(more: &str) -> Value {
        let body = format!(
            r#"{{"event_id":"e","event_type":"ticket.created","occurred_at":"2026-08-24T15:04:05Z","tenant_id":"t","data":{{"ticket_id":"1"}}{more}}}"#
        );
        let at = "2026-08-24T15:04:07Z".parse::<Timestamp>().unwrap();
        let event = Event::parse(body.into(), at).unwrap();
        line(&Attempt {
            event: &event,
            order: Order::InOrder,
            number: 1,
            webhook_id: None,
            stale: false,
            unannounced: event.is_unannounced(),
            ticket: None,
            replayed_at: None,
            at,
        })
    }

    #[test]
    fn a_line_says_that_an_event_was_never_announced_and_nothing_of_it_otherwise() {
        let usual = line_of("");
        assert_eq!(usual["lag_ms"], 2000);
        assert_eq!(usual.get("unannounced"), None);
        let mut found = line_of(r#","unannounced":true"#);
        let told = found.as_object_mut().unwrap().remove("unannounced");
        assert_eq!(told, Some(json!(true)));
        assert_eq!(found, usual);
    }
}
