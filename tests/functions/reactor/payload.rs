//! What events say, as types: all that AlgaPSA sends has a place in them, and what it does not send does no harm. No AWS.

mod odd;
mod told;

use std::collections::BTreeSet;

use algapsa::day::{MIXES, Plan};
use algapsa::{Event as Sent, Lives};
use jiff::{SignedDuration, Timestamp};
use reactor::payload::Payload;
use serde_json::{Value, json};
use shared::event::Event;
use uuid::Uuid;

use self::told::{Told, plain};

/// The types that have a variant, those of AlgaPSA and the reconciler's own.
const TYPES: [&str; 18] = [
    "ticket.created",
    "ticket.updated",
    "ticket.status_changed",
    "ticket.assigned",
    "ticket.closed",
    "ticket.comment.added",
    "ticket.deleted",
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
];

fn at() -> Timestamp {
    "2026-08-24T15:04:05.678Z".parse().expect("a time")
}

fn received(body: &[u8]) -> Event {
    let body = body.to_vec();
    Event::parse(body.into(), Timestamp::now()).expect("it can be read")
}

/// An event with that `data`.
fn event(event_type: &str, data: &str) -> Event {
    let envelope = format!(
        r#"{{"event_id":"e","event_type":"{event_type}","occurred_at":"2026-08-24T15:04:05.678Z","tenant_id":"t","data":{data}}}"#
    );
    received(envelope.as_bytes())
}

/// It is read into the variant of its type, which says all that it says, and nothing is left.
pub fn is_read_whole(event: &Event) {
    let payload = Payload::of(event).expect("it fits");
    let told = Told::of(&payload);
    let sent: Value = event.json().expect("an envelope");
    assert_eq!(told.event_type, event.event_type());
    assert_eq!(told.unread, [""; 0], "of {sent}");
    assert_eq!(plain(told.data), plain(sent["data"].clone()));
}

#[test]
fn every_sample_is_read_into_its_type_with_nothing_left() {
    for event_type in TYPES {
        let sent = Sent::sample(event_type, "3f2a9d64", Uuid::nil(), at());
        is_read_whole(&received(&sent.body()));
    }
}

/// Every key of AlgaPSA's payloads, with a value.
#[test]
fn a_full_payload_has_a_place_for_each_of_its_keys() {
    let project = json!({
        "project_id": "p", "project_name": "Tills", "wbs_code": "1", "description": "Four", "status_id": "s", "status_name": "New",
        "is_closed": false, "client_id": "c", "client_name": "Zahnärzte", "contact_name_id": "n", "contact_name": "Priya",
        "contact_email": "p@emerald.example", "assigned_to": "u", "assigned_to_name": "Jörg", "start_date": "2026-08-01T00:00:00.000Z",
        "end_date": "2026-09-01T00:00:00.000Z", "budgeted_hours": 12.5, "url": "https://algapsa.com/msp/projects/p",
        "phases": [{ "phase_id": "h", "phase_name": "One", "description": "First", "start_date": "2026-08-01T00:00:00.000Z",
            "end_date": "2026-08-02T00:00:00.000Z", "status_id": "s", "status_name": "New", "order_key": "a0", "order_number": 1,
            "wbs_code": "1.1" }],
        "task_counts": { "total": 3, "completed": 1, "overdue": 1, "by_status": { "New": 2, "Done": 1 } },
    });
    let task = json!({
        "project_id": "p", "task_id": "k", "project_name": "Tills", "client_id": "c", "client_name": "Zahnärzte", "phase_id": "h",
        "phase_name": "One", "task_name": "Wire", "description": "All", "status_id": "s", "status_name": "New", "is_closed": true,
        "assigned_to": "u", "assigned_to_name": "Jörg", "estimated_hours": 3, "actual_hours": 0.25,
        "due_date": "2026-08-24T15:04:05.678Z", "priority_id": "r", "priority_name": "High", "wbs_code": "1.1.1",
        "url": "https://algapsa.com/msp/projects/p?taskId=k", "tags": ["vip"],
    });
    for event_type in TYPES
        .into_iter()
        .filter(|kind| kind.starts_with("project."))
    {
        let is_task = event_type.starts_with("project.task.");
        let mut data = if is_task { &task } else { &project }.clone();
        if event_type.ends_with(".updated") {
            data["changes"] = json!({ "tags": { "previous": ["a"], "new": ["a", "b"] }, "due_date": { "new": null } });
        }
        if event_type.ends_with(".status_changed") {
            data["previous_status_id"] = json!("b");
            data["previous_status_name"] = json!("Before");
        }
        is_read_whole(&event(event_type, &data.to_string()));
    }
}

#[test]
fn whatever_the_played_algapsa_sends_of_a_ticket_is_read_whole() {
    let mut lives = Lives::new(11);
    let mut sent = lives.town(40, 800, at(), SignedDuration::from_hours(8));
    for (seed, mix) in (1..).zip(MIXES) {
        let plan = Plan {
            seed,
            tickets: 60,
            changes: 300,
            from: at(),
            within: SignedDuration::from_hours(10),
            mix,
        };
        let announced = plan.day().flat_map(|happened| happened.announced);
        sent.extend(announced.map(|announced| announced.event()));
    }
    let mut types = BTreeSet::new();
    for event in &sent {
        types.insert(event.event_type.clone());
        is_read_whole(&received(&event.body()));
    }
    let expected = TYPES.into_iter().filter(|kind| kind.starts_with("ticket."));
    let expected: BTreeSet<_> = expected.filter(|kind| *kind != "ticket.deleted").collect();
    assert!(types.iter().eq(&expected), "{types:?}");
}

#[test]
fn a_webhook_that_leaves_everything_out_has_the_ids_alone() {
    for event_type in TYPES {
        let ids = match event_type {
            ticket if ticket.starts_with("ticket.") => r#"{"ticket_id":"1"}"#,
            task if task.starts_with("project.task.") => r#"{"project_id":"1","task_id":"2"}"#,
            _ => r#"{"project_id":"1"}"#,
        };
        is_read_whole(&event(event_type, ids));
    }
}
