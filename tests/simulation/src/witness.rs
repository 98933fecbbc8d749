//! Sees every effect, at the moment at which it happens, and says which promise it breaks.

mod doorbells;
mod reactions;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::fifo::Fifo;

/// An event is parked after twelve attempts; a fault may make them count from the beginning once.
const MOST_TRIES: u32 = 24;

/// The least of these that must have reached the reaction: others may have failed on their way to it.
const FEWEST_TRIES: u32 = 8;

/// Where an event is: its stream and its key there.
pub type Key = (String, String);

/// What has become of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is due.
    Waiting,
    /// It is set aside.
    Parked,
    /// It is done with.
    Settled,
}

/// An event that is in the inbox.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its place in its stream as the sender's clock has it; text that orders like the truth.
    order: String,
    /// Its place as it was kept.
    due: String,
    kept_at: Instant,
    /// Whether the sender was told that it is kept.
    acknowledged: bool,
    /// Its state in the table.
    pub state: State,
    /// When it reached the reaction for the first time.
    tried_at: Option<Instant>,
    settled_at: Option<Instant>,
    tries: u32,
    /// How often the reaction took effect.
    pub reactions: u32,
    /// Which function has it in hand, between the reaction and what becomes of it.
    in_hand: Option<usize>,
    /// Whether the last reaction may be repeated, since no record of it could be made.
    excused: bool,
}

/// Everything that was seen, and what was wrong with it.
#[derive(Debug)]
pub struct Witness {
    hold: Duration,
    /// What was sent, with its place in its stream; several, if it was published again.
    sent: BTreeMap<Key, Vec<String>>,
    events: BTreeMap<Key, Seen>,
    /// The streams of which a doorbell was lost, so that only the sweep can help.
    deaf: BTreeSet<String>,
    /// The streams of which a dead letter was lost, so that only `alga-webhooks parked` can help.
    letterless: BTreeSet<String>,
    /// Events whose reaction is refused or kills the function: only these may be parked.
    guilty: BTreeMap<Key, bool>,
    violations: Vec<String>,
}

impl Witness {
    pub(super) fn new(hold: Duration) -> Self {
        Self {
            hold,
            sent: BTreeMap::new(),
            events: BTreeMap::new(),
            deaf: BTreeSet::new(),
            letterless: BTreeSet::new(),
            guilty: BTreeMap::new(),
            violations: Vec::new(),
        }
    }

    /// Everything that broke a promise.
    pub fn violations(&self) -> &[String] {
        &self.violations
    }

    /// Every event that was kept.
    pub fn events(&self) -> &BTreeMap<Key, Seen> {
        &self.events
    }

    /// An event is about to be sent; `order` is its place in its stream, as text that orders like the truth.
    pub fn sent(&mut self, key: Key, order: String) {
        self.sent.entry(key).or_default().push(order);
    }

    /// Allows an event to be parked: at once, if it is refused for good, otherwise after it was tried often enough.
    pub fn may_be_parked(&mut self, key: Key, at_once: bool) {
        self.guilty.insert(key, at_once);
    }

    /// Notes what is wrong.
    pub fn violation(&mut self, what: &str, key: &Key) {
        self.violations.push(format!("{what}: {}", key.1));
    }

    /// A message for that stream was taken, and will never be delivered.
    pub(super) fn lost(&mut self, stream: &str, is_letter: bool) {
        let lost = if is_letter {
            &mut self.letterless
        } else {
            &mut self.deaf
        };
        lost.insert(stream.to_owned());
    }

    /// An event is in the inbox now.
    pub(super) fn kept(&mut self, key: &Key, due: String, now: Instant) {
        // The first one kept wins, whichever was sent first.
        let orders = self.sent.get(key).map_or(&[][..], Vec::as_slice);
        let kept = orders.iter().find(|order| **order == due);
        let Some(order) = kept.or(orders.first()).cloned() else {
            return self.violation("kept without being sent", key);
        };
        if self.is_overtaken(&key.0, &order, now) {
            self.violation("out of order", key);
        }
        let seen = Seen {
            order,
            due,
            kept_at: now,
            acknowledged: false,
            state: State::Waiting,
            tried_at: None,
            settled_at: None,
            tries: 0,
            reactions: 0,
            in_hand: None,
            excused: false,
        };
        if self.events.insert(key.clone(), seen).is_some() {
            self.violation("kept twice", key);
        }
    }

    /// What the table holds of an event after a write.
    pub(super) fn written(&mut self, key: &Key, item: &Value, doorbells: &Fifo, letters: &Fifo) {
        let state = match (item.get("due"), item.get("parked_at")) {
            (Some(_), None) => State::Waiting,
            (None, Some(_)) => State::Parked,
            (None, None) => State::Settled,
            (Some(_), Some(_)) => return self.violation("both waiting and parked", key),
        };
        if state != State::Settled && item.get("expires_at").is_some() {
            self.violation("what is not settled expires", key);
        }
        let Some(seen) = self.events.get_mut(key) else {
            return self.violation("made out of nothing", key);
        };
        let before = std::mem::replace(&mut seen.state, state);
        let (due, reactions) = (seen.due.clone(), seen.reactions);
        if state != State::Waiting {
            seen.in_hand = None;
        }
        if state == State::Settled {
            seen.settled_at.get_or_insert_with(Instant::now);
        }
        match (before, state) {
            (State::Waiting, State::Settled) if reactions == 0 => {
                self.violation("settled without a reaction", key);
            }
            (State::Waiting, State::Parked) => self.parked(key, &due, [letters, doorbells]),
            (State::Settled, State::Waiting | State::Parked) => {
                self.violation("a settled event was revived", key);
            }
            (State::Parked, State::Waiting) => {
                let seen = self.events.get_mut(key).expect("it is there");
                seen.tries = 0;
            }
            _ => {}
        }
    }

    /// The longest time that it took to settle an event in a stream without a bad event.
    pub fn longest_wait(&self) -> Duration {
        let is_blamed = |key: &Key| self.guilty.keys().any(|guilty| guilty.0 == key.0);
        let innocent = self.events.iter().filter(|(key, _)| !is_blamed(key));
        let waits = innocent.map(|(_, seen)| match seen.settled_at {
            Some(settled_at) => settled_at - seen.kept_at,
            None => Duration::MAX,
        });
        waits.max().unwrap_or(Duration::MAX)
    }

    /// If it was parked late, its dead letter may already be on its way back.
    fn parked(&mut self, key: &Key, due: &str, queues: [&Fifo; 2]) {
        let has_letter = || {
            let mut queues = queues.into_iter();
            queues.any(|queue| doorbells::is_rung_for(key, due, true, queue))
        };
        if !self.letterless.contains(&key.0) && !has_letter() {
            self.violation("parked without a dead letter", key);
        }
        let tries = self.events[key].tries;
        match self.guilty.get(key) {
            None => self.violation("an innocent event was parked", key),
            Some(false) if tries < FEWEST_TRIES => self.violation("parked too soon", key),
            Some(_) => {}
        }
    }

    /// Whether anything is still to be done.
    pub fn is_at_rest(&self) -> bool {
        let mut events = self.events.values();
        !events.any(|seen| seen.state == State::Waiting)
    }

    /// At the end, when whatever was parked has been revived: nothing may have been forgotten. After a violation the end
    /// came early, and what is left says nothing.
    pub(super) fn the_end(&mut self) {
        if !self.violations.is_empty() {
            return;
        }
        let left = |(key, seen): &(&Key, &Seen)| match seen.state {
            State::Settled => false,
            State::Waiting => true,
            State::Parked => !self.letterless.contains(&key.0),
        };
        let forgotten: Vec<Key> = self.events.iter().filter(left).map(key_of).collect();
        for key in forgotten {
            self.violation("an event was forgotten", &key);
        }
    }
}

pub(super) fn key_of((key, _): (&Key, &Seen)) -> Key {
    key.clone()
}
