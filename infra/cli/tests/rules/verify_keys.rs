//! Which secrets count when.

use alga_webhooks::commands::verify::keys::{given, held};
use alga_webhooks::signing::versions::Versions;
use jiff::{SignedDuration, Timestamp};

use crate::versions;

#[test]
fn each_secret_counts_at_its_own_time() {
    let start = Timestamp::UNIX_EPOCH;
    let versions = versions("new", "old", start);
    for (after, current, previous) in [
        (-1, false, true),
        (0, true, true),
        (3599, true, true),
        (3600, true, false),
    ] {
        let held = held(&versions, start + SignedDuration::from_secs(after)).unwrap();
        let counts: Vec<_> = held.iter().map(|key| key.not_counting.is_none()).collect();
        assert_eq!(counts, [current, previous], "{after} s after");
    }
}

#[test]
fn a_secret_that_is_still_current_is_named_once() {
    let start = Timestamp::UNIX_EPOCH;
    let versions = versions("same", "same", start);
    assert_eq!(held(&versions, start).unwrap().len(), 1);
}

#[test]
fn nothing_to_check_with_is_said_and_why() {
    let none = Versions {
        current: None,
        previous: None,
    };
    let trouble = held(&none, Timestamp::UNIX_EPOCH).unwrap_err();
    assert!(trouble.contains("no value yet"));
    assert!(given("{}").unwrap_err().contains("empty"));
}
