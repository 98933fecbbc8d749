//! What the status line and the headers of an HTTP answer say.

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use http::StatusCode;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// A status with its name.
pub fn named(status: u16) -> String {
    StatusCode::from_u16(status).map_or_else(|_| status.to_string(), |status| status.to_string())
}

/// How long an answer asks us to wait, by its `Retry-After`.
pub fn retry_after(response: &HttpResponse, now: Timestamp) -> Option<Duration> {
    wait(response.headers().get("retry-after")?, now)
}

/// The value is in seconds, or a date.
fn wait(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = rfc2822::parse(value.trim()).ok()?.timestamp();
    Some(until.duration_since(now).try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_may_ask_for_time_in_seconds_or_until_a_date() {
        let now = "2026-08-24T15:04:05Z".parse().unwrap();
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Mon, 24 Aug 2026 15:05:05 GMT", Some(60)),
            ("Mon, 24 Aug 2026 15:03:05 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(wait(value, now), expected, "{value:?}");
        }
    }
}
