//! Times and durations as an operator writes them.

use alga_webhooks::input::{Point, length};
use jiff::{SignedDuration, Timestamp};

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
        let seen = length(text);
        assert_eq!(seen, Ok(SignedDuration::from_secs(seconds)), "{text}");
    }
    for text in ["", "15", "soon", "1y"] {
        assert!(length(text).is_err(), "{text}");
    }
}
