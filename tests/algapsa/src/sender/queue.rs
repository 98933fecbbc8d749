//! What waits to leave: one stream for each type of event, behind them one queue that is looked at every now and then.

use std::collections::{BTreeMap, HashMap};
use std::mem;

use jiff::{SignedDuration, Timestamp};

use super::Chance;

/// One attempt that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Job {
    pub entry: usize,
    pub number: u32,
}

/// Jobs by the time from which they may leave.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    poll_every: SignedDuration,
    stream_lag: SignedDuration,
    /// How far each type's stream has been read.
    read_until: HashMap<String, Timestamp>,
    waiting: BTreeMap<(Timestamp, u64), Job>,
    queued: u64,
    last_poll: Option<Timestamp>,
}

impl Queue {
    pub(super) fn new(poll_every: SignedDuration, stream_lag: SignedDuration) -> Self {
        Self {
            poll_every,
            stream_lag,
            read_until: HashMap::new(),
            waiting: BTreeMap::new(),
            queued: 0,
            last_poll: None,
        }
    }

    /// When an event has come through the stream of its type, which keeps its own order.
    pub(super) fn read_at(
        &mut self,
        chance: &mut Chance,
        event_type: &str,
        at: Timestamp,
    ) -> Timestamp {
        let lag = u64::try_from(self.stream_lag.as_millis()).unwrap_or_default();
        let read_at = at + SignedDuration::from_millis(chance.below(lag + 1).cast_signed());
        let until = self.read_until.entry(event_type.to_owned());
        let until = until.or_insert(read_at);
        *until = read_at.max(*until);
        *until
    }

    pub(super) fn wait(&mut self, job: Job, ready_at: Timestamp) {
        self.queued += 1;
        self.waiting.insert((ready_at, self.queued), job);
    }

    /// The poll that is due by now, if there was none since.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<Timestamp> {
        let poll = self.poll(now, i128::div_euclid);
        let is_new = self.last_poll.is_none_or(|last| last < poll);
        self.last_poll = self.last_poll.max(Some(poll));
        is_new.then_some(poll)
    }

    /// What has waited longest of all that a poll can see.
    pub(super) fn take(&mut self, poll: Timestamp) -> Option<Job> {
        let first = self.waiting.first_entry()?;
        (first.key().0 <= poll).then(|| first.remove())
    }

    /// Everything, and nothing waits any more.
    pub(super) fn empty(&mut self) -> impl Iterator<Item = Job> {
        mem::take(&mut self.waiting).into_values()
    }

    /// The poll at which something can leave.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        let (&(ready_at, _), _) = self.waiting.first_key_value()?;
        let next = self.poll(ready_at, |time, every| -(-time).div_euclid(every));
        let after_last = self.last_poll.map(|last| last + self.poll_every);
        Some(after_last.map_or(next, |after| next.max(after)))
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The poll at a time, or next to it on the side to which `divide` rounds.
    fn poll(&self, time: Timestamp, divide: impl Fn(i128, i128) -> i128) -> Timestamp {
        let every = self.poll_every.as_nanos().max(1);
        let poll = divide(time.as_nanosecond(), every) * every;
        Timestamp::from_nanosecond(poll).expect("it is near")
    }
}
