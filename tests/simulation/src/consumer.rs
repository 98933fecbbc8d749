//! The queue that reactions go to, as whoever takes messages out of it sees them.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use super::call::Call;
use super::fifo::{DEDUPLICATED, Fifo};
use super::network::State;
use super::queues::text;
use super::witness::Key;

/// What has arrived there.
#[derive(Debug)]
pub struct Consumer {
    queue: Fifo,
    /// The group of each stream.
    groups: BTreeMap<String, String>,
    /// When each event arrived last.
    arrived: HashMap<Key, Instant>,
}

impl Default for Consumer {
    fn default() -> Self {
        Self {
            queue: Fifo::new(Duration::ZERO),
            groups: BTreeMap::new(),
            arrived: HashMap::new(),
        }
    }
}

/// Puts an event into the queue; false if the queue has dropped it. Says what its consumer would not put up with.
pub(super) fn arrives(state: &mut State, call: &Call, key: &Key) -> bool {
    let [group, id] =
        ["MessageGroupId", "MessageDeduplicationId"].map(|name| text(&call.body, name));
    let now = Instant::now();
    let Consumer {
        queue,
        groups,
        arrived,
    } = &mut state.consumer;
    if !queue.send(group, id, &key.1, now) {
        return false;
    }
    let before = arrived.insert(key.clone(), now);
    let is_again = before.is_some_and(|before| now - before < DEDUPLICATED);
    let its = groups.entry(key.0.clone());
    let has_another = its.or_insert_with(|| group.to_owned()) != group;
    let mut others = groups.iter().filter(|(stream, _)| **stream != key.0);
    let is_shared = others.any(|(_, other)| other == group);
    for (is_so, what) in [
        (is_again, "in the queue twice within five minutes"),
        (has_another, "a ticket in two groups"),
        (is_shared, "two tickets in one group"),
    ] {
        if is_so {
            state.witness.violation(what, key);
        }
    }
    true
}
