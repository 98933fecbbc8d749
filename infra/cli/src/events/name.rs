//! What an operator calls an event or a stream by.

use std::fmt;
use std::str::FromStr;

use shared::event::{EventKey, StreamId};

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
        name.ok_or_else(|| "give an id, or a whole stream such as TENANT/ticket/ID".to_owned())
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
    pub fn stream(&self) -> Option<&StreamId> {
        match self {
            Self::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// Whether this is that event in that stream, or one of those that are meant.
    pub fn means(&self, stream: &StreamId, event: &EventKey) -> bool {
        match self {
            Self::Stream(meant) => meant == stream,
            Self::Event(meant) => meant == event,
            Self::Id(id) => stream.subject_id() == Some(id) || event.event_id() == id,
        }
    }
}
