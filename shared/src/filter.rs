//! Which events the user wants, as in the polling loop that this replaces.

use std::collections::HashSet;

use crate::event::Event;

/// An empty list lets everything through.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    ids: HashSet<String>,
    types: HashSet<String>,
}

impl Filter {
    /// Two lists, separated by commas: ids of tickets, projects and tasks, and event types.
    pub fn new(ids: &str, types: &str) -> Self {
        let [ids, types] = [ids, types].map(split);
        Self { ids, types }
    }

    /// The ids that are wanted, in no order; none if all are.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }

    /// An event that is not about a ticket, project or task has no id, so a list of ids leaves it out.
    pub fn wants(&self, event: &Event) -> bool {
        let id_wanted = event.subject_id().is_some_and(|id| self.ids.contains(id));
        (self.ids.is_empty() || id_wanted)
            && (self.types.is_empty() || self.types.contains(event.event_type()))
    }
}

fn split(list: &str) -> HashSet<String> {
    let entries = list.split(',').map(str::trim);
    let entries = entries.filter(|entry| !entry.is_empty());
    entries.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn event(event_type: &str, data: &str) -> Event {
        let body = format!(
            r#"{{"event_id":"e","event_type":"{event_type}","occurred_at":"2026-01-01T00:00:00Z","tenant_id":"t","data":{data}}}"#
        );
        Event::parse(body.into(), Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn both_lists_must_agree_and_an_empty_one_always_does() {
        let watched = r#"{"ticket_id":"T1"}"#;
        let other = r#"{"ticket_id":"T2"}"#;
        let [created, closed] = ["ticket.created", "ticket.closed"];
        for (ids, types, event_type, data, wanted) in [
            ("", "", created, other, true),
            ("", "", "invoice.sent", "{}", true),
            ("T1, T3", "", created, watched, true),
            ("T1,T3", "", created, other, false),
            ("T1", "", "invoice.sent", "{}", false),
            (" , ", ",", created, other, true),
            ("", "ticket.closed , ticket.created", created, other, true),
            ("", closed, created, watched, false),
            ("T1", closed, created, watched, false),
            ("T1", closed, closed, watched, true),
        ] {
            let is_wanted = Filter::new(ids, types).wants(&event(event_type, data));
            assert_eq!(is_wanted, wanted, "{ids:?} {types:?} {event_type} {data}");
        }
    }
}
