//! AlgaPSA's settings and constants, each of which a test may change.

use std::time::Duration;

use jiff::SignedDuration;

use crate::bucket::Bucket;

/// How a subscription sends. The defaults are AlgaPSA's own.
#[derive(Clone, Debug)]
pub struct Habits {
    /// How long each attempt waits for the one before it to fail. There are as many attempts as delays.
    pub delays: Vec<SignedDuration>,
    /// How many servers there are. They share the queue and the cap; each polls, sends and caches by itself.
    pub servers: usize,
    /// How often each server looks at the queue. What waits there leaves together.
    pub poll_every: SignedDuration,
    /// How many requests a server may have under way at the same time, and how much it takes from the queue at a poll.
    pub in_flight: usize,
    /// How long a request may take, in real time.
    pub timeout: Duration,
    /// How many attempts may leave at once, and come free again within each minute: 100 unless an admin has raised it, to
    /// 1,000 at most. An attempt beyond that is used up within seconds and leaves no row. The bucket is read and written
    /// without a lock, so a real sender may let some more through.
    pub cap: Option<usize>,
    /// How far one type's stream may lag behind another's on the way into the queue.
    pub stream_lag: SignedDuration,
    /// For how long a subject's fields are taken from the cache, whatever has changed since.
    pub cached_for: SignedDuration,
    /// Payload fields that the admin has unticked.
    pub unticked: Vec<String>,
    /// Headers that the admin has added.
    pub headers: Vec<(String, String)>,
    /// How long it goes on without one success before it switches the webhook off.
    pub patience: SignedDuration,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            delays: [0, 1, 5, 30, 120].map(SignedDuration::from_mins).into(),
            servers: 1,
            poll_every: SignedDuration::from_secs(2),
            in_flight: 50,
            timeout: Duration::from_secs(10),
            cap: Some(100),
            // Not measured: enough to let events of one action sometimes leave at different polls.
            stream_lag: SignedDuration::from_millis(250),
            cached_for: SignedDuration::from_mins(1),
            unticked: Vec::new(),
            headers: Vec::new(),
            patience: SignedDuration::from_hours(24),
        }
    }
}

impl Habits {
    /// How often some server looks at the queue: they do not do so together.
    pub(super) fn polls_every(&self) -> SignedDuration {
        let servers = i32::try_from(self.servers).expect("there are few servers");
        self.poll_every / servers.max(1)
    }

    pub(super) fn bucket(&self) -> Option<Bucket> {
        let size = u32::try_from(self.cap?).expect("a cap is small").max(1);
        let every = SignedDuration::from_mins(1) / i32::try_from(size).expect("a cap is small");
        Some(Bucket::full(size, every))
    }
}
