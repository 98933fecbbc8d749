//! A difference between two scans: what of which ticket, and between which times it came about.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::comment::CommentId;
use crate::field::{Field, Values};
use crate::margins::AFTER;

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The ticket is new.
    Created,
    /// The ticket is gone.
    Deleted,
    /// A field has another value.
    Changed(Field),
    /// A comment can be seen that could not before.
    Commented(CommentId),
}

impl What {
    /// Whether an event that told of the one has told all that it can of the other.
    pub fn is_told_with(self, other: Self) -> bool {
        match (self, other) {
            (Self::Commented(_), Self::Commented(_)) => true,
            _ => self == other,
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Created => f.write_str("created"),
            Self::Deleted => f.write_str("deleted"),
            Self::Changed(field) => field.fmt(f),
            Self::Commented(_) => f.write_str("comment"),
        }
    }
}

/// One difference of one ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub ticket_id: String,
    pub what: What,
    /// The value before; null if it is not known, or if there was none. Of a ticket that is gone, all values.
    #[serde(default)]
    pub before: Value,
    /// The value after. Of a new ticket, all values that were seen first; of a comment no word, but when it was written or
    /// published.
    #[serde(default)]
    pub after: Value,
    /// An earlier difference of the same field that waited when this one was found. An event of it may still come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Box<Self>>,
    /// What was told last, if that is not the value before: nobody was told of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold: Option<Value>,
    /// The event that told of the value before, which no scan saw: it was taken back before the next one, and nobody was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_in: Option<String>,
    /// When the value before was read, by `AlgaPSA`'s clock, or told; of a comment, when it was written or published.
    pub from: Timestamp,
    /// When the value after was read. An event that occurred between the two can explain the difference; that does not change
    /// while the difference waits.
    pub until: Timestamp,
    /// What it was compared with: when that scan began. It makes the ids of what is announced.
    pub compared_with: Timestamp,
}

impl Difference {
    /// Whether it is about the same field of the same ticket.
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        self.ticket_id == other.ticket_id && self.what == other.what
    }

    /// The values that a new ticket had when it was seen first.
    pub fn values_after(&self) -> Values {
        serde_json::from_value(self.after.clone()).unwrap_or_default()
    }

    /// The values that a ticket had that is gone.
    pub fn values_before(&self) -> Values {
        serde_json::from_value(self.before.clone()).unwrap_or_default()
    }

    /// When an event has occurred at the latest that explains it. That does not change while it waits.
    pub fn latest_event(&self) -> Timestamp {
        self.until + AFTER
    }

    /// What was known before to whoever is told.
    pub fn previous(&self) -> &Value {
        self.untold.as_ref().unwrap_or(&self.before)
    }
}
