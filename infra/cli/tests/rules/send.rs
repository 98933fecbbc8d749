//! What must be refused.

use alga_webhooks::commands::send::How;

#[test]
fn an_age_beyond_five_minutes_or_a_changed_body_must_be_refused() {
    for (age, tamper, refused) in [
        (0, false, false),
        (300, false, false),
        (-300, false, false),
        (301, false, true),
        (-301, false, true),
        (0, true, true),
    ] {
        let how = How {
            repeat: 1,
            at_once: 1,
            tamper,
            age,
        };
        assert_eq!(how.must_be_refused(), refused, "{age} {tamper}");
    }
}
