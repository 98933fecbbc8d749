//! Rightly signed requests with odd bodies. AlgaPSA signs whatever its users typed, so none of them is answered with an error.

use algapsa::signature;
use lambda_http::{Body, Request};
use serde_json::json;
use support::in_process::Envelope;

use super::super::{SECRET, post, signed};
use super::{BOUND, SIGNATURE, Sent, TENANT, claiming, now};

/// Types that are not on this list are ignored.
pub const WATCHED: &str =
    "ticket.created,ticket.closed,project.closed,project.task.created,webhook.test";

const ACCEPTED: &str = "200 accepted";
const QUARANTINED: &str = "200 quarantined";

fn new() -> Envelope {
    Envelope::new("ticket.created")
}

fn id(event_id: &str) -> String {
    new().with_id(event_id).body()
}

fn ticket(ticket_id: &str) -> String {
    new().about(ticket_id).body()
}

fn tenant(tenant_id: &str) -> String {
    new().of_tenant(tenant_id).body()
}

fn kind(event_type: &str) -> String {
    Envelope::new(event_type).body()
}

fn at(occurred_at: &str) -> String {
    new().at(occurred_at).body()
}

fn more(more: &str) -> String {
    new().with_more(more).body()
}

/// An envelope with one text in it replaced by another.
fn with(text: &str, other: &str) -> String {
    new().body().replace(text, other)
}

fn cases(bodies: Vec<(&str, String)>, told: &'static str) -> Vec<Sent> {
    let case = |(what, body): (&str, String)| (what.to_owned(), signed(body.as_bytes()), told);
    bodies.into_iter().map(case).collect()
}

pub fn readable() -> Vec<Sent> {
    let deep = format!(r#","deep":{}{}"#, "[".repeat(5_000), "]".repeat(5_000));
    let data = |data: &str| {
        let body = new().body();
        let (before, _) = body.split_once(r#""data":"#).expect("it has data");
        format!("{before}\"data\":{data}}}")
    };
    let huge = more(r#","number":1e999,"same":1,"same":2"#);
    let odd = more(r#","text":"\u0000\u202e ✓ 𝕏""#);
    let unknown = with("{\"event_id\"", "{\"\\u0000event_id\":1,\"event_id\"");
    let bodies = vec![
        ("5,000 arrays deep", more(&deep)),
        ("a number beyond all floats", huge),
        ("NUL and other directions", odd),
        ("half a surrogate", more(r#","text":"\ud800""#)),
        ("a second ticket id", more(r#","ticket_id":"other""#)),
        ("keys in disguise", with("event_id", r"event\u005fid")),
        ("an unknown key with a known word", unknown),
        ("a key of Python", more(r#","__class__":{"x":1}"#)),
        ("128 bytes of id", id(&"x".repeat(128))),
        ("DynamoDB in an id", id("attribute_not_exists(#x)ORtrue")),
        ("JSON in an id", id(r#"\",\"due\":{\"S\":\"0\"},\"x\":\""#)),
        ("a template in an id", id("${jndi:ldap:x}{{7*7}}<script>")),
        ("SQL in an id", ticket("';DROP--")),
        ("the word for heads as an id", id("head")),
        ("the word for quarantine as a tenant", tenant("quarantine")),
        ("dots as an id", ticket("..")),
        ("percent signs in an id", ticket("%2e%2e%2f")),
        ("the year 0", at("0000-01-01T00:00:00Z")),
        ("the year 9999", at("9999-12-30T21:59:59Z")),
        ("a leap second", at("2016-12-31T23:59:60Z")),
        ("a zone", at("2026-08-24T15:04:05+23:59")),
        ("a negative zone of zero", at("2026-08-24T15:04:05-00:00")),
        ("nine digits", at("2026-08-24T15:04:05.123456789Z")),
        ("lower-case letters in a time", at("2026-08-24t15:04:05z")),
        ("a blank in a time", at("2026-08-24 15:04:05Z")),
        ("white space around", format!(" \n{}\r\n\t", new().body())),
        ("no data", with("\"data\"", "\"date\"")),
        ("data that is null", data("null")),
        ("data that is an array", data(r#"["T","P","K"]"#)),
        ("data that is text", data(r#""ticket_id""#)),
        ("a ticket id that is a number", data(r#"{"ticket_id":7}"#)),
        ("a ticket id that is null", data(r#"{"ticket_id":null}"#)),
    ];
    cases(bodies, ACCEPTED)
}

pub fn ids() -> Vec<Sent> {
    let good = new().body();
    let number = |name: &str| {
        let member = format!("\"{name}\":\"");
        let (before, rest) = good.split_once(&member).expect("it has it");
        let (_, after) = rest.split_once('"').expect("it ends");
        format!("{before}\"{name}\":7{after}")
    };
    let bodies = vec![
        ("a path in an id", id("../../etc/passwd")),
        ("129 bytes of id", id(&"x".repeat(129))),
        ("a megabyte of id", id(&"x".repeat(1_000_000))),
        ("a blank in an id", id("a b")),
        ("a letter beyond ASCII in an id", id("é")),
        ("NUL in an id", id(r"a\u0000")),
        ("a line feed in an id", id(r"a\n")),
        ("DEL in an id", id(r"a\u007f")),
        ("half a surrogate as an id", id(r"\ud800")),
        ("no event id", with("event_id", "event_ic")),
        ("an empty event id", id("")),
        ("an event id that is a number", number("event_id")),
        ("a type that is a number", number("event_type")),
        ("a tenant that is a number", number("tenant_id")),
        ("a time that is a number", number("occurred_at")),
        ("a slash in a ticket's id", ticket("a/b")),
        ("an empty ticket id", ticket("")),
        ("129 bytes of ticket id", ticket(&"x".repeat(129))),
        ("a slash in a tenant", tenant("a/ticket")),
        ("an empty tenant", tenant("")),
        ("an empty type", kind("")),
        ("a slash in a type", kind("a/b")),
    ];
    cases(bodies, QUARANTINED)
}

pub fn times() -> Vec<Sent> {
    let named = at("2026-08-24T15:04:05[Europe/Rome]");
    let ten_digits = at("2026-08-24T15:04:05.1234567890Z");
    let bodies = vec![
        ("an empty time", at("")),
        ("a date alone", at("2026-08-24")),
        ("a time without a zone", at("2026-08-24T15:04:05")),
        ("a name of a zone instead of an offset", named),
        ("seconds since 1970", at("1787583845")),
        ("30 February", at("2026-02-30T00:00:00Z")),
        ("hour 25", at("2026-02-28T25:00:00Z")),
        ("second 61", at("2026-02-28T00:00:61Z")),
        ("ten digits of a second", ten_digits),
        ("before the year 0", at("-000001-01-01T00:00:00Z")),
        ("the year 10000", at("10000-01-01T00:00:00Z")),
        ("the year 10000 with a sign", at("+010000-01-01T00:00:00Z")),
        ("the end of our calendar", at("9999-12-31T23:59:59Z")),
        ("a time in words", at("tomorrow")),
    ];
    cases(bodies, QUARANTINED)
}

pub fn no_envelopes() -> Vec<Sent> {
    let good = new().body();
    let event_id = &new().event_id;
    let with_more = |more: &str| good.replace("\"data\"", &format!("{more},\"data\""));
    let id_twice = with_more(&format!("\"event_id\":\"{event_id}\""));
    let in_disguise = with_more(r#""event\u005fid":"b""#);
    let bodies = vec![
        ("a byte order mark", format!("\u{feff}{good}")),
        ("two envelopes", format!("{good}{good}")),
        ("an array of one", format!("[{good}]")),
        ("text that holds an envelope", json!(good).to_string()),
        ("an envelope and a comma", format!("{good},")),
        ("an id twice", id_twice),
        ("an id twice, once in disguise", in_disguise),
        ("a tenant twice", with_more(r#""tenant_id":"b""#)),
        ("data twice", with_more(r#""data":{}"#)),
        ("a comment in it", good.replace("\"data\"", "/**/\"data\"")),
        ("a comma too many", good.replace("}}", "},}")),
        ("NUL behind it", format!("{good}\0")),
        ("single quotes", good.replace('"', "'")),
        ("half of it", good[..good.len() / 2].to_owned()),
        ("a form", "event_id=1&event_type=ticket.created".into()),
        ("XML", "<event/>".into()),
        ("null", "null".into()),
        ("a number", "0".into()),
        ("a quote", "\"".into()),
        ("100,000 objects deep", "{".repeat(100_000)),
        ("100,000 arrays deep", "[".repeat(100_000)),
        ("blanks alone", "   ".into()),
    ];
    let mut cases = cases(bodies, QUARANTINED);
    let empty = signed(b"");
    cases.push(("an empty body".into(), empty, QUARANTINED));
    let marked = good.replace("data\":{", "data\":{\"x\":\"?\",");
    let broken = marked.bytes().map(|b| if b == b'?' { 0xff } else { b });
    let no_text = binary(b"\xff\xfe\x00");
    cases.push(("bytes that are no text".into(), no_text, QUARANTINED));
    let broken = binary(&broken.collect::<Vec<u8>>());
    cases.push(("a broken letter in a value".into(), broken, QUARANTINED));
    cases
}

fn binary(bytes: &[u8]) -> Request {
    let request = post().header(SIGNATURE, signature(SECRET, now(), bytes));
    request.body(Body::Binary(bytes.into())).expect("a request")
}

pub fn of_another_tenant() -> Vec<Sent> {
    const WRONG: &str = "401 wrong tenant";
    let by = |body: String| claiming(&signature(BOUND, now(), body.as_bytes()), body.as_bytes());
    let case = |what: &str, body: String, told| (what.to_owned(), by(body), told);
    let upper = tenant(&TENANT.to_uppercase());
    let blank = tenant(&format!("{TENANT} "));
    let disguised = tenant(r"\u0074hat-tenant");
    let both = with("\"data\"", &format!("\"tenant_id\":\"{TENANT}\",\"data\""));
    vec![
        case("its own tenant", tenant(TENANT), ACCEPTED),
        case("another tenant", tenant("other"), WRONG),
        case("its own tenant in upper case", upper, WRONG),
        case("its own tenant and a blank", blank, WRONG),
        case("another tenant, and unreadable", at("never"), WRONG),
        case("its own tenant in disguise", disguised, ACCEPTED),
        case("both tenants", both, QUARANTINED),
        case("no tenant", with("tenant_id", "tenant_ic"), QUARANTINED),
    ]
}

pub fn unwanted() -> Vec<Sent> {
    let ignored = vec![
        ("a type in other letters", kind("Ticket.Created")),
        ("a type of JavaScript", kind("__proto__")),
        ("a pattern for a type", kind("*")),
        ("a longer type", kind("ticket.createdx")),
        ("half a type", kind("ticket.")),
        ("a list of types", kind("ticket.created,ticket.closed")),
    ];
    let mut cases = cases(ignored, "200 ignored");
    let test = kind("webhook.test");
    cases.push(("a test".into(), signed(test.as_bytes()), "200 test"));
    cases
}
