//! `alga-webhooks connect`, in the hour in which two secrets count.

use algapsa::Event;
use support::Stack;

use super::{connect, fresh};

/// As long as the secret before counts, too, AlgaPSA may have signed with that.
#[test]
fn a_new_secret_needs_a_test_of_its_own() {
    let stack = Stack::deploy("HoldSeconds=0");
    stack.put_secret(&fresh());
    let sender = stack.sender();
    assert_eq!(sender.send(&Event::test()).outcome(), "200 test");
    let ran = connect(&stack, "connect --wait 0s").run();
    ran.tells("Press Send test at the webhook in AlgaPSA");
    assert!(!ran.out.contains("Done already"), "{}", ran.out);
}
