//! What AlgaPSA has sent and what became of it. Its own delivery log knows less: it has no row for what the cap has eaten.

use std::sync::Arc;

use jiff::Timestamp;

use crate::ticket::Event;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Status(u16),
    /// Without an answer: refused, broken off, or not within the timeout.
    NoAnswer,
}

impl Outcome {
    /// Whether it needs no further attempt.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Status(200..=299))
    }
}

/// All that was to be delivered, in the order in which it was published.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// One entry for each copy of an event.
    pub entries: Vec<Entry>,
}

/// One event on its way: published, replayed or republished.
#[derive(Clone, Debug)]
pub struct Entry {
    /// With the content that is sent.
    pub event: Arc<Event>,
    /// When it came into the sender's hands.
    pub published_at: Timestamp,
    /// What left, as in the sender's delivery log.
    pub rows: Vec<Row>,
    /// Attempts that the cap has eaten, and when. The sender's delivery log has no row for them.
    pub eaten: Vec<(u32, Timestamp)>,
    pub fate: Fate,
    pub(super) attempts: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The number of the attempt, counting those that the cap has eaten.
    pub number: u32,
    pub left_at: Timestamp,
    /// How it ended, and when; nothing while it is under way.
    pub ended: Option<(Outcome, Timestamp)>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It waits for an attempt, or for the answer to one.
    UnderWay,
    /// It was answered with 2xx.
    Acknowledged(Timestamp),
    /// Its last attempt failed.
    GivenUp(Timestamp),
    /// Its last attempt was eaten by the cap.
    Eaten(Timestamp),
    /// The webhook was paused or switched off.
    Dropped(Timestamp),
}

impl Ledger {
    /// Everything that was acknowledged, in the order in which it was published.
    pub fn acknowledged(&self) -> impl Iterator<Item = &Entry> {
        self.count_as(|fate| matches!(fate, Fate::Acknowledged(_)))
    }

    /// Everything whose last attempt failed.
    pub fn given_up(&self) -> impl Iterator<Item = &Entry> {
        self.count_as(|fate| matches!(fate, Fate::GivenUp(_)))
    }

    /// Everything whose last attempt was eaten by the cap.
    pub fn eaten(&self) -> impl Iterator<Item = &Entry> {
        self.count_as(|fate| matches!(fate, Fate::Eaten(_)))
    }

    /// Everything that was dropped while the webhook was paused or switched off.
    pub fn dropped(&self) -> impl Iterator<Item = &Entry> {
        self.count_as(|fate| matches!(fate, Fate::Dropped(_)))
    }

    /// Everything that is not decided yet.
    pub fn under_way(&self) -> impl Iterator<Item = &Entry> {
        self.count_as(|fate| fate == Fate::UnderWay)
    }

    fn count_as(&self, is: impl Fn(Fate) -> bool) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| is(entry.fate))
    }
}
