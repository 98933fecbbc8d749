//! What is in the dead-letter queue, and what the inbox says about it.

use std::collections::{BTreeSet, HashMap};

use anyhow::Result;
use serde::Serialize;
use shared::event::{Place, StreamId};
use shared::inbox::{Inbox, Record};

use super::letters::{Letter, Letters};
use crate::events;
use crate::events::view::View;
use crate::output::times::moment;
use crate::output::{self, Time, count, hint};

/// Dead letters, and parked events.
pub struct Look {
    pub parked: Vec<Record>,
    pub letters: Vec<Letter>,
}

/// A dead letter, a parked event, or both.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The event's key, `{event_id}/{event_type}`; nothing if the message is not a doorbell.
    event: Option<String>,
    /// When the letter was sent; nothing if no letter was seen.
    letter_sent_at: Option<Time>,
    message_id: Option<String>,
    #[serde(flatten)]
    view: View,
}

/// What would be brought back.
#[derive(Debug, Serialize)]
pub struct Report {
    pub events: Vec<Row>,
    unseen_letters: usize,
    #[serde(skip)]
    letters: usize,
    #[serde(skip)]
    parked: usize,
}

/// What [`Row::cells`] says.
pub const HEADER: [&str; 5] = ["stream", "occurred (UTC)", "event", "letter sent", "now"];

impl Look {
    /// The places of everything that was seen.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        let letters = self.letters.iter().filter_map(Letter::place).cloned();
        letters.chain(self.parked.iter().filter_map(Record::place))
    }

    /// Parked events that no letter would unpark.
    pub fn without_letter(&self) -> impl Iterator<Item = &Record> {
        let unparked = self.letters.iter().filter(|letter| letter.unparks());
        let unparked: BTreeSet<_> = unparked.filter_map(Letter::place).cloned().collect();
        let is_forgotten = move |place: Place| !unparked.contains(&place);
        let records = self.parked.iter();
        records.filter(move |record| record.place().is_some_and(&is_forgotten))
    }

    /// `others` letters were received that are not wanted.
    pub async fn report(&self, inbox: &Inbox, letters: &Letters, others: usize) -> Result<Report> {
        let seen = self.letters.len() + others;
        Ok(Report {
            unseen_letters: letters.count().await?.saturating_sub(seen),
            events: self.rows(inbox).await?,
            letters: self.letters.len(),
            parked: self.parked.len(),
        })
    }

    async fn rows(&self, inbox: &Inbox) -> Result<Vec<Row>> {
        let records = self.records(inbox).await?;
        let mut letters: Vec<&Letter> = self.letters.iter().collect();
        letters.sort_by_key(|letter| letter.place());
        let of_letter = |letter: &Letter| Row::of_letter(letter, &records);
        let rows = letters.into_iter().map(of_letter);
        Ok(rows.chain(self.without_letter().map(Row::of)).collect())
    }

    /// What the inbox says about the letters' events. The parked ones are known already; the others' streams are read.
    async fn records(&self, inbox: &Inbox) -> Result<HashMap<Place, Record>> {
        let of = |record: &Record| Some((record.place()?, record.clone()));
        let mut records: HashMap<_, _> = self.parked.iter().filter_map(of).collect();
        let places = self.letters.iter().filter_map(Letter::place);
        let unknown = places.filter(|place| !records.contains_key(place));
        let streams: BTreeSet<StreamId> = unknown.map(|place| place.stream.clone()).collect();
        for stream in streams {
            let found = events::stream(inbox, &stream).await?;
            records.extend(found.iter().filter_map(of));
        }
        Ok(records)
    }
}

impl Report {
    pub fn print(&self) -> Result<()> {
        if self.events.is_empty() {
            output::line("Nothing to bring back was found.")?;
        } else {
            output::table(HEADER, self.events.iter().map(Row::cells))?;
            output::line(hint(&format!(
                "{}. Nothing was changed. To bring all of it back, run: alga-webhooks redrive --all",
                self.counted()
            )))?;
        }
        self.unseen().map_or(Ok(()), output::line)
    }

    /// Such as `2 dead letters, 1 parked event`.
    pub fn counted(&self) -> String {
        let letters = count(self.letters, "dead letter");
        format!("{letters}, {}", count(self.parked, "parked event"))
    }

    /// Says that there are letters which were not seen.
    pub fn unseen(&self) -> Option<String> {
        let more = Some(self.unseen_letters).filter(|more| *more > 0)?;
        let letters = count(more, "letter");
        Some(format!(
            "SQS counts {letters} more: they are behind these in the queue, or somebody else is looking at them."
        ))
    }
}

impl Row {
    fn of(record: &Record) -> Self {
        Self {
            event: Some(record.event.to_string()),
            letter_sent_at: None,
            message_id: None,
            view: View::of(record, None),
        }
    }

    fn of_letter(letter: &Letter, records: &HashMap<Place, Record>) -> Self {
        let place = letter.place();
        let record = place.and_then(|place| records.get(place));
        let gone = || place.map_or_else(View::unreadable, View::at);
        Self {
            event: place.map(|place| place.event().to_string()),
            letter_sent_at: letter.sent_at.map(Time),
            message_id: Some(letter.message_id.clone()),
            view: record.map_or_else(gone, |record| View::of(record, None)),
        }
    }

    pub fn cells(&self) -> [String; 5] {
        let sent_at = self.letter_sent_at.map(|sent_at| moment(sent_at.0));
        let id = self.message_id.as_deref();
        if self.event.is_none() {
            let message = format!("message {}", id.unwrap_or_default());
            let now = "not a doorbell: only --all moves it".to_owned();
            let [none, no_event] = [String::new(), String::new()];
            return [message, none, no_event, sent_at.unwrap_or_default(), now];
        }
        let unknown = if id.is_some() { "?" } else { "none seen" };
        [
            self.view.stream.clone(),
            self.view.occurred(),
            self.view.named(),
            sent_at.unwrap_or_else(|| unknown.to_owned()),
            self.now(),
        ]
    }

    fn now(&self) -> String {
        match &*self.view.state {
            "parked" => format!(
                "parked {}:\n{}",
                self.view.since(),
                self.view.parked_because()
            ),
            "settled" => "settled in the meantime".to_owned(),
            "gone" => "not in the inbox any more".to_owned(),
            _ => "waiting".to_owned(),
        }
    }
}
