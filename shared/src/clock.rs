//! The time of one invocation.

use jiff::Timestamp;
use tokio::time::Instant;

/// Goes on from the time that it was given, by a clock that nobody sets.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began_at: Timestamp,
    started: Instant,
}

impl Clock {
    /// A clock that shows `now`.
    pub fn starting_at(now: Timestamp) -> Self {
        Self {
            began_at: now,
            started: Instant::now(),
        }
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        self.began_at + self.started.elapsed()
    }
}
