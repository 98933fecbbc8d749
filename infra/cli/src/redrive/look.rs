//! What is in the dead-letter queue, beside what the inbox says of it.

use std::collections::{BTreeSet, HashMap};

use anyhow::Result;
use serde::Serialize;
use shared::event::Place;
use shared::inbox::{Inbox, Record, State};

use super::letters::{Letter, Letters};
use crate::events::{self, count, seen};
use crate::show::Fold;
use crate::{Context, show};

const FOLDS: [Fold; 4] = [
    Fold::Stream("stream"),
    Fold::Stream("event"),
    Fold::Under("event", "stream"),
    Fold::Under("letter sent", "occurred (UTC)"),
];

/// Dead letters, and parked events.
pub struct Look {
    pub parked: Vec<Record>,
    pub letters: Vec<Letter>,
}

/// A dead letter, a parked event, or both.
#[derive(Debug, Serialize)]
struct Row {
    stream: Option<String>,
    event: Option<String>,
    /// When the letter was sent; nothing if none was seen.
    letter_sent_at: Option<String>,
    message_id: Option<String>,
    occurred_at: Option<String>,
    state: String,
    parked_at: Option<String>,
    parked_because: Option<String>,
}

#[derive(Debug, Serialize)]
struct Seen {
    events: Vec<Row>,
    unseen_letters: usize,
}

impl Look {
    /// The places of everything that was seen.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        let letters = self
            .letters
            .iter()
            .filter_map(|letter| letter.place().cloned());
        letters.chain(self.parked.iter().filter_map(Record::place))
    }

    /// Parked events that no letter would revive.
    pub fn without_letter(&self) -> impl Iterator<Item = &Record> {
        let revived = self.letters.iter().filter(|letter| letter.revives());
        let revived: BTreeSet<_> = revived.filter_map(Letter::place).cloned().collect();
        self.parked.iter().filter(move |record| {
            record
                .place()
                .is_some_and(|place| !revived.contains(&place))
        })
    }

    /// Prints it; `others` letters were received, and are of no interest.
    pub async fn report(
        &self,
        inbox: &Inbox,
        letters: &Letters,
        others: usize,
        context: &Context,
    ) -> Result<()> {
        let unseen_letters = letters
            .count()
            .await?
            .saturating_sub(self.letters.len() + others);
        let events = self.rows(inbox).await?;
        let seen = Seen {
            events,
            unseen_letters,
        };
        if context.json {
            return show::json(&seen);
        }
        seen.print(self.letters.len(), self.parked.len())
    }

    async fn rows(&self, inbox: &Inbox) -> Result<Vec<Row>> {
        let records = self.records(inbox).await?;
        let mut letters: Vec<&Letter> = self.letters.iter().collect();
        letters.sort_by_key(|letter| letter.place());
        let row = |letter: &Letter| {
            let record = letter.place().and_then(|place| records.get(&key(place)));
            Row::of(Some(letter), record)
        };
        let rows = letters.into_iter().map(row);
        Ok(rows
            .chain(
                self.without_letter()
                    .map(|record| Row::of(None, Some(record))),
            )
            .collect())
    }

    /// What the inbox says of the letters' events: parked, as was found already, or else as their streams say.
    async fn records(&self, inbox: &Inbox) -> Result<HashMap<(String, String), Record>> {
        let of = |record: &Record| {
            (
                (record.stream.clone(), record.event.clone()),
                record.clone(),
            )
        };
        let mut records: HashMap<_, _> = self.parked.iter().map(of).collect();
        let places = self.letters.iter().filter_map(Letter::place);
        let unknown = places.filter(|place| !records.contains_key(&key(place)));
        let streams: BTreeSet<String> = unknown.map(|place| place.stream.clone()).collect();
        for stream in streams {
            records.extend(events::stream(inbox, &stream).await?.iter().map(of));
        }
        Ok(records)
    }
}

fn key(place: &Place) -> (String, String) {
    (place.stream.clone(), place.event().to_owned())
}

impl Row {
    fn of(letter: Option<&Letter>, record: Option<&Record>) -> Self {
        let place = letter.and_then(|letter| letter.place().cloned());
        let place = place.or_else(|| record.and_then(Record::place));
        let (parked_at, parked_because) = match record.map(|record| &record.state) {
            Some(State::Parked { at, because, .. }) => {
                (Some(show::time(*at)), Some(because.clone()))
            }
            _ => (None, None),
        };
        let state = match record {
            Some(record) => record.state.to_string(),
            None if place.is_some() => "gone".to_owned(),
            None => "unreadable".to_owned(),
        };
        Self {
            occurred_at: place.as_ref().and_then(seen::time_of).map(show::time),
            event: place.as_ref().map(|place| place.event().to_owned()),
            stream: place.map(|place| place.stream),
            letter_sent_at: letter.and_then(|letter| letter.sent_at).map(show::time),
            message_id: letter.map(|letter| letter.message_id.clone()),
            state,
            parked_at,
            parked_because,
        }
    }

    fn cells(&self) -> [String; 5] {
        let or =
            |text: &Option<String>, none: &str| text.clone().unwrap_or_else(|| none.to_owned());
        let unnamed = format!("message {}", or(&self.message_id, ""));
        let sent_at = match self.message_id {
            Some(_) => or(&self.letter_sent_at, "?"),
            None => "none seen".to_owned(),
        };
        [
            or(&self.stream, &unnamed),
            or(&self.event, ""),
            or(&self.occurred_at, ""),
            sent_at,
            self.now(),
        ]
    }

    fn now(&self) -> String {
        match (&*self.state, &self.parked_at, &self.parked_because) {
            (_, Some(at), Some(because)) => format!("parked {at}: {because}"),
            ("settled", ..) => "settled meanwhile".to_owned(),
            ("waiting", ..) => "waits".to_owned(),
            ("gone", ..) => "not in the inbox any more".to_owned(),
            _ => "no doorbell: only --all moves it".to_owned(),
        }
    }
}

impl Seen {
    fn print(&self, letters: usize, parked: usize) -> Result<()> {
        if self.events.is_empty() {
            show::line("Nothing is parked, and no dead letter was seen.")?;
        } else {
            let header = ["stream", "event", "occurred (UTC)", "letter sent", "now"];
            show::table(header, self.events.iter().map(Row::cells), &FOLDS)?;
            let (letters, parked) = (count(letters, "dead letter"), count(parked, "parked event"));
            show::line(format_args!(
                "{letters}, {parked}. Nothing was changed. To bring them back: alga-webhooks redrive --all, or STREAM|ID"
            ))?;
        }
        match self.unseen_letters {
            0 => Ok(()),
            more => show::line(format_args!(
                "SQS counts {} more: behind these in their groups, or hidden by another look.",
                count(more, "letter")
            )),
        }
    }
}
