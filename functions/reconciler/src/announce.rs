//! Announcing what was never announced: events in the sender's own envelope and types, admitted and rung for as deliveries are.

use anyhow::{Context, Result};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use shared::alga_api::Columns;
use shared::event::Event;
use shared::filter::Filter;
use shared::inbox::Inbox;
use shared::queue::Queue;
use uuid::Builder;

use crate::comment::CommentId;
use crate::difference::{Difference, What};
use crate::field::{ASSIGNED, CLOSED, COMMENTED, CREATED, DELETED, Field, STATUS_CHANGED, UPDATED};
use crate::memory::Known;
use crate::threads::Threads;

/// Makes ids that repeat exactly when a run repeats.
const NAMESPACE: &str = "alga-webhooks/reconciler/1";

/// The columns that the sender's `data` has, too, next to the compared fields.
const ALSO: [&str; 11] = [
    "ticket_number",
    "status_name",
    "priority_name",
    "client_name",
    "contact_name",
    "contact_email",
    "assigned_to_name",
    "board_name",
    "subcategory_id",
    "entered_at",
    "updated_at",
];

/// Where events are announced.
pub struct Announcer<'a> {
    pub inbox: &'a Inbox,
    pub queue: &'a Queue,
    pub filter: &'a Filter,
    pub tenant_id: &'a str,
    /// `AlgaPSA`'s address, which links to tickets begin with.
    pub base: &'a str,
    pub now: Timestamp,
}

/// All that was found about a ticket in one scan, and is told now.
pub struct Finding<'a> {
    pub differences: Vec<&'a Difference>,
    /// The ticket as it is now; `None` if it is gone.
    pub known: Option<&'a Known>,
    /// Its row in this scan, if it was in it.
    pub row: Option<&'a Columns>,
    /// With the comment mode: the comments that were read.
    pub threads: Option<&'a Threads>,
}

#[derive(Serialize)]
struct Envelope<'a> {
    event_id: String,
    event_type: &'a str,
    occurred_at: String,
    tenant_id: &'a str,
    data: &'a Map<String, Value>,
    unannounced: bool,
}

/// The findings of all differences: one for each ticket and scan.
pub fn by_finding(differences: &[Difference]) -> Vec<Vec<&Difference>> {
    fn key(one: &Difference) -> (&str, Timestamp) {
        (&one.ticket_id, one.compared_with)
    }
    let mut sorted: Vec<_> = differences.iter().collect();
    sorted.sort_by(|a, b| key(a).cmp(&key(b)));
    let chunks = sorted.chunk_by(|a, b| key(a) == key(b));
    chunks.map(<[&Difference]>::to_vec).collect()
}

impl Announcer<'_> {
    /// Announces what was found, and says in how many events. If that is done twice, the second time changes nothing.
    pub async fn announce(&self, finding: &Finding<'_>) -> Result<usize> {
        let mut announced = 0;
        for (event_type, more) in events(finding) {
            let id = event_id(self.tenant_id, finding.differences[0], event_type);
            let event = self.event(finding, event_type, id, self.now, more)?;
            announced += self.tell(&event).await?;
        }
        // A millisecond apart, so that they stay in the order in which they were said.
        for (at, (comment, more)) in (0..).map(SignedDuration::from_millis).zip(said(finding)) {
            let id = self.comment_event_id(finding.differences[0], comment);
            let event = self.event(finding, COMMENTED, id, self.now + at, more)?;
            announced += self.tell(&event).await?;
        }
        Ok(announced)
    }

    async fn tell(&self, event: &Event) -> Result<usize> {
        if !self.filter.wants(event) {
            return Ok(0);
        }
        let admission = self.inbox.admit(event, None, self.now).await?;
        self.queue.ring_for(&admission).await?;
        Ok(1)
    }

    fn event(
        &self,
        finding: &Finding<'_>,
        event_type: &str,
        event_id: String,
        occurred_at: Timestamp,
        more: Map<String, Value>,
    ) -> Result<Event> {
        let first = finding.differences[0];
        let mut data = self.data(finding, first);
        data.extend(more);
        let envelope = Envelope {
            event_id,
            event_type,
            occurred_at: format!("{occurred_at:.3}"),
            tenant_id: self.tenant_id,
            data: &data,
            unannounced: true,
        };
        let body = Bytes::from(serde_json::to_vec(&envelope)?);
        Event::parse(body, self.now).context("what was found cannot be put in order")
    }

    /// A comment is told once, whatever it is found with.
    fn comment_event_id(&self, found: &Difference, comment: CommentId) -> String {
        let Difference { ticket_id, .. } = found;
        let name = format!(
            "{NAMESPACE}/{}/{ticket_id}/{COMMENTED}/{comment}",
            self.tenant_id
        );
        id_of(&name)
    }

    /// What the sender would say of the ticket, as far as it is known.
    fn data(&self, finding: &Finding<'_>, found: &Difference) -> Map<String, Value> {
        let id = &found.ticket_id;
        let mut data = Map::from_iter([("ticket_id".to_owned(), json!(id))]);
        let last = found.values_before();
        let values = finding.known.map_or(&last, |known| &known.values);
        for (field, value) in values {
            data.insert(field.column().to_owned(), value.clone());
        }
        for (name, value) in finding.row.into_iter().flatten() {
            if ALSO.contains(&name.as_str()) {
                data.insert(name.clone(), value.clone());
            }
        }
        if let Some(known) = finding.known {
            data.insert("is_closed".to_owned(), json!(!known.is_open));
        }
        data.insert(
            "url".to_owned(),
            json!(format!("{}/msp/tickets/{id}", self.base)),
        );
        data
    }
}

/// Made from what was found: the ticket, the scan that it was compared with, and what is told of it.
pub fn event_id(tenant_id: &str, found: &Difference, event_type: &str) -> String {
    let Difference {
        ticket_id,
        compared_with,
        ..
    } = found;
    id_of(&format!(
        "{NAMESPACE}/{tenant_id}/{ticket_id}/{compared_with}/{event_type}"
    ))
}

fn id_of(name: &str) -> String {
    let hash = Sha256::digest(name);
    let bytes = hash[..16].try_into().expect("it has 32 bytes");
    // Version 8, as RFC 9562 has it for names that are hashed by SHA-256.
    Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// The comments of a finding, the first one first, each with `comment` as the sender has it.
fn said(finding: &Finding<'_>) -> Vec<(CommentId, Map<String, Value>)> {
    let comments = finding.differences.iter().filter_map(|one| {
        let What::Commented(id) = one.what else {
            return None;
        };
        let told = finding.threads?.told(&one.ticket_id, id)?.clone();
        Some((one.from, id, told))
    });
    let mut comments: Vec<_> = comments.collect();
    comments.sort_unstable_by_key(|(at, id, _)| (*at, *id));
    let said = comments
        .into_iter()
        .map(|(_, id, told)| (id, Map::from_iter([("comment".to_owned(), told)])));
    said.collect()
}

/// The types that tell of a finding, each with what only it has. Comments come after them.
fn events(finding: &Finding<'_>) -> Vec<(&'static str, Map<String, Value>)> {
    let has = |what: What| finding.differences.iter().find(|one| one.what == what);
    if has(What::Deleted).is_some() {
        return vec![(DELETED, Map::new())];
    }
    if has(What::Created).is_some() {
        return vec![(CREATED, Map::new())];
    }
    let mut events = Vec::new();
    let status = has(What::Changed(Field::Status));
    if let Some(status) = status {
        let previous = [("previous_status_id".to_owned(), status.previous().clone())];
        let previous = previous.into_iter().filter(|(_, value)| !value.is_null());
        events.push((STATUS_CHANGED, previous.collect()));
        let is_closed = finding.known.is_some_and(|known| !known.is_open);
        if is_closed {
            events.push((CLOSED, Map::new()));
        }
    }
    if [Field::Assignee, Field::Team]
        .iter()
        .any(|field| has(What::Changed(*field)).is_some())
    {
        events.push((ASSIGNED, changes(finding, is_of_assigned)));
    }
    let others = changes(finding, |field| {
        let is_told = field == Field::Status || is_of_assigned(field);
        !is_told && (field != Field::ClosedAt || status.is_none())
    });
    if !others.is_empty() {
        events.push((UPDATED, others));
    }
    events
}

fn is_of_assigned(field: Field) -> bool {
    [Field::Assignee, Field::Team].contains(&field)
}

/// `{"changes": {field: {"previous", "new"}}}` for those of the fields that have changed, or nothing.
fn changes(finding: &Finding<'_>, of: impl Fn(Field) -> bool) -> Map<String, Value> {
    let changed = finding.differences.iter().filter_map(|one| match one.what {
        What::Changed(field) if of(field) => {
            let change = json!({ "previous": one.previous(), "new": one.after });
            Some((field.column().to_owned(), change))
        }
        _ => None,
    });
    let changed: Map<_, _> = changed.collect();
    if changed.is_empty() {
        return Map::new();
    }
    Map::from_iter([("changes".to_owned(), Value::Object(changed))])
}
