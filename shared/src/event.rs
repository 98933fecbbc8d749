//! Events: what happened, read from the signed body, and each one's place in its stream.

use std::borrow::Cow;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use thiserror::Error;

/// How far ahead of our own clock an event may place itself, so that a sender whose clock runs ahead cannot put the
/// head of a stream out of everyone else's reach.
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The longest id that is accepted, in bytes.
pub const LONGEST_ID: usize = 128;

/// Where an event belongs: its stream, and its due, which orders it there as plain text.
///
/// A due is `{occurred_at, UTC, nine fraction digits}/{rank}/{event_id}/{event_type}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// All events about one thing, for example `{tenant_id}/ticket/{ticket_id}`.
    pub stream: String,
    /// The order in the stream.
    pub due: String,
}

impl Place {
    /// The event's key in its stream, `{event_id}/{event_type}`.
    #[must_use]
    pub fn event(&self) -> &str {
        self.due.splitn(3, '/').nth(2).unwrap_or_default()
    }

    /// The time and rank of the due, `{occurred_at}/{rank}`.
    #[must_use]
    pub fn order(&self) -> &str {
        let end = self.due.match_indices('/').nth(1).map(|(end, _)| end);
        &self.due[..end.unwrap_or(self.due.len())]
    }

    /// Whether the due has the four parts of one that [`Event::parse`] made.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        self.due.split('/').count() == 4
            && self.due.split('/').all(|part| !part.is_empty())
            && !self.stream.is_empty()
    }
}

/// One authentic event. Built from a signed body only; what is not in the body is not believed.
#[derive(Clone, Debug)]
pub struct Event {
    /// Where it belongs.
    pub place: Place,
    /// Names a bus event of the sender; only together with tenant and type does it identify an event.
    pub event_id: String,
    /// For example `ticket.status_changed`. Types that we do not know are welcome.
    pub event_type: String,
    /// The sender's tenant.
    pub tenant_id: String,
    /// When the sender published it, as the sender said. Unlike the due, not clamped.
    pub occurred_at: Timestamp,
    /// The id of the ticket, project or task that it is about, if it is about one.
    pub subject_id: Option<String>,
    /// The delivered bytes.
    pub body: Bytes,
}

/// Why an authentic body cannot be sequenced. It is kept in quarantine.
///
/// The messages name fields, never their content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// Not UTF-8, not JSON, not an object, or a known field of the wrong type.
    #[error("the body is not a JSON envelope")]
    NotAnEnvelope,
    /// No `occurred_at`, or not an RFC 3339 time of the years 0 to 9999.
    #[error("occurred_at is not a readable time")]
    OccurredAt,
    /// The id that is named is missing, empty, too long, or holds more than visible ASCII without `/`.
    #[error("{0} is not a usable id")]
    Id(&'static str),
}

impl Event {
    /// Reads the envelope. `arrived_at` bounds the due: see [`CLOCK_SKEW`].
    ///
    /// # Errors
    /// [`Unreadable`] when the event cannot be identified or sequenced.
    pub fn parse(body: Bytes, arrived_at: Timestamp) -> Result<Self, Unreadable> {
        let envelope = Envelope::read(&body)?;
        let event_id = usable_id("event_id", envelope.event_id)?;
        let event_type = usable_id("event_type", envelope.event_type)?;
        let tenant_id = usable_id("tenant_id", envelope.tenant_id)?;
        let occurred_at = readable_time(envelope.occurred_at)?;
        let kind = Kind::of(&event_type);
        let subject_id = kind
            .and_then(|kind| {
                kind.subject_id(envelope.data)
                    .map(|id| usable_id(kind.id_field(), Some(id)))
            })
            .transpose()?;

        let stream = match (kind, &subject_id) {
            (Some(kind), Some(id)) => format!("{tenant_id}/{}/{id}", kind.name()),
            _ => format!("{tenant_id}/event/{event_id}"),
        };
        let clamped = occurred_at.min(arrived_at + CLOCK_SKEW);
        let rank = Rank::of(kind, &event_type) as u8;
        let due = format!("{clamped:.9}/{rank}/{event_id}/{event_type}");
        let place = Place { stream, due };
        Ok(Self {
            place,
            event_id,
            event_type,
            tenant_id,
            occurred_at,
            subject_id,
            body,
        })
    }

    /// The event that was kept at `place`.
    ///
    /// # Errors
    /// [`Unreadable`] when the body is not one that was admitted.
    pub fn kept(place: Place, body: Bytes) -> Result<Self, Unreadable> {
        Ok(Self {
            place,
            ..Self::parse(body, Timestamp::MAX - CLOCK_SKEW)?
        })
    }

    /// Whether this is the sender's test delivery, which says nothing about a ticket.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.event_type == "webhook.test"
    }

    /// The whole envelope as a type of your own.
    ///
    /// # Errors
    /// When the body does not have the shape of `T`. The message says where, but not what is there: it may be logged.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, OtherShape> {
        serde_json::from_slice(&self.body).map_err(|error| OtherShape {
            line: error.line(),
            column: error.column(),
        })
    }
}

/// A body that has another shape than was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the event has another shape at line {line}, column {column}")]
pub struct OtherShape {
    line: usize,
    column: usize,
}

/// The tenant that a body says it comes from, if it can be read.
#[must_use]
pub fn tenant_of(body: &[u8]) -> Option<String> {
    let envelope = Envelope::read(body).ok()?;
    envelope.tenant_id.map(|id| id.0.into_owned())
}

/// Reads a JSON object, and nothing else: serde would take an array for a struct too, field by field.
fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    let is_object = text.trim_ascii_start().starts_with('{');
    is_object.then(|| serde_json::from_str(text).ok()).flatten()
}

/// A JSON string, borrowed from the body where it holds no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    event_id: Option<Text<'a>>,
    #[serde(borrow)]
    event_type: Option<Text<'a>>,
    #[serde(borrow)]
    occurred_at: Option<Text<'a>>,
    #[serde(borrow)]
    tenant_id: Option<Text<'a>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    fn read(body: &'a [u8]) -> Result<Self, Unreadable> {
        // The whole of it, also what is not looked at: it is handed on as text.
        let text = str::from_utf8(body).ok();
        text.and_then(object).ok_or(Unreadable::NotAnEnvelope)
    }
}

/// Each id is read only if it is needed, so that an odd one elsewhere does no harm.
#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the sender's names")]
struct Data<'a> {
    #[serde(borrow)]
    ticket_id: Option<&'a RawValue>,
    #[serde(borrow)]
    project_id: Option<&'a RawValue>,
    #[serde(borrow)]
    task_id: Option<&'a RawValue>,
}

/// What an event is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ticket,
    Project,
    Task,
}

impl Kind {
    fn of(event_type: &str) -> Option<Self> {
        [Self::Ticket, Self::Task, Self::Project]
            .into_iter()
            .find(|kind| event_type.starts_with(kind.prefix()))
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Ticket => "ticket.",
            Self::Project => "project.",
            Self::Task => "project.task.",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Project => "project",
            Self::Task => "task",
        }
    }

    fn id_field(self) -> &'static str {
        match self {
            Self::Ticket => "ticket_id",
            Self::Project => "project_id",
            Self::Task => "task_id",
        }
    }

    fn subject_id(self, data: Option<&RawValue>) -> Option<Text<'_>> {
        let data: Data = object(data?.get())?;
        let id = match self {
            Self::Ticket => data.ticket_id,
            Self::Project => data.project_id,
            Self::Task => data.task_id,
        };
        serde_json::from_str(id?.get()).ok()
    }
}

/// Breaks ties between events of one moment, in causal order.
#[derive(Clone, Copy)]
enum Rank {
    Created,
    Updated,
    Assigned,
    StatusChanged,
    Comment,
    Closed,
    Completed,
    Unknown,
}

impl Rank {
    fn of(kind: Option<Kind>, event_type: &str) -> Self {
        match kind.and_then(|kind| event_type.strip_prefix(kind.prefix())) {
            Some("created") => Self::Created,
            Some("updated") => Self::Updated,
            Some("assigned") => Self::Assigned,
            Some("status_changed") => Self::StatusChanged,
            Some("comment.added") => Self::Comment,
            Some("closed") => Self::Closed,
            Some("completed") => Self::Completed,
            _ => Self::Unknown,
        }
    }
}

/// Visible ASCII without `/`, which separates ids in keys: two events can never share one key.
fn usable_id(field: &'static str, id: Option<Text>) -> Result<String, Unreadable> {
    id.map(|id| id.0)
        .filter(|id| {
            (1..=LONGEST_ID).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_graphic() && b != b'/')
        })
        .map(Cow::into_owned)
        .ok_or(Unreadable::Id(field))
}

/// Dues are compared as text, so the year must have four digits and no sign.
fn readable_time(text: Option<Text>) -> Result<Timestamp, Unreadable> {
    let year_zero =
        Timestamp::from_second(-62_167_219_200).expect("0000-01-01T00:00:00Z is a time");
    text.and_then(|text| text.0.parse::<Timestamp>().ok())
        .filter(|time| *time >= year_zero)
        .ok_or(Unreadable::OccurredAt)
}

#[cfg(test)]
mod tests;
