//! What putting a secret must not end.

use alga_webhooks::commands::secret::put::{guard, present};
use alga_webhooks::commands::secret::value::Value;
use jiff::{SignedDuration, Timestamp};

use crate::versions;

#[test]
fn a_previous_secret_ends_early_only_within_the_hour_and_if_the_new_value_lacks_it() {
    let start = Timestamp::UNIX_EPOCH;
    let versions = versions("b", "a", start);
    for (new, after, ends) in [
        ("c", 0, true),
        ("c", 3599, true),
        ("c", 3600, false),
        ("a", 0, false),
        (r#"{"x":{"secret":"a"},"y":{"secret":"c"}}"#, 0, false),
    ] {
        let now = start + SignedDuration::from_secs(after);
        let new = Value::of(new);
        assert_eq!(guard(&versions, &new, now, false).is_err(), ends, "{after}");
        assert!(guard(&versions, &new, now, true).is_ok());
    }
}

#[test]
fn a_previous_value_that_is_current_too_is_no_loss() {
    let start = Timestamp::UNIX_EPOCH;
    let versions = versions(r#"{"x":{"secret":"a","tenant_id":"t"}}"#, "a", start);
    assert!(guard(&versions, &Value::of("b"), start, false).is_ok());
}

#[test]
fn a_value_that_cannot_be_used_is_replaced_only_by_force() {
    let broken = versions(r#"{"x":"y"}"#, "", Timestamp::UNIX_EPOCH).current;
    assert!(present(broken.as_ref(), false).is_err());
    assert!(matches!(present(broken.as_ref(), true), Ok(Value::Empty)));
    assert!(matches!(present(None, false), Ok(Value::Empty)));
}
