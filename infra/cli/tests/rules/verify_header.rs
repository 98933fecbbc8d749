//! What is wrong with a header.

use alga_webhooks::commands::verify::header::{Claim, faults};
use shared::signature::Signature;

const MAC: &str = "be310eac0f84daf469d630347a950258de768b365563ab68f29f2f783473d547";

#[test]
fn what_is_wrong_with_a_header_is_named_without_quoting_it() {
    let upper = MAC.to_uppercase();
    for (header, words, found) in [
        (format!("t=1700000000,v1={upper}"), "upper-case hex", true),
        (format!("t=1700000000000,v1={MAC}"), "13 digits", true),
        (format!("\"t=1700000000,v1={MAC}\""), "quotes", true),
        (
            format!("X-Alga-Signature: t=1700000000,v1={MAC}"),
            "header's name",
            true,
        ),
        (format!("T=1700000000,V1={MAC}"), "there is no t=", true),
        (
            format!("t=2026-08-24T15:04:05Z,v1={MAC}"),
            "not a plain number",
            false,
        ),
        (format!("v1={MAC}"), "there is no t=", false),
        ("t=1700000000".to_owned(), "there is no v1=", false),
        (format!("sha256={MAC}"), "there is no v1=", false),
        (
            format!("t=1700000000,v1={}", &MAC[..62]),
            "62 hex digits",
            false,
        ),
        (
            "t=1700000000,v1=vjEOrA+E2vRp1jA0epUCWN52izZVY6to8p8veDRz1Uc=".to_owned(),
            "not hex",
            false,
        ),
        (String::new(), "there is no t=", false),
    ] {
        assert!(
            Signature::parse(&header).is_none(),
            "the receiver reads {header}"
        );
        let faults = faults(&header).join("; ");
        assert!(faults.contains(words), "{header}: {faults}");
        assert!(!faults.contains(&MAC[..16]) && !faults.contains(&upper[..16]));
        assert_eq!(Claim::find(&header).is_some(), found, "{header}");
    }
}

#[test]
fn a_claim_is_what_the_header_says() {
    let claim = Claim::find(&format!("v1={},t=1700000000", MAC.to_uppercase())).unwrap();
    assert_eq!(claim.digits, "1700000000");
    assert_eq!(hex::encode(claim.mac), MAC);
}
