//! Signed deliveries, as a Function URL hands them on.

use algapsa::{Event, signature};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// The signing secret of every contender.
pub const SECRET: &str = "whsec-Yb3uK0xq7dPz5mVt9LwRjN2cHsEaFg4i";

/// The event of a Function URL, payload format 2.0.
pub fn function_url(event: &Event, secret: &str) -> Bytes {
    let body = event.body();
    let signature = signature(secret, Timestamp::now().as_second(), &body);
    let host = "q3x5yqgk5zexample0000000000000000.lambda-url.us-east-1.on.aws";
    let payload = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": {
            "content-type": "application/json",
            "user-agent": "undici",
            "host": host,
            "content-length": body.len().to_string(),
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            "x-amzn-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            "x-alga-signature": signature,
            "x-alga-event-id": event.event_id,
            "x-alga-event-type": event.event_type,
            "x-alga-webhook-id": "7c1f0d7e-5a83-4b1e-9a51-0f6f0a3c2f11",
            "x-alga-delivery-id": Uuid::new_v4().to_string(),
            "x-alga-delivery-attempt": "1",
        },
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "q3x5yqgk5zexample0000000000000000",
            "domainName": host,
            "domainPrefix": "q3x5yqgk5zexample0000000000000000",
            "http": { "method": "POST", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "undici" },
            "requestId": Uuid::new_v4().to_string(),
            "routeKey": "$default",
            "stage": "$default",
            "time": "05/Oct/2026:08:15:30 +0000",
            "timeEpoch": 1_791_188_130_123_i64,
        },
        "body": String::from_utf8_lossy(&body),
        "isBase64Encoded": false,
    });
    payload.to_string().into()
}
