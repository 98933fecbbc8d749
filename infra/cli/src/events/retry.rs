//! When the reactor will attempt an event again, and when it will park it.

use jiff::Timestamp;
use shared::retry::{MOST_ATTEMPTS, back_off};

/// When the next attempt comes at the earliest: later, if the target has asked for it.
pub fn next(attempts: u32, failed_at: Timestamp) -> Timestamp {
    failed_at + back_off(attempts)
}

/// When the event is parked at the earliest, if it goes on failing: when it comes up again after the last attempt.
pub fn parked(attempts: u32, failed_at: Timestamp) -> Timestamp {
    let delays = (attempts..=MOST_ATTEMPTS).map(back_off);
    delays.fold(failed_at, |time, delay| time + delay)
}
