//! How an operator names an event or a stream.

use std::fmt;
use std::str::FromStr;

use shared::event::{EventKey, StreamId};
use uuid::Uuid;

/// A stream `tenant/ticket/id`, an event `event_id/type`, or the bare id of a ticket, project, task or event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    Stream(StreamId),
    Event(EventKey),
    Id(String),
}

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let event = || EventKey::parse(text).map(Self::Event);
        let id =
            || Some(Self::Id(text.to_owned())).filter(|_| !text.is_empty() && !text.contains('/'));
        let name = StreamId::parse(text)
            .map(Self::Stream)
            .or_else(event)
            .or_else(id);
        name.ok_or_else(|| "give an id, or a whole stream TENANT/ticket/ID".to_owned())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Stream(stream) => stream.fmt(f),
            Self::Event(event) => event.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}

impl Name {
    /// What to know if nothing is found: somebody who looks for `TIC1001` takes a ticket's number for its id.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Id(id) if id.parse::<Uuid>().is_err() => {
                " AlgaPSA's ids are UUIDs: a ticket's id is in its URL in AlgaPSA, and is not its number."
            }
            _ => "",
        }
    }

    pub fn stream(&self) -> Option<&StreamId> {
        match self {
            Self::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// Whether the name means this event of this stream.
    pub fn means(&self, stream: &StreamId, event: &EventKey) -> bool {
        match self {
            Self::Stream(meant) => meant == stream,
            Self::Event(meant) => meant == event,
            Self::Id(id) => stream.subject_id() == Some(id) || event.event_id() == id,
        }
    }
}
