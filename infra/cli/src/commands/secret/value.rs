//! The whole value: one secret, or a map with one entry per webhook; and how an entry changes.

use anyhow::{Result, bail};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

#[derive(Clone)]
pub enum Value {
    /// There is no value yet, or none that the receiver can use.
    Empty,
    Single(SecretString),
    Map(Map<String, Json>),
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Entry<'a> {
    /// None if there is a single secret.
    pub webhook_id: Option<Uuid>,
    /// The only tenant that it may speak for; None changes nothing about that.
    pub tenant_id: Option<&'a str>,
    /// The webhook that a single secret belongs to, when it becomes an entry of a map.
    pub existing_is: Option<Uuid>,
}

impl Value {
    /// Reads a text that the receiver can use.
    pub fn of(text: &str) -> Self {
        let text = shared::secret::bare(text);
        match serde_json::from_str(text) {
            Ok(Json::Object(map)) => Self::Map(map),
            _ if text.is_empty() => Self::Empty,
            _ => Self::Single(text.into()),
        }
    }

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
                Some(shared::secret::bare(text).into())
            }
        }
    }

    /// The value with this secret in its place, and everything else as it was.
    pub fn with(&self, secret: &SecretString, entry: Entry) -> Result<Self> {
        let map = match (self, entry.webhook_id, entry.existing_is) {
            (Self::Empty | Self::Single(_), None, _) => return Ok(Self::Single(secret.clone())),
            (Self::Map(map), None, _) => bail!(
                "there are several webhooks: say whose secret this is with --webhook-id; there are secrets for {}",
                map.keys().cloned().collect::<Vec<_>>().join(", ")
            ),
            (Self::Empty, ..) => Map::new(),
            (Self::Map(map), ..) => map.clone(),
            (Self::Single(existing), Some(id), Some(other)) if other != id => {
                set(Map::new(), other, existing, None)
            }
            (Self::Single(_), ..) => bail!(
                "there is a single secret now. To add another webhook's, say with --existing-is which webhook the present \
                 one belongs to"
            ),
        };
        let id = entry.webhook_id.unwrap_or_default();
        Ok(Self::Map(set(map, id, secret, entry.tenant_id)))
    }
}

/// The id as the map writes it: a UUID can be written in several ways.
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
