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
