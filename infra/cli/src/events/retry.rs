//! When the reactor will try a failed event again. The reactor decides that; this repeats its rule, to tell people in advance.

use jiff::{SignedDuration, Timestamp};

/// An event that has been attempted this often is parked instead of being attempted again.
const MOST: u32 = 12;
const FIRST_DELAY: SignedDuration = SignedDuration::from_secs(5);
const LONGEST_DELAY: SignedDuration = SignedDuration::from_mins(15);

/// When the next attempt comes; later if the target asked for that by `Retry-After`.
pub fn next(attempts: u32, failed_at: Timestamp) -> Timestamp {
    failed_at + delay(attempts)
}

/// When it is parked at the earliest, if it keeps failing.
pub fn parked(attempts: u32, failed_at: Timestamp) -> Timestamp {
    let delays = (attempts..=MOST).map(delay);
    delays.fold(failed_at, |time, delay| time + delay)
}

/// Doubles with each attempt.
fn delay(attempts: u32) -> SignedDuration {
    let doublings = attempts.saturating_sub(1).min(16);
    (FIRST_DELAY * 2_i32.pow(doublings)).min(LONGEST_DELAY)
}
