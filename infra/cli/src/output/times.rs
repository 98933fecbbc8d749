//! Times and durations as they are shown.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

/// A time as AlgaPSA's envelope writes it: UTC, with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A time in a table: UTC, to the second, without the year if it is this year.
pub fn moment(time: Timestamp) -> String {
    let written = format!("{time:.0}").replace(['T', 'Z'], " ");
    let this_year = format!("{}-", Timestamp::now().strftime("%Y"));
    let short = written.strip_prefix(&this_year).unwrap_or(&written);
    short.trim_end().to_owned()
}

/// How long something lasted, in at most two units.
pub fn lasting(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0 => format!("{} ms", duration.as_millis().max(0)),
        1..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min"),
        3600..172_800 if minutes % 60 == 0 => format!("{hours} h"),
        3600..172_800 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d"),
    }
}

/// How long until then.
pub fn within(time: Timestamp, now: Timestamp) -> String {
    match time.duration_since(now) {
        left if left.is_positive() => format!("in {}", lasting(left)),
        _ => "any moment now".to_owned(),
    }
}

pub fn ago(time: Timestamp, now: Timestamp) -> String {
    format!("{} ago", lasting(now.duration_since(time)))
}
