//! The value as a whole: one secret, or a map with one entry per webhook, and how an entry changes.

use anyhow::{Result, bail};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

/// What a value holds.
#[derive(Clone)]
pub enum Value {
    /// Nothing was put yet, or nothing that the receiver can use.
    Empty,
    /// One secret for everybody.
    Single(SecretString),
    /// By webhook id.
    Map(Map<String, Json>),
}

/// Where the secret goes.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// None for the single form.
    pub webhook_id: Option<Uuid>,
    /// The only tenant that it may speak for; None leaves what is there.
    pub tenant_id: Option<&'a str>,
    /// Which webhook a single secret belongs to that has to become an entry.
    pub existing_is: Option<Uuid>,
}

impl Value {
    /// Reads a text that the receiver can use.
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        match serde_json::from_str(text) {
            Ok(Json::Object(map)) => Self::Map(map),
            _ if text.is_empty() => Self::Empty,
            _ => Self::Single(text.into()),
        }
    }

    /// As it is stored.
    pub fn text(&self) -> SecretString {
        match self {
            Self::Empty => String::new().into(),
            Self::Single(secret) => secret.clone(),
            Self::Map(map) => serde_json::to_string(map).expect("a map is JSON").into(),
        }
    }

    /// The secret of a webhook, or the single one.
    pub fn secret(&self, webhook_id: Option<Uuid>) -> Option<SecretString> {
        match self {
            Self::Empty => None,
            Self::Single(secret) => Some(secret.clone()),
            Self::Map(map) => {
                let text = map.get(&key(map, webhook_id?))?["secret"].as_str()?;
                Some(text.trim().into())
            }
        }
    }

    /// The value with that secret in that place, and all else as it was.
    pub fn with(&self, secret: &SecretString, entry: Entry) -> Result<Self> {
        match (self, entry.webhook_id) {
            (Self::Empty | Self::Single(_), None) => Ok(Self::Single(secret.clone())),
            (Self::Map(map), None) => bail!(
                "the value is a map: say by --webhook-id whose secret this is; it has entries for {}",
                map.keys().cloned().collect::<Vec<_>>().join(", ")
            ),
            (Self::Empty, Some(id)) => Ok(Self::Map(set(Map::new(), id, secret, entry.tenant_id))),
            (Self::Map(map), Some(id)) => {
                Ok(Self::Map(set(map.clone(), id, secret, entry.tenant_id)))
            }
            (Self::Single(existing), Some(id)) => {
                let Some(other) = entry.existing_is.filter(|other| *other != id) else {
                    bail!(
                        "the value is a single secret. To make a map of it, say by --existing-is which other webhook \
                         that secret belongs to"
                    )
                };
                let map = set(Map::new(), other, existing, None);
                Ok(Self::Map(set(map, id, secret, entry.tenant_id)))
            }
        }
    }
}

/// As the map writes the id; UUIDs may be written in several ways.
fn key(map: &Map<String, Json>, id: Uuid) -> String {
    let known = map.keys().find(|key| key.parse() == Ok(id));
    known.cloned().unwrap_or_else(|| id.to_string())
}

fn set(
    mut map: Map<String, Json>,
    id: Uuid,
    secret: &SecretString,
    tenant_id: Option<&str>,
) -> Map<String, Json> {
    let key = key(&map, id);
    let entry = map.entry(key).or_insert_with(|| json!({}));
    entry["secret"] = secret.expose_secret().into();
    if let Some(tenant_id) = tenant_id {
        entry["tenant_id"] = tenant_id.into();
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6";
    const B: &str = "3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31";

    fn put(
        text: &str,
        webhook_id: Option<&str>,
        tenant_id: Option<&str>,
        existing_is: Option<&str>,
    ) -> String {
        let id = |id: &str| id.parse().unwrap();
        let entry = Entry {
            webhook_id: webhook_id.map(id),
            tenant_id,
            existing_is: existing_is.map(id),
        };
        match Value::of(text).with(&"new".into(), entry) {
            Ok(value) => value.text().expose_secret().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_secret_goes_where_it_belongs_and_leaves_the_rest() {
        let upper = A.to_uppercase();
        let map =
            format!(r#"{{"{upper}":{{"secret":"old","tenant_id":"t"}},"x":{{"secret":"y"}}}}"#);
        let both = format!(r#"{{"{A}":{{"secret":"new"}},"{B}":{{"secret":"old"}}}}"#);
        assert_eq!(put("", None, None, None), "new");
        assert_eq!(put("old\n", None, None, None), "new");
        assert_eq!(
            put("", Some(A), Some("t"), None),
            format!(r#"{{"{A}":{{"secret":"new","tenant_id":"t"}}}}"#)
        );
        assert_eq!(put(&map, Some(A), None, None), map.replace("old", "new"));
        assert_eq!(
            put(&map, Some(A), Some("u"), None),
            map.replace("old", "new").replace(r#""t""#, r#""u""#)
        );
        let added = put(&map, Some(B), None, None);
        assert!(
            added.contains(r#""x":{"secret":"y"}"#)
                && added.contains("old")
                && added.contains("new"),
            "{added}"
        );
        assert_eq!(put("old", Some(A), None, Some(B)), both);
    }

    #[test]
    fn a_place_that_does_not_fit_is_refused() {
        let map = format!(r#"{{"{A}":{{"secret":"old"}}}}"#);
        assert!(put(&map, None, None, None).contains(A));
        assert!(put("old", Some(A), None, None).contains("--existing-is"));
        assert!(put("old", Some(A), None, Some(A)).contains("--existing-is"));
    }

    #[test]
    fn a_webhooks_own_secret_is_found_however_its_id_is_written() {
        let map = Value::of(&format!(r#"{{"{}":{{"secret":" s "}}}}"#, A.to_uppercase()));
        let found = |value: &Value, id: &str| {
            value
                .secret(Some(id.parse().unwrap()))
                .map(|s| s.expose_secret().to_owned())
        };
        assert_eq!(found(&map, A), Some("s".into()));
        assert_eq!(found(&map, B), None);
        assert_eq!(found(&Value::of("one"), B), Some("one".into()));
    }
}
