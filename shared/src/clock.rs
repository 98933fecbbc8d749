//! The time of one invocation.

use jiff::Timestamp;
use tokio::time::Instant;

/// Starts at a given time and runs on evenly, even if somebody sets the system's clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began_at: Timestamp,
    started: Instant,
}

impl Clock {
    /// A clock that shows `began_at` now.
    pub fn starting_at(began_at: Timestamp) -> Self {
        let started = Instant::now();
        Self { began_at, started }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.began_at + self.started.elapsed()
    }
}
