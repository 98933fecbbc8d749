//! The front: from a Lambda event to an HTTP request, and from the answer to what Lambda takes.
//!
//! `lambda_http`'s own conversion copies the whole event and panics at some of what anybody can send, such as a blank in
//! the query, which function URLs make of a `+`. Here only what the receiver needs is read: the method, the path, two
//! headers and the body. The query, the content type and all else are ignored on purpose.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::{HeaderValue, Method, Uri};
use lambda_http::{Body, Request, Response};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

pub const SIGNATURE: &str = "x-alga-signature";
pub const WEBHOOK_ID: &str = "x-alga-webhook-id";

/// An event of a function URL, or of an HTTP API with payload format 2.0.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionUrlEvent<'a> {
    #[serde(borrow)]
    raw_path: Cow<'a, str>,
    #[serde(borrow)]
    request_context: RequestContext<'a>,
    #[serde(default)]
    headers: Headers,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct RequestContext<'a> {
    #[serde(borrow)]
    http: Http<'a>,
}

#[derive(Deserialize)]
struct Http<'a> {
    #[serde(borrow)]
    method: Cow<'a, str>,
}

/// The headers that count; several of one name come as one, joined by commas.
#[derive(Default)]
struct Headers {
    signature: Option<String>,
    webhook_id: Option<String>,
}

/// The request in an event; none if the event is of another kind.
pub fn request(event: &str) -> Option<Request> {
    let event: FunctionUrlEvent<'_> = serde_json::from_str(event).ok()?;
    let mut request = Request::new(body(event.body, event.is_base64_encoded)?);
    *request.method_mut() =
        Method::from_bytes(event.request_context.http.method.as_bytes()).ok()?;
    *request.uri_mut() = path(&event.raw_path);
    let named = [
        (SIGNATURE, event.headers.signature),
        (WEBHOOK_ID, event.headers.webhook_id),
    ];
    for (name, value) in named {
        if let Some(value) = value {
            // What cannot be a header's value is no signature and no id either.
            let value = HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static(""));
            request.headers_mut().insert(name, value);
        }
    }
    Some(request)
}

/// What kind of event it is that is not a function URL's, for the log.
pub fn kind(event: &str) -> &'static str {
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    let has = |name: &str| event.get(name).is_some();
    match () {
        () if event.pointer("/requestContext/elb").is_some() => "load balancer",
        () if has("httpMethod") => "API Gateway, payload format 1.0",
        () if has("Records") => "queue, stream or notification",
        () if has("detail-type") => "EventBridge",
        () if has("rawPath") => "damaged function URL",
        () => "unknown, such as a test event of the console",
    }
}

/// The answer as function URLs take it.
pub fn response(answer: Response<Body>) -> ApiGatewayV2httpResponse {
    let (parts, body) = answer.into_parts();
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = parts.status.as_u16().into();
    response.headers = parts.headers;
    response.body = Some(body);
    response
}

fn body(sent: Option<String>, is_base64_encoded: bool) -> Option<Body> {
    Some(match sent {
        None => Body::Empty,
        Some(text) if is_base64_encoded => Body::Binary(BASE64_STANDARD.decode(text).ok()?),
        Some(text) => Body::Text(text),
    })
}

/// What is no path is not one of ours.
fn path(raw: &str) -> Uri {
    let path = Uri::builder().path_and_query(raw).build().ok();
    let path = path.filter(|path| path.path() == raw);
    path.unwrap_or(Uri::from_static("/no-path"))
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InHeaders)
    }
}

struct InHeaders;

impl<'de> Visitor<'de> for InHeaders {
    type Value = Headers;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("headers by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
        let mut headers = Headers::default();
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if name.eq_ignore_ascii_case(SIGNATURE) {
                headers.signature = Some(map.next_value()?);
            } else if name.eq_ignore_ascii_case(WEBHOOK_ID) {
                headers.webhook_id = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_function_urls_is_named() {
        for (event, named) in [
            (
                r#"{"requestContext":{"elb":{}},"httpMethod":"POST"}"#,
                "load balancer",
            ),
            (
                r#"{"httpMethod":"POST"}"#,
                "API Gateway, payload format 1.0",
            ),
            (r#"{"Records":[]}"#, "queue, stream or notification"),
            (r#"{"detail-type":"t"}"#, "EventBridge"),
            (
                r#"{"rawPath":"/","requestContext":3}"#,
                "damaged function URL",
            ),
            (
                r#"{"key1":"value1"}"#,
                "unknown, such as a test event of the console",
            ),
            ("no JSON", "unknown, such as a test event of the console"),
        ] {
            assert!(request(event).is_none(), "{event}");
            assert_eq!(kind(event), named, "{event}");
        }
    }
}
