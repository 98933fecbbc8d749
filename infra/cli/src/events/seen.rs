//! An event as it is shown.

use jiff::Timestamp;
use serde::Serialize;
use shared::event::Place;
use shared::head::Head;
use shared::inbox::{Record, State};

use crate::show;
use crate::when::ago;

/// An event for a program. What does not apply is left out.
#[derive(Debug, Serialize)]
pub struct Seen<'a> {
    stream: &'a str,
    event_id: &'a str,
    event_type: &'a str,
    occurred_at: Option<String>,
    kept_at: String,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    placement: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parked_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parked_because: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tries: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_because: Option<&'a str>,
}

impl<'a> Seen<'a> {
    /// The event, with its tries if the head of its stream is at it.
    pub fn of(record: &'a Record, head: Option<&'a Head>) -> Self {
        let tried = head.filter(|head| is_tried(record, head));
        let mut seen = Self {
            stream: &record.stream,
            event_id: record.event_id(),
            event_type: record.event_type(),
            occurred_at: occurred_at(record).map(show::time),
            kept_at: show::time(record.kept_at),
            state: record.state.to_string(),
            placement: None,
            settled_at: None,
            replayed_at: None,
            parked_at: None,
            parked_because: None,
            tries: tried.map(|head| head.tries),
            failed_at: tried.and_then(|head| head.failed_at).map(show::time),
            failed_because: tried.and_then(|head| head.failed_because.as_deref()),
        };
        match &record.state {
            State::Waiting { replayed_at, .. } => seen.replayed_at = replayed_at.map(show::time),
            State::Parked { at, because, .. } => {
                seen.parked_at = Some(show::time(*at));
                seen.parked_because = Some(because);
            }
            State::Settled {
                at,
                placement,
                replayed_at,
                ..
            } => {
                seen.replayed_at = replayed_at.map(show::time);
                seen.settled_at = Some(show::time(*at));
                seen.placement = Some(placement.word());
            }
        }
        seen
    }
}

/// When it occurred, as its due says.
pub fn occurred_at(record: &Record) -> Option<Timestamp> {
    time_of(&record.place()?)
}

/// The time in a due.
pub fn time_of(place: &Place) -> Option<Timestamp> {
    place.due.split('/').next()?.parse().ok()
}

/// The time in a due, in words.
pub fn occurred(place: Option<&Place>) -> String {
    place
        .and_then(time_of)
        .map_or_else(|| "?".to_owned(), show::moment)
}

/// What has become of it, in words.
pub fn state(record: &Record, head: &Head, now: Timestamp) -> String {
    match &record.state {
        State::Settled {
            placement,
            replayed_at,
            ..
        } => {
            let replayed = replayed_at.map_or("", |_| ", replayed");
            format!("settled {}{replayed}", placement.word())
        }
        State::Parked { because, .. } => format!("parked: {because}"),
        State::Waiting { replayed_at, .. } => {
            let waiting = replayed_at.map_or("waiting", |_| "replay waiting");
            if is_tried(record, head) {
                format!("{waiting}, {}", tries(head, now))
            } else {
                waiting.to_owned()
            }
        }
    }
}

/// How often the event at the head has been tried, and how and why that ended.
pub fn tries(head: &Head, now: Timestamp) -> String {
    let failed = head.failed_at.map_or_else(
        || "has not ended".to_owned(),
        |at| format!("failed {}", ago(at, now)),
    );
    let why = head.failed_because.as_deref().map(|why| format!(": {why}"));
    format!("try {} {failed}{}", head.tries, why.unwrap_or_default())
}

fn is_tried(record: &Record, head: &Head) -> bool {
    matches!(record.state, State::Waiting { .. }) && head.trying == record.place()
}

/// When it was settled or parked.
pub fn since(record: &Record) -> Option<Timestamp> {
    match record.state {
        State::Waiting { .. } => None,
        State::Parked { at, .. } | State::Settled { at, .. } => Some(at),
    }
}
