//! What a replay would do.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use shared::event::{Place, StreamId};
use shared::inbox::{Record, State};

use crate::output::{self, Time, count};

/// What to do in each stream, and how much to leave alone.
#[derive(Debug, Default)]
pub struct Plan {
    pub streams: BTreeMap<StreamId, Stream>,
    skipped: Skipped,
}

#[derive(Debug, Default)]
pub struct Stream {
    /// Settled events, in order.
    pub events: Vec<Record>,
    /// The last event that already waits for this replay and needs only a doorbell.
    pub waiting: Option<Place>,
}

/// How many are left alone, and why.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Skipped {
    waiting: usize,
    parked: usize,
    done: usize,
}

impl Plan {
    /// `resumes` is the time of the replay to continue: what it has settled is done.
    pub fn of(records: Vec<Record>, resumes: Option<Timestamp>) -> Self {
        let mut plan = Self::default();
        for record in records {
            plan.take(record, resumes);
        }
        plan
    }

    fn take(&mut self, record: Record, resumes: Option<Timestamp>) {
        let is_of_this =
            |replayed_at: &Option<Timestamp>| resumes.is_some() && *replayed_at == resumes;
        match &record.state {
            State::Settled { replayed_at, .. } if is_of_this(replayed_at) => self.skipped.done += 1,
            State::Settled { .. } => self.stream(&record).events.push(record),
            State::Parked { .. } => self.skipped.parked += 1,
            State::Waiting { replayed_at, .. } => {
                self.skipped.waiting += 1;
                if is_of_this(replayed_at) {
                    let stream = self.stream(&record);
                    stream.waiting = record.place().max(stream.waiting.take());
                }
            }
        }
    }

    fn stream(&mut self, record: &Record) -> &mut Stream {
        self.streams.entry(record.stream.clone()).or_default()
    }

    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    pub fn summary(&self) -> Summary {
        let mut types: BTreeMap<&str, ByType> = BTreeMap::new();
        for record in self.streams.values().flat_map(|stream| &stream.events) {
            types
                .entry(record.event.event_type())
                .or_default()
                .add(record);
        }
        let types: Vec<_> = types.into_values().collect();
        Summary {
            events: types.iter().map(|of| of.events).sum(),
            streams: self.streams.len(),
            types,
            skipped: self.skipped,
        }
    }
}

#[derive(Debug, Serialize)]
pub struct Summary {
    pub events: usize,
    streams: usize,
    types: Vec<ByType>,
    skipped: Skipped,
}

/// The events of one type, and when the first and the last of them occurred.
#[derive(Debug, Default, Serialize)]
struct ByType {
    event_type: String,
    events: usize,
    first: Option<Time>,
    last: Option<Time>,
}

impl ByType {
    fn add(&mut self, record: &Record) {
        let at = record.place().map(|place| Time(place.position.time()));
        record.event.event_type().clone_into(&mut self.event_type);
        self.events += 1;
        self.first = [self.first, at].into_iter().flatten().min();
        self.last = self.last.max(at);
    }

    fn row(&self) -> [String; 4] {
        let time = |at: Option<Time>| at.map_or_else(|| "?".to_owned(), |at| at.to_string());
        [
            self.event_type.clone(),
            self.events.to_string(),
            time(self.first),
            time(self.last),
        ]
    }
}

/// What [`Summary::rows`] say.
pub const HEADER: [&str; 4] = ["type", "events", "first", "last"];

impl Summary {
    /// What is skipped, such as `2 waiting, 1 parked`.
    pub fn skipped(&self) -> String {
        let parts = [
            (self.skipped.waiting, "waiting"),
            (self.skipped.parked, "parked"),
            (self.skipped.done, "already done"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<_> = parts.map(|(count, why)| format!("{count} {why}")).collect();
        parts.join(", ")
    }

    pub fn print(&self) -> Result<()> {
        output::table(HEADER, self.rows())?;
        let told = self.told();
        output::line(format_args!(
            "{told}\nNothing was done yet. To do it, add --yes."
        ))
    }

    /// A row for each type of events.
    pub fn rows(&self) -> impl Iterator<Item = [String; 4]> {
        self.types.iter().map(ByType::row)
    }

    /// How much would be done, and what would be left alone.
    pub fn told(&self) -> String {
        let (events, streams) = (count(self.events, "event"), count(self.streams, "stream"));
        let skipped = match self.skipped() {
            why if why.is_empty() => why,
            why => format!(" Skipped: {why}."),
        };
        format!("{events} in {streams} would be reacted to once more.{skipped}")
    }
}
