//! The envelope as it is written: JSON, borrowed from the body.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Unreadable;

/// A JSON string, borrowed from the body where it holds no escapes.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct Envelope<'a> {
    pub event_id: Option<Text<'a>>,
    pub event_type: Option<Text<'a>>,
    pub occurred_at: Option<Text<'a>>,
    pub tenant_id: Option<Text<'a>>,
    pub data: Option<&'a RawValue>,
    /// Raw, so that any other value than the one that counts does no harm.
    pub unannounced: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    pub fn read(body: &'a [u8]) -> Result<Self, Unreadable> {
        // The whole body must be UTF-8, also where nothing is read: reactions get it as text.
        let text = str::from_utf8(body).ok();
        text.and_then(object).ok_or(Unreadable::NotAnEnvelope)
    }
}

/// Each id is read only if it is needed, so that an odd one elsewhere does no harm.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
#[expect(clippy::struct_field_names, reason = "the sender's names")]
pub(super) struct Data<'a> {
    pub ticket_id: Option<&'a RawValue>,
    pub project_id: Option<&'a RawValue>,
    pub task_id: Option<&'a RawValue>,
}

/// Reads a JSON object, and nothing else: serde would take an array for a struct too, field by field.
pub(super) fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    let is_object = text.trim_ascii_start().starts_with('{');
    is_object.then(|| serde_json::from_str(text).ok()).flatten()
}
