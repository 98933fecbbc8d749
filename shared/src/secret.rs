//! Secrets: how one is read and held, and what the value of the signing secret means: the secret as it was shown, or
//! `{webhook_id: {"secret": …, "tenant_id": …}}` for several subscriptions.

mod cached;
mod stored;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;
use uuid::Uuid;

pub use self::cached::{AT_MOST_EVERY, Cached, KEPT_FOR, Unread};
pub use self::stored::{StoredSecret, Version};
use crate::event;

/// How long the previous secret is accepted next to a new one.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(1);

/// One subscription's secret.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Whose deliveries it signs, if the value says so.
    pub webhook_id: Option<Uuid>,
    /// The only tenant that it may speak for, if the value names one.
    pub tenant_id: Option<String>,
    /// What AlgaPSA signs with.
    pub key: SecretString,
}

impl Secret {
    /// Whether it may speak for the tenant that a body names. A body that names none ends in quarantine.
    pub fn may_speak_for(&self, body: &[u8]) -> bool {
        let is_own = |own: &String| event::tenant_of(body).is_none_or(|named| named == *own);
        self.tenant_id.as_ref().is_none_or(is_own)
    }

    /// Whether both are the same string, whoever they belong to.
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.key.expose_secret() == other.key.expose_secret()
    }
}

/// Why a secret's value cannot be used. The messages never quote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unusable {
    /// Nothing, or white space, where a secret should be: anybody could sign with that.
    #[error("a signing secret is empty")]
    Empty,
    /// Starts like a map, but is not one.
    #[error(r#"the signing secret is not a map of webhook ids to {{"secret": …, "tenant_id": …}} (line {0}, column {1})"#)]
    NotAMap(usize, usize),
    /// Stored as bytes.
    #[error("the signing secret is stored as binary, not as a string")]
    Binary,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    secret: SecretString,
    tenant_id: Option<String>,
}

/// Reads a secret's value: one signing secret, or a map of them.
pub fn parse(value: &str) -> Result<Vec<Secret>, Unusable> {
    let value = bare(value);
    if !value.starts_with('{') {
        return Ok(vec![Secret {
            webhook_id: None,
            tenant_id: None,
            key: filled(value)?,
        }]);
    }
    let not_a_map = |error: serde_json::Error| Unusable::NotAMap(error.line(), error.column());
    // serde would take an array for an entry, and the second of two secrets for a tenant.
    let _: BTreeMap<String, BTreeMap<String, &RawValue>> =
        serde_json::from_str(value).map_err(not_a_map)?;
    let entries: BTreeMap<String, Entry> = serde_json::from_str(value).map_err(not_a_map)?;
    if entries.is_empty() {
        return Err(Unusable::Empty);
    }
    let secret = |(webhook_id, entry): (String, Entry)| {
        Ok(Secret {
            webhook_id: webhook_id.parse().ok(),
            tenant_id: entry.tenant_id,
            key: filled(entry.secret.expose_secret())?,
        })
    };
    entries.into_iter().map(secret).collect()
}

/// A value without what surrounds it in files and terminals: white space, and the byte order mark that some editors write.
pub fn bare(value: &str) -> &str {
    value.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

fn filled(secret: &str) -> Result<SecretString, Unusable> {
    match bare(secret) {
        "" => Err(Unusable::Empty),
        secret => Ok(secret.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6";

    /// Webhook id, secret, tenant.
    type Plain = (Option<String>, String, Option<String>);

    fn keys(value: &str) -> Result<Vec<Plain>, Unusable> {
        let plain = |secret: Secret| {
            let webhook_id = secret.webhook_id.map(|id| id.to_string());
            let key = secret.key.expose_secret().to_owned();
            (webhook_id, key, secret.tenant_id)
        };
        Ok(parse(value)?.into_iter().map(plain).collect())
    }

    #[test]
    fn a_value_is_one_secret_or_a_map_of_them() {
        assert_eq!(keys("shh"), Ok(vec![(None, "shh".into(), None)]));
        for around in [" shh\n", "\u{feff}shh", "\u{feff} shh\r\n\u{feff}"] {
            assert_eq!(keys(around), Ok(vec![(None, "shh".into(), None)]));
        }
        let map = format!(
            r#" {{"{ID}": {{"secret": "a", "tenant_id": "t"}}, "second": {{"secret": "b"}}}}"#
        );
        let first = (Some(ID.into()), "a".into(), Some("t".into()));
        assert_eq!(keys(&map), Ok(vec![first, (None, "b".into(), None)]));
    }

    #[test]
    fn what_would_let_anybody_in_is_refused() {
        use Unusable::{Empty, NotAMap};
        for (value, why) in [
            ("", Empty),
            (" \n", Empty),
            ("\u{feff}", Empty),
            ("{}", Empty),
            (r#"{"a": {"secret": ""}}"#, Empty),
            (r#"{"a": {"secret": "x"}, "b": {"secret": " "}}"#, Empty),
            (r#"{"a": "x"}"#, NotAMap(1, 9)),
            (r#"{"a": ["x", "y"]}"#, NotAMap(1, 6)),
            (r#"{"a": {"secret": "x", "tenant": "t"}}"#, NotAMap(1, 30)),
            (r#"{"a": {"tenant_id": "t"}}"#, NotAMap(1, 24)),
            ("{broken", NotAMap(1, 2)),
        ] {
            assert_eq!(keys(value).unwrap_err(), why, "{value}");
        }
    }

    #[test]
    fn a_secret_shows_itself_to_nobody() {
        let shown = format!("{:?}", parse("hunter2").unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
