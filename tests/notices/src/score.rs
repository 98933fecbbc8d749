//! What one way of listening has noticed.

use std::collections::HashSet;

use algapsa::desk::{Act, Field, Happened};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::truth::{Change, Truth};

const COMMENT: &str = "ticket.comment.added";

/// What a way has told, change by change.
pub struct Score<'a> {
    truth: &'a Truth,
    told: Vec<Option<Told>>,
    heard: HashSet<(Uuid, String)>,
    /// Reactions that told of nothing, or of nothing that had not been told before.
    pub for_nothing: usize,
    /// Calls of AlgaPSA's API.
    pub calls: u64,
}

/// How a change was told first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    at: Timestamp,
    /// By an event of this save; otherwise by a value that was read.
    by_save: Option<usize>,
}

impl<'a> Score<'a> {
    pub fn new(truth: &'a Truth) -> Self {
        Self {
            truth,
            told: vec![None; truth.changes.len()],
            heard: HashSet::new(),
            for_nothing: 0,
            calls: 0,
        }
    }

    /// An event has arrived. It tells of those changes of its save that its type can carry.
    pub fn hears(&mut self, event_id: Uuid, event_type: &str, at: Timestamp) {
        let is_new = self.heard.insert((event_id, event_type.to_owned()));
        let Some(save) = self.truth.save_of(event_id).filter(|_| is_new) else {
            self.for_nothing += 1;
            return;
        };
        let places = self.truth.changes_of(save);
        let carried = places.filter(|place| carries(event_type, self.truth.changes[*place].field));
        let carried: Vec<_> = carried.collect();
        let by_others =
            |place: &usize| self.told[*place].is_some_and(|told| told.by_save != Some(save));
        let is_late = !carried.is_empty() && carried.iter().all(by_others);
        if is_late || is_about_nothing(&self.truth.saves[save]) {
            self.for_nothing += 1;
        }
        let by_save = Some(save);
        for place in carried {
            self.told[place].get_or_insert(Told { at, by_save });
        }
    }

    /// A reaction to values that were found in a ticket. Each tells of the change that led to it.
    pub fn finds<'v>(
        &mut self,
        ticket_id: Uuid,
        values: impl IntoIterator<Item = &'v (Field, Value)>,
        at: Timestamp,
    ) {
        let is_news = self.learns(ticket_id, values, at);
        self.for_nothing += usize::from(!is_news);
    }

    /// The same without a reaction of its own. Whether any of it had not been told before.
    pub fn learns<'v>(
        &mut self,
        ticket_id: Uuid,
        values: impl IntoIterator<Item = &'v (Field, Value)>,
        at: Timestamp,
    ) -> bool {
        let mut is_news = false;
        for (field, value) in values {
            let place = self.truth.leading_to(ticket_id, *field, value, at);
            if let Some(place) = place.filter(|place| self.told[*place].is_none()) {
                let by_save = None;
                self.told[place] = Some(Told { at, by_save });
                is_news = true;
            }
        }
        is_news
    }

    /// Of the changes of a kind, how many were noticed, and how many there were.
    pub fn noticed(&self, is: impl Fn(&Change) -> bool) -> (usize, usize) {
        let changes = self.truth.changes.iter().zip(&self.told);
        let told: Vec<_> = changes
            .filter(|(change, _)| is(change))
            .map(|(_, told)| told.is_some())
            .collect();
        (told.iter().filter(|told| **told).count(), told.len())
    }

    /// The changes that it has missed, first those that were not there for longer than that: they were overwritten, or led back to
    /// what had been there before.
    pub fn missed(&self, time: SignedDuration) -> [Vec<&'a Change>; 2] {
        let (mut passing, mut standing) = (Vec::new(), Vec::new());
        for (place, change) in self.truth.changes.iter().enumerate() {
            if self.told[place].is_some() {
                continue;
            }
            if self.truth.is_passing(place, time) {
                passing.push(change);
            } else {
                standing.push(change);
            }
        }
        [passing, standing]
    }

    /// Of the comments that could be seen at last, how many an event told of, and how many there were.
    pub fn comments(&self) -> (usize, usize) {
        let all = self.truth.saves.iter().filter(|save| is_comment(save));
        let heard = |save: &&Happened| {
            let mut events = save.announced.iter();
            events.any(|event| self.heard.contains(&(event.event_id, COMMENT.to_owned())))
        };
        (all.clone().filter(heard).count(), all.count())
    }

    /// How long after each noticed change it was told, the shortest first.
    pub fn delays(&self) -> Vec<SignedDuration> {
        let changes = self.truth.changes.iter().zip(&self.told);
        let delays = changes.filter_map(|(change, told)| {
            let told = told.as_ref()?;
            // An event may go out before its transaction commits.
            Some(told.at.duration_since(change.at).max(SignedDuration::ZERO))
        });
        let mut delays: Vec<_> = delays.collect();
        delays.sort_unstable();
        delays
    }
}

fn is_comment(save: &Happened) -> bool {
    let mut acts = save.acts.iter();
    !save.was_rolled_back && acts.any(|act| matches!(act, Act::Reply | Act::Note | Act::Publish))
}

/// Whether a handler of that type can find a change of that field in the event: it is named there, or the event's type or its
/// `data` leads to it.
fn carries(event_type: &str, field: Field) -> bool {
    match (event_type, field) {
        ("ticket.created", field) => field == Field::Existence,
        (_, Field::Existence) => false,
        ("ticket.updated", _) => true,
        (_, Field::Tags) => false,
        ("ticket.closed", _) => true,
        ("ticket.assigned", field) => field != Field::Status,
        ("ticket.status_changed", field) => field == Field::Status,
        _ => false,
    }
}

/// Whether an event of that save tells of something that is not so, or that changed nothing.
fn is_about_nothing(save: &Happened) -> bool {
    save.was_rolled_back || save.acts.iter().all(|act| *act == Act::Nothing)
}

#[cfg(test)]
mod tests;
