//! The time of one invocation.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// What one more event may need: a read of its ticket, its turn and its body from DynamoDB, the reaction's timeout, the
/// settlement, and the answer to Lambda.
const ONE_MORE_EVENT: Duration = Duration::from_secs(35);
/// How long events are started in a batch with several streams, so that a long backlog of one does not hold up the
/// others' groups.
const SHARED_BATCH: Duration = Duration::from_secs(10);

/// The time of an invocation that has no deadline of its own.
const WITHOUT_DEADLINE: Duration = Duration::from_mins(1);

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    ends_at: Instant,
    last_start: Instant,
}

impl Time {
    /// The invocation ends at `deadline` and serves so many streams.
    pub fn start(deadline: SystemTime, streams: usize) -> Self {
        let now = Instant::now();
        let given = deadline
            .duration_since(SystemTime::now())
            .unwrap_or_default();
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
            ends_at,
            last_start,
        }
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
fn is_real(deadline: SystemTime) -> bool {
    deadline > SystemTime::UNIX_EPOCH + Duration::from_hours(24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_of_1970_is_none_and_one_that_has_passed_is_one() {
        let of_watch = SystemTime::UNIX_EPOCH + Duration::from_mins(10);
        let passed = SystemTime::now() - Duration::from_secs(1);
        assert!(Time::start(of_watch, 1).is_enough());
        assert!(!Time::start(passed, 1).is_enough());
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
            let time = Time::start(SystemTime::now() + Duration::from_secs(left), streams);
            let starts_for = time
                .last_start
                .saturating_duration_since(Instant::now())
                .as_secs_f64()
                .round();
            assert!(
                (starts_for - f64::from(last_start)).abs() < f64::EPSILON,
                "{left} s, {streams} streams: {starts_for}"
            );
            assert_eq!(time.is_enough(), last_start > 0);
        }
    }
}
