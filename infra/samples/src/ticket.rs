//! A ticket, and what happens to it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Data, Event, TENANT, written};

/// A ticket with a life of its own: the first event opens it, and each later one happens a second after the last.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// Its id.
    pub id: String,
    /// The number that people use.
    pub number: String,
    pub(crate) title: String,
    pub(crate) opened_at: Timestamp,
}

impl Ticket {
    /// A new ticket, opened a minute ago.
    pub fn new(title: &str) -> Self {
        Self::opened_at(Timestamp::now() - SignedDuration::from_mins(1), title)
    }

    /// A ticket that was opened at that time.
    pub fn opened_at(opened_at: Timestamp, title: &str) -> Self {
        let id = Uuid::new_v4();
        Self {
            id: id.to_string(),
            number: format!("TIC{:05}", 10_000 + id.as_u128() % 90_000),
            title: title.into(),
            opened_at,
        }
    }

    /// Its stream in the inbox.
    pub fn stream(&self) -> String {
        format!("{TENANT}/ticket/{}", self.id)
    }

    /// An event `second` seconds after the ticket was opened, with what the sender adds for that type.
    pub fn event(&self, event_type: &str, second: i64) -> Event {
        self.event_at(
            event_type,
            self.opened_at + SignedDuration::from_secs(second),
        )
    }

    /// An event at that time, with what the sender adds for that type.
    pub fn event_at(&self, event_type: &str, at: Timestamp) -> Event {
        let event = self.told(event_type, at);
        match event_type {
            "ticket.updated" => {
                let changes = json!({ "priority_id": { "previous": null, "new": PRIORITY } });
                event.with("changes", changes)
            }
            "ticket.assigned" => event
                .with("assigned_to", json!(TECHNICIAN))
                .with("assigned_to_name", json!("Jörg Weiß")),
            "ticket.status_changed" => event
                .with("previous_status_id", json!("b4c5d6e7-f809-4a1b-8c2d-3e4f5a6b7c8d"))
                .with("previous_status_name", json!("In Progress")),
            "ticket.comment.added" => event.with(
                "comment",
                json!({ "text": "It came back — schon wieder!", "author": "Priya Natarajan", "timestamp": written(at), "is_internal": false }),
            ),
            "ticket.closed" => event.with("is_closed", json!(true)).with("closed_at", json!(written(at))),
            _ => event,
        }
    }

    /// An event of that type and time with the ticket's fields, without what the sender adds for the type.
    pub fn told(&self, event_type: &str, at: Timestamp) -> Event {
        Event::new(event_type, at, self.snapshot())
    }

    /// That many comments, one a second.
    pub fn comments(&self, count: i64) -> Vec<Event> {
        (1..=count)
            .map(|second| self.event("ticket.comment.added", second))
            .collect()
    }

    /// Nothing that was done to it since has moved `updated_at`: what people do in AlgaPSA's own pages does not.
    fn snapshot(&self) -> Data {
        Data::from([
            ("ticket_id", json!(self.id)),
            ("ticket_number", json!(self.number)),
            ("title", json!(self.title)),
            ("status_id", json!("9e0d4b7a-1c35-4f68-b2a9-6d7e8f901a2b")),
            ("status_name", json!("Waiting for Customer")),
            ("priority_id", json!(PRIORITY)),
            ("priority_name", json!("High")),
            ("client_id", json!("a7d3e915-6f42-4c8b-9d10-2b4c6d8e0f12")),
            ("client_name", json!("Zahnärzte am Fluß 🦷")),
            (
                "contact_name_id",
                json!("0c9b8a76-5d4e-4f32-a1b0-9e8d7c6b5a43"),
            ),
            ("contact_name", json!("Priya Natarajan")),
            ("contact_email", json!("priya@emerald.example")),
            ("assigned_to", Value::Null),
            ("assigned_to_name", Value::Null),
            ("assigned_team_id", Value::Null),
            ("board_id", json!("1d2e3f40-5162-4738-8495-a6b7c8d9e0f1")),
            ("board_name", json!("General Support")),
            ("category_id", Value::Null),
            ("subcategory_id", Value::Null),
            ("is_closed", json!(false)),
            ("entered_at", json!(written(self.opened_at))),
            ("updated_at", json!(written(self.opened_at))),
            ("closed_at", Value::Null),
            ("due_date", Value::Null),
            ("tags", json!(["outlook", "vip"])),
            (
                "url",
                json!(format!("https://algapsa.com/msp/tickets/{}", self.id)),
            ),
            ("suppress_contact_notifications", json!(false)),
            ("suppress_internal_notifications", json!(false)),
            ("comments", json!([self.first_comment()])),
        ])
    }

    fn first_comment(&self) -> Value {
        json!({
            "comment_id": "d4e5f607-1829-4a3b-8c4d-5e6f708192a3",
            "text": "Since this morning Outlook asks for my password every ten minutes.",
            "author": "Priya Natarajan",
            "is_internal": false,
            "is_resolution": false,
            "created_at": written(self.opened_at),
            "updated_at": written(self.opened_at),
        })
    }
}

pub(crate) const PRIORITY: &str = "52c8a1e6-3d9f-4b07-8e64-f1a2b3c4d5e6";
pub(crate) const TECHNICIAN: &str = "6e5d4c3b-2a19-4087-9f6e-5d4c3b2a1908";
