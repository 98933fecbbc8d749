//! When the reactor will try a failed event again, by the rule that it follows itself.

use jiff::Timestamp;
use shared::retry::{MOST_ATTEMPTS, back_off};

/// When the next attempt comes; later if the target asked for that by `Retry-After`.
pub fn next(attempts: u32, failed_at: Timestamp) -> Timestamp {
    failed_at + back_off(attempts)
}

/// When it is parked at the earliest, if it keeps failing.
pub fn parked(attempts: u32, failed_at: Timestamp) -> Timestamp {
    let delays = (attempts..=MOST_ATTEMPTS).map(back_off);
    delays.fold(failed_at, |time, delay| time + delay)
}
