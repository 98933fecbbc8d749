//! What an operator gives: files, times and durations.

use std::io::{self, Read};
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// The bytes of a file, or of standard input for `-`.
pub fn file(path: &Path) -> Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin()
            .read_to_end(&mut bytes)
            .context("failed to read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(path).with_context(|| format!("failed to read {}", path.display()))
}

/// A time such as `2026-08-24T15:04:05Z`, a day such as `2026-08-24` in UTC, or how long ago, such as `2h` or `3d ago`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    At(Timestamp),
    Ago(SignedDuration),
}

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(time) = text.parse() {
            return Ok(Self::At(time));
        }
        if let Ok(day) = text.parse::<Date>() {
            let midnight = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0));
            return midnight.map(Self::At).map_err(|error| error.to_string());
        }
        let ago = span(text).filter(|ago| Timestamp::now().checked_sub(*ago).is_ok());
        ago.map(Self::Ago).ok_or_else(|| {
            "give a time such as 2026-08-24T15:04:05Z, or how long ago: 2h, 3d".to_owned()
        })
    }
}

impl Point {
    /// Seen from `now`.
    pub fn seen_from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(time) => time,
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
        }
    }
}

/// A duration such as `15m`, `2h 30m` or `1d`.
pub fn length(text: &str) -> Result<SignedDuration, String> {
    span(text).ok_or_else(|| "give a duration such as 15m, 2h or 1d".to_owned())
}

fn span(text: &str) -> Option<SignedDuration> {
    let span: Span = text.trim().parse().ok()?;
    let days = SpanRelativeTo::days_are_24_hours();
    Some(span.to_duration(days).ok()?.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_given_as_such_or_as_a_day_or_as_how_long_ago() {
        let now: Timestamp = "2026-08-24T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-08-24T15:04:05.678Z", "2026-08-24T15:04:05.678Z"),
            ("2026-08-24T17:04:05+02:00", "2026-08-24T15:04:05Z"),
            ("2026-08-24", "2026-08-24T00:00:00Z"),
            ("2h", "2026-08-24T10:00:00Z"),
            ("2h ago", "2026-08-24T10:00:00Z"),
            ("90m", "2026-08-24T10:30:00Z"),
            ("3d", "2026-08-21T12:00:00Z"),
            ("1w", "2026-08-17T12:00:00Z"),
        ] {
            let point: Point = text.parse().unwrap();
            assert_eq!(point.seen_from(now).to_string(), expected, "{text}");
        }
        for text in ["", "yesterday", "2", "2 months", "15:04", "170000000h"] {
            assert!(text.parse::<Point>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_duration_has_a_unit() {
        for (text, seconds) in [("15m", 900), ("2h 30m", 9000), ("1d", 86_400), ("90s", 90)] {
            assert_eq!(
                length(text),
                Ok(SignedDuration::from_secs(seconds)),
                "{text}"
            );
        }
        for text in ["", "15", "soon", "1y"] {
            assert!(length(text).is_err(), "{text}");
        }
    }
}
