//! Messages in the queue.

use jiff::Timestamp;
use shared::queue::Doorbell;

use super::{Members, members, text};

/// A message is read as it is written, or not at all, and what was read can be written and read again.
pub fn doorbell(message: &[u8]) {
    let Ok(message) = str::from_utf8(message) else {
        return;
    };
    let read = Doorbell::parse(message);
    let members = members(message).unwrap_or_default();
    let Some(bell) = read else {
        let names = [r#""stream""#, r#""position""#, r#""unpark""#];
        let twice = names.iter().any(|name| message.matches(name).count() > 1);
        let maybe_twice = twice || message.contains('\\');
        assert!(maybe_twice || !is_one(&members), "not read: {message:?}");
        return;
    };
    assert!(is_one(&members), "{message:?}");
    assert_eq!(
        text(&members, "stream"),
        Some(bell.place.stream.to_string())
    );
    assert_eq!(
        text(&members, "position"),
        Some(bell.place.position.to_string())
    );
    assert_eq!(unpark(&members), Some(bell.unpark));
    let written = serde_json::to_string(&bell).expect("it can be written");
    assert_eq!(Doorbell::parse(&written), Some(bell));
}

fn is_one(members: &Members) -> bool {
    let [stream, position] =
        ["stream", "position"].map(|name| text(members, name).unwrap_or_default());
    is_stream(&stream) && is_position(&position) && unpark(members).is_some()
}

fn is_stream(text: &str) -> bool {
    let kinds = ["ticket", "project", "task", "event"];
    match text.split('/').collect::<Vec<_>>()[..] {
        [tenant, kind, id] => kinds.contains(&kind) && is_id(tenant) && is_id(id),
        _ => false,
    }
}

fn is_position(text: &str) -> bool {
    let is_time = |at: &str| {
        let written = at.parse().map(|at: Timestamp| format!("{at:.9}"));
        written.is_ok_and(|written| written == at)
    };
    match text.split('/').collect::<Vec<_>>()[..] {
        [at, rank, id, event_type] => {
            let is_rank = rank.len() == 1 && rank.parse::<u8>().is_ok();
            is_time(at) && is_rank && is_id(id) && is_id(event_type)
        }
        _ => false,
    }
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Nothing if it is neither true nor false.
fn unpark(members: &Members) -> Option<bool> {
    match members.get("unpark") {
        Some(unpark) => serde_json::from_str(unpark.get()).ok(),
        None => Some(false),
    }
}
