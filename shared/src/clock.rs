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
    /// A clock that shows that time now.
    pub fn starting_at(began_at: Timestamp) -> Self {
        let started = Instant::now();
        Self { began_at, started }
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        self.began_at + self.started.elapsed()
    }
}
