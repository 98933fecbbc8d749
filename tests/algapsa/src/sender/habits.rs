//! AlgaPSA's settings and constants, each of which a test may change.

use std::time::Duration;

use jiff::SignedDuration;

/// How a subscription sends. The defaults are AlgaPSA's own.
#[derive(Clone, Debug)]
pub struct Habits {
    /// How long each attempt waits for the one before it to fail. There are as many attempts as delays.
    pub delays: Vec<SignedDuration>,
    /// How often the queue is looked at. What waits there leaves together.
    pub poll_every: SignedDuration,
    /// How many requests may be under way at the same time.
    pub in_flight: usize,
    /// How long a request may take, in real time.
    pub timeout: Duration,
    /// How many attempts may leave within a minute. An attempt beyond that is used up and leaves no row.
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
