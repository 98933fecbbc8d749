//! The events that were kept of a ticket, as far as they can tell of differences.

use std::collections::HashMap;

use anyhow::Result;
use jiff::Timestamp;
use serde::Deserialize;
use shared::alga_api::Columns;
use shared::event::{self, StreamId};
use shared::inbox::body::Damaged;
use shared::inbox::{Inbox, Record};

use crate::field::{ASSIGNED, CLOSED, COMMENTED, CREATED, Field, STATUS_CHANGED, UPDATED};
use crate::margins::{BEFORE, CACHED_FOR};
use crate::telling::Event;

/// The types whose content is looked at.
const TELLING: [&str; 5] = [CREATED, UPDATED, ASSIGNED, STATUS_CHANGED, CLOSED];

/// What is looked at, next to the compared fields. Events may carry whole threads of comments.
const ALSO: [&str; 3] = ["changes", "previous_status_id", "is_closed"];

/// The events of the tickets that were asked for, each read once in a run.
pub(super) struct Events<'a> {
    inbox: &'a Inbox,
    tenant_id: &'a str,
    /// Whether those matter that tell of comments.
    with_comments: bool,
    records: HashMap<StreamId, Vec<Record>>,
    read: HashMap<String, Event>,
}

impl<'a> Events<'a> {
    /// None yet. Those that tell of comments matter only in the comment mode.
    pub fn new(inbox: &'a Inbox, tenant_id: &'a str, with_comments: bool) -> Self {
        Self {
            inbox,
            tenant_id,
            with_comments,
            records: HashMap::new(),
            read: HashMap::new(),
        }
    }

    /// The stream of a ticket, whose records are there now; `None` if it cannot have one.
    async fn stream(&mut self, ticket_id: &str) -> Result<Option<StreamId>> {
        let Some(stream) = StreamId::of_ticket(self.tenant_id, ticket_id) else {
            return Ok(None);
        };
        if !self.records.contains_key(&stream) {
            let records = records(self.inbox, &stream).await?;
            self.records.insert(stream.clone(), records);
        }
        Ok(Some(stream))
    }

    /// Whether a ticket has an event that was kept since then, and can tell of a field.
    pub async fn has_come(&mut self, ticket_id: &str, since: Timestamp) -> Result<bool> {
        let stream = self.stream(ticket_id).await?;
        let mut records = stream.iter().flat_map(|stream| &self.records[stream]);
        let is_telling = |record: &Record| {
            record.kept_at >= since && TELLING.contains(&record.event.event_type())
        };
        Ok(records.any(is_telling))
    }

    /// The events of a ticket that could matter to what came about since then, in order of time.
    pub async fn of(&mut self, ticket_id: &str, since: Timestamp) -> Result<Vec<Event>> {
        let Some(stream) = self.stream(ticket_id).await? else {
            return Ok(Vec::new());
        };
        let since = since - BEFORE - CACHED_FOR;
        let mut events = Vec::new();
        for record in &self.records[&stream] {
            let Some(place) = record.place() else {
                continue;
            };
            if place.position.time() < since {
                continue;
            }
            let key = record.event.as_str();
            let id = format!("{stream}/{key}");
            if !self.read.contains_key(&id) {
                let at = place.position.time();
                let event = read(self.inbox, &stream, record, at, self.with_comments).await?;
                self.read.insert(id.clone(), event);
            }
            events.push(self.read[&id].clone());
        }
        events.sort_by(|a, b| (a.occurred_at, &a.key).cmp(&(b.occurred_at, &b.key)));
        Ok(events)
    }
}

async fn records(inbox: &Inbox, stream: &StreamId) -> Result<Vec<Record>> {
    let (mut records, mut from) = (Vec::new(), None);
    loop {
        let (page, rest) = inbox.stream(stream, from).await?;
        records.extend(page);
        from = rest;
        if from.is_none() {
            return Ok(records);
        }
    }
}

async fn read(
    inbox: &Inbox,
    stream: &StreamId,
    record: &Record,
    occurred_at: Timestamp,
    with_comments: bool,
) -> Result<Event> {
    #[derive(Default, Deserialize)]
    struct Envelope {
        #[serde(default)]
        data: Columns,
        #[serde(default)]
        unannounced: bool,
    }
    let event_type = record.event.event_type();
    let mut envelope = Envelope::default();
    let is_comment = with_comments && event_type == COMMENTED;
    if is_comment || TELLING.contains(&event_type) {
        let body = match inbox.body(stream, &record.event).await {
            Err(error) if error.is::<Damaged>() => None, // it tells of something all the same
            body => body?,
        };
        let parsed = body.and_then(|body| event::Event::parse(body, record.kept_at).ok());
        let parsed = parsed.and_then(|event| event.json().ok());
        envelope = parsed.unwrap_or_default();
    }
    envelope.data.retain(|name, _| {
        if is_comment {
            return name == "comment";
        }
        ALSO.contains(&name.as_str()) || Field::of_column(name).is_some()
    });
    Ok(Event {
        key: record.event.to_string(),
        event_type: event_type.to_owned(),
        occurred_at,
        data: envelope.data,
        is_own: envelope.unannounced,
    })
}
