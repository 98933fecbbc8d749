//! What would have made a signature.

use alga_webhooks::commands::verify::header::Claim;
use alga_webhooks::commands::verify::keys::Key;
use alga_webhooks::commands::verify::suspects::{VERSION, find};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use shared::secret;

const SECRET: &str = "ABEiM0RVZneImaq7zN3u__7cuph2VDIQASNFZ4mrze8";
const BYTES: &[u8] = br#"{"a":1}"#;

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
