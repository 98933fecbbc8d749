//! Odd Lambda events, as they are before anything reads them.

use algapsa::signature;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use support::in_process::{Envelope, raw_event};

use super::super::{SECRET, signed_by};
use super::{Case, SIGNATURE, moment, now};

const ACCEPTED: &str = "200 accepted";
const QUARANTINED: &str = "200 quarantined";
const NOT_FOUND: &str = "404 not found";
const MISSING: &str = "401 missing signature";
const MALFORMED: &str = "401 malformed signature";
const MISMATCH: &str = "401 signature mismatch";
const UNSUPPORTED: &str = "400 unsupported event";

/// The event of a delivery that was not seen before.
fn delivery() -> Value {
    let body = Envelope::new("ticket.created").body();
    let request = signed_by(SECRET, moment(), body.as_bytes());
    serde_json::from_str(&raw_event(&request)).expect("it is JSON")
}

/// A delivery with one place in its event replaced.
fn with(place: &str, value: Value) -> Value {
    let mut event = delivery();
    match event.pointer_mut(place) {
        Some(there) => *there = value,
        None => event[place.trim_start_matches('/')] = value,
    }
    event
}

fn without(place: &str) -> Value {
    let mut event = delivery();
    let (parent, name) = place.rsplit_once('/').expect("a pointer");
    let parent = event.pointer_mut(parent).and_then(Value::as_object_mut);
    parent.expect("it is there").remove(name);
    event
}

fn cases(events: Vec<(&str, Value)>, told: &'static str) -> Vec<Case> {
    let case =
        |(what, event): (&str, Value)| (format!("an event: {what}"), event.to_string(), told);
    events.into_iter().map(case).collect()
}

/// Nothing reads the query. A function URL decodes it, so that anything can be in it.
pub fn queries() -> Vec<Case> {
    let long = "q=1&".repeat(17_500);
    let queries = [
        " ",
        "source=alga psa",
        "\"",
        "<",
        ">",
        "{",
        "}",
        "`",
        "\\",
        "^",
        "|",
        "\t",
        "\n",
        "\0",
        "\u{7f}",
        "é",
        "🦀",
        "#",
        "?",
        "%",
        "%zz",
        "&&==",
        "a=b&a=b",
        "http://example.com/",
        &long,
    ];
    let signed = queries.map(|query| ("a query", with("/rawQueryString", query.into())));
    let mut cases = cases(signed.into(), ACCEPTED);
    for query in queries {
        let mut event = with("/rawQueryString", query.into());
        event["headers"] = json!({});
        cases.push((
            format!("unsigned, the query {query:.9}"),
            event.to_string(),
            MISSING,
        ));
    }
    cases
}

pub fn paths() -> Vec<Case> {
    let long = "/a".repeat(35_000);
    let paths = [
        " ",
        "/ ",
        "/\0",
        "/\n",
        "/é",
        "/🦀",
        "/<",
        "/\"",
        "/%",
        "*",
        "no-slash",
        "//example.com/",
        "http://example.com/x",
        "/webhooks/alga ",
        "/webhooks/alga\u{200b}",
        &long,
    ];
    let paths = paths.map(|path| ("a path", with("/rawPath", path.into())));
    cases(paths.into(), NOT_FOUND)
}

pub fn headers() -> Vec<Case> {
    let header = format!("/headers/{SIGNATURE}");
    let good = delivery()
        .pointer(&header)
        .and_then(Value::as_str)
        .map(str::to_owned);
    let good = good.expect("it is signed");
    let odd = ["\n", "\r\nx: y", "\0", "é", "🦀", "t=1\n,v1=0"];
    let odd = odd.map(|text| ("a signature", with(&header, format!("{text}{good}").into())));
    let mut found = cases(odd.into(), MALFORMED);
    let twice = with(&header, format!("{good},{good}").into());
    let mut upper = without(&header);
    upper["headers"]["X-Alga-Signature"] = good.into();
    let mut webhook = delivery();
    webhook["headers"]["x-alga-webhook-id"] = "\n'; drop table".into();
    // Each is signed over a body of its own: only the first two are right.
    found.extend(cases(vec![("the same signature twice", twice)], MISMATCH));
    found.extend(cases(vec![("an odd webhook id", webhook)], ACCEPTED));
    found.extend(cases(
        vec![
            ("no headers", without("/headers")),
            ("no signature", without(&header)),
        ],
        MISSING,
    ));
    found.extend(cases(vec![("another case, another body", upper)], MISMATCH));
    found
}

/// A body in base64 says so, whatever its type.
pub fn encoded() -> Vec<Case> {
    let (bytes, xml) = ("application/octet-stream", "application/xml; charset=utf-7");
    let mut found = Vec::new();
    for content_type in ["application/json", "text/plain", bytes, "", xml] {
        for is_base64 in [false, true] {
            let body = Envelope::new("ticket.created").body();
            let base64 = BASE64_STANDARD.encode(&body);
            let sent = if is_base64 { &base64 } else { &body };
            let event = sending(body.as_bytes(), sent, is_base64, content_type);
            let what = format!("{content_type:?}, in base64: {is_base64}");
            found.push((what, event.to_string(), ACCEPTED));
        }
    }
    let body = Envelope::new("ticket.created").body();
    let encoded = BASE64_STANDARD.encode(&body);
    let twice = BASE64_STANDARD.encode(&encoded);
    let sent =
        |signed: &str, sent: &str, is_base64| sending(signed.as_bytes(), sent, is_base64, "");
    let not_said = sent(&body, &encoded, false);
    let doubled = sent(&body, &twice, true);
    found.extend(cases(
        vec![
            ("base64 that does not say so", not_said),
            ("base64 of base64", doubled),
        ],
        MISMATCH,
    ));
    found.extend(cases(
        vec![(
            "base64 that was signed as such",
            sent(&encoded, &twice, true),
        )],
        QUARANTINED,
    ));
    found.extend(cases(
        vec![("base64 that is none", sent(&body, "###", true))],
        UNSUPPORTED,
    ));
    found
}

fn sending(signed: &[u8], sent: &str, is_base64: bool, content_type: &str) -> Value {
    let mut event = delivery();
    event["headers"] =
        json!({ "content-type": content_type, SIGNATURE: signature(SECRET, now(), signed) });
    event["body"] = sent.into();
    event["isBase64Encoded"] = is_base64.into();
    event
}

/// What reaches the function by another way than its URL, or has been damaged on it.
pub fn others() -> Vec<Case> {
    let rest = json!({ "resource": "/", "path": "/", "httpMethod": "POST", "headers": {}, "requestContext": { "stage": "prod" }, "body": "{}" });
    let balancer = json!({ "requestContext": { "elb": { "targetGroupArn": "arn" } }, "httpMethod": "POST", "path": "/", "headers": {}, "body": "{}" });
    let console = json!({ "key1": "value1", "key2": "value2", "key3": "value3" });
    let queue = json!({ "Records": [{ "messageId": "1", "body": "{}" }] });
    let schedule =
        json!({ "source": "aws.events", "detail-type": "Scheduled Event", "detail": {} });
    let nested = json!({ "rawPath": [[[[{}]]]] });
    cases(
        vec![
            ("API Gateway 1.0", rest),
            ("a load balancer", balancer),
            ("the console's test", console),
            ("a queue", queue),
            ("a schedule", schedule),
            ("an array", json!([])),
            ("null", Value::Null),
            ("a text", json!("x")),
            ("a number", json!(1)),
            ("an empty object", json!({})),
            ("a path of arrays", nested),
            ("no path", without("/rawPath")),
            ("no context", without("/requestContext")),
            ("no method", without("/requestContext/http/method")),
            (
                "an empty method",
                with("/requestContext/http/method", "".into()),
            ),
            (
                "a method of two words",
                with("/requestContext/http/method", "PO ST".into()),
            ),
            ("headers that are a list", with("/headers", json!([]))),
            (
                "a signature that is a number",
                with("/headers/x-alga-signature", 1.into()),
            ),
            ("a body that is an object", with("/body", json!({}))),
        ],
        UNSUPPORTED,
    )
}
