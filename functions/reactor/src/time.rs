//! The time of one invocation.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// What one more event may need: a read of its ticket, its turn and its body from DynamoDB, the reaction's timeout, the
/// settlement, and the answer to Lambda.
const ONE_MORE_EVENT: Duration = Duration::from_secs(35);
/// How long events are started in a batch with several streams, so that a long backlog of one does not hold up the
/// others' groups.
const SHARED_BATCH: Duration = Duration::from_secs(10);

/// The time of an invocation that has no deadline of its own.
const WITHOUT_DEADLINE: Duration = Duration::from_mins(1);

/// What time it is, and when to stop. Goes on from the time that the invocation was given, by a clock that nobody sets.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    began_at: Timestamp,
    started: Instant,
    ends_at: Instant,
    last_start: Instant,
}

impl Time {
    /// An invocation that begins at `began_at`, ends at `deadline` and serves so many streams.
    pub fn start(began_at: Timestamp, deadline: Timestamp, streams: usize) -> Self {
        let now = Instant::now();
        let given = Duration::try_from(deadline.duration_since(began_at)).unwrap_or_default();
        let left = if is_real(deadline) {
            given
        } else {
            WITHOUT_DEADLINE
        };
        let ends_at = now + left;
        let enough_left = now + left.saturating_sub(ONE_MORE_EVENT);
        let last_start = if streams > 1 {
            enough_left.min(now + SHARED_BATCH)
        } else {
            enough_left
        };
        Self {
            began_at,
            started: now,
            ends_at,
            last_start,
        }
    }

    pub fn now(&self) -> Timestamp {
        self.began_at + self.started.elapsed()
    }

    /// Until Lambda ends the invocation.
    pub fn left(&self) -> Duration {
        self.ends_at.saturating_duration_since(Instant::now())
    }

    /// Whether another event may be started.
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

    #[test]
    fn a_deadline_of_1970_is_none_and_one_that_has_passed_is_one() {
        let now = Timestamp::now();
        let of_watch = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(10);
        let passed = now - SignedDuration::from_secs(1);
        assert!(Time::start(now, of_watch, 1).is_enough());
        assert!(!Time::start(now, passed, 1).is_enough());
    }

    #[test]
    fn the_last_event_starts_early_enough_to_be_finished() {
        for (left, streams, last_start) in [
            (60, 1, 25),
            (60, 2, 10),
            (40, 1, 5),
            (40, 2, 5),
            (35, 1, 0),
            (3, 2, 0),
        ] {
            let now = Timestamp::now();
            let deadline = now + Duration::from_secs(left);
            let time = Time::start(now, deadline, streams);
            let starts_for = time.last_start - time.started;
            assert_eq!(
                starts_for,
                Duration::from_secs(last_start),
                "{left} s, {streams} streams"
            );
            assert_eq!(time.is_enough(), last_start > 0);
        }
    }
}
