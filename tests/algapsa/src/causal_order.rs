//! The order of what happens to one thing at the same moment, written without the code that is tested.

/// The kinds of things that events are about: how their types begin, their name in a stream, and the key of their id.
pub const KINDS: [(&str, &str, &str); 3] = [
    ("project.task.", "task", "task_id"),
    ("project.", "project", "project_id"),
    ("ticket.", "ticket", "ticket_id"),
];

/// What may happen to them, in causal order.
const CAUSES: [&str; 7] = [
    "created",
    "updated",
    "assigned",
    "status_changed",
    "comment.added",
    "closed",
    "completed",
];

/// The rank of an event's type among those of one moment; an unknown type comes last.
pub fn rank(event_type: &str) -> usize {
    let known = KINDS
        .iter()
        .find_map(|(prefix, ..)| event_type.strip_prefix(prefix));
    let rank = known.and_then(|what| CAUSES.iter().position(|cause| *cause == what));
    rank.unwrap_or(CAUSES.len())
}
