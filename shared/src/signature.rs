//! The sender's signature: `t=<unix seconds>,v1=<hex>`, HMAC-SHA256 over the digits of `t`, a dot and the raw body.
//! The key is the UTF-8 bytes of the secret as it was shown, not decoded.

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How far a signature's time may be from ours, in the past or in the future, bounds included.
pub const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// A well-formed signature header. Nothing is proved until [`Signature::is_made_with`] says so.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature<'a> {
    /// The digits that were signed, exactly as they came.
    digits: &'a str,
    signed_at: Timestamp,
    mac: [u8; 32],
}

impl<'a> Signature<'a> {
    /// Reads a header. As the sender's own parser does, it takes the first `t=` and the first `v1=`, trims spaces, and
    /// ignores other keys; upper-case hex is refused.
    pub fn parse(header: &'a str) -> Option<Self> {
        let parts = header.split(',').map(str::trim);
        let value_of = |key: &str| parts.clone().find_map(|part| part.strip_prefix(key));
        let digits = value_of("t=")?;
        let signed_at = timestamp(digits)?;
        let mac = mac(value_of("v1=")?)?;
        Some(Self {
            digits,
            signed_at,
            mac,
        })
    }

    /// When it says that it was made.
    pub fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// Whether it was made within [`WINDOW`] of `now`, in whole seconds.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.signed_at.as_second().abs_diff(now.as_second()) <= WINDOW.as_secs().unsigned_abs()
    }

    /// Whether `secret` made it for `body`, in constant time.
    pub fn is_made_with(&self, secret: &SecretString, body: &[u8]) -> bool {
        let made = keyed(secret, self.digits, body);
        made.verify_slice(&self.mac).is_ok()
    }
}

/// Signs `body` as the sender does; the value of an `X-Alga-Signature` header.
pub fn sign(secret: &SecretString, now: Timestamp, body: &[u8]) -> String {
    let digits = now.as_second().to_string();
    let mac = keyed(secret, &digits, body).finalize().into_bytes();
    format!("t={digits},v1={}", hex::encode(mac))
}

fn keyed(secret: &SecretString, digits: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(digits.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

fn timestamp(digits: &str) -> Option<Timestamp> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let seconds = digits.parse().ok().filter(|_| plain)?;
    Timestamp::from_second(seconds).ok()
}

fn mac(text: &str) -> Option<[u8; 32]> {
    let mut mac = [0; 32];
    let lower = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (lower && hex::decode_to_slice(text, &mut mac).is_ok()).then_some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE_BODY: &str = r#"{"event_id":"0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6","event_type":"ticket.created","occurred_at":"2026-08-24T15:04:05.678Z","tenant_id":"7b1f4c52-0d3e-4a86-9c1a-5e2f8d6b7a10","data":{"ticket_id":"3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31"}}"#;

    const SHH_MAC: &str = "be310eac0f84daf469d630347a950258de768b365563ab68f29f2f783473d547";
    const GUIDE_SECRET: &str = "ABEiM0RVZneImaq7zN3u__7cuph2VDIQASNFZ4mrze8";
    const GUIDE_MAC: &str = "8dd775709edff3e018b8d6ed7db1abddf86c541e38b0f1c19ba4709eda7068a0";

    /// (secret, t, body, mac), made by the sender's own code.
    const VECTORS: [(&str, i64, &str, &str); 2] = [
        ("shh", 1_700_000_000, r#"{"a":1}"#, SHH_MAC),
        (GUIDE_SECRET, 1_787_583_845, GUIDE_BODY, GUIDE_MAC),
    ];

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn verifies(header: &str, secret: &str, body: &str) -> bool {
        let signature = Signature::parse(header).unwrap();
        signature.is_made_with(&secret.into(), body.as_bytes())
    }

    #[test]
    fn the_senders_own_vectors_verify_and_are_reproduced() {
        for (secret, t, body, mac) in VECTORS {
            let header = format!("t={t},v1={mac}");
            assert_eq!(sign(&secret.into(), at(t), body.as_bytes()), header);
            assert!(verifies(&header, secret, body));
        }
    }

    #[test]
    fn a_changed_body_time_or_secret_does_not_verify() {
        let (secret, t, body, mac) = VECTORS[0];
        let header = format!("t={t},v1={mac}");
        let later = format!("t={},v1={mac}", t + 1);
        assert!(!verifies(&header, secret, r#"{"a":2}"#));
        assert!(!verifies(&later, secret, body));
        assert!(!verifies(&header, "shh ", body));
        assert!(!verifies(&header, "", body));
    }

    #[test]
    fn a_signature_is_fresh_for_five_minutes_either_way() {
        let header = format!("t=1700000000,v1={SHH_MAC}");
        let signature = Signature::parse(&header).unwrap();
        let ages = [-301, -300, 0, 300, 301];
        let fresh = ages.map(|age| signature.is_fresh(at(1_700_000_000 + age)));
        assert_eq!(fresh, [false, true, true, true, false], "{ages:?} s old");
    }

    #[test]
    fn headers_are_read_as_the_sender_reads_them() {
        let mac = SHH_MAC;
        let upper = mac.to_uppercase();
        let short = &mac[..62];
        for (header, readable) in [
            (format!("t=1700000000,v1={mac}"), true),
            (format!(" v1={mac} , t=1700000000 "), true),
            (format!("v0=x,t=1700000000,v1={mac},v2=y"), true),
            (format!("99, t=1700000000,v1={mac}"), true),
            (format!("t=1700000000,v1={mac},v1={upper}"), true),
            (format!("t=1700000000,v1={upper}"), false),
            (format!("t=1700000000,v1={upper},v1={mac}"), false),
            (format!("t=1700000000,v1={short}"), false),
            (format!("t=1700000000,v1={mac}00"), false),
            (format!("t=,v1={mac}"), false),
            (format!("t=-1,v1={mac}"), false),
            (format!("t=+1,v1={mac}"), false),
            (format!("t=1.5,v1={mac}"), false),
            (format!("t=99999999999999999999,v1={mac}"), false),
            (format!("t= 1700000000,v1={mac}"), false),
            (format!("T=1700000000,V1={mac}"), false),
            ("t=1700000000".into(), false),
            (format!("v1={mac}"), false),
            (String::new(), false),
        ] {
            assert_eq!(Signature::parse(&header).is_some(), readable, "{header:?}");
        }
    }

    #[test]
    fn the_first_value_counts() {
        let (secret, t, body, mac) = VECTORS[0];
        let zeros = "0".repeat(64);
        let first = format!("t={t},v1={mac},t=1,v1={zeros}");
        let second = format!("t={t},v1={zeros},v1={mac}");
        assert!(verifies(&first, secret, body));
        assert!(!verifies(&second, secret, body));
    }
}
