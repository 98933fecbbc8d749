//! When the reactor tries again what has failed. It decides that; this says it beforehand.

use jiff::{SignedDuration, Timestamp};

/// An event that has been tried as often is parked at its next turn.
const MOST: u32 = 12;
const FIRST_DELAY: SignedDuration = SignedDuration::from_secs(5);
const LONGEST_DELAY: SignedDuration = SignedDuration::from_mins(15);

/// When the next try comes at the earliest: later, if the target has asked for it.
pub fn next(tries: u32, failed_at: Timestamp) -> Timestamp {
    failed_at + delay(tries)
}

/// When it is parked at the earliest, if it goes on failing.
pub fn parked(tries: u32, failed_at: Timestamp) -> Timestamp {
    let delays = (tries..=MOST).map(delay);
    delays.fold(failed_at, |time, delay| time + delay)
}

/// Doubles with each try.
fn delay(tries: u32) -> SignedDuration {
    let doublings = tries.saturating_sub(1).min(16);
    (FIRST_DELAY * 2_i32.pow(doublings)).min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_from_5_s_to_15_min_until_the_event_is_parked() {
        let start = Timestamp::UNIX_EPOCH;
        for (tries, next_after, parked_after) in [
            (1, 5, 4875),
            (2, 10, 4870),
            (8, 640, 4240),
            (9, 900, 3600),
            (12, 900, 900),
            (13, 900, 0),
        ] {
            let after = |time: Timestamp| time.duration_since(start).as_secs();
            assert_eq!(after(next(tries, start)), next_after, "{tries}");
            assert_eq!(after(parked(tries, start)), parked_after, "{tries}");
        }
    }
}
