//! When the reactor tries again what could not be done.

use std::time::Duration;

use shared::retry::{LONGEST_DELAY, back_off};

/// After an attempt that failed. A target may ask for more than the back-off, but not for less, which would use up the
/// attempts too soon.
pub fn after_failure(attempts: u32, asked_for: Option<Duration>) -> Duration {
    let delay = back_off(attempts).max(asked_for.unwrap_or_default());
    delay.min(LONGEST_DELAY)
}

/// After trouble with AWS, by how often the doorbell has been received.
pub fn after_receives(receives: u32) -> Duration {
    back_off(receives)
}

/// When the rate limit lets us read after `wait`, or earlier if that is very long. SQS takes whole seconds.
pub fn at_slot(wait: Duration) -> Duration {
    Duration::from_secs(wait.as_secs() + 1).min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_target_may_ask_for_more_time_but_not_for_less_nor_for_ever() {
        for (attempts, asked_for, expected) in [
            (1, 0, 5),
            (1, 4, 5),
            (1, 60, 60),
            (3, 10, 20),
            (1, 900, 900),
            (1, 901, 900),
        ] {
            let delay = after_failure(attempts, Some(secs(asked_for)));
            assert_eq!(delay, secs(expected), "{attempts}, asked for {asked_for} s");
        }
    }

    #[test]
    fn a_later_slot_means_no_earlier_return_and_fifteen_minutes_at_most() {
        for (wait, expected) in [(0, 1), (1, 2), (898, 899), (899, 900), (9000, 900)] {
            assert_eq!(at_slot(secs(wait)), secs(expected), "{wait} s");
        }
        assert_eq!(at_slot(Duration::from_millis(1500)), secs(2));
    }
}
