//! Samples by type: of a ticket, a project, a task, or of the test delivery.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::ticket::TECHNICIAN;
use crate::{Data, Event, Ticket, written};

/// The types that AlgaPSA has.
pub const TYPES: [&str; 18] = [
    "ticket.created",
    "ticket.updated",
    "ticket.status_changed",
    "ticket.assigned",
    "ticket.closed",
    "ticket.comment.added",
    "project.created",
    "project.updated",
    "project.status_changed",
    "project.assigned",
    "project.closed",
    "project.completed",
    "project.task.created",
    "project.task.updated",
    "project.task.status_changed",
    "project.task.assigned",
    "project.task.completed",
    "webhook.test",
];

/// The type of what *Send test* sends, whatever a webhook is subscribed to.
pub const TEST: &str = "webhook.test";

/// How long before its event a sample's ticket was opened.
const AGE: SignedDuration = SignedDuration::from_hours(26);
const CLIENT: &str = "a7d3e915-6f42-4c8b-9d10-2b4c6d8e0f12";
const OPEN: &str = "b4c5d6e7-f809-4a1b-8c2d-3e4f5a6b7c8d";
const ON_HOLD: &str = "3c4d5e6f-7081-4293-a4b5-c6d7e8f90a1b";
const CLOSED: &str = "e1f2a3b4-c5d6-4e7f-8091-a2b3c4d5e6f7";

impl Event {
    /// A sample of any type; a type that AlgaPSA does not have gets an empty `data`. `subject` is the id of the ticket,
    /// project or task, `webhook` that of the sending webhook.
    pub fn sample(event_type: &str, subject: &str, webhook: Uuid, at: Timestamp) -> Self {
        let (kind, what) = event_type.rsplit_once('.').unwrap_or_default();
        let data = match kind {
            "ticket" | "ticket.comment" => return ticket(subject, at).event_at(event_type, at),
            "webhook" => Self::test_of(webhook).data,
            "project.task" => task(subject, at),
            "project" => project(subject),
            _ => Data::default(),
        };
        with(Self::new(event_type, at, data), what)
    }
}

fn ticket(id: &str, at: Timestamp) -> Ticket {
    let ticket = Ticket::opened_at(
        at - AGE,
        "The printer on the second floor prints blank pages",
    );
    Ticket {
        id: id.to_owned(),
        ..ticket
    }
}

/// What the sender adds for that type of a project or task.
fn with(event: Event, what: &str) -> Event {
    match what {
        "status_changed" => event
            .with("status_id", json!(ON_HOLD))
            .with("status_name", json!("On Hold"))
            .with("previous_status_id", json!(OPEN))
            .with("previous_status_name", json!("In Progress")),
        "updated" => {
            let changes = json!({ "assigned_to": { "previous": null, "new": TECHNICIAN } });
            event.with("changes", changes)
        }
        "assigned" => event
            .with("assigned_to", json!(TECHNICIAN))
            .with("assigned_to_name", json!("Jörg Weiß")),
        "closed" | "completed" => event
            .with("status_id", json!(CLOSED))
            .with("status_name", json!("Closed"))
            .with("is_closed", json!(true)),
        _ => event,
    }
}

fn project(id: &str) -> Data {
    Data::from([
        ("project_id", json!(id)),
        ("project_name", json!("New tills for both shops")),
        ("wbs_code", json!("1")),
        (
            "description",
            json!("Replace four tills before the summer."),
        ),
        ("status_id", json!(OPEN)),
        ("status_name", json!("In Progress")),
        ("is_closed", json!(false)),
        ("client_id", json!(CLIENT)),
        ("client_name", json!("Zahnärzte am Fluß 🦷")),
        ("assigned_to", Value::Null),
        ("assigned_to_name", Value::Null),
        ("budgeted_hours", json!(40)),
        (
            "url",
            json!(format!("https://algapsa.com/msp/projects/{id}")),
        ),
    ])
}

fn task(id: &str, at: Timestamp) -> Data {
    Data::from([
        ("project_id", json!("2f3a4b5c-6d7e-4f80-91a2-b3c4d5e6f708")),
        ("task_id", json!(id)),
        ("project_name", json!("New tills for both shops")),
        ("client_id", json!(CLIENT)),
        ("client_name", json!("Zahnärzte am Fluß 🦷")),
        ("phase_id", json!("8091a2b3-c4d5-4e6f-8708-192a3b4c5d6e")),
        ("phase_name", json!("Installation")),
        ("task_name", json!("Wire the counter")),
        ("status_id", json!(OPEN)),
        ("status_name", json!("In Progress")),
        ("is_closed", json!(false)),
        ("assigned_to", Value::Null),
        ("assigned_to_name", Value::Null),
        ("estimated_hours", json!(3)),
        ("due_date", json!(written(at + AGE))),
        ("tags", json!(["outlook", "vip"])),
    ])
}
