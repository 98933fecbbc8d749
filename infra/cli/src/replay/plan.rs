//! What a replay would do.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use shared::event::Place;
use shared::inbox::{Record, State};

use crate::events::{count, seen};
use crate::show;

/// What to do in each stream, and what to leave alone.
#[derive(Debug, Default)]
pub struct Plan {
    pub streams: BTreeMap<String, Stream>,
    skipped: Skipped,
}

/// What to do in one stream.
#[derive(Debug, Default)]
pub struct Stream {
    /// Settled events, in order.
    pub events: Vec<Record>,
    /// The last event that already waits for this very replay, which needs a doorbell only.
    pub waiting: Option<Place>,
}

/// What is left alone, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Skipped {
    waiting: usize,
    parked: usize,
    done: usize,
}

impl Plan {
    /// `resumes` is the time of the replay to go on with: it has done what was settled since.
    pub fn of(records: Vec<Record>, resumes: Option<Timestamp>) -> Self {
        let mut plan = Self::default();
        for record in records {
            plan.take(record, resumes);
        }
        plan
    }

    fn take(&mut self, record: Record, resumes: Option<Timestamp>) {
        match &record.state {
            State::Settled { replayed_at, .. } if resumes.is_some() && *replayed_at == resumes => {
                self.skipped.done += 1;
            }
            State::Settled { .. } => {
                let stream = self.streams.entry(record.stream.clone()).or_default();
                stream.events.push(record);
            }
            State::Parked { .. } => self.skipped.parked += 1,
            State::Waiting { replayed_at, .. } => {
                self.skipped.waiting += 1;
                if resumes.is_some() && *replayed_at == resumes {
                    let stream = self.streams.entry(record.stream.clone()).or_default();
                    stream.waiting = record.place().max(stream.waiting.take());
                }
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    pub fn summary(&self) -> Summary {
        let mut types: BTreeMap<&str, ByType> = BTreeMap::new();
        let events = self.streams.values().flat_map(|stream| &stream.events);
        for record in events {
            let occurred_at = seen::occurred_at(record).map_or_else(|| "?".to_owned(), show::time);
            types
                .entry(record.event_type())
                .or_insert_with(|| ByType::new(record.event_type(), &occurred_at))
                .add(&occurred_at);
        }
        let types: Vec<_> = types.into_values().collect();
        Summary {
            events: types.iter().map(|of| of.events).sum(),
            streams: self.streams.len(),
            types,
            skipped: self.skipped.clone(),
        }
    }
}

/// A plan in numbers.
#[derive(Debug, Serialize)]
pub struct Summary {
    pub events: usize,
    streams: usize,
    types: Vec<ByType>,
    skipped: Skipped,
}

#[derive(Debug, Serialize)]
struct ByType {
    event_type: String,
    events: usize,
    first: String,
    last: String,
}

impl ByType {
    fn new(event_type: &str, occurred_at: &str) -> Self {
        Self {
            event_type: event_type.to_owned(),
            events: 0,
            first: occurred_at.to_owned(),
            last: occurred_at.to_owned(),
        }
    }

    /// Times of one form, which can be compared as text.
    fn add(&mut self, occurred_at: &str) {
        self.events += 1;
        if *occurred_at < *self.first {
            occurred_at.clone_into(&mut self.first);
        }
        if *occurred_at > *self.last {
            occurred_at.clone_into(&mut self.last);
        }
    }

    fn row(&self) -> [String; 4] {
        let Self {
            event_type,
            events,
            first,
            last,
        } = self;
        [
            event_type.clone(),
            events.to_string(),
            first.clone(),
            last.clone(),
        ]
    }
}

impl Summary {
    pub fn skipped(&self) -> usize {
        let Skipped {
            waiting,
            parked,
            done,
        } = self.skipped;
        waiting + parked + done
    }

    /// Such as `2 waiting, 1 parked`.
    pub fn skipped_why(&self) -> String {
        let Skipped {
            waiting,
            parked,
            done,
        } = self.skipped;
        let parts = [
            (waiting, "waiting"),
            (parked, "parked"),
            (done, "done before"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<_> = parts.map(|(count, why)| format!("{count} {why}")).collect();
        parts.join(", ")
    }

    pub fn print(&self) -> Result<()> {
        let header = ["type", "events", "first", "last"];
        show::table(header, self.types.iter().map(ByType::row), &[])?;
        let (events, streams) = (count(self.events, "event"), count(self.streams, "stream"));
        let skipped = match self.skipped() {
            0 => String::new(),
            _ => format!(" Skipped: {}.", self.skipped_why()),
        };
        show::line(format_args!(
            "{events} in {streams} would be reacted to once more.{skipped}\nNothing was done. To do it, add --yes."
        ))
    }
}
