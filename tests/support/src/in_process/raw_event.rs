//! Requests as a function URL hands them on: payload format 2.0.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, Request};
use serde_json::{Map, Value, json};

/// The event that Lambda makes of a request: names of headers in lower case, several of a name joined by commas, and a body
/// that is no text in base64.
pub fn raw_event(request: &Request<impl AsRef<[u8]>>) -> String {
    let body = request.body().as_ref();
    let (body, is_base64) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (BASE64_STANDARD.encode(body), true),
    };
    let (path, query) = (
        request.uri().path(),
        request.uri().query().unwrap_or_default(),
    );
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(request.headers()),
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "example",
            "domainName": "example.lambda-url.us-east-1.on.aws",
            "domainPrefix": "example",
            "http": {
                "method": request.method().as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "undici",
            },
            "requestId": "e1506fd5-9e7b-434f-bd42-4f8fa224b599",
            "routeKey": "$default",
            "stage": "$default",
            "time": "05/Oct/2026:08:15:30 +0000",
            "timeEpoch": 1_791_188_130_123_i64,
        },
        "body": body,
        "isBase64Encoded": is_base64,
    });
    event.to_string()
}

fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let values = |name| {
        let values = headers.get_all(name).into_iter();
        let values: Vec<_> = values
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        values.join(",").into()
    };
    let names = headers.keys();
    names.map(|name| (name.to_string(), values(name))).collect()
}
