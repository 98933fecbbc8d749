//! What happened on a day: every change of a compared field, and the events that tell of it. All ways are measured against it.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

use algapsa::day::Day;
use algapsa::desk::{Announced, Field, Happened};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::kind::Kind;

/// A whole day.
pub struct Truth {
    /// As it is before anything has happened.
    pub day: Day,
    pub from: Timestamp,
    pub saves: Vec<Happened>,
    /// In the order of time.
    pub changes: Vec<Change>,
    /// The changes of each save.
    of_save: Vec<Range<usize>>,
    /// The changes of each field of each ticket, in the order of time.
    of_field: HashMap<(Uuid, Field), Vec<usize>>,
    /// Which save an event tells of.
    of_event: HashMap<Uuid, usize>,
}

/// One field of one ticket got another value.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub ticket_id: Uuid,
    pub field: Field,
    pub before: Value,
    pub after: Value,
    /// When others could see it.
    pub at: Timestamp,
    pub kind: Kind,
}

impl Truth {
    /// The truth about a day that begins then.
    pub fn of(day: Day, from: Timestamp) -> Self {
        let saves = day.clone().collect();
        Self::told(day, from, saves)
    }

    /// Of three hours of a small desk, for tests.
    #[cfg(test)]
    pub fn of_three_hours(tickets: usize, changes: usize) -> Self {
        let from = "2026-11-02T07:00:00Z".parse().expect("a time");
        let plan = algapsa::day::Plan {
            seed: 1,
            tickets,
            changes,
            from,
            within: SignedDuration::from_hours(3),
            mix: &algapsa::day::INTEGRATION_HEAVY,
        };
        Self::of(plan.day(), from)
    }

    /// The same of any saves, in the order of time.
    pub fn told(day: Day, from: Timestamp, saves: Vec<Happened>) -> Self {
        let mut truth = Self {
            day,
            from,
            saves: Vec::new(),
            changes: Vec::new(),
            of_save: Vec::new(),
            of_field: HashMap::new(),
            of_event: HashMap::new(),
        };
        for happened in saves {
            truth.add(happened);
        }
        truth
    }

    fn add(&mut self, happened: Happened) {
        let first = self.changes.len();
        for change in changes(&happened) {
            let field = (change.ticket_id, change.field);
            let places = self.of_field.entry(field).or_default();
            places.push(self.changes.len());
            self.changes.push(change);
        }
        for announced in &happened.announced {
            self.of_event.insert(announced.event_id, self.saves.len());
        }
        self.of_save.push(first..self.changes.len());
        self.saves.push(happened);
    }

    /// When the last thing happened.
    pub fn until(&self) -> Timestamp {
        self.saves.last().map_or(self.from, |save| save.at)
    }

    /// Everything that was published.
    pub fn announced(&self) -> impl Iterator<Item = &Announced> {
        self.saves.iter().flat_map(|save| &save.announced)
    }

    /// The save that an event tells of.
    pub fn save_of(&self, event_id: Uuid) -> Option<usize> {
        self.of_event.get(&event_id).copied()
    }

    pub fn changes_of(&self, save: usize) -> Range<usize> {
        self.of_save[save].clone()
    }

    /// The change that somebody has seen who finds that value at that time: the latest that led to it. None if it never was so.
    pub fn leading_to(
        &self,
        ticket_id: Uuid,
        field: Field,
        value: &Value,
        at: Timestamp,
    ) -> Option<usize> {
        let places = self.of_field.get(&(ticket_id, field))?;
        let led_to_it = |place: &&usize| {
            let change = &self.changes[**place];
            change.at <= at && change.after == *value
        };
        places.iter().rfind(led_to_it).copied()
    }

    /// Whether the field got one more value within that time, or the change itself took back one that was as young, or the ticket
    /// was deleted by then.
    pub fn is_passing(&self, place: usize, time: SignedDuration) -> bool {
        let change = &self.changes[place];
        let is_near = |other: &Change| other.at.duration_since(change.at).abs() <= time;
        let of_field = |field| {
            let places = self.of_field.get(&(change.ticket_id, field));
            places.into_iter().flatten()
        };
        let mut others = of_field(change.field).map(|other| (*other, &self.changes[*other]));
        let is_overwritten_or_back = others.any(|(other, by)| match other.cmp(&place) {
            Ordering::Greater => is_near(by),
            Ordering::Less => is_near(by) && by.before == change.after,
            Ordering::Equal => false,
        });
        let mut existence = of_field(Field::Existence).map(|other| &self.changes[*other]);
        is_overwritten_or_back || existence.any(|gone| gone.at > change.at && is_near(gone))
    }

    /// How many changes were followed by another of the same field within that time, and after how many of those the field was
    /// what it had been before.
    pub fn overwritten_within(&self, time: SignedDuration) -> (usize, usize) {
        let pairs = self.of_field.values().flat_map(|places| places.windows(2));
        let pairs = pairs.map(|pair| (&self.changes[pair[0]], &self.changes[pair[1]]));
        let soon: Vec<_> = pairs
            .filter(|(one, next)| next.at.duration_since(one.at) <= time)
            .collect();
        let back = soon.iter().filter(|(one, next)| one.before == next.after);
        (soon.len(), back.count())
    }
}

/// A closing is one change, of the status: `closed_at`, which follows it, is not counted.
fn changes(happened: &Happened) -> impl Iterator<Item = Change> {
    let differences = happened.differences.iter();
    let counted = differences.filter(|difference| difference.field != Field::ClosedAt);
    counted.map(|difference| Change {
        ticket_id: happened.ticket_id,
        field: difference.field,
        before: difference.before.clone(),
        after: difference.after.clone(),
        at: happened.at,
        kind: Kind::of(happened, difference.field),
    })
}
