//! What an event is about, and how events of the same moment are ordered.

use serde_json::value::RawValue;

use super::envelope::{Data, Text, object};

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ticket,
    Project,
    Task,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Ticket, Self::Task, Self::Project];

    pub fn of(event_type: &str) -> Option<Self> {
        let is_about = |kind: &Self| event_type.starts_with(kind.prefix());
        Self::ALL.into_iter().find(is_about)
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub fn name(self) -> &'static str {
        self.id_field().trim_end_matches("_id")
    }

    pub fn id_field(self) -> &'static str {
        match self {
            Self::Ticket => "ticket_id",
            Self::Project => "project_id",
            Self::Task => "task_id",
        }
    }

    pub fn subject_id(self, data: Option<&RawValue>) -> Option<Text<'_>> {
        let data: Data = object(data?.get())?;
        let id = match self {
            Self::Ticket => data.ticket_id,
            Self::Project => data.project_id,
            Self::Task => data.task_id,
        };
        serde_json::from_str(id?.get()).ok()
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Ticket => "ticket.",
            Self::Project => "project.",
            Self::Task => "project.task.",
        }
    }
}

/// The endings of event types in causal order, which breaks ties between events of the same moment. Other types come last.
const RANKED: &str = "created updated assigned status_changed comment.added closed completed";

pub(super) fn rank(kind: Option<Kind>, event_type: &str) -> usize {
    let ending = kind.and_then(|kind| event_type.strip_prefix(kind.prefix()));
    let mut ranked = RANKED.split(' ');
    let rank = ranked.position(|known| Some(known) == ending);
    rank.unwrap_or(RANKED.split(' ').count())
}
