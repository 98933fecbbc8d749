//! An event as it is shown.

use jiff::Timestamp;
use serde::Serialize;
use shared::event::Place;
use shared::inbox::{Order, Record, State, Waiting, Watermark};

use super::retry;
use crate::output::Time;
use crate::output::times::{ago, lasting, moment, within};

/// An event: as JSON for a program, in words for a table. What does not apply is left out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct View {
    pub stream: String,
    pub event_id: String,
    pub event_type: String,
    /// From its place in the stream.
    pub occurred_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_at: Option<Time>,
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parked_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parked_because: Option<String>,
    /// Only for the event that its stream is trying.
    #[serde(flatten)]
    pub attempts: Option<Attempts>,
}

/// How often the event that a stream is trying has been attempted, how that ended, and what comes next.
#[derive(Clone, Debug, Serialize)]
pub struct Attempts {
    #[serde(rename = "attempts")]
    count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_because: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Time>,
    /// At the earliest, if it keeps failing.
    #[serde(skip_serializing_if = "Option::is_none")]
    would_be_parked_at: Option<Time>,
}

impl View {
    pub fn of(record: &Record, watermark: Option<&Watermark>) -> Self {
        let at = match &record.state {
            State::Waiting { position, .. } => Some(position),
            _ => None,
        };
        let attempted = watermark.filter(|mark| at.is_some() && mark.attempted.as_ref() == at);
        let mut view = Self {
            stream: record.stream.to_string(),
            event_id: record.event.event_id().to_owned(),
            event_type: record.event.event_type().to_owned(),
            occurred_at: record.place().map(|place| Time(place.position.time())),
            kept_at: Some(Time(record.kept_at)),
            state: record.state.to_string(),
            attempts: attempted.map(Attempts::of),
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
                order,
                replayed_at,
                ..
            } => {
                view.replayed_at = replayed_at.map(Time);
                view.settled_at = Some(Time(*at));
                view.order = Some(order.word());
            }
        }
        view
    }

    /// An event that waits.
    pub fn waiting(event: &Waiting, watermark: &Watermark) -> Self {
        let is_attempted = watermark.attempted.as_ref() == Some(&event.place.position);
        Self {
            kept_at: Some(Time(event.kept_at)),
            state: "waiting".to_owned(),
            attempts: is_attempted.then(|| Attempts::of(watermark)),
            ..Self::at(&event.place)
        }
    }

    /// What a place says about its event, which is not in the inbox any more.
    pub fn at(place: &Place) -> Self {
        Self {
            stream: place.stream.to_string(),
            event_id: place.position.event_id().to_owned(),
            event_type: place.position.event_type().to_owned(),
            occurred_at: Some(Time(place.position.time())),
            state: "gone".to_owned(),
            ..Self::default()
        }
    }

    /// A message that is not a doorbell, so that it names no event.
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

    /// How long after it occurred it was kept; or when, if it is not known when it occurred.
    pub fn kept(&self) -> String {
        match (self.kept_at, self.occurred_at) {
            (Some(kept), Some(occurred)) => {
                format!("after {}", lasting(kept.0.duration_since(occurred.0)))
            }
            (kept, _) => kept.map_or_else(String::new, |kept| moment(kept.0)),
        }
    }

    pub fn is_late(&self) -> bool {
        self.order == Some(Order::Late.word())
    }

    pub fn is_parked(&self) -> bool {
        self.parked_at.is_some()
    }

    pub fn parked_because(&self) -> String {
        self.parked_because.clone().unwrap_or_default()
    }

    /// What became of it, in words.
    pub fn told(&self, now: Timestamp) -> String {
        let replayed = self.replayed_at.is_some();
        match (self.order, &self.parked_because) {
            (Some(order), _) => {
                let replayed = if replayed { ", replayed" } else { "" };
                format!("settled {}{replayed}", order.replace('-', " "))
            }
            (_, Some(because)) => format!("parked: {because}"),
            _ => {
                let waits = if replayed {
                    "replay waiting"
                } else {
                    &self.state
                };
                let attempts = self.attempts.as_ref().map(|attempts| attempts.told(now));
                attempts.map_or_else(|| waits.to_owned(), |told| format!("{waits}, {told}"))
            }
        }
    }
}

impl Attempts {
    fn of(watermark: &Watermark) -> Self {
        let (count, failed_at) = (watermark.attempts, watermark.failed_at);
        // Without a reason it was AWS's trouble, and what comes next depends on how often the doorbell was received.
        let failed = failed_at.filter(|_| watermark.failed_because.is_some());
        Self {
            count,
            failed_at: failed_at.map(Time),
            failed_because: watermark.failed_because.clone(),
            next_attempt_at: failed.map(|at| Time(retry::next(count, at))),
            would_be_parked_at: failed.map(|at| Time(retry::parked(count, at))),
        }
    }

    pub fn told(&self, now: Timestamp) -> String {
        let count = self.count;
        let Some(Time(failed_at)) = self.failed_at else {
            return format!("attempt {count} is running, or was cut off");
        };
        let failed = ago(failed_at, now);
        let Some(why) = &self.failed_because else {
            return format!(
                "a call to AWS failed {failed}, which is no attempt of the event ({count} so far)"
            );
        };
        let [next, parked] = [self.next_attempt_at, self.would_be_parked_at]
            .map(|at| at.map_or_else(String::new, |at| within(at.0, now)));
        format!(
            "attempt {count} failed {failed}: {why}; next {next}, parked {parked} if it keeps failing"
        )
    }
}
