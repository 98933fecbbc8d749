//! The ways of listening. Each hears the same day from its beginning, and is measured for a day and a night.

pub mod hourly;
pub mod polling;
pub mod reconciled;
pub mod watching;
pub mod webhooks;

use jiff::{SignedDuration, Timestamp};

use crate::truth::Truth;

/// How long each way listens: until the last attempt of the last event has been made, and the last scan has waited its grace.
pub const LISTENS: SignedDuration = SignedDuration::from_hours(24);
pub const MINUTE: SignedDuration = SignedDuration::from_mins(1);
pub const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Every so often, as long as it listens; the first time one span after the day has begun.
pub fn every(span: SignedDuration, truth: &Truth) -> impl Iterator<Item = Timestamp> + use<> {
    let (from, to) = (truth.from, truth.from + LISTENS);
    let times = (1..).map(move |number| from + span * number);
    times.take_while(move |at| *at <= to)
}
