//! Sample events: the envelope and the whole payload of each type that AlgaPSA has, about made-up people.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use uuid::Uuid;

/// Whose the samples are, where nobody says otherwise.
const TENANT: &str = "5ab1e000-0000-4000-8000-000000000001";
const OPEN: &str = "5ab1e000-0000-4000-8000-000000000011";
const IN_PROGRESS: &str = "5ab1e000-0000-4000-8000-000000000012";
const CLOSED: &str = "5ab1e000-0000-4000-8000-000000000013";
const CLIENT: &str = "5ab1e000-0000-4000-8000-000000000021";
const CONTACT: &str = "5ab1e000-0000-4000-8000-000000000031";
const TECHNICIAN: &str = "5ab1e000-0000-4000-8000-000000000041";
const BOARD: &str = "5ab1e000-0000-4000-8000-000000000051";
const PRIORITY: &str = "5ab1e000-0000-4000-8000-000000000061";
const PROJECT: &str = "5ab1e000-0000-4000-8000-000000000071";
const PHASE: &str = "5ab1e000-0000-4000-8000-000000000081";

/// How long before its event a sample's ticket was opened.
const AGE: SignedDuration = SignedDuration::from_hours(26);

/// What may be chosen about a sample.
#[derive(Clone, Debug)]
pub struct Sample {
    /// A new one for each event if there is none.
    pub event_id: Option<String>,
    /// Any; those that AlgaPSA does not have get an empty `data`.
    pub event_type: String,
    /// The sample's own if there is none.
    pub tenant_id: Option<String>,
    /// The ticket, project or task.
    pub subject_id: String,
    /// For `webhook.test`, which is about it.
    pub webhook_id: Uuid,
}

/// Keys in the sender's order.
#[derive(Serialize)]
struct Envelope<'a> {
    event_id: String,
    event_type: &'a str,
    occurred_at: String,
    tenant_id: &'a str,
    data: Data,
}

#[derive(Default)]
struct Data(Vec<(&'static str, Value)>);

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Data {
    fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }
}

impl Sample {
    /// The bytes as AlgaPSA would send them: compact, on one line, other alphabets raw.
    pub fn body(&self, occurred_at: Timestamp) -> Bytes {
        let event_id = self.event_id.clone();
        let envelope = Envelope {
            event_id: event_id.unwrap_or_else(|| Uuid::new_v4().to_string()),
            event_type: &self.event_type,
            occurred_at: written(occurred_at),
            tenant_id: self.tenant_id.as_deref().unwrap_or(TENANT),
            data: self.data(occurred_at),
        };
        let body = serde_json::to_vec(&envelope).expect("an event is JSON");
        body.into()
    }

    fn data(&self, at: Timestamp) -> Data {
        let (kind, what) = self.event_type.rsplit_once('.').unwrap_or_default();
        let mut data = match kind {
            "webhook" => return self.test(),
            "ticket" | "ticket.comment" => ticket(&self.subject_id, at),
            "project.task" => task(&self.subject_id, at),
            "project" => project(&self.subject_id),
            _ => return Data::default(),
        };
        match what {
            "status_changed" => status_changed(&mut data),
            "updated" => data.set("changes", changes()),
            "assigned" => {
                data.set("assigned_to", TECHNICIAN);
                data.set("assigned_to_name", "Ingrid Solberg");
            }
            "closed" | "completed" => closed(&mut data, kind, at),
            "added" if kind == "ticket.comment" => {
                data.set("comment", comment(at, "It prints again. Danke schön!"));
            }
            _ => {}
        }
        data
    }

    fn test(&self) -> Data {
        Data(vec![
            ("webhook_id", self.webhook_id.to_string().into()),
            ("webhook_name", "sample".into()),
            ("is_test", true.into()),
        ])
    }
}

fn ticket(id: &str, at: Timestamp) -> Data {
    let opened_at = at - AGE;
    Data(vec![
        ("ticket_id", id.into()),
        ("ticket_number", "SAMPLE-1".into()),
        (
            "title",
            "The printer on the second floor prints blank pages".into(),
        ),
        ("status_id", OPEN.into()),
        ("status_name", "Open".into()),
        ("priority_id", PRIORITY.into()),
        ("priority_name", "Medium".into()),
        ("client_id", CLIENT.into()),
        ("client_name", "Bäckerei Sonnenblume".into()),
        ("contact_name_id", CONTACT.into()),
        ("contact_name", "Tomás Oliveira".into()),
        ("contact_email", "tomas@sonnenblume.example".into()),
        ("assigned_to", Value::Null),
        ("assigned_to_name", Value::Null),
        ("assigned_team_id", Value::Null),
        ("board_id", BOARD.into()),
        ("board_name", "Service desk".into()),
        ("category_id", Value::Null),
        ("subcategory_id", Value::Null),
        ("is_closed", false.into()),
        ("entered_at", written(opened_at).into()),
        ("updated_at", written(at).into()),
        ("closed_at", Value::Null),
        ("due_date", Value::Null),
        ("tags", json!(["sample"])),
        (
            "url",
            format!("https://psa.example/msp/tickets/{id}").into(),
        ),
        ("suppress_contact_notifications", false.into()),
        ("suppress_internal_notifications", false.into()),
        (
            "comments",
            json!([comment(
                opened_at,
                "Every page comes out blank since this morning."
            )]),
        ),
    ])
}

fn project(id: &str) -> Data {
    Data(vec![
        ("project_id", id.into()),
        ("project_name", "New tills for both shops".into()),
        ("wbs_code", "1".into()),
        (
            "description",
            "Replace four tills before the summer.".into(),
        ),
        ("status_id", OPEN.into()),
        ("status_name", "Open".into()),
        ("is_closed", false.into()),
        ("client_id", CLIENT.into()),
        ("client_name", "Bäckerei Sonnenblume".into()),
        ("assigned_to", Value::Null),
        ("assigned_to_name", Value::Null),
        ("budgeted_hours", 40.into()),
        (
            "url",
            format!("https://psa.example/msp/projects/{id}").into(),
        ),
    ])
}

fn task(id: &str, at: Timestamp) -> Data {
    Data(vec![
        ("project_id", PROJECT.into()),
        ("task_id", id.into()),
        ("project_name", "New tills for both shops".into()),
        ("client_id", CLIENT.into()),
        ("client_name", "Bäckerei Sonnenblume".into()),
        ("phase_id", PHASE.into()),
        ("phase_name", "Installation".into()),
        ("task_name", "Wire the counter".into()),
        ("status_id", OPEN.into()),
        ("status_name", "Open".into()),
        ("is_closed", false.into()),
        ("assigned_to", Value::Null),
        ("assigned_to_name", Value::Null),
        ("estimated_hours", 3.into()),
        ("due_date", written(at + AGE).into()),
        ("tags", json!(["sample"])),
    ])
}

fn status_changed(data: &mut Data) {
    data.set("status_id", IN_PROGRESS);
    data.set("status_name", "In progress");
    data.set("previous_status_id", OPEN);
    data.set("previous_status_name", "Open");
}

fn closed(data: &mut Data, kind: &str, at: Timestamp) {
    data.set("status_id", CLOSED);
    data.set("status_name", "Closed");
    data.set("is_closed", true);
    if kind == "ticket" {
        data.set("closed_at", written(at));
    }
}

fn changes() -> Value {
    json!({ "assigned_to": { "previous": null, "new": TECHNICIAN } })
}

fn comment(at: Timestamp, text: &str) -> Value {
    json!({ "text": text, "author": "Tomás Oliveira", "timestamp": written(at), "is_internal": false })
}

fn written(time: Timestamp) -> String {
    format!("{time:.3}")
}

#[cfg(test)]
mod tests;
