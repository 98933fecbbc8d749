//! What an operator gives: files, times, durations.

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
            "give a time such as 2026-08-24T15:04:05Z, or how long ago, such as 2h or 3d".to_owned()
        })
    }
}

impl Point {
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
