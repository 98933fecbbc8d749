//! Requests as they are captured, which secrets count when, and what would have made a signature.

use alga_webhooks::commands::verify::capture::Capture;
use alga_webhooks::commands::verify::header::{Claim, faults};
use alga_webhooks::commands::verify::keys::{Key, given, held};
use alga_webhooks::commands::verify::rewritten::{BOM, compact, undone};
use alga_webhooks::commands::verify::suspects::{VERSION, find};
use alga_webhooks::commands::verify::time;
use alga_webhooks::signing::versions::Versions;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use shared::secret;
use shared::signature::Signature;

use crate::{A, START, versions};

const MAC: &str = "be310eac0f84daf469d630347a950258de768b365563ab68f29f2f783473d547";
const ISO: &str = "2026-08-24T15:04:05Z";
const BODY: &str = r#"{"a":[1.50,"x \"y\" ü/😀"],"b":{}}"#;
const LINES: &str = "{\n\"a\":1\n}";
const SECRET: &str = "ABEiM0RVZneImaq7zN3u__7cuph2VDIQASNFZ4mrze8";
const BYTES: &[u8] = br#"{"a":1}"#;

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
    let text = "POST / HTTP/1.1\nHost: a.example:80\nX-ALGA-signature:  t=1,v1=a \n";
    let text = format!("{text}x-alga-webhook-id: {A}\nDate: Mon, 24 Aug 2026 15:04:05 GMT\n");
    let text = format!("{text}\n{{\"a\":\n\n1}}");
    for text in [text.clone(), text.replacen('\n', "\r\n", 6)] {
        let capture = Capture::parse(text.as_bytes()).unwrap();
        assert_eq!(capture.signature.as_deref(), Some("t=1,v1=a"));
        assert_eq!(capture.webhook_id, A.parse().ok());
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
        ("Content-Length: 3", "{}", "{}", "2 of the body's 3 bytes"),
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
    let versions = versions("new", "old");
    let (old, both, new) = ([false, true], [true, true], [true, false]);
    for (after, expected) in [(-1, old), (0, both), (3599, both), (3600, new)] {
        let held = held(&versions, START + SignedDuration::from_secs(after)).unwrap();
        let counts: Vec<_> = held.iter().map(|key| key.not_counting.is_none()).collect();
        assert_eq!(counts, expected, "{after} s after");
    }
}

#[test]
fn a_secret_that_is_still_current_is_named_once() {
    let versions = versions("same", "same");
    assert_eq!(held(&versions, START).unwrap().len(), 1);
}

#[test]
fn nothing_to_check_with_is_said_and_why() {
    let none = Versions {
        current: None,
        previous: None,
    };
    let trouble = held(&none, START).unwrap_err();
    assert!(trouble.contains("no value yet"));
    assert!(given("{}").unwrap_err().contains("empty"));
}

/// What happened, and what the capture holds then.
fn captures() -> Vec<(&'static str, Vec<u8>)> {
    let pretty = "{\n  \"a\": [\n    1.50,\n    \"x \\\"y\\\" ü/😀\"\n  ],\n  \"b\": {}\n}";
    let escaped = r#"{"a": [1.50, "x \"y\" \u00fc\/\ud83d\ude00"], "b": {}}"#;
    let latin_1: String = BODY.bytes().map(char::from).collect();
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("a newline was added", text(&format!("{BODY}\n"))),
        ("a newline was added", text(&format!("{BODY}\r\n"))),
        ("white space was added", text(&format!(" {BODY} \n"))),
        ("became CRLF", text(&LINES.replace('\n', "\r\n"))),
        ("a byte order mark was put", [BOM, BODY.as_bytes()].concat()),
        ("other white space", text(pretty)),
        ("letters escaped", text(escaped)),
        ("Latin-1", text(&latin_1)),
        ("base64", text(&STANDARD.encode(BODY))),
        ("a JSON string", serde_json::to_vec(BODY).unwrap()),
    ]
}

/// The body before that has happened, if it can have happened.
fn before(captured: &[u8], what: &str) -> Option<String> {
    let mut undone = undone(captured).filter(|(known, _)| known.contains(what));
    let before = undone.next().map(|(_, before)| before);
    assert!(undone.next().is_none(), "{what} is not one of them");
    before.map(|before| String::from_utf8(before).unwrap())
}

#[test]
fn each_rewriting_is_undone() {
    for (what, captured) in captures() {
        let undone = before(&captured, what).unwrap();
        assert!([BODY, LINES].contains(&&*undone), "{what}: {undone}");
    }
}

#[test]
fn what_was_removed_is_put_back() {
    for (what, captured, expected) in [
        ("newline at its end was removed", "{}", "{}\n"),
        ("became LF", "{\n}\n", "{\r\n}\r\n"),
        ("mark before it was removed", "{}", "\u{feff}{}"),
    ] {
        let undone = before(captured.as_bytes(), what);
        assert_eq!(undone.as_deref(), Some(expected));
    }
}

#[test]
fn what_cannot_have_happened_changes_nothing() {
    let added = ["a newline was added", "CRLF", "other white space"];
    let written = ["letters escaped", "base64", "JSON string"];
    for what in added.into_iter().chain(written) {
        assert_eq!(before(BODY.as_bytes(), what), None, "{what}");
    }
    assert_eq!(compact(b"not { json", |text| Some(text.into())), None);
}

fn keys(text: &str, not_counting: Option<&str>) -> Vec<Key> {
    let secret = secret::parse(text).unwrap().remove(0);
    vec![Key {
        name: "AWSCURRENT".into(),
        secret,
        not_counting: not_counting.map(str::to_owned),
    }]
}

fn claim(key: &[u8], signed: &[&[u8]]) -> Claim {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    for part in signed {
        mac.update(part);
    }
    Claim {
        digits: "1700000000".into(),
        mac: mac.finalize().into_bytes().into(),
    }
}

fn found(claim: &Claim, body: &[u8], held: &str) -> String {
    let suspect = find(claim, body, &keys(held, None));
    suspect.map_or_else(|| "nothing".into(), |suspect| suspect.what.join(" and "))
}

#[test]
fn the_usual_suspects_are_named() {
    let t: &[u8] = b"1700000000";
    let (secret, whole) = (SECRET.as_bytes(), &[t, b".", BYTES]);
    let decoded = URL_SAFE_NO_PAD.decode(SECRET).unwrap();
    let newline = format!("{SECRET}\n").into_bytes();
    let quoted = format!("\"{SECRET}\"");
    let named: &[&[u8]] = &[b"t=", t, b".", BYTES];
    let check = |claim: &Claim, body: &[u8], held: &str, what: &str| {
        let seen = found(claim, body, held);
        assert!(seen.contains(what), "{what}: {seen}");
        assert_eq!(what.is_empty(), seen.is_empty(), "{what}: {seen}");
        assert!(!seen.contains(SECRET));
    };
    let right = claim(secret, whole);
    check(&right, BYTES, SECRET, "");
    check(&right, b"{\"a\": 1}\n", SECRET, "other white space");
    let added = "a newline was added at its end";
    check(&right, b"{\"a\":1}\n", SECRET, added);
    check(&right, BYTES, &quoted, "the one here has quotes");
    for (claim, held, what) in [
        (claim(&decoded, whole), SECRET, "decoded from base64url"),
        (claim(&newline, whole), SECRET, "newline at its end"),
        (claim(quoted.as_bytes(), whole), SECRET, "it had quotes"),
        (claim(b"\xab\xcd", whole), "abcd", "decoded from hex"),
        (claim(secret, &[t, BYTES]), SECRET, "without the dot"),
        (claim(secret, &[BYTES]), SECRET, "without t"),
        (claim(secret, named), SECRET, "with its name"),
        (claim(b"another", whole), SECRET, "nothing"),
    ] {
        check(&claim, BYTES, held, what);
    }
}

#[test]
fn two_things_at_once_are_found_too() {
    let decoded = URL_SAFE_NO_PAD.decode(SECRET).unwrap();
    let claim = claim(&decoded, &[b"1700000000", b".", BYTES]);
    let seen = found(&claim, b"{\"a\":1}\n", SECRET);
    assert!(seen.contains("base64url"), "{seen}");
    assert!(seen.contains("newline"), "{seen}");
}

#[test]
fn a_secret_that_does_not_count_is_a_suspect_itself() {
    let claim = claim(SECRET.as_bytes(), &[b"1700000000", b".", BYTES]);
    let suspect = find(&claim, BYTES, &keys(SECRET, Some("has ended"))).unwrap();
    assert_eq!(suspect.what, ["AWSCURRENT: it has ended"]);
    assert_eq!(suspect.advice, [VERSION]);
}
