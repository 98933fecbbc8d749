//! Stale events: the sender builds their content from a cache that may be a minute old, and some contradict themselves.

use serde::Deserialize;
use serde_json::value::RawValue;
use shared::event::Event;

/// Whether an event contradicts itself: a change of status to the status that it changed from, or a closed ticket that
/// is not closed. An event without a contradiction may still be stale; a field that the subscription leaves out proves nothing.
pub fn is_stale(event: &Event) -> bool {
    // Events of other types are not parsed: they may hold a whole thread of comments.
    let contradicts = match event.event_type() {
        "ticket.status_changed" => Data::is_still_in_its_old_status,
        "ticket.closed" => Data::is_open,
        _ => return false,
    };
    let envelope = event.json::<Envelope>();
    envelope.is_ok_and(|envelope| contradicts(&envelope.data))
}

#[derive(Deserialize)]
struct Envelope {
    data: Data,
}

/// Raw, so that an unexpected type in one field does not hide the others.
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
        let closed = self.is_closed.as_deref();
        closed.is_some_and(|closed| closed.get() == "false")
    }
}

fn text(value: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(value?.get()).ok()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use shared::event::Event;

    fn is_stale(event_type: &str, data: &str) -> bool {
        let body = format!(
            r#"{{"event_id":"e","event_type":"{event_type}","occurred_at":"2026-08-24T15:04:05Z","tenant_id":"t"{data}}}"#
        );
        super::is_stale(&Event::parse(body.into(), Timestamp::now()).unwrap())
    }

    #[test]
    fn an_event_that_contradicts_itself_is_stale() {
        let [changed, closed] = ["ticket.status_changed", "ticket.closed"];
        let same = r#""status_id":"a","previous_status_id":"a""#;
        let other = r#""status_id":"b","previous_status_id":"a""#;
        let nulls = r#""status_id":null,"previous_status_id":null"#;
        let numbers = r#""status_id":7,"previous_status_id":7"#;
        let spaced = r#""is_closed" : false , "status_id":{}"#;
        for (event_type, data, stale) in [
            (changed, same, true),
            (changed, other, false),
            (changed, nulls, false),
            (changed, numbers, false),
            (changed, r#""status_id":"a""#, false),
            (changed, r#""previous_status_id":"a""#, false),
            ("ticket.updated", same, false),
            (changed, r#""is_closed":false"#, false),
            (closed, r#""is_closed":false"#, true),
            (closed, spaced, true),
            (closed, r#""is_closed":true"#, false),
            (closed, r#""is_closed":null"#, false),
            (closed, r#""title":"\"is_closed\":false""#, false),
            ("ticket.updated", r#""is_closed":false"#, false),
            ("project.closed", r#""is_closed":false"#, false),
        ] {
            let data = format!(r#","data":{{"ticket_id":"1",{data}}}"#);
            assert_eq!(is_stale(event_type, &data), stale, "{event_type} {data}");
        }
    }

    #[test]
    fn an_event_without_data_is_not_stale() {
        assert!(!is_stale("ticket.closed", ""));
    }
}
