//! An event as it is shown.

use jiff::Timestamp;
use serde::Serialize;
use shared::event::Place;
use shared::head::Head;
use shared::inbox::{Record, State, Waiting};

use super::{name, retry};
use crate::output::Time;
use crate::output::times::{ago, lasting, moment};

/// An event as JSON for a program, and in words for a table. What does not apply is left out.
#[derive(Debug, Default, Serialize)]
pub struct View {
    pub stream: String,
    pub event_id: String,
    pub event_type: String,
    /// As its place in the stream says.
    pub occurred_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_at: Option<Time>,
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    placement: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parked_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parked_because: Option<String>,
    /// Nothing unless its stream's reactions are at it.
    #[serde(flatten)]
    pub tries: Option<Tries>,
}

/// How often the event that a stream's reactions are at has been tried, and how that ended.
#[derive(Clone, Debug, Serialize)]
pub struct Tries {
    #[serde(rename = "tries")]
    count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_because: Option<String>,
}

impl View {
    pub fn of(record: &Record, head: Option<&Head>) -> Self {
        let waits = matches!(record.state, State::Waiting { .. });
        let place = record.place();
        let tried = head.filter(|head| waits && head.trying == place);
        let mut view = Self {
            stream: record.stream.clone(),
            event_id: record.event_id().to_owned(),
            event_type: record.event_type().to_owned(),
            occurred_at: place.as_ref().and_then(occurred_at).map(Time),
            kept_at: Some(Time(record.kept_at)),
            state: record.state.to_string(),
            tries: tried.map(Tries::of),
            ..Self::default()
        };
        match &record.state {
            State::Waiting { replayed_at, .. } => view.replayed_at = replayed_at.map(Time),
            State::Parked { at, because, .. } => {
                view.parked_at = Some(Time(*at));
                view.parked_because = Some(because.clone());
            }
            State::Settled {
                at,
                placement,
                replayed_at,
                ..
            } => {
                view.replayed_at = replayed_at.map(Time);
                view.settled_at = Some(Time(*at));
                view.placement = Some(placement.word());
            }
        }
        view
    }

    /// An event in the list of those that wait.
    pub fn waiting(event: &Waiting, head: &Head) -> Self {
        let is_tried = head.trying.as_ref() == Some(&event.place);
        Self {
            kept_at: Some(Time(event.kept_at)),
            state: "waiting".to_owned(),
            tries: is_tried.then(|| Tries::of(head)),
            ..Self::at(&event.place)
        }
    }

    /// What a place in a stream says of its event, which is not in the inbox any more.
    pub fn at(place: &Place) -> Self {
        let (event_id, event_type) = name::parts(place.event());
        Self {
            stream: place.stream.clone(),
            event_id: event_id.to_owned(),
            event_type: event_type.to_owned(),
            occurred_at: occurred_at(place).map(Time),
            state: "gone".to_owned(),
            ..Self::default()
        }
    }

    /// What a message that is not a doorbell says of an event.
    pub fn unreadable() -> Self {
        Self {
            state: "unreadable".to_owned(),
            ..Self::default()
        }
    }

    /// Its type and its id, on two lines.
    pub fn named(&self) -> String {
        format!("{}\n{}", self.event_type, self.event_id)
    }

    pub fn occurred(&self) -> String {
        self.occurred_at
            .map_or_else(|| "?".to_owned(), |at| moment(at.0))
    }

    pub fn since(&self) -> String {
        let since = self.settled_at.or(self.parked_at);
        since.map_or_else(String::new, |since| moment(since.0))
    }

    /// How long after it had occurred it was kept; when, if that cannot be told.
    pub fn kept(&self) -> String {
        match (self.kept_at, self.occurred_at) {
            (Some(kept), Some(occurred)) => {
                format!("after {}", lasting(kept.0.duration_since(occurred.0)))
            }
            (kept, _) => kept.map_or_else(String::new, |kept| moment(kept.0)),
        }
    }

    pub fn is_parked(&self) -> bool {
        self.parked_at.is_some()
    }

    pub fn parked_because(&self) -> String {
        self.parked_because.clone().unwrap_or_default()
    }

    /// What has become of it, in words.
    pub fn told(&self, now: Timestamp) -> String {
        let replayed = self.replayed_at.is_some();
        match (self.placement, &self.parked_because) {
            (Some(placement), _) if replayed => format!("settled {placement}, replayed"),
            (Some(placement), _) => format!("settled {placement}"),
            (_, Some(because)) => format!("parked: {because}"),
            _ => {
                let waits = if replayed {
                    "replay waiting"
                } else {
                    &self.state
                };
                let tries = self.tries.as_ref().map(|tries| tries.told(now));
                tries.map_or_else(|| waits.to_owned(), |tries| format!("{waits}, {tries}"))
            }
        }
    }
}

impl Tries {
    fn of(head: &Head) -> Self {
        Self {
            count: head.tries,
            failed_at: head.failed_at.map(Time),
            failed_because: head.failed_because.clone(),
        }
    }

    /// How often it has been tried, how that ended, and what comes next.
    pub fn told(&self, now: Timestamp) -> String {
        let tries = self.count;
        let Some(Time(failed_at)) = self.failed_at else {
            return format!("try {tries} has not ended");
        };
        let why = self.failed_because.as_deref();
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        let within = |time: Timestamp| match time.duration_since(now) {
            time if time.is_positive() => format!("in {}", lasting(time)),
            _ => "soon".to_owned(),
        };
        let failed = ago(failed_at, now);
        let next = within(retry::next(tries, failed_at));
        let parked = within(retry::parked(tries, failed_at));
        format!("try {tries} failed {failed}{why}; next try {next}, parked {parked} if it goes on")
    }
}

/// The time in its place in the stream.
pub fn occurred_at(place: &Place) -> Option<Timestamp> {
    place.due.split('/').next()?.parse().ok()
}
