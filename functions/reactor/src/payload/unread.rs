//! What is said beyond what has a field here.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::field::json;

/// Names and values that have no field, such as those that a later `AlgaPSA` adds. Each is kept as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Unread(BTreeMap<String, Box<RawValue>>);

impl Unread {
    pub(super) fn new(left: BTreeMap<String, Box<RawValue>>) -> Self {
        Self(left)
    }

    /// Whether everything has a field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The JSON under that name, as it was sent.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|raw| raw.get())
    }

    /// The value under that name as a type of your own; `None` if it is not there, or has another shape.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        json(self.0.get(name)?)
    }
}
