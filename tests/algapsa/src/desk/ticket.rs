//! A ticket as it is in AlgaPSA's database, with its comments and tags.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::ticket::written;

/// A row of `tickets`. Ids are those of the desk's [`Catalogue`](super::Catalogue). Times have the database's microseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticket {
    pub id: Uuid,
    /// What people call it, such as `TIC10482`.
    pub number: String,
    pub title: String,
    pub status: Uuid,
    pub priority: Uuid,
    pub board: Uuid,
    pub category: Option<Uuid>,
    pub client: Uuid,
    pub contact: Option<Uuid>,
    pub assignee: Option<Uuid>,
    pub team: Option<Uuid>,
    pub due_date: Option<Timestamp>,
    /// Constant, and the start of the transaction that made it: others may become visible before it that are younger.
    pub entered_at: Timestamp,
    pub entered_by: Option<Uuid>,
    /// No version: most changes leave it alone, and some move it that change nothing else.
    pub updated_at: Option<Timestamp>,
    /// Some that close a ticket leave this and `is_closed` as they were; its status always says whether it is closed.
    pub closed_at: Option<Timestamp>,
    pub is_closed: bool,
    /// Whose turn it is.
    pub response_state: Option<&'static str>,
    /// The bundle's master, if it follows one.
    pub master: Option<Uuid>,
    pub description: String,
    /// By text.
    pub tags: Vec<Tag>,
    /// Oldest first.
    pub comments: Arc<Vec<Comment>>,
}

/// A tag on one ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Of the tag's place on this ticket.
    pub id: Uuid,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub id: Uuid,
    pub text: String,
    /// Who wrote it, if it was somebody of the desk.
    pub author: Option<Uuid>,
    pub author_name: String,
    pub is_internal: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
    pub publication: Publication,
}

/// Whether a comment can be seen by those whom it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publication {
    /// Since that time if it was scheduled, since its creation otherwise.
    Published(Option<Timestamp>),
    /// It will be at that time.
    Scheduled(Timestamp),
    /// It never will be.
    Cancelled,
}

impl Comment {
    /// As events list it: with nothing that tells whether it is published.
    pub(super) fn listed(&self) -> Value {
        json!({
            "comment_id": self.id.to_string(),
            "text": self.text,
            "author": self.author_name,
            "is_internal": self.is_internal,
            "is_resolution": false,
            "created_at": written(self.created_at),
            "updated_at": written(self.updated_at),
        })
    }

    /// As the event tells it that announces it.
    pub(super) fn announced(&self, at: Timestamp) -> Value {
        json!({
            "text": self.text,
            "author": self.author_name,
            "timestamp": written(at),
            "is_internal": self.is_internal,
        })
    }
}
