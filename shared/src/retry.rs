//! The back-off: how long to wait before another attempt, and how many attempts there are.

use std::time::Duration;

/// How often an event is attempted before it is parked; with these delays that takes about 80 minutes.
pub const MOST_ATTEMPTS: u32 = 12;

/// The delay after the first failure. It doubles with each further one.
const FIRST_DELAY: Duration = Duration::from_secs(5);
/// The longest delay, also if the other side asks for more.
pub const LONGEST_DELAY: Duration = Duration::from_mins(15);

/// The delay after that many failures in a row: 5 s, 10 s, 20 s and so on, up to [`LONGEST_DELAY`].
pub fn back_off(failures: u32) -> Duration {
    let doublings = 2_u32.saturating_pow(failures.saturating_sub(1));
    FIRST_DELAY.saturating_mul(doublings).min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_from_5_s_to_15_min() {
        let failures = [0, 1, 2, 3, 7, 8, 9, 12, u32::MAX];
        let delays = [5, 5, 10, 20, 320, 640, 900, 900, 900].map(Duration::from_secs);
        assert_eq!(failures.map(back_off), delays);
    }

    #[test]
    fn an_event_is_attempted_for_about_80_minutes() {
        let total: Duration = (1..=MOST_ATTEMPTS).map(back_off).sum();
        assert_eq!(total, Duration::from_secs(4875));
    }
}
