//! When the next try comes, and when the event is parked.

use alga_webhooks::events::retry::{next, parked};
use jiff::Timestamp;

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
