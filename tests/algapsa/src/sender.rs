//! AlgaPSA's webhook sender, as in its source code, in virtual time and without I/O: it says what leaves when, and is told
//! what was answered. The same seed sends the same. A driver decides how fast its time runs.

mod attempt;
mod cache;
mod chance;
mod habits;
mod ledger;
mod lives;
mod queue;

use std::collections::HashSet;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use self::cache::Cache;
use self::queue::{Job, Queue};
use crate::bucket::Bucket;
use crate::ticket::Event;

pub use self::attempt::Attempt;
pub(crate) use self::attempt::{headers, merge};
pub use self::chance::Chance;
pub use self::habits::Habits;
pub use self::ledger::{Entry, Fate, Ledger, Outcome, Row};
pub use self::lives::{Life, Lives};

/// One subscription of a tenant, and everything that AlgaPSA does for it.
#[derive(Clone, Debug)]
pub struct AlgaPsa {
    /// Its id, as in `X-Alga-Webhook-Id`.
    pub webhook_id: String,
    habits: Habits,
    chance: Chance,
    secret: String,
    /// One for each server.
    caches: Vec<Cache>,
    queue: Queue,
    cap: Option<Bucket>,
    in_flight: HashSet<Job>,
    /// Since when a success is missed.
    missed_since: Option<Timestamp>,
    is_off: bool,
    ledger: Ledger,
}

impl AlgaPsa {
    /// A new subscription. All its random choices follow from the seed.
    pub fn new(seed: u64, habits: Habits) -> Self {
        let mut chance = Chance::new(seed);
        Self {
            webhook_id: chance.uuid().to_string(),
            secret: secret(&mut chance),
            caches: vec![Cache::new(habits.cached_for); habits.servers.max(1)],
            queue: Queue::new(habits.polls_every(), habits.stream_lag),
            cap: habits.bucket(),
            habits,
            chance,
            in_flight: HashSet::new(),
            missed_since: None,
            is_off: false,
            ledger: Ledger::default(),
        }
    }

    pub fn habits(&self) -> &Habits {
        &self.habits
    }

    /// The signing secret, as an admin is shown it.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Changes the signing secret, from the next attempt on, retries included.
    pub fn rotate(&mut self, secret: &str) {
        secret.clone_into(&mut self.secret);
    }

    /// An event is published. What is told about its subject may come from the cache of the server that takes it up.
    /// A closed project is told under two types.
    pub fn happens(&mut self, event: Event, at: Timestamp) {
        let server = match self.caches.len() {
            1 => 0,
            several => self.chance.place(several),
        };
        let mut event = self.caches[server].fill(event, at);
        let unticked = &self.habits.unticked;
        event.data.0.retain(|(name, _)| !unticked.contains(name));
        let alias =
            (event.event_type == "project.closed").then(|| event.alias("project.completed"));
        for event in [Some(event), alias].into_iter().flatten() {
            self.publish(event, at, self.attempts());
        }
    }

    /// An admin replays an event from the delivery log: a new first attempt, with the same content in other bytes.
    pub fn replay(&mut self, event: &Event, at: Timestamp) {
        self.publish(event.with_reordered_keys(), at, self.attempts());
    }

    /// Recovery publishes an event again: the same id, and another `occurred_at`.
    pub fn republish(&mut self, event: &Event, at: Timestamp) {
        self.publish(event.republished_at(at), at, self.attempts());
    }

    /// An admin presses *Send test*. It gets one attempt.
    pub fn test(&mut self, at: Timestamp) {
        let mut event = Event::test().with("webhook_id", json!(self.webhook_id));
        event.event_id = self.chance.uuid().to_string();
        event.occurred_at = at;
        self.publish(event, at, 1);
    }

    /// An admin pauses the webhook: what waits, and what happens from now on, is dropped for good.
    pub fn pause(&mut self, at: Timestamp) {
        self.is_off = true;
        for job in self.queue.empty() {
            self.ledger.entries[job.entry].fate = Fate::Dropped(at);
        }
    }

    /// An admin switches the webhook on again.
    pub fn resume(&mut self) {
        self.is_off = false;
        self.missed_since = None;
    }

    /// Whether it is paused, or has switched itself off after a day without one success.
    pub fn is_off(&self) -> bool {
        self.is_off
    }

    /// What leaves now. At a poll a server takes what has waited longest, as many as it may have under way, and sends it in
    /// any order; what the cap refuses waits for the next token, one attempt poorer. Between two polls nothing leaves.
    pub fn leaving(&mut self, now: Timestamp) -> Vec<Attempt> {
        let Some(poll) = self.queue.due(now) else {
            return Vec::new();
        };
        let free = self.habits.in_flight * self.caches.len() - self.in_flight.len();
        let mut leaving = Vec::new();
        for _ in 0..free.min(self.habits.in_flight) {
            let Some(job) = self.queue.take(poll) else {
                break;
            };
            match self.cap.as_mut().map_or(Ok(()), |cap| cap.take(now)) {
                Ok(()) => leaving.push(self.leaves(job, now)),
                Err(wait) => {
                    self.ledger.entries[job.entry].eaten.push((job.number, now));
                    self.is_over(job, Fate::Eaten(now), wait, now);
                }
            }
        }
        self.chance.shuffle(&mut leaving);
        leaving
    }

    /// What was answered to an attempt: 2xx ends it, everything else is tried again, until the attempts are used up.
    pub fn answered(&mut self, attempt: &Attempt, outcome: Outcome, now: Timestamp) {
        let Attempt { entry, number, .. } = *attempt;
        let job = Job { entry, number };
        let was_under_way = self.in_flight.remove(&job);
        assert!(was_under_way, "{attempt:?} is not under way");
        let told = &mut self.ledger.entries[entry];
        let row = told.rows.iter_mut().find(|row| row.number == number);
        row.expect("what has left has a row").ended = Some((outcome, now));
        if outcome.is_success() {
            told.fate = Fate::Acknowledged(now);
            self.missed_since = None;
            return;
        }
        let missed_since = *self.missed_since.get_or_insert(now);
        let delay = self
            .habits
            .delays
            .get(usize::try_from(number).expect("a few"));
        let delay = delay.copied().unwrap_or_default();
        self.is_over(job, Fate::GivenUp(now), delay, now);
        if now.duration_since(missed_since) >= self.habits.patience {
            self.pause(now);
        }
    }

    /// When to look again; nothing when nothing waits. What is under way may still bring retries when it is answered.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.queue.next_at()
    }

    /// Plays everything to its end in no time: each attempt is answered at once, in the order in which they leave.
    pub fn play(&mut self, mut answer: impl FnMut(&Attempt, Timestamp) -> Outcome) {
        while let Some(now) = self.next_at() {
            for attempt in self.leaving(now) {
                let outcome = answer(&attempt, now);
                self.answered(&attempt, outcome, now);
            }
        }
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// How many attempts wait for their time or for a place.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn attempts(&self) -> u32 {
        u32::try_from(self.habits.delays.len()).expect("there are few attempts")
    }

    fn publish(&mut self, event: Event, at: Timestamp, attempts: u32) {
        let ready_at = self.queue.read_at(&mut self.chance, &event.event_type, at);
        let entry = self.ledger.entries.len();
        self.ledger.entries.push(Entry {
            event: Arc::new(event),
            published_at: at,
            rows: Vec::new(),
            eaten: Vec::new(),
            fate: Fate::Dropped(at),
            attempts,
        });
        if !self.is_off {
            self.ledger.entries[entry].fate = Fate::UnderWay;
            self.queue.wait(Job { entry, number: 1 }, ready_at);
        }
    }

    fn leaves(&mut self, job: Job, now: Timestamp) -> Attempt {
        self.in_flight.insert(job);
        let delivery_id = self.chance.uuid().to_string();
        let told = &mut self.ledger.entries[job.entry];
        told.rows.push(Row {
            number: job.number,
            left_at: now,
            ended: None,
        });
        let (number, event) = (job.number, Some(&*told.event));
        let own = headers(&self.webhook_id, &delivery_id, number, event);
        Attempt {
            event: Arc::clone(&told.event),
            body: told.event.body(),
            number: job.number,
            headers: with_the_admins(&own, &self.habits.headers),
            secret: self.secret.clone(),
            entry: job.entry,
        }
    }

    /// An attempt is used up: the next one waits for a while, or this was the last, and the event has met its fate.
    fn is_over(&mut self, job: Job, fate: Fate, wait: SignedDuration, now: Timestamp) {
        let told = &mut self.ledger.entries[job.entry];
        if job.number >= told.attempts {
            told.fate = fate;
        } else if self.is_off {
            told.fate = Fate::Dropped(now);
        } else {
            let number = job.number + 1;
            self.queue.wait(Job { number, ..job }, now + wait);
        }
    }
}

fn with_the_admins(own: &HeaderMap, admins: &[(String, String)]) -> HeaderMap {
    let mut all = HeaderMap::new();
    for (name, value) in admins {
        let name = HeaderName::try_from(name).expect("a header's name");
        let value = HeaderValue::try_from(value).expect("a header's value");
        all.insert(name, value);
    }
    for (name, value) in own {
        let value = value.to_str().expect("it was text");
        merge(&mut all, name.as_str(), value);
    }
    all
}

/// 43 characters of unpadded base64url, as AlgaPSA makes them.
pub(crate) fn secret(chance: &mut Chance) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    (0..43).map(|_| char::from(chance.pick(ALPHABET))).collect()
}
