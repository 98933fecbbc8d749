//! What an event's own content betrays: the sender builds it from a cache that may be a minute old.

use serde::Deserialize;
use serde_json::value::RawValue;
use shared::event::Event;

/// Whether an event contradicts itself: a change of status to the status that it changed from, or a closed ticket that
/// is not closed. One that does not may still be stale; what a subscription leaves out proves nothing.
pub fn is_stale(event: &Event) -> bool {
    // Most events are neither, and need not be read for it: a whole thread of comments may be in them.
    match event.event_type() {
        "ticket.status_changed" => {
            data(event).is_some_and(|data| data.is_still_in_its_old_status())
        }
        "ticket.closed" => data(event).is_some_and(|data| data.is_open()),
        _ => false,
    }
}

fn data(event: &Event) -> Option<Data> {
    let Envelope { data } = event.json().ok()?;
    Some(data)
}

#[derive(Deserialize)]
struct Envelope {
    data: Data,
}

/// Raw, so that an unexpected type in one field is no reason to overlook another.
#[derive(Deserialize)]
struct Data {
    status_id: Option<Box<RawValue>>,
    previous_status_id: Option<Box<RawValue>>,
    is_closed: Option<Box<RawValue>>,
}

impl Data {
    fn is_still_in_its_old_status(&self) -> bool {
        let now = text(self.status_id.as_deref());
        now.is_some() && now == text(self.previous_status_id.as_deref())
    }

    fn is_open(&self) -> bool {
        self.is_closed
            .as_ref()
            .is_some_and(|closed| closed.get() == "false")
    }
}

fn text(value: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(value?.get()).ok()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn an_event_that_contradicts_itself_is_stale() {
        for (event_type, data, stale) in [
            (
                "ticket.status_changed",
                r#""status_id":"a","previous_status_id":"a""#,
                true,
            ),
            (
                "ticket.status_changed",
                r#""status_id":"b","previous_status_id":"a""#,
                false,
            ),
            (
                "ticket.status_changed",
                r#""status_id":null,"previous_status_id":null"#,
                false,
            ),
            (
                "ticket.status_changed",
                r#""status_id":7,"previous_status_id":7"#,
                false,
            ),
            ("ticket.status_changed", r#""status_id":"a""#, false),
            (
                "ticket.status_changed",
                r#""previous_status_id":"a""#,
                false,
            ),
            (
                "ticket.updated",
                r#""status_id":"a","previous_status_id":"a""#,
                false,
            ),
            ("ticket.status_changed", r#""is_closed":false"#, false),
            ("ticket.closed", r#""is_closed":false"#, true),
            (
                "ticket.closed",
                r#""is_closed" : false , "status_id":{}"#,
                true,
            ),
            ("ticket.closed", r#""is_closed":true"#, false),
            ("ticket.closed", r#""is_closed":null"#, false),
            ("ticket.closed", r#""title":"\"is_closed\":false""#, false),
            ("ticket.updated", r#""is_closed":false"#, false),
            ("project.closed", r#""is_closed":false"#, false),
        ] {
            let body = format!(
                r#"{{"event_id":"e","event_type":"{event_type}","occurred_at":"2026-08-24T15:04:05Z","tenant_id":"t","data":{{"ticket_id":"1",{data}}}}}"#
            );
            let event = Event::parse(body.into(), Timestamp::now()).unwrap();
            assert_eq!(is_stale(&event), stale, "{event_type} {data}");
        }
    }

    #[test]
    fn an_event_without_data_is_not_stale() {
        let body = r#"{"event_id":"e","event_type":"ticket.closed","occurred_at":"2026-08-24T15:04:05Z","tenant_id":"t"}"#;
        let event = Event::parse(body.into(), Timestamp::now()).unwrap();
        assert!(!is_stale(&event));
    }
}
