//! Working days: thousands of changes of a desk's tickets, one after the other, and what is true of each.

mod deeds;
mod later;
mod mix;

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use self::later::Later;
use crate::desk::{Desk, Happened};
use crate::sender::Chance;

pub use self::mix::{INTEGRATION_HEAVY, MIXES, MOSTLY_UI, Mix, WORKFLOW_HEAVY};

/// What makes a day. The same plan makes the same one.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    /// How many tickets there are when it begins.
    pub tickets: usize,
    /// How many changes people and programs make. What follows from them comes on top: mails, scheduled comments, bundles.
    pub changes: usize,
    pub from: Timestamp,
    pub within: SignedDuration,
    pub mix: &'static Mix,
}

/// A desk, and what will happen to its tickets. As an iterator it lets everything happen, in the order of time.
#[derive(Clone, Debug)]
pub struct Day {
    desk: Desk,
    chance: Chance,
    mix: &'static Mix,
    /// When somebody will do something.
    moments: VecDeque<Timestamp>,
    later: Later,
    ready: VecDeque<Happened>,
    /// Nothing happens before what has happened.
    now: Timestamp,
}

impl Plan {
    pub fn day(&self) -> Day {
        let desk = Desk::with_tickets(self.seed, self.tickets, self.from);
        let mut chance = Chance::new(!self.seed);
        let within = u64::try_from(self.within.as_micros()).unwrap_or_default();
        let mut moment = || {
            let passed = chance.below(within.max(1)).cast_signed();
            self.from + SignedDuration::from_micros(passed)
        };
        let mut moments: Vec<_> = (0..self.changes).map(|_| moment()).collect();
        moments.sort_unstable();
        Day {
            chance,
            mix: self.mix,
            moments: moments.into(),
            ..Day::idle(desk, self.from)
        }
    }
}

impl Day {
    /// One on which nothing happens by itself.
    pub fn idle(desk: Desk, from: Timestamp) -> Self {
        Self {
            desk,
            chance: Chance::new(0),
            mix: &MOSTLY_UI,
            moments: VecDeque::new(),
            later: Later::default(),
            ready: VecDeque::new(),
            now: from,
        }
    }

    /// The desk as it is now.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// For changes that are not of the plan. Whoever makes one has to keep what happened: the day does not.
    pub fn desk_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }

    /// When something may happen next, if anything will.
    pub fn next_at(&self) -> Option<Timestamp> {
        let ready = self.ready.front().map(|happened| happened.at);
        ready.or_else(|| self.due_at())
    }

    /// Lets everything happen up to and at that time.
    pub fn until(&mut self, now: Timestamp) -> Vec<Happened> {
        let mut all = Vec::new();
        loop {
            all.extend(self.ready.drain(..));
            if self.due_at().is_none_or(|due| due > now) {
                return all;
            }
            self.goes_on();
        }
    }

    /// When something of the plan is due next.
    fn due_at(&self) -> Option<Timestamp> {
        let due = [self.moments.front().copied(), self.later.next_at()];
        due.into_iter().flatten().min().map(|due| due.max(self.now))
    }

    /// Does what is due next, which may come to nothing.
    fn goes_on(&mut self) {
        let (moment, later) = (self.moments.front().copied(), self.later.next_at());
        self.now = self.due_at().unwrap_or(self.now);
        if later.is_some_and(|later| moment.is_none_or(|moment| later <= moment)) {
            self.falls_due();
        } else if self.moments.pop_front().is_some() {
            self.act(self.now);
        }
    }
}

impl Iterator for Day {
    type Item = Happened;

    fn next(&mut self) -> Option<Happened> {
        while self.ready.is_empty() {
            self.due_at()?;
            self.goes_on();
        }
        self.ready.pop_front()
    }
}
