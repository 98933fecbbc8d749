//! A body on a terminal; hashes, and the beginnings of them.

use alga_webhooks::commands::quarantine::escaped;
use alga_webhooks::commands::quarantine::pick::{short, the_one};
use jiff::Timestamp;
use shared::inbox::Quarantined;

#[test]
fn a_body_cannot_speak_to_the_terminal() {
    let seen = escaped("a\u{1b}[2Jß\n\u{9b}\tb");
    assert_eq!(seen, "a\\u{1b}[2Jß\n\\u{9b}\tb");
}

fn known(hashes: &[&str]) -> Vec<Quarantined> {
    let one = |hash: &&str| Quarantined {
        hash: (*hash).to_owned(),
        kept_at: Timestamp::UNIX_EPOCH,
        why: "the body is not a JSON envelope".to_owned(),
        webhook_id: None,
    };
    hashes.iter().map(one).collect()
}

#[test]
fn a_hash_is_shown_as_short_as_it_is_unique() {
    let known = known(&["aaaaaaaa00", "aaaaaaaa01", "bbbbbbbb00"]);
    assert_eq!(short("aaaaaaaa00", &known), "aaaaaaaa00");
    assert_eq!(short("bbbbbbbb00", &known), "bbbbbbbb");
    assert_eq!(short("abc", &known), "abc");
}

#[test]
fn a_beginning_must_fit_one_hash() {
    let known = known(&["aaaaaaaa00", "aaaaaaaa01", "bbbbbbbb00"]);
    assert_eq!(the_one("B", &known).unwrap().hash, "bbbbbbbb00");
    assert_eq!(the_one("aaaaaaaa01", &known).unwrap().hash, "aaaaaaaa01");
    let none = "no hash in quarantine begins with c: see alga-webhooks quarantine list";
    for (beginning, why) in [
        (
            "a",
            "more than one hash begins with a: give more characters",
        ),
        ("c", none),
        ("", "a hash is empty"),
    ] {
        assert_eq!(the_one(beginning, &known).unwrap_err().to_string(), why);
    }
}
