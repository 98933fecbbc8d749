//! What an event says of how things were before.

use std::collections::BTreeMap;

use serde_json::Value;

use super::field::{Fields, object};

/// What has changed, by the name of the field, such as `priority_id`.
pub type Changes = BTreeMap<String, Change>;

object! {
    /// A field before and after.
    pub struct Change {
        /// The value before; null if it was empty, or is not said.
        pub previous: Value,
        /// The value now; null if it is empty.
        pub new: Value,
    }
}

/// The status before a change of status, if it is known.
#[derive(Clone, Debug, Default)]
pub struct Previous {
    /// `previous_status_id`.
    pub status_id: Option<String>,
    /// `previous_status_name`.
    pub status_name: Option<String>,
}

impl Previous {
    pub(super) fn of(data: &mut Fields) -> Option<Self> {
        Some(Self {
            status_id: data.take("previous_status_id")?,
            status_name: data.take("previous_status_name")?,
        })
    }
}
