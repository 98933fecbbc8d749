//! Promise 2: whatever was acknowledged waits for a doorbell, or needs none any more.

use serde_json::Value;

use super::super::fifo::Fifo;
use super::{Key, Seen, State, Witness, key_of};

impl Witness {
    /// Promise 2, at the moment of the answer.
    pub(crate) fn acknowledged(&mut self, key: &Key, doorbells: &Fifo, letters: &Fifo) {
        let Some(seen) = self.events.get_mut(key) else {
            return self.violation("acknowledged without being kept", key);
        };
        seen.acknowledged = true;
        let (state, due) = (seen.state, seen.due.clone());
        let is_rung_in = |queue, parked| is_rung_for(key, &due, parked, queue);
        let rung = match state {
            State::Settled => true,
            State::Waiting => self.deaf.contains(&key.0) || is_rung_in(doorbells, false),
            State::Parked if self.letterless.contains(&key.0) => true,
            State::Parked => is_rung_in(doorbells, true) || is_rung_in(letters, true),
        };
        if !rung {
            self.violation("acknowledged without a doorbell", key);
        }
    }

    /// A doorbell is gone: what waits must still have one.
    pub(crate) fn heard(&mut self, body: &str, doorbells: &Fifo) {
        let bell = doorbell(body);
        let up_to = bell["position"].as_str();
        let was_rung_for = |(key, seen): &(&Key, &Seen)| {
            bell["stream"] == key.0.as_str() && up_to.is_some_and(|up_to| up_to >= &seen.due[..])
        };
        let waits = |(_, seen): &(_, &Seen)| seen.acknowledged && seen.state == State::Waiting;
        let has_none = |(key, seen): &(&Key, &Seen)| {
            !self.deaf.contains(&key.0) && !is_rung_for(key, &seen.due, false, doorbells)
        };
        let heard = self.events.iter().filter(was_rung_for).filter(waits);
        let forgotten: Vec<Key> = heard.filter(has_none).map(key_of).collect();
        for key in forgotten {
            self.violation("a doorbell was let go while its event waits", &key);
        }
    }
}

/// Whether a doorbell is on its way that will find the event.
pub(super) fn is_rung_for(key: &Key, due: &str, parked: bool, doorbells: &Fifo) -> bool {
    let finds = |bell: &Value| {
        let up_to = bell["position"].as_str().unwrap_or_default();
        let revives = bell["unpark"] == true;
        bell["stream"] == key.0.as_str() && up_to >= due && (!parked || revives)
    };
    let mut messages = doorbells.messages().iter();
    messages.any(|message| finds(&doorbell(&message.body)))
}

fn doorbell(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_default()
}
