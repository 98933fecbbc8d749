//! Explaining differences by the events that were kept.

use std::collections::{HashMap, VecDeque};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use shared::alga_api::Columns;
use shared::event::{self, StreamId};
use shared::inbox::{Inbox, Record};

use crate::comments::Threads;
use crate::difference::{Difference, What};
use crate::field::{self, ASSIGNED, CLOSED, COMMENTED, CREATED, STATUS_CHANGED, UPDATED, Values};
use crate::memory::{Memory, Spent};
use crate::telling::{BEFORE, CACHED_FOR, Event, explanation};

/// How long it is remembered that an event has explained something: longer than two scans are apart.
const SPENT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The types whose content is looked at.
const TELLING: [&str; 5] = [CREATED, UPDATED, ASSIGNED, STATUS_CHANGED, CLOSED];

/// What has become of the differences of this run and of those that waited.
#[derive(Debug, Default)]
pub struct Explained {
    /// To be announced.
    pub unexplained: Vec<Difference>,
    /// To be looked at again.
    pub waiting: Vec<Difference>,
    /// How many were explained by events.
    pub explained: usize,
    /// How many do not stand any more.
    pub superseded: usize,
    pub spent: Vec<Spent>,
    /// What events have told of new tickets, and when: it counts as seen.
    pub told: Vec<(String, Timestamp, Values)>,
}

/// What differences are explained with.
pub struct Explainer<'a> {
    pub inbox: &'a Inbox,
    pub tenant_id: &'a str,
    /// How long an event that could explain a difference is waited for.
    pub grace: SignedDuration,
    /// With the comment mode: the comments that were read.
    pub threads: Option<&'a Threads>,
    pub now: Timestamp,
}

impl Explainer<'_> {
    /// Looks at new differences, and again at those whose grace is over. `stands` says whether one still is so.
    pub async fn explain(
        &self,
        memory: &Memory,
        mut new: Vec<Difference>,
        stands: impl Fn(&Difference) -> bool,
    ) -> Result<Explained> {
        let mut events = Events {
            with_comments: self.threads.is_some(),
            ..Events::default()
        };
        let mut explained = Explained {
            spent: memory.spent.clone(),
            ..Explained::default()
        };
        for difference in &memory.waiting {
            if !stands(difference) {
                explained.superseded += 1;
                let next = new.iter_mut().find(|new| new.is_about_the_same(difference));
                if let Some(next) = next {
                    next.follows(difference);
                }
            } else if self.now < difference.until + self.grace || !self.can_tell(difference) {
                explained.waiting.push(difference.clone());
            } else if self
                .is_explained(difference, &mut events, &mut explained)
                .await?
            {
                explained.explained += 1;
            } else {
                explained.unexplained.push(difference.clone());
            }
        }
        let mut new = VecDeque::from(new);
        while let Some(difference) = new.pop_front() {
            if self
                .is_explained(&difference, &mut events, &mut explained)
                .await?
            {
                explained.explained += 1;
                if difference.what == What::Created {
                    new.extend(explained.since_creation(&difference));
                }
            } else if difference.is_over() {
                explained.superseded += 1;
            } else {
                explained.waiting.push(difference);
            }
        }
        let oldest = self.now - SPENT_FOR;
        explained.spent.retain(|spent| spent.occurred_at >= oldest);
        Ok(explained)
    }

    /// A comment is told by its words, which this run may not have read.
    fn can_tell(&self, difference: &Difference) -> bool {
        let What::Commented(id) = difference.what else {
            return true;
        };
        let told = self
            .threads
            .map(|threads| threads.told(&difference.ticket_id, id));
        told.flatten().is_some()
    }

    async fn is_explained(
        &self,
        difference: &Difference,
        events: &mut Events,
        explained: &mut Explained,
    ) -> Result<bool> {
        let Some(stream) = StreamId::of_ticket(self.tenant_id, &difference.ticket_id) else {
            return Ok(false);
        };
        let of_ticket = events.of(self.inbox, stream, difference).await?;
        let is_spent = |event: &Event| {
            explained.spent.iter().any(|spent| {
                spent.event == event.key
                    && spent.what.is_told_with(difference.what)
                    && spent.ticket_id == difference.ticket_id
            })
        };
        let unspent: Vec<_> = of_ticket
            .iter()
            .filter(|event| !is_spent(event))
            .cloned()
            .collect();
        let tellers = match (difference.what, self.threads) {
            (What::Commented(id), Some(threads)) => threads
                .teller(difference, id, &unspent, &explained.spent)
                .map(|event| vec![event]),
            _ => explanation(difference, &unspent),
        };
        let Some(tellers) = tellers else {
            return Ok(false);
        };
        if let (What::Created, Some(created)) = (difference.what, tellers.first()) {
            let told = field::values(&created.data);
            let id = difference.ticket_id.clone();
            explained.told.push((id, created.occurred_at, told));
        }
        explained
            .spent
            .extend(tellers.into_iter().map(|event| Spent {
                ticket_id: difference.ticket_id.clone(),
                what: difference.what,
                event: event.key.clone(),
                occurred_at: event.occurred_at,
            }));
        Ok(true)
    }
}

impl Explained {
    /// What has changed between a creation that an event told of and the first sight of the ticket.
    fn since_creation(&self, created: &Difference) -> Vec<Difference> {
        let told = self.told.iter().rfind(|(id, ..)| *id == created.ticket_id);
        let (seen, Some((_, at, told))) = (created.values_after(), told) else {
            return Vec::new();
        };
        let changed = seen.into_iter().filter_map(|(field, after)| {
            let before = told.get(&field)?;
            (*before != after).then(|| Difference {
                what: What::Changed(field),
                before: before.clone(),
                after,
                from: *at,
                ..created.clone()
            })
        });
        changed.collect()
    }
}

/// The events of the tickets that were asked for, each read once in a run.
#[derive(Default)]
struct Events {
    records: HashMap<StreamId, Vec<Record>>,
    read: HashMap<String, Option<Event>>,
    /// Whether those matter that tell of comments.
    with_comments: bool,
}

impl Events {
    /// The events of a stream that could matter, in order of time, but for our own.
    async fn of(
        &mut self,
        inbox: &Inbox,
        stream: StreamId,
        difference: &Difference,
    ) -> Result<Vec<Event>> {
        if !self.records.contains_key(&stream) {
            let records = records(inbox, &stream).await?;
            self.records.insert(stream.clone(), records);
        }
        let since = difference.from - BEFORE - CACHED_FOR;
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
                let event = read(inbox, &stream, record, at, self.with_comments).await?;
                self.read.insert(id.clone(), event);
            }
            events.extend(self.read[&id].clone());
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

/// `None` for what the reconciler has announced itself.
async fn read(
    inbox: &Inbox,
    stream: &StreamId,
    record: &Record,
    occurred_at: Timestamp,
    with_comments: bool,
) -> Result<Option<Event>> {
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
        // A body that is lost tells of something all the same.
        if let Ok(Some(body)) = inbox.body(stream, &record.event).await {
            let parsed = event::Event::parse(body, record.kept_at).ok();
            envelope = parsed
                .and_then(|event| event.json().ok())
                .unwrap_or_default();
        }
    }
    if is_comment {
        envelope.data.retain(|name, _| name == "comment");
    }
    Ok((!envelope.unannounced).then(|| Event {
        key: record.event.to_string(),
        event_type: event_type.to_owned(),
        occurred_at,
        data: envelope.data,
    }))
}
