//! The time of one invocation: what it is, and how much is left.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shared::clock::Clock;
use tokio::time::Instant;

/// The longest that one more event may take: its ticket, its announcement, its body, the reaction, and the settlement
/// twice.
const ONE_MORE_EVENT: Duration = Duration::from_secs(40);
/// A batch with several streams starts no event after this, so that the backlog of one does not hold up the others.
const SHARED_BATCH: Duration = Duration::from_secs(10);

const WITHOUT_DEADLINE: Duration = Duration::from_mins(1);

/// What time it is, and when to stop.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    pub clock: Clock,
    started: Instant,
    ends_at: Instant,
    last_start: Instant,
}

impl Time {
    /// An invocation that begins `now` and ends at `deadline`.
    pub fn start(now: Timestamp, deadline: Timestamp) -> Self {
        let started = Instant::now();
        let given = deadline.duration_since(now).try_into().unwrap_or_default();
        let left = Some(given).filter(|_| is_real(deadline));
        let left = left.unwrap_or(WITHOUT_DEADLINE);
        Self {
            clock: Clock::starting_at(now),
            started,
            ends_at: started + left,
            last_start: started + left.saturating_sub(ONE_MORE_EVENT),
        }
    }

    /// The same for a batch with that many streams.
    pub fn among(self, streams: usize) -> Self {
        if streams < 2 {
            return self;
        }
        let last_start = self.last_start.min(self.started + SHARED_BATCH);
        Self { last_start, ..self }
    }

    pub fn left(&self) -> Duration {
        self.ends_at.saturating_duration_since(Instant::now())
    }

    /// When this invocation has ended, one way or another.
    pub fn ends_at(&self) -> Timestamp {
        self.clock.now() + self.left()
    }

    pub fn is_enough(&self) -> bool {
        Instant::now() < self.last_start
    }
}

/// `cargo lambda watch` gives every invocation a deadline of 1970.
fn is_real(deadline: Timestamp) -> bool {
    deadline > Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-08-24T15:04:05Z".parse().unwrap()
    }

    #[test]
    fn a_deadline_of_1970_is_no_deadline_and_one_that_has_passed_leaves_no_time() {
        let of_watch = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(10);
        let passed = now() - SignedDuration::from_secs(1);
        assert!(Time::start(now(), of_watch).is_enough());
        assert!(!Time::start(now(), passed).is_enough());
    }

    #[test]
    fn the_last_event_starts_early_enough_to_be_finished() {
        for (left, streams, last_start) in [
            (60, 1, 20),
            (60, 2, 10),
            (45, 1, 5),
            (45, 2, 5),
            (40, 1, 0),
            (3, 2, 0),
        ] {
            let deadline = now() + Duration::from_secs(left);
            let time = Time::start(now(), deadline).among(streams);
            let starts_for = time.last_start - time.started;
            let expected = Duration::from_secs(last_start);
            assert_eq!(starts_for, expected, "{left} s, {streams} streams");
        }
    }
}
