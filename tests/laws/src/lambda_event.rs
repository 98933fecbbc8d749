//! Lambda's events, as they reach the receiver.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use receiver::front::{SIGNATURE, request};
use serde_json::{Value, json};

/// Whatever is in an event, it is read or not, and nothing panics. What was read is what the event says; and no path, query or
/// header keeps a delivery from being read.
pub fn lambda_event(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else {
        return;
    };
    agrees(text);
    let event = |path: &str, query: &str, header: &str| {
        json!({
            "rawPath": path,
            "rawQueryString": query,
            "headers": { SIGNATURE: header, "x-other": text, text: "other" },
            "requestContext": { "http": { "method": "POST" } },
            "body": text,
            "isBase64Encoded": false,
        })
    };
    for event in [
        event(text, "", "s"),
        event("/", text, "s"),
        event("/", "", text),
    ] {
        let event = event.to_string();
        assert!(request(&event).is_some(), "not read: {event}");
        agrees(&event);
    }
}

fn agrees(event: &str) {
    let Some(request) = request(event) else {
        return;
    };
    let event: Value = serde_json::from_str(event).expect("what was read is JSON");
    let text = |place: &str| event.pointer(place).and_then(Value::as_str);
    assert_eq!(
        Some(request.method().as_str()),
        text("/requestContext/http/method")
    );
    let body = text("/body").unwrap_or_default();
    let body = match event["isBase64Encoded"] {
        Value::Bool(true) => BASE64_STANDARD.decode(body).expect("it was decoded"),
        _ => body.into(),
    };
    assert_eq!(&request.body()[..], body);
    let path = text("/rawPath").expect("it has a path");
    let read = request.uri().path();
    assert!(
        read == path || !["/", "/webhooks/alga"].contains(&read),
        "{path:?} as {read}"
    );
}
