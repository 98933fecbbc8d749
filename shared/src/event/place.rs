//! Identifiers: which stream an event belongs to, where it stands there, and which event it is. Each is written as one
//! string, in the table and in doorbells, with its parts separated by `/`. So no part may contain a `/`.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::kind::Kind;

/// The longest id that is accepted, in bytes.
pub const LONGEST_ID: usize = 128;

/// The length of a position's time: UTC with nine fraction digits.
const TIME: usize = "2026-08-24T15:04:05.678000000Z".len();

/// All events about one thing, `{tenant_id}/{kind}/{id}`; an event about anything else is a stream of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct StreamId(String);

impl StreamId {
    pub(super) fn new(tenant_id: &str, kind: Option<Kind>, id: &str) -> Self {
        let kind = kind.map_or(EVENT, Kind::name);
        Self(format!("{tenant_id}/{kind}/{id}"))
    }

    /// Reads one as it is written; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let [tenant_id, kind, id] = parts(text)?;
        let known = kind == EVENT || Kind::of_name(kind).is_some();
        (known && is_usable_id(tenant_id) && is_usable_id(id)).then(|| Self(text.to_owned()))
    }

    /// The stream of a ticket, if both ids can be used.
    pub fn of_ticket(tenant_id: &str, ticket_id: &str) -> Option<Self> {
        Self::parse(&format!("{tenant_id}/{}/{ticket_id}", Kind::Ticket.name()))
    }

    /// The sender's tenant.
    pub fn tenant_id(&self) -> &str {
        self.parts()[0]
    }

    /// The id of the ticket, project or task, if it is about one.
    pub fn subject_id(&self) -> Option<&str> {
        let [_, kind, id] = self.parts();
        (kind != EVENT).then_some(id)
    }

    /// The id of the ticket, if it is about one.
    pub fn ticket_id(&self) -> Option<&str> {
        let [_, kind, id] = self.parts();
        (kind == Kind::Ticket.name()).then_some(id)
    }

    fn parts(&self) -> [&str; 3] {
        parts(&self.0).expect("it was checked")
    }
}

/// The kind of a stream that is not about a ticket, project or task.
const EVENT: &str = "event";

/// Which event in its stream, `{event_id}/{event_type}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey(String);

impl EventKey {
    /// Reads one as it is written; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let is_usable = parts::<2>(text)?.into_iter().all(is_usable_id);
        is_usable.then(|| Self(text.to_owned()))
    }

    /// The sender's event id; two events of different types may share it.
    pub fn event_id(&self) -> &str {
        parts::<2>(&self.0).expect("it was checked")[0]
    }

    /// For example `ticket.status_changed`.
    pub fn event_type(&self) -> &str {
        parts::<2>(&self.0).expect("it was checked")[1]
    }
}

/// Where an event stands in its stream, ordered as text: `{occurred_at:.9, in UTC}/{rank}/{event_id}/{event_type}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Position(String);

impl Position {
    pub(super) fn new(at: Timestamp, rank: usize, event_id: &str, event_type: &str) -> Self {
        Self(format!("{at:.9}/{rank}/{event_id}/{event_type}"))
    }

    /// Reads one as it is written; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let [at, rank, event_id, event_type] = parts(text)?;
        let is_time = at.len() == TIME && at.parse().is_ok_and(|time| is_written(at, time));
        let is_rank = matches!(rank.as_bytes(), [b'0'..=b'9']);
        let is_event = is_usable_id(event_id) && is_usable_id(event_type);
        (is_time && is_rank && is_event).then(|| Self(text.to_owned()))
    }

    /// The position of an event whose [`moment`](Self::moment) is known.
    pub fn at(moment: &str, event: &EventKey) -> Option<Self> {
        Self::parse(&format!("{moment}/{event}"))
    }

    /// Its time and rank, `{occurred_at}/{rank}`: what orders it among other events.
    pub fn moment(&self) -> &str {
        &self.0[..TIME + "/0".len()]
    }

    /// When the event occurred, or 5 minutes after it arrived if that is earlier.
    pub fn time(&self) -> Timestamp {
        self.0[..TIME].parse().expect("it was checked")
    }

    /// Which event stands there.
    pub fn event(&self) -> EventKey {
        EventKey(self.0[TIME + "/0/".len()..].to_owned())
    }

    /// The sender's event id.
    pub fn event_id(&self) -> &str {
        parts::<4>(&self.0).expect("it was checked")[2]
    }

    /// For example `ticket.status_changed`.
    pub fn event_type(&self) -> &str {
        parts::<4>(&self.0).expect("it was checked")[3]
    }
}

/// Where an event belongs: its stream, and its position there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// All events about the same thing.
    pub stream: StreamId,
    /// The order in the stream.
    pub position: Position,
}

impl Place {
    /// Which event it is.
    pub fn event(&self) -> EventKey {
        self.position.event()
    }
}

/// Visible ASCII without `/`: two events can never share one key.
pub(super) fn is_usable_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic() && b != b'/')
}

/// Whether a time is written as positions have it: others would be in another place among texts.
fn is_written(text: &str, time: Timestamp) -> bool {
    format!("{time:.9}") == text
}

fn parts<const N: usize>(text: &str) -> Option<[&str; N]> {
    let mut rest = text.split('/');
    let mut parts = [""; N];
    for part in &mut parts {
        *part = rest.next()?;
    }
    rest.next().is_none().then_some(parts)
}

/// What every identifier has: its text, and a conversion by its `parse`.
macro_rules! written {
    ($($id:ident),*) => {$(
        impl $id {
            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl PartialEq<&str> for $id {
            fn eq(&self, text: &&str) -> bool {
                self.0 == *text
            }
        }

        impl TryFrom<String> for $id {
            type Error = &'static str;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).ok_or(concat!("not a ", stringify!($id)))
            }
        }
    )*};
}

written!(StreamId, EventKey, Position);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_read_as_it_is_written_or_not_at_all() {
        for text in ["t/ticket/1", "t/project/1", "t/task/1", "t/event/e1"] {
            assert_eq!(StreamId::parse(text).unwrap().as_str(), text);
        }
        let long = format!("t/ticket/{}", "x".repeat(LONGEST_ID + 1));
        for text in [
            "t/invoice/1",
            "t/ticket",
            "t/ticket/1/2",
            "/ticket/1",
            "t/ticket/",
            "t/ticket/a b",
            &long,
            "",
        ] {
            assert_eq!(StreamId::parse(text), None, "{text}");
        }
        assert!(EventKey::parse("e1/ticket.created").is_some());
        for text in ["e1", "e1/", "e1/a/b", "watermark"] {
            assert_eq!(EventKey::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_position_has_a_time_a_rank_and_an_event() {
        let text = "2026-08-24T15:04:05.678000000Z/0/e1/ticket.created";
        let position = Position::parse(text).unwrap();
        assert_eq!(position.moment(), "2026-08-24T15:04:05.678000000Z/0");
        assert_eq!(position.event().event_id(), "e1");
        assert_eq!(position.event().event_type(), "ticket.created");
        let again = Position::at(position.moment(), &position.event());
        assert_eq!(again, Some(position));
        for text in [
            "2026-08-24T15:04:05.678Z/0/e1/ticket.created",
            "2026-08-24T15:04:05,678000000Z/0/e1/ticket.created",
            "2026-08-24t15:04:05.678000000Z/0/e1/ticket.created",
            "2026-08-24T15:04:60.678000000Z/0/e1/ticket.created",
            "2026-08-24T15:04:05.6780+02:00/0/e1/ticket.created",
            "2026-13-24T15:04:05.678000000Z/0/e1/ticket.created",
            "2026-08-24T15:04:05.678000000Z/10/e1/ticket.created",
            "2026-08-24T15:04:05.678000000Z/x/e1/ticket.created",
            "2026-08-24T15:04:05.678000000Z/0/e1",
            "2026-08-24T15:04:05.678000000Z/0/e1/",
            "2026-08-24T15:04:05.678000000Z/0/e1/a/b",
            "",
        ] {
            assert_eq!(Position::parse(text), None, "{text}");
        }
    }
}
