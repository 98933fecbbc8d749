//! Times as they are written in requests, captured requests, headers, and which secrets count when.

use alga_webhooks::commands::verify::capture::Capture;
use alga_webhooks::commands::verify::header::{Claim, faults};
use alga_webhooks::commands::verify::keys::{given, held};
use alga_webhooks::commands::verify::time;
use alga_webhooks::signing::versions::Versions;
use jiff::{SignedDuration, Timestamp};
use shared::signature::Signature;

use crate::versions;

const ID: &str = "0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6";
const MAC: &str = "be310eac0f84daf469d630347a950258de768b365563ab68f29f2f783473d547";
const ISO: &str = "2026-08-24T15:04:05Z";

#[test]
fn a_time_is_written_in_any_usual_way() {
    let expected: Timestamp = "2026-08-24T15:04:05Z".parse().unwrap();
    for text in [
        "2026-08-24T15:04:05Z",
        "2026-08-24T17:04:05+02:00",
        "1787583845",
        "Mon, 24 Aug 2026 15:04:05 GMT",
    ] {
        assert_eq!(time(text).unwrap(), expected, "{text}");
    }
    assert!(time("yesterday").is_err());
}

#[test]
fn a_request_is_read_however_its_lines_end() {
    let text = format!(
        "POST / HTTP/1.1\nHost: a.example:80\nX-ALGA-signature:  t=1,v1=a \nx-alga-webhook-id: {ID}\nDate: Mon, 24 Aug 2026 15:04:05 GMT\n\n{{\"a\":\n\n1}}"
    );
    for text in [text.clone(), text.replacen('\n', "\r\n", 6)] {
        let capture = Capture::parse(text.as_bytes()).unwrap();
        assert_eq!(capture.signature.as_deref(), Some("t=1,v1=a"));
        assert_eq!(capture.webhook_id, ID.parse().ok());
        assert_eq!(capture.date, "2026-08-24T15:04:05Z".parse().ok());
        assert_eq!(capture.body, b"{\"a\":\n\n1}");
        assert_eq!(capture.notes, [""; 0]);
    }
}

#[test]
fn a_request_is_read_as_curl_shows_it() {
    let text = "* Connected\n> POST / HTTP/1.1\n> X-Alga-Signature: t=1,v1=a\n> \n{}";
    let capture = Capture::parse(text.as_bytes()).unwrap();
    assert_eq!(capture.signature.as_deref(), Some("t=1,v1=a"));
    assert_eq!(capture.body, b"{}");
}

#[test]
fn a_header_that_comes_twice_is_joined_as_aws_joins_it() {
    let capture = Capture::parse(b"X-Alga-Signature: 99\nX-Alga-Signature: t=1\n\n").unwrap();
    assert_eq!(capture.signature.as_deref(), Some("99,t=1"));
}

#[test]
fn what_is_odd_about_a_capture_is_noted() {
    let chunked = "Transfer-Encoding: chunked";
    for (head, body, kept, note) in [
        ("Content-Length: 2", "{}\r\n", "{}", ""),
        ("Content-Length: 3", "{}", "{}", "2 of 3 bytes"),
        ("Content-Length: 1", "{}", "{}", "says 1"),
        (chunked, "2\r\n{}", "2\r\n{}", "decode the body"),
        ("Content-Encoding: gzip", "?", "?", "decode the body"),
    ] {
        let capture = Capture::parse(format!("{head}\n\n{body}").as_bytes()).unwrap();
        assert_eq!(capture.body, kept.as_bytes());
        assert!(capture.notes.concat().contains(note), "{:?}", capture.notes);
        assert_eq!(capture.notes.is_empty(), note.is_empty());
    }
    assert!(Capture::parse(b"{}").is_err());
}

#[test]
fn what_is_wrong_with_a_header_is_named_without_quoting_it() {
    let upper = MAC.to_uppercase();
    let good = format!("t=1700000000,v1={MAC}");
    let base64 = "vjEOrA+E2vRp1jA0epUCWN52izZVY6to8p8veDRz1Uc=";
    for (header, words, found) in [
        (format!("t=1700000000,v1={upper}"), "upper-case hex", true),
        (format!("t=1700000000000,v1={MAC}"), "13 digits", true),
        (format!("\"{good}\""), "quotes", true),
        (format!("X-Alga-Signature: {good}"), "header's name", true),
        (format!("T=1700000000,V1={MAC}"), "there is no t=", true),
        (good.replace("1700000000", ISO), "not a plain number", false),
        (format!("v1={MAC}"), "there is no t=", false),
        ("t=1700000000".to_owned(), "there is no v1=", false),
        (format!("sha256={MAC}"), "there is no v1=", false),
        (good[..78].to_owned(), "62 hex digits", false),
        (format!("t=1700000000,v1={base64}"), "not hex", false),
        (String::new(), "there is no t=", false),
    ] {
        let read = Signature::parse(&header);
        assert!(read.is_none(), "the receiver reads {header}");
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

#[test]
fn each_secret_counts_at_its_own_time() {
    let start = Timestamp::UNIX_EPOCH;
    let versions = versions("new", "old", start);
    let (old, both, new) = ([false, true], [true, true], [true, false]);
    for (after, expected) in [(-1, old), (0, both), (3599, both), (3600, new)] {
        let held = held(&versions, start + SignedDuration::from_secs(after)).unwrap();
        let counts: Vec<_> = held.iter().map(|key| key.not_counting.is_none()).collect();
        assert_eq!(counts, expected, "{after} s after");
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
