//! A body on a terminal.

use alga_webhooks::commands::quarantine::escaped;

#[test]
fn a_body_cannot_speak_to_the_terminal() {
    let seen = escaped("a\u{1b}[2Jß\n\u{9b}\tb");
    assert_eq!(seen, "a\\u{1b}[2Jß\n\\u{9b}\tb");
}
