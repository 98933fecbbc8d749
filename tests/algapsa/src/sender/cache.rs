//! The cache from which AlgaPSA takes what it tells about a subject. Changes do not reach it; entries only expire.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::ticket::{Data, Event};

/// What an event knows by itself, and the thread, which is read for each event; everything else comes from the cache.
const OF_THE_EVENT: [&str; 7] = [
    "previous_status_id",
    "previous_status_name",
    "changes",
    "comment",
    "comments",
    "suppress_contact_notifications",
    "suppress_internal_notifications",
];

/// The subjects' fields as they were when they were last read.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    keeps: SignedDuration,
    read: HashMap<String, (Timestamp, Data)>,
}

impl Cache {
    pub(super) fn new(keeps: SignedDuration) -> Self {
        Self {
            keeps,
            read: HashMap::new(),
        }
    }

    /// The event as it is told: its subject's fields are those that are cached, if they are not too old.
    pub(super) fn fill(&mut self, mut event: Event, at: Timestamp) -> Event {
        let Some(subject) = subject(&event) else {
            return event;
        };
        let read = self.read.entry(subject);
        let (read_at, fields) = read.or_insert_with(|| (at, event.data.clone()));
        if at.duration_since(*read_at) >= self.keeps {
            (*read_at, *fields) = (at, event.data.clone());
        }
        for (name, value) in &mut event.data.0 {
            let cached = fields.0.iter().find(|(known, _)| known == name);
            match cached {
                Some((_, cached)) if !OF_THE_EVENT.contains(&name.as_str()) => {
                    value.clone_from(cached);
                }
                _ => {}
            }
        }
        event
    }
}

/// The id of what the event is about.
fn subject(event: &Event) -> Option<String> {
    ["ticket_id", "task_id", "project_id"]
        .iter()
        .find_map(|name| {
            let field = event.data.0.iter().find(|(known, _)| known == name);
            field.and_then(|(_, id)| id.as_str()).map(str::to_owned)
        })
}
