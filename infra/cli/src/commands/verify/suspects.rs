//! If no secret made a signature, what did? Tries what usually happens to bodies and secrets.

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;

use super::header::Claim;
use super::keys::Key;
use super::rewritten;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// What was not as it should be; nothing if only the header was written badly.
    pub what: Vec<String>,
    pub advice: Vec<&'static str>,
}

/// One form of a part of what is signed: what is odd about it and the advice for that, and its bytes.
struct Variant(Option<(String, &'static str)>, Vec<u8>);

const BODY: &str =
    "Capture the raw bytes, before anything parses or prints them: AlgaPSA signs only these.";
const KEY: &str = "AlgaPSA signs with the secret exactly as it shows it, as text: not decoded, with nothing before or after it.";
const FORM: &str = "AlgaPSA signs the digits of t, a dot, and the body: is the sender AlgaPSA?";
pub const VERSION: &str =
    "Put in the secret that AlgaPSA signs with now: alga-webhooks secret rotate";

/// The explanation with the fewest oddities, two at most.
pub fn find(claim: &Claim, body: &[u8], keys: &[Key]) -> Option<Suspect> {
    let keys: Vec<_> = keys.iter().flat_map(variants).collect();
    let (bodies, prefixes) = (bodies(body), prefixes(&claim.digits));
    for wanted in 0..=2 {
        for key in &keys {
            for body in &bodies {
                for prefix in &prefixes {
                    let odd: Vec<_> = [&key.0, &body.0, &prefix.0].into_iter().flatten().collect();
                    if odd.len() == wanted && is_made(claim, &key.1, &prefix.1, &body.1) {
                        let (what, advice) = odd.into_iter().cloned().unzip();
                        return Some(Suspect { what, advice });
                    }
                }
            }
        }
    }
    None
}

fn is_made(claim: &Claim, key: &[u8], prefix: &[u8], body: &[u8]) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(prefix);
    mac.update(body);
    mac.verify_slice(&claim.mac).is_ok()
}

/// What is signed before the body.
fn prefixes(digits: &str) -> Vec<Variant> {
    let odd = |what: &str, prefix: String| Variant(Some((what.to_owned(), FORM)), prefix.into());
    vec![
        Variant(None, format!("{digits}.").into()),
        odd(
            "it was signed without the dot between t and the body",
            digits.into(),
        ),
        odd("only the body was signed, without t", String::new()),
        odd("t was signed with its name, as t=…", format!("t={digits}.")),
    ]
}

fn bodies(body: &[u8]) -> Vec<Variant> {
    let undone = rewritten::undone(body).map(|(what, before)| {
        let what = format!("the body was changed after it was signed: {what}");
        Variant(Some((what, BODY)), before)
    });
    std::iter::once(Variant(None, body.to_vec()))
        .chain(undone)
        .collect()
}

fn variants(key: &Key) -> Vec<Variant> {
    let (name, text) = (&key.name, key.secret.key.expose_secret());
    let ended = key.not_counting.as_ref();
    let ended = ended.map(|why| (format!("{name}: it {why}"), VERSION));
    let odd = changed(text).into_iter().map(|(what, bytes)| {
        let what = format!("{name} signed it, but not as the text that AlgaPSA shows: {what}");
        Variant(Some((what, KEY)), bytes)
    });
    let itself = Variant(ended, text.as_bytes().to_vec());
    std::iter::once(itself).chain(odd).collect()
}

/// What people turn a secret into.
fn changed(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let decoded = |engine: GeneralPurpose| engine.decode(text.trim_end_matches('=')).ok();
    let unquoted = text.trim_matches(['"', '\'']);
    let with = |before, after| Some([before, text, after].concat().into_bytes());
    let made = [
        ("it was decoded from base64url", decoded(URL_SAFE_NO_PAD)),
        ("it was decoded from base64", decoded(STANDARD_NO_PAD)),
        ("it was decoded from hex", hex::decode(text).ok()),
        ("it had a newline at its end", with("", "\n")),
        ("it had a space at its end", with("", " ")),
        ("it had quotes around it", with("\"", "\"")),
        (
            "the one here has quotes around it",
            (unquoted != text).then(|| unquoted.into()),
        ),
    ];
    let made = made
        .into_iter()
        .filter_map(|(what, key)| Some((what, key?)));
    made.filter(|(_, key)| !key.is_empty()).collect()
}
