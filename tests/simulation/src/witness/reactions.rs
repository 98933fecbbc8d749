//! Promises 3 and 4: once, and in order.

use tokio::time::Instant;

use super::{Key, MOST_TRIES, Seen, State, Witness, key_of};

impl Witness {
    /// Promise 4: an event that is kept within the hold, counted from the first later event that was kept, precedes them all.
    pub(super) fn is_overtaken(&self, stream: &str, order: &str, kept_at: Instant) -> bool {
        let after = || {
            let events = self.events.iter();
            events.filter(|((other, _), seen)| other == stream && seen.order.as_str() > order)
        };
        let Some(first) = after().map(|(_, seen)| seen.kept_at).min() else {
            return false;
        };
        kept_at <= first + self.hold && after().any(|(_, seen)| seen.tried_at.is_some())
    }

    /// An event has reached the reaction.
    pub(crate) fn tried(&mut self, key: &Key, told: &str, now: Instant) {
        let Some(seen) = self.events.get_mut(key) else {
            return self.violation("reacted to without being kept", key);
        };
        let is_first = seen.tried_at.is_none();
        seen.tried_at.get_or_insert(now);
        seen.tries += 1;
        let (tries, state) = (seen.tries, seen.state);
        if state == State::Settled {
            self.violation("a settled event was reacted to", key);
        }
        if tries > MOST_TRIES {
            self.violation("tried too often", key);
        }
        for other in self.left_behind(key) {
            self.violation("out of order", &other);
        }
        let order = &self.events[key].order;
        let later = |(other, later): &(&Key, &Seen)| other.0 == key.0 && later.order > *order;
        let later: Vec<_> = self.events.iter().filter(later).collect();
        let is_late = later.iter().any(|(_, later)| later.tried_at.is_some());
        let cannot_be_late = later.is_empty();
        if is_first && is_late && told != "late" {
            self.violation("late without saying so", key);
        }
        if cannot_be_late && told == "late" {
            self.violation("called late without cause", key);
        }
    }

    /// Those that should have reached the reaction before this event, which has just done so.
    fn left_behind(&self, key: &Key) -> Vec<Key> {
        let order = &self.events[key].order;
        let waits = |(other, earlier): &(&Key, &Seen)| {
            other.0 == key.0
                && earlier.order < *order
                && earlier.tried_at.is_none()
                && earlier.state == State::Waiting
                && self.is_overtaken(&key.0, &earlier.order, earlier.kept_at)
        };
        self.events.iter().filter(waits).map(key_of).collect()
    }

    /// Its reaction has taken effect, by the function of that number.
    pub(crate) fn reacted(&mut self, key: &Key, function: usize) {
        let Some(seen) = self.events.get_mut(key) else {
            return;
        };
        let repeated = seen.reactions > 0 && !seen.excused;
        seen.reactions += 1;
        seen.in_hand = Some(function);
        seen.excused = false;
        if repeated {
            self.violation("a reaction was repeated without cause", key);
        }
    }

    /// Something happened to the record of a reaction, so that it may come again.
    pub(crate) fn excuse(&mut self, key: &Key) {
        if let Some(seen) = self.events.get_mut(key) {
            seen.excused |= seen.reactions > 0;
        }
    }

    /// The function of that number has ended an invocation, and has nothing in hand any more.
    pub(crate) fn rests(&mut self, function: usize) {
        for seen in self.events.values_mut() {
            seen.in_hand = seen.in_hand.filter(|holder| *holder != function);
        }
    }

    /// The function of that number is dead.
    pub(crate) fn died(&mut self, function: usize) {
        for seen in self.events.values_mut() {
            if seen.in_hand == Some(function) {
                seen.excused = true;
            }
        }
    }
}
