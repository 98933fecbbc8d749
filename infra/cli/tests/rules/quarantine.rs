//! A body on a terminal.

use alga_webhooks::commands::quarantine::escaped;

#[test]
fn a_body_cannot_speak_to_the_terminal() {
    assert_eq!(
        escaped("a\u{1b}[2Jß\n\u{9b}\tb"),
        "a\\u{1b}[2Jß\n\\u{9b}\tb"
    );
}
