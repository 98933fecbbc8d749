//! Messages in the queue.

use shared::doorbell::Doorbell;

use super::{Members, members, text};

/// A message is read as it is written, or not at all, and what was read can be written and read again.
pub fn doorbell(message: &[u8]) {
    let Ok(message) = str::from_utf8(message) else {
        return;
    };
    let read = Doorbell::parse(message);
    let members = members(message).unwrap_or_default();
    let Some(bell) = read else {
        let names = [r#""stream""#, r#""due""#, r#""unpark""#];
        let twice = names.iter().any(|name| message.matches(name).count() > 1);
        let maybe_twice = twice || message.contains('\\');
        assert!(maybe_twice || !is_one(&members), "not read: {message:?}");
        return;
    };
    assert!(is_one(&members), "{message:?}");
    assert_eq!(text(&members, "stream"), Some(bell.place.stream.clone()));
    assert_eq!(text(&members, "due"), Some(bell.place.due.clone()));
    assert_eq!(unpark(&members), Some(bell.unpark));
    let written = serde_json::to_string(&bell).expect("it can be written");
    assert_eq!(Doorbell::parse(&written), Some(bell));
}

fn is_one(members: &Members) -> bool {
    let due = text(members, "due").unwrap_or_default();
    let parts: Vec<&str> = due.split('/').collect();
    let stream = text(members, "stream").unwrap_or_default();
    parts.len() == 4 && !parts.contains(&"") && !stream.is_empty() && unpark(members).is_some()
}

/// Nothing if it is neither true nor false.
fn unpark(members: &Members) -> Option<bool> {
    match members.get("unpark") {
        Some(unpark) => serde_json::from_str(unpark.get()).ok(),
        None => Some(false),
    }
}
