//! What has happened to a ticket: the truth against which whatever notices it is measured.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::catalogue::Catalogue;
use super::field::Difference;
use super::ticket::{Comment, Ticket};
use super::way::{Act, Way};
use crate::ticket::{Data, Event, written};

/// One save.
#[derive(Clone, Debug)]
pub struct Happened {
    /// When it was committed: from then on it can be read.
    pub at: Timestamp,
    pub tenant_id: Uuid,
    pub ticket_id: Uuid,
    pub way: Way,
    /// What was done in this save.
    pub acts: Vec<Act>,
    /// What differs in the compared fields; nothing after a rollback.
    pub differences: Vec<Difference>,
    /// The events that tell of it, in the order in which they were published. None: nothing ever will.
    pub announced: Vec<Announced>,
    pub moved_updated_at: bool,
    /// It was announced, and then did not happen.
    pub was_rolled_back: bool,
}

/// An event as it is published. What becomes of it is the sender's affair.
#[derive(Clone, Debug)]
pub struct Announced {
    pub event_id: Uuid,
    /// Such as `ticket.closed`.
    pub event_type: &'static str,
    pub occurred_at: Timestamp,
    /// What it says of the ticket; if it is published before the commit, perhaps what was so before.
    pub(super) ticket: Arc<Ticket>,
    pub(super) tenant_id: Uuid,
    pub(super) catalogue: Arc<Catalogue>,
    /// What only this type has: `changes`, `comment`, the previous status.
    pub(super) adds: Vec<(&'static str, Value)>,
}

impl Announced {
    /// The event with the whole payload, its keys in AlgaPSA's order.
    pub fn event(&self) -> Event {
        let mut data = snapshot(&self.ticket, &self.catalogue);
        for (name, value) in &self.adds {
            data.set(name, value.clone());
        }
        Event {
            event_id: self.event_id.to_string(),
            tenant_id: self.tenant_id.to_string(),
            ..Event::new(self.event_type, self.occurred_at, data)
        }
    }

    /// What only this type has, by its name, such as `changes`.
    pub fn adds(&self, name: &str) -> Option<&Value> {
        let added = self.adds.iter().find(|(known, _)| *known == name);
        added.map(|(_, value)| value)
    }
}

fn snapshot(ticket: &Ticket, catalogue: &Catalogue) -> Data {
    let id = |id: Option<Uuid>| json!(id.map(|id| id.to_string()));
    let name = |id: Option<Uuid>| json!(id.map(|id| catalogue.name(id)));
    let time = |time: Option<Timestamp>| json!(time.map(written));
    let contact = ticket.contact.and_then(|id| catalogue.contact(id));
    let tags = ticket.tags.iter().map(|tag| json!(tag.text));
    let comments = ticket.comments.iter().map(Comment::listed);
    Data::from([
        ("ticket_id", id(Some(ticket.id))),
        ("ticket_number", json!(ticket.number)),
        ("title", json!(ticket.title)),
        ("status_id", id(Some(ticket.status))),
        ("status_name", name(Some(ticket.status))),
        ("priority_id", id(Some(ticket.priority))),
        ("priority_name", name(Some(ticket.priority))),
        ("client_id", id(Some(ticket.client))),
        ("client_name", name(Some(ticket.client))),
        ("contact_name_id", id(ticket.contact)),
        ("contact_name", name(ticket.contact)),
        (
            "contact_email",
            json!(contact.map(|contact| &contact.email)),
        ),
        ("assigned_to", id(ticket.assignee)),
        ("assigned_to_name", name(ticket.assignee)),
        ("assigned_team_id", id(ticket.team)),
        ("board_id", id(Some(ticket.board))),
        ("board_name", name(Some(ticket.board))),
        ("category_id", id(ticket.category)),
        ("subcategory_id", Value::Null),
        ("is_closed", json!(ticket.is_closed)),
        ("entered_at", time(Some(ticket.entered_at))),
        ("updated_at", time(ticket.updated_at)),
        ("closed_at", time(ticket.closed_at)),
        ("due_date", time(ticket.due_date)),
        ("tags", tags.collect()),
        (
            "url",
            json!(format!("https://algapsa.com/msp/tickets/{}", ticket.id)),
        ),
        ("suppress_contact_notifications", json!(false)),
        ("suppress_internal_notifications", json!(false)),
        ("comments", comments.collect()),
    ])
}
