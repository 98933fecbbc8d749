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
        "stream": event.place.stream,
        "order": attempt.order.word(),
        "attempt": attempt.number,
        "occurred_at": event.occurred_at.to_string(),
        "lag_ms": attempt.at.duration_since(event.occurred_at).as_millis(),
    });
    // Logs cost by the byte, and hardly any event has any of these.
    let marks = [
        ("stale", attempt.stale),
        ("unannounced", attempt.unannounced),
    ];
    for (name, _) in marks.into_iter().filter(|(_, is_so)| *is_so) {
        line[name] = json!(true);
    }
    if let Some(replay) = attempt.replay() {
        line["replay"] = json!(replay);
    }
    line
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use shared::event::Event;

    use super::*;

    fn line_of(more: &str) -> Value {
        let body = format!(
            r#"{{"event_id":"e","event_type":"ticket.created","occurred_at":"2026-08-24T15:04:05Z","tenant_id":"t","data":{{"ticket_id":"1"}}{more}}}"#
        );
        let at = "2026-08-24T15:04:07Z".parse::<Timestamp>().unwrap();
        let event = Event::parse(body.into(), at).unwrap();
        line(&Attempt {
            unannounced: event.is_unannounced(),
            at,
            ..Attempt::usual(&event)
        })
    }

    /// The stream begins with the tenant.
    #[test]
    fn a_usual_line_holds_what_tells_the_event_and_its_order_and_nothing_more() {
        let usual = line_of("");
        let names: Vec<_> = usual.as_object().unwrap().keys().collect();
        let expected = [
            "attempt",
            "event.id",
            "event.type",
            "lag_ms",
            "occurred_at",
            "order",
            "reaction",
            "stream",
        ];
        assert_eq!(names, expected);
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
