//! Bodies that become events.

use bytes::Bytes;
use jiff::Timestamp;
use shared::event::{CLOCK_SKEW, Event, EventKey, LONGEST_ID, Position, StreamId, tenant_of};

use super::{Members, members, now, text};

/// A body is read as it is written, speaks for the tenant that it is kept for, and can be read again from where it is kept.
pub fn envelope(body: &[u8]) {
    let tenant_id = tenant_of(body);
    let Ok(event) = Event::parse(Bytes::copy_from_slice(body), now()) else {
        return;
    };
    let seen = tenant_id.as_deref();
    assert_eq!(seen, Some(event.tenant_id()), "whose tenant was checked");
    assert_eq!(event.body, body);
    is_as_written(&event);
    is_placed(&event);

    let kept = Event::kept(event.place.clone(), event.body.clone()).expect("it was admitted");
    assert_eq!(kept.place, event.place);
    assert_eq!(kept.occurred_at, event.occurred_at);
}

fn is_as_written(event: &Event) {
    let json = str::from_utf8(&event.body).expect("what is read is text");
    let envelope = members(json).expect("what is read is an object");
    for (name, read) in [
        ("event_id", event.event_id()),
        ("event_type", event.event_type()),
        ("tenant_id", event.tenant_id()),
    ] {
        assert_eq!(text(&envelope, name).as_deref(), Some(read), "{name}");
        assert!((1..=LONGEST_ID).contains(&read.len()), "{name}");
        let all = read.bytes().all(|b| b.is_ascii_graphic() && b != b'/');
        assert!(all, "{name}");
    }
    let occurred_at = text(&envelope, "occurred_at").expect("a time is text");
    let seen = occurred_at.parse::<Timestamp>().ok();
    assert_eq!(seen, Some(event.occurred_at));

    let unannounced = envelope.get("unannounced").map(|value| value.get());
    assert_eq!(event.is_unannounced(), unannounced == Some("true"));
    let written = subject(&envelope, event.event_type());
    if event.subject_id().is_some() || is_plain(json) {
        assert_eq!(event.subject_id(), written.as_deref());
    }
}

/// What an event of that type is about, as its data says.
fn subject(envelope: &Members, event_type: &str) -> Option<String> {
    let (_, field) = kind(event_type)?;
    text(&members(envelope.get("data")?.get())?, field)
}

/// The word in a stream, and the name of the id.
fn kind(event_type: &str) -> Option<(&'static str, &'static str)> {
    let parts: Vec<&str> = event_type.split('.').collect();
    match parts[..] {
        ["ticket", _, ..] => Some(("ticket", "ticket_id")),
        ["project", "task", _, ..] => Some(("task", "task_id")),
        ["project", _, ..] => Some(("project", "project_id")),
        _ => None,
    }
}

/// Whether no id can be there twice, not even in disguise.
fn is_plain(json: &str) -> bool {
    let once = |name: &&str| json.matches(name).count() <= 1;
    let names = ["\"ticket_id\"", "\"project_id\"", "\"task_id\""];
    !json.contains('\\') && names.iter().all(once)
}

/// Its place is its identity and its time, and fits into DynamoDB and into a header.
fn is_placed(event: &Event) {
    let Event { place, .. } = event;
    let (tenant_id, event_id, event_type) =
        (event.tenant_id(), event.event_id(), event.event_type());
    let stream = match (kind(event_type), event.subject_id()) {
        (Some((word, _)), Some(id)) => format!("{tenant_id}/{word}/{id}"),
        _ => format!("{tenant_id}/event/{event_id}"),
    };
    let [written_stream, position] = [place.stream.as_str(), place.position.as_str()];
    assert_eq!(written_stream, stream);
    assert_eq!(StreamId::parse(&stream).as_ref(), Some(&place.stream));
    let key = format!("{event_id}/{event_type}");
    assert_eq!(place.event(), key.as_str());
    assert_eq!(EventKey::parse(&key), Some(place.event()));
    let moment = place.position.moment();
    assert_eq!(position, format!("{moment}/{key}"));
    assert_eq!(Position::parse(position).as_ref(), Some(&place.position));
    let time = event.occurred_at.min(now() + CLOCK_SKEW);
    let starts = moment.starts_with(&format!("{time:.9}/"));
    assert!(starts, "{position}");
    let fits = written_stream.len() <= 2048 && position.len() <= 1024;
    assert!(fits, "{place:?}");
    let all = written_stream.bytes().all(|b| b.is_ascii_graphic());
    assert!(all, "{place:?}");
}
