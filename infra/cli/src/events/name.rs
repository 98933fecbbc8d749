//! What an operator calls an event or a stream by.

use std::fmt;
use std::str::FromStr;

/// A stream `tenant/ticket/id`, an event `event_id/type`, or the bare id of a ticket, project, task or event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split('/').count();
        if parts > 3 || text.split('/').any(str::is_empty) {
            return Err("give an id, or a whole stream such as TENANT/ticket/ID".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Name {
    pub fn stream(&self) -> Option<&str> {
        (self.0.split('/').count() == 3).then_some(&self.0)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the event with that key in that stream, or one of those that are meant.
    pub fn means(&self, stream: &str, event: &str) -> bool {
        [stream, event, subject(stream), parts(event).0].contains(&self.as_str())
    }
}

/// The id of what a stream is about.
pub fn subject(stream: &str) -> &str {
    stream.rsplit('/').next().unwrap_or_default()
}

/// The id and the type in an event's key.
pub fn parts(event: &str) -> (&str, &str) {
    event.split_once('/').unwrap_or_default()
}
