//! Durations as they are shown.

use alga_webhooks::output::times::lasting;
use jiff::SignedDuration;

#[test]
fn a_duration_is_told_in_at_most_two_units() {
    for (millis, told) in [
        (-5, "0 ms"),
        (999, "999 ms"),
        (1_000, "1 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (3_599_000, "59 min"),
        (3_600_000, "1 h"),
        (3_900_000, "1 h 5 min"),
        (172_799_000, "47 h 59 min"),
        (172_800_000, "2 d"),
    ] {
        assert_eq!(lasting(SignedDuration::from_millis(millis)), told);
    }
}
