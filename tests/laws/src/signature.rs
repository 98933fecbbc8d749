//! Signatures.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use shared::signature::Signature;

/// The secret that signs.
pub const KEY: &str = "a key";

/// Stands in a header for the right signature, which no random input would contain.
pub const RIGHT: &str = "RIGHT";

/// The first line is a header, the rest a body: the header is read as the sender's own parser reads it, and proves what
/// it should and nothing else.
pub fn signature(input: &[u8]) {
    let end = input.iter().position(|b| *b == b'\n');
    let (header, body) = input.split_at(end.unwrap_or(input.len()));
    let Ok(header) = str::from_utf8(header) else {
        return;
    };
    let right = value_of("t", header).map(|digits| mac(digits, body));
    let header = header.replace(RIGHT, &right.unwrap_or_default());
    let signature = Signature::parse(&header);
    let Some((digits, second, claimed)) = reads(&header) else {
        assert!(signature.is_none(), "{header:?}");
        return;
    };
    let signature = signature.unwrap_or_else(|| panic!("not read: {header:?}"));
    let proves = |key: &str, body: &[u8]| signature.is_made_with(&key.into(), body);
    let seen = proves(KEY, body);
    assert_eq!(seen, claimed == mac(digits, body), "{header:?}");
    let by_others = proves("another key", body) || proves("", body);
    assert!(!by_others, "{header:?}");
    let both = proves(KEY, body) && proves(KEY, &[body, b" "].concat());
    assert!(!both, "{header:?}");
    for (age, fresh) in [(-301, false), (-300, true), (300, true), (301, false)] {
        if let Ok(now) = Timestamp::from_second(second + age) {
            assert_eq!(signature.is_fresh(now), fresh, "{header:?}, {age} s old");
        }
    }
}

fn mac(digits: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).expect("any length");
    mac.update(digits.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// The sender's parser as its documents tell it: the first `t` and the first `v1`, trimmed, digits and lower-case hex.
fn reads(header: &str) -> Option<(&str, i64, &str)> {
    let (t, v1) = (value_of("t", header)?, value_of("v1", header)?);
    let digits = !t.is_empty() && t.chars().all(|c| c.is_ascii_digit());
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let hex = v1.len() == 64 && v1.chars().all(is_hex);
    let second = t
        .parse()
        .ok()
        .filter(|second| Timestamp::from_second(*second).is_ok());
    second
        .filter(|_| digits && hex)
        .map(|second| (t, second, v1))
}

fn value_of<'a>(key: &str, header: &'a str) -> Option<&'a str> {
    let mut first = HashMap::new();
    for part in header.split(',').map(str::trim) {
        if let Some((key, value)) = part.split_once('=') {
            first.entry(key).or_insert(value);
        }
    }
    first.get(key).copied()
}
