//! Times as they are written in requests.

use alga_webhooks::commands::verify::time;
use jiff::Timestamp;

#[test]
fn a_time_is_written_in_any_usual_way() {
    let expected: Timestamp = "2026-08-24T15:04:05Z".parse().unwrap();
    for text in [
        "2026-08-24T15:04:05Z",
        "2026-08-24T17:04:05+02:00",
        "1787583845",
        "Mon, 24 Aug 2026 15:04:05 GMT",
    ] {
        assert_eq!(time(text).unwrap(), expected, "{text}");
    }
    assert!(time("yesterday").is_err());
}
