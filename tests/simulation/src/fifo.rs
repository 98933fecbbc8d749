//! A FIFO queue in simulated time, by the rules of SQS that matter here: a group is heard by one at a time, a message
//! that is not deleted comes back, and a deduplication id counts for five minutes.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant;

use algapsa::Chance;

/// For how long a deduplication id swallows messages.
pub(super) const DEDUPLICATED: Duration = Duration::from_mins(5);
/// How long a received message stays invisible by default, as in the template.
const INVISIBLE: Duration = Duration::from_secs(90);

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    /// Names it.
    pub id: String,
    /// Its group.
    pub group: String,
    /// What it says.
    pub body: String,
    /// How often it was received.
    pub receives: u32,
    /// When it was received for the first time.
    pub first_received_at: Option<Instant>,
    /// What its last receipt is called.
    pub receipt: String,
    visible_at: Instant,
    in_flight: bool,
}

/// The queue.
#[derive(Debug)]
pub struct Fifo {
    hold: Duration,
    messages: Vec<Message>,
    seen: HashMap<(String, String), Instant>,
    count: usize,
    /// If set, disturbs the order of messages and delivers some of them twice.
    pub mess: Option<Chance>,
}

impl Fifo {
    /// An empty queue that shows a message after so long.
    pub fn new(hold: Duration) -> Self {
        Self {
            hold,
            messages: Vec::new(),
            seen: HashMap::new(),
            count: 0,
            mess: None,
        }
    }

    /// Takes a message, unless its deduplication id was there within five minutes.
    pub fn send(&mut self, group: &str, deduplication_id: &str, body: &str, now: Instant) -> bool {
        let key = (group.to_owned(), deduplication_id.to_owned());
        let known = self.seen.get(&key);
        if known.is_some_and(|at| now - *at < DEDUPLICATED) {
            return false;
        }
        self.seen.insert(key, now);
        self.push(group, body, now + self.hold);
        true
    }

    /// Takes a message that is lost.
    pub fn swallow(&mut self, group: &str, deduplication_id: &str, now: Instant) {
        let key = (group.to_owned(), deduplication_id.to_owned());
        self.seen.entry(key).or_insert(now);
    }

    fn push(&mut self, group: &str, body: &str, visible_at: Instant) {
        self.count += 1;
        let message = Message {
            id: format!("m{}", self.count),
            group: group.to_owned(),
            body: body.to_owned(),
            receives: 0,
            first_received_at: None,
            receipt: String::new(),
            visible_at,
            in_flight: false,
        };
        let end = self.messages.len();
        let at = self.mess.as_mut().map_or(end, |mess| mess.place(end + 1));
        self.messages.insert(at, message);
    }

    /// Up to ten visible messages of groups of which none is in flight, in the order in which they came.
    pub fn receive(&mut self, now: Instant) -> Vec<Message> {
        for message in &mut self.messages {
            message.in_flight &= message.visible_at > now;
        }
        let busy = self.messages.iter().filter(|message| message.in_flight);
        let mut closed: BTreeSet<String> = busy.map(|message| message.group.clone()).collect();
        let mut batch = Vec::new();
        for message in &mut self.messages {
            if batch.len() == 10 || closed.contains(&message.group) {
                continue;
            }
            if message.visible_at > now {
                // What came later does not overtake it.
                closed.insert(message.group.clone());
                continue;
            }
            message.receives += 1;
            message.first_received_at.get_or_insert(now);
            message.receipt = format!("{}-{}", message.id, message.receives);
            message.visible_at = now + INVISIBLE;
            message.in_flight = true;
            batch.push(message.clone());
        }
        batch
    }

    /// Shows a received message again after `delay`; false if its receipt does not count any more.
    pub fn change(&mut self, receipt: &str, delay: Duration, now: Instant) -> bool {
        let held = self.held(receipt, now);
        held.map(|message| message.visible_at = now + delay)
            .is_some()
    }

    /// Takes a received message away; nothing if its receipt does not count any more.
    pub fn delete(&mut self, receipt: &str, now: Instant) -> Option<Message> {
        let id = self.held(receipt, now)?.id.clone();
        let at = self.messages.iter().position(|message| message.id == id)?;
        let message = self.messages.remove(at);
        if self.mess.as_mut().is_some_and(|mess| mess.one_in(20)) {
            self.push(&message.group, &message.body, now);
        }
        Some(message)
    }

    fn held(&mut self, receipt: &str, now: Instant) -> Option<&mut Message> {
        let mut messages = self.messages.iter_mut();
        messages.find(|message| {
            message.in_flight && message.receipt == receipt && message.visible_at > now
        })
    }

    /// Everything in it, visible or not.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// When something may be received that cannot be received now.
    pub fn next_at(&self) -> Option<Instant> {
        self.messages.iter().map(|message| message.visible_at).min()
    }

    /// Takes everything out, as an operator's redrive does.
    pub fn drain(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.messages)
    }
}
