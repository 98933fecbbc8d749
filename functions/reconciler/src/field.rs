//! What of a ticket is compared, and which events can tell of it: the one place that decides both.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::alga_api::Columns;

/// A compared field. Ids, not names: a status that is renamed changes no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "&str", try_from = "String")]
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
    Tags,
}

/// The values of a ticket's fields, as far as they are known. Tags are a sorted list of texts.
pub type Values = BTreeMap<Field, Value>;

pub const CREATED: &str = "ticket.created";
pub const UPDATED: &str = "ticket.updated";
pub const ASSIGNED: &str = "ticket.assigned";
pub const STATUS_CHANGED: &str = "ticket.status_changed";
pub const CLOSED: &str = "ticket.closed";
pub const COMMENTED: &str = "ticket.comment.added";
/// The only type that `AlgaPSA` does not have.
pub const DELETED: &str = "ticket.deleted";

impl Field {
    pub const ALL: [Self; 12] = [
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

    /// Its name in the API's rows and in events.
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
        }
    }

    /// The field of that name.
    pub fn of_column(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.column() == name)
    }

    /// The types of the events that can tell of another value. A new ticket has every field, and of a save `AlgaPSA` sends one
    /// of `assigned`, `closed` and `updated`, whatever else was saved with it.
    pub fn told_by(self) -> &'static [&'static str] {
        match self {
            Self::Status | Self::ClosedAt => &[CREATED, STATUS_CHANGED, CLOSED, UPDATED],
            Self::Tags => &[CREATED, UPDATED],
            _ => &[CREATED, ASSIGNED, CLOSED, UPDATED],
        }
    }

    /// Whether events of that type are about this field, so that one tells of it even if its `data` is older than it is.
    pub fn is_what_it_says(self, event_type: &str) -> bool {
        match self {
            Self::Status | Self::ClosedAt => [STATUS_CHANGED, CLOSED].contains(&event_type),
            Self::Assignee | Self::Team => event_type == ASSIGNED,
            _ => false,
        }
    }

    /// Whether every way of changing it that is announced as `ticket.updated` names it in `changes`.
    pub fn is_named(self) -> bool {
        use Field::{Assignee, Board, Category, Priority, Status, Title};
        [Title, Status, Priority, Assignee, Board, Category].contains(&self)
    }

    /// Its value in a row or in an event's `data`; `None` if that does not say.
    pub fn of(self, columns: &Columns) -> Option<Value> {
        let value = columns.get(self.column())?;
        Some(match self {
            Self::Tags => tags(value)?,
            Self::DueDate | Self::ClosedAt => moment(value),
            _ => value.clone(),
        })
    }
}

impl From<Field> for &str {
    fn from(field: Field) -> Self {
        field.column()
    }
}

impl TryFrom<String> for Field {
    type Error = &'static str;

    fn try_from(column: String) -> Result<Self, Self::Error> {
        Self::of_column(&column).ok_or("no compared field")
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.column())
    }
}

/// What a row says of the compared fields.
pub fn values(row: &Columns) -> Values {
    let known = Field::ALL.into_iter();
    let known = known.filter_map(|field| Some((field, field.of(row)?)));
    known.collect()
}

/// A time as the sender writes it, however it is written.
fn moment(value: &Value) -> Value {
    let at = value.as_str().and_then(|text| text.parse().ok());
    at.map_or_else(|| value.clone(), |at: Timestamp| format!("{at:.3}").into())
}

/// Events list the texts of tags, rows list objects.
fn tags(value: &Value) -> Option<Value> {
    let texts = value.as_array()?.iter();
    let texts = texts.filter_map(|tag| tag.as_str().or_else(|| tag.get("tag_text")?.as_str()));
    let mut texts: Vec<&str> = texts.collect();
    texts.sort_unstable();
    texts.dedup();
    Some(texts.into())
}
