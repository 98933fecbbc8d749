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
    /// The stream, if a whole one is named.
    pub fn stream(&self) -> Option<&str> {
        (self.0.split('/').count() == 3).then_some(&self.0)
    }

    /// As it was given.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_a_ticket_or_an_event_can_be_named() {
        let (stream, event) = ("t1/ticket/k1", "e1/ticket.created");
        for (name, means) in [
            ("t1/ticket/k1", true),
            ("k1", true),
            ("e1", true),
            ("e1/ticket.created", true),
            ("t1", false),
            ("ticket", false),
            ("ticket.created", false),
            ("k", false),
            ("t1/ticket/k2", false),
            ("e1/ticket.closed", false),
        ] {
            let name: Name = name.parse().unwrap();
            assert_eq!(name.means(stream, event), means, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_a_name_is_refused() {
        for text in ["", "/", "a/", "/a", "a//b", "a/b/c/d"] {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
        assert_eq!("a/b/c".parse::<Name>().unwrap().stream(), Some("a/b/c"));
        assert_eq!("a/b".parse::<Name>().unwrap().stream(), None);
    }
}
