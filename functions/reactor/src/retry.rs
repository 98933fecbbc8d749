//! When what could not be done is tried again.

use std::time::Duration;

/// How often an event is attempted before it is parked; with the delays below that takes about 80 minutes.
pub const MOST_ATTEMPTS: u32 = 12;

/// The delay after the first failure. It doubles with each further one.
const FIRST_DELAY: Duration = Duration::from_secs(5);
/// The longest delay, also if a target asks for more.
const LONGEST_DELAY: Duration = Duration::from_mins(15);

/// After an attempt that failed. A target may ask for more than the back-off: less would use up the attempts too soon.
pub fn after_failure(attempts: u32, asked_for: Option<Duration>) -> Duration {
    let delay = back_off(attempts).max(asked_for.unwrap_or_default());
    delay.min(LONGEST_DELAY)
}

/// When AWS could not do its part, for a doorbell that has been received that often.
pub fn after_receives(receives: u32) -> Duration {
    back_off(receives)
}

/// When a rate limit gives us a slot in that time, or earlier if that is very long. SQS takes whole seconds.
pub fn at_slot(wait: Duration) -> Duration {
    Duration::from_secs(wait.as_secs() + 1).min(LONGEST_DELAY)
}

fn back_off(times: u32) -> Duration {
    let doublings = 2_u32.saturating_pow(times.saturating_sub(1));
    FIRST_DELAY.saturating_mul(doublings).min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_delay_doubles_from_5_s_to_15_min() {
        let times = [0, 1, 2, 3, 7, 8, 9, 12, u32::MAX];
        let delays = [5, 5, 10, 20, 320, 640, 900, 900, 900].map(secs);
        assert_eq!(times.map(|attempt| after_failure(attempt, None)), delays);
        assert_eq!(times.map(after_receives), delays);
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

    #[test]
    fn an_event_is_attempted_for_about_an_hour() {
        let delays = (1..=MOST_ATTEMPTS).map(|attempt| after_failure(attempt, None));
        let total: Duration = delays.sum();
        assert!((secs(3600)..secs(5400)).contains(&total), "{total:?}");
    }
}
