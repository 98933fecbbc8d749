//! Made-up events as AlgaPSA makes them: the envelope, and the whole payload of each type. The operator's tool sends
//! them, and so do the tests and the demo.

mod kinds;
mod ticket;

pub use self::kinds::{TEST, TYPES};
pub use self::ticket::Ticket;

use bytes::Bytes;
use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use uuid::Uuid;

/// The tenant that everything here belongs to.
pub const TENANT: &str = "7b1f4c52-0d3e-4a86-9c1a-5e2f8d6b7a10";

/// One event, with its keys in the sender's order.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// Names a bus event; two types may share one.
    pub event_id: String,
    /// For example `ticket.closed`.
    pub event_type: String,
    /// When it was published.
    #[serde(serialize_with = "as_time")]
    pub occurred_at: Timestamp,
    /// The tenant that it belongs to.
    pub tenant_id: String,
    /// The snapshot and what the type adds to it.
    pub data: Data,
}

/// An object that keeps the order of its keys.
#[derive(Clone, Debug, Default)]
pub struct Data(pub Vec<(String, Value)>);

impl Event {
    /// An event of any type, about anything.
    pub fn new(event_type: &str, occurred_at: Timestamp, data: Data) -> Self {
        Self {
            event_id: Uuid::new_v4().to_string(),
            event_type: event_type.into(),
            occurred_at,
            tenant_id: TENANT.into(),
            data,
        }
    }

    /// The test delivery that an admin can start.
    pub fn test() -> Self {
        Self::test_of(Uuid::new_v4())
    }

    /// The test delivery of that webhook.
    pub fn test_of(webhook_id: Uuid) -> Self {
        let data = Data::from([
            ("webhook_id", json!(webhook_id.to_string())),
            ("webhook_name", json!("alga-webhooks")),
            ("is_test", json!(true)),
        ]);
        Self::new(TEST, Timestamp::now(), data)
    }

    /// The bytes that are sent: compact, on one line, other alphabets raw.
    pub fn body(&self) -> Bytes {
        serde_json::to_vec(self).expect("an event is JSON").into()
    }

    /// The same event as an admin replays it: the same content in other bytes.
    #[must_use]
    pub fn with_reordered_keys(&self) -> Self {
        let mut replayed = self.clone();
        replayed.data.0.reverse();
        replayed
    }

    /// The same event as recovery publishes it again: with a new `occurred_at`.
    #[must_use]
    pub fn republished_at(&self, occurred_at: Timestamp) -> Self {
        Self {
            occurred_at,
            ..self.clone()
        }
    }

    /// Another type of the same bus event, with the same id.
    #[must_use]
    pub fn alias(&self, event_type: &str) -> Self {
        Self {
            event_type: event_type.into(),
            ..self.clone()
        }
    }

    /// The same event with that value in `data`, added or replaced.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.data.set(name, value);
        self
    }
}

impl Data {
    /// Sets a key, which keeps its place if it is there.
    pub fn set(&mut self, name: &str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name.into(), value)),
        }
    }
}

impl<const N: usize> From<[(&str, Value); N]> for Data {
    fn from(fields: [(&str, Value); N]) -> Self {
        Self(
            fields
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        )
    }
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

fn as_time<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&written(*time))
}

/// A time as the sender writes it.
pub fn written(time: Timestamp) -> String {
    format!("{time:.3}")
}
