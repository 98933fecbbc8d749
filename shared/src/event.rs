//! Events: what happened, read from the signed body, and each one's place in its stream.

mod envelope;
mod kind;
mod place;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use thiserror::Error;

use self::envelope::{Envelope, Text};
use self::kind::{Kind, rank};
use self::place::is_usable_id;
pub use self::place::{EventKey, LONGEST_ID, Place, Position, StreamId};
use crate::repair::repaired;

/// How far ahead of our clock a position may be: a sender's clock that runs ahead must not put a watermark out of reach.
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// One authentic event. Built from a signed body only; what is not in the body is not believed.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its stream, and its position there.
    pub place: Place,
    /// When it was published, as the sender says. Unlike the position, not clamped.
    pub occurred_at: Timestamp,
    /// The delivered bytes.
    pub body: Bytes,
    unannounced: bool,
}

/// Why an authentic body cannot be put in order, and is kept in quarantine. The messages name fields, never their content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// Not UTF-8, not JSON, not an object, or a known field of the wrong type.
    #[error("the body is not a JSON envelope")]
    NotAnEnvelope,
    /// No `occurred_at`, or not an RFC 3339 time of the years 0 to 9999.
    #[error("occurred_at is not a readable time")]
    OccurredAt,
    /// The named id is missing, empty or too long, or holds a `/` or anything but visible ASCII.
    #[error("{0} is not a usable id")]
    Id(&'static str),
}

impl Event {
    /// Reads the envelope. `arrived_at` bounds the position: see [`CLOCK_SKEW`].
    pub fn parse(body: Bytes, arrived_at: Timestamp) -> Result<Self, Unreadable> {
        let envelope = Envelope::read(&body)?;
        let event_id = usable_id("event_id", envelope.event_id)?;
        let event_type = usable_id("event_type", envelope.event_type)?;
        let tenant_id = usable_id("tenant_id", envelope.tenant_id)?;
        let occurred_at = readable_time(envelope.occurred_at)?;
        let kind = Kind::of(&event_type.0);
        let subject = kind.and_then(|kind| Some((kind, kind.subject_id(envelope.data)?)));

        let stream = match subject {
            Some((kind, id)) => {
                let id = usable_id(kind.id_field(), Some(id))?;
                StreamId::new(&tenant_id.0, Some(kind), &id.0)
            }
            None => StreamId::new(&tenant_id.0, None, &event_id.0),
        };
        let clamped = occurred_at.min(arrived_at + CLOCK_SKEW);
        let rank = rank(kind, &event_type.0);
        let position = Position::new(clamped, rank, &event_id.0, &event_type.0);
        let unannounced = envelope.unannounced.is_some_and(|it| it.get() == "true");
        Ok(Self {
            place: Place { stream, position },
            occurred_at,
            body,
            unannounced,
        })
    }

    /// The event that was kept at `place`.
    pub fn kept(place: Place, body: Bytes) -> Result<Self, Unreadable> {
        let parsed = Self::parse(body, Timestamp::MAX - CLOCK_SKEW)?;
        Ok(Self { place, ..parsed })
    }

    /// The sender's id of a bus event. It identifies an event only together with tenant and type.
    pub fn event_id(&self) -> &str {
        self.place.position.event_id()
    }

    /// For example `ticket.status_changed`. Unknown types are accepted.
    pub fn event_type(&self) -> &str {
        self.place.position.event_type()
    }

    /// The sender's tenant.
    pub fn tenant_id(&self) -> &str {
        self.place.stream.tenant_id()
    }

    /// The id of the ticket, project or task that it is about, if it is about one.
    pub fn subject_id(&self) -> Option<&str> {
        self.place.stream.subject_id()
    }

    /// Whether this is the sender's test delivery, which says nothing about a ticket.
    pub fn is_test(&self) -> bool {
        self.event_type() == "webhook.test"
    }

    /// Whether the sender never told of this, and the reconciler found it: the envelope has `"unannounced": true`. What is signed is
    /// believed, so the sender may say that too.
    pub fn is_unannounced(&self) -> bool {
        self.unannounced
    }

    /// The whole envelope as a type of your own; half a character, which no Rust string can hold, becomes `\u{fffd}`. The error may be logged: it says where the shape differs, not what is there.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, OtherShape> {
        serde_json::from_slice(&self.body)
            .or_else(|_| serde_json::from_str(&repaired(&String::from_utf8_lossy(&self.body))))
            .map_err(|error| OtherShape(error.line(), error.column()))
    }
}

/// A body with another shape than the one asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the event has another shape at line {0}, column {1}")]
pub struct OtherShape(usize, usize);

/// The tenant that a body says it comes from, if it can be read.
pub fn tenant_of(body: &[u8]) -> Option<String> {
    let envelope = Envelope::read(body).ok()?;
    envelope.tenant_id.map(|id| id.0.into_owned())
}

fn usable_id<'a>(field: &'static str, id: Option<Text<'a>>) -> Result<Text<'a>, Unreadable> {
    let usable = id.filter(|id| is_usable_id(&id.0));
    usable.ok_or(Unreadable::Id(field))
}

/// Positions are compared as text, so the year must have four digits and no sign.
fn readable_time(text: Option<Text>) -> Result<Timestamp, Unreadable> {
    let year_zero = Timestamp::constant(-62_167_219_200, 0);
    let time = text.and_then(|text| text.0.parse().ok());
    time.filter(|time| *time >= year_zero)
        .ok_or(Unreadable::OccurredAt)
}
