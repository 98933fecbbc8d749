//! What of a ticket is compared, and how two states of it differ.

use serde_json::{Value, json};
use uuid::Uuid;

use super::ticket::Ticket;
use crate::ticket::written;

/// A field that says something about a ticket's state. Ids, not names: a client that is renamed changes no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    Status,
    Assignee,
    Team,
    Priority,
    Board,
    Category,
    Client,
    Contact,
    Title,
    DueDate,
    ClosedAt,
    /// Their texts.
    Tags,
    /// Whether there is such a ticket.
    Existence,
}

/// One field of one ticket that has another value than before.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub field: Field,
    /// As the REST API writes it, but tags as a list of texts, and existence as a boolean.
    pub before: Value,
    pub after: Value,
}

impl Field {
    /// Everything but existence.
    pub const OF_A_TICKET: [Self; 12] = [
        Self::Status,
        Self::Assignee,
        Self::Team,
        Self::Priority,
        Self::Board,
        Self::Category,
        Self::Client,
        Self::Contact,
        Self::Title,
        Self::DueDate,
        Self::ClosedAt,
        Self::Tags,
    ];

    /// Its name in events and in answers of the REST API; existence has none.
    pub fn column(self) -> &'static str {
        match self {
            Self::Status => "status_id",
            Self::Assignee => "assigned_to",
            Self::Team => "assigned_team_id",
            Self::Priority => "priority_id",
            Self::Board => "board_id",
            Self::Category => "category_id",
            Self::Client => "client_id",
            Self::Contact => "contact_name_id",
            Self::Title => "title",
            Self::DueDate => "due_date",
            Self::ClosedAt => "closed_at",
            Self::Tags => "tags",
            Self::Existence => "",
        }
    }

    /// Its value in a ticket.
    pub fn of(self, ticket: &Ticket) -> Value {
        let id = |id: Option<Uuid>| json!(id.map(|id| id.to_string()));
        match self {
            Self::Status => id(Some(ticket.status)),
            Self::Assignee => id(ticket.assignee),
            Self::Team => id(ticket.team),
            Self::Priority => id(Some(ticket.priority)),
            Self::Board => id(Some(ticket.board)),
            Self::Category => id(ticket.category),
            Self::Client => id(Some(ticket.client)),
            Self::Contact => id(ticket.contact),
            Self::Title => json!(ticket.title),
            Self::DueDate => json!(ticket.due_date.map(written)),
            Self::ClosedAt => json!(ticket.closed_at.map(written)),
            Self::Tags => ticket.tags.iter().map(|tag| json!(tag.text)).collect(),
            Self::Existence => json!(true),
        }
    }

    fn is_same(self, one: &Ticket, other: &Ticket) -> bool {
        match self {
            Self::Status => one.status == other.status,
            Self::Assignee => one.assignee == other.assignee,
            Self::Team => one.team == other.team,
            Self::Priority => one.priority == other.priority,
            Self::Board => one.board == other.board,
            Self::Category => one.category == other.category,
            Self::Client => one.client == other.client,
            Self::Contact => one.contact == other.contact,
            Self::Title => one.title == other.title,
            Self::DueDate => one.due_date == other.due_date,
            Self::ClosedAt => one.closed_at == other.closed_at,
            Self::Tags => self.of(one) == self.of(other),
            Self::Existence => true,
        }
    }
}

impl Difference {
    /// How two states of a ticket differ, in the order of the fields.
    pub(super) fn between(before: &Ticket, after: &Ticket) -> Vec<Self> {
        let fields = Field::OF_A_TICKET.into_iter();
        let differing = fields.filter(|field| !field.is_same(before, after));
        differing
            .map(|field| Self {
                field,
                before: field.of(before),
                after: field.of(after),
            })
            .collect()
    }

    /// A ticket that was not there is there, or the other way round.
    pub(super) fn of_existence(exists: bool) -> Self {
        Self {
            field: Field::Existence,
            before: json!(!exists),
            after: json!(exists),
        }
    }
}
