//! What an event is about, and in which order the events of one moment come.

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
        match self {
            Self::Ticket => "ticket",
            Self::Project => "project",
            Self::Task => "task",
        }
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

/// Breaks ties between events of one moment, in causal order.
#[derive(Clone, Copy)]
pub(super) enum Rank {
    Created,
    Updated,
    Assigned,
    StatusChanged,
    Comment,
    Closed,
    Completed,
    Unknown,
}

impl Rank {
    pub fn of(kind: Option<Kind>, event_type: &str) -> Self {
        match kind.and_then(|kind| event_type.strip_prefix(kind.prefix())) {
            Some("created") => Self::Created,
            Some("updated") => Self::Updated,
            Some("assigned") => Self::Assigned,
            Some("status_changed") => Self::StatusChanged,
            Some("comment.added") => Self::Comment,
            Some("closed") => Self::Closed,
            Some("completed") => Self::Completed,
            _ => Self::Unknown,
        }
    }
}
