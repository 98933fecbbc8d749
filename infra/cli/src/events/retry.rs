//! When the reactor attempts again what has failed. It decides that; this says it beforehand.

use jiff::{SignedDuration, Timestamp};

/// An event that has been attempted that often is parked when its turn comes again.
const MOST: u32 = 12;
const FIRST_DELAY: SignedDuration = SignedDuration::from_secs(5);
const LONGEST_DELAY: SignedDuration = SignedDuration::from_mins(15);

/// When the next attempt comes at the earliest: later, if the target has asked for it.
pub fn next(attempts: u32, failed_at: Timestamp) -> Timestamp {
    failed_at + delay(attempts)
}

/// When it is parked at the earliest, if it goes on failing.
pub fn parked(attempts: u32, failed_at: Timestamp) -> Timestamp {
    let delays = (attempts..=MOST).map(delay);
    delays.fold(failed_at, |time, delay| time + delay)
}

/// Doubles with each attempt.
fn delay(attempts: u32) -> SignedDuration {
    let doublings = attempts.saturating_sub(1).min(16);
    (FIRST_DELAY * 2_i32.pow(doublings)).min(LONGEST_DELAY)
}
