//! Signed deliveries, as a Function URL hands them on.

use algapsa::{Event, signature};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

/// The signing secret of every contender.
pub const SECRET: &str = "whsec-Yb3uK0xq7dPz5mVt9LwRjN2cHsEaFg4i";

/// The event of a Function URL, payload format 2.0.
pub fn function_url(event: &Event, secret: &str) -> Bytes {
    let mut request: Value =
        serde_json::from_str(include_str!("function_url.json")).expect("the file is JSON");
    let body = event.body();
    let headers = &mut request["headers"];
    headers["content-length"] = json!(body.len().to_string());
    headers["x-alga-signature"] = json!(signature(secret, Timestamp::now().as_second(), &body));
    headers["x-alga-event-id"] = json!(event.event_id);
    headers["x-alga-event-type"] = json!(event.event_type);
    headers["x-alga-delivery-id"] = json!(Uuid::new_v4().to_string());
    request["requestContext"]["requestId"] = json!(Uuid::new_v4().to_string());
    request["body"] = json!(String::from_utf8_lossy(&body));
    request.to_string().into()
}
