//! Hostile and odd requests, each with the answer that it gets.

use jiff::Timestamp;
use lambda_http::http::HeaderValue;
use lambda_http::{Body, Request};
use tests::envelope::Envelope;
use tests::sender::signature;

use crate::{SECRET, World, post, signed, signed_by, with};

const SIGNATURE: &str = "x-alga-signature";
const UNAUTHORIZED: &str = r#"{"error":"unauthorized"}"#;

fn body() -> Vec<u8> {
    Envelope::new("ticket.created").body().into_bytes()
}

fn now() -> i64 {
    Timestamp::now().as_second()
}

/// Rightly signed, then with another header.
fn claiming(header: &str) -> Request {
    let mut request = signed(&body());
    let header = HeaderValue::from_bytes(header.as_bytes()).expect("a header");
    request.headers_mut().insert(SIGNATURE, header);
    request
}

/// Rightly signed, then sent elsewhere or otherwise.
fn asking(method: &str, path: &str) -> Request {
    let mut request = signed(&body());
    *request.method_mut() = method.parse().expect("a method");
    *request.uri_mut() = format!("https://example.on.aws{path}")
        .parse()
        .expect("a path");
    request
}

/// One signature, two or more headers of that name.
fn twice(first: &str, second: &str, body: &[u8]) -> Request {
    with(
        post().header(SIGNATURE, first).header(SIGNATURE, second),
        body,
    )
}

fn mac_of(header: &str) -> &str {
    header.split_once("v1=").expect("a signature").1
}

type Case = (&'static str, Request, &'static str);

fn without_a_signature() -> Vec<Case> {
    const MISSING: &str = "401 missing signature";
    let body = body();
    let good = signature(SECRET, now(), &body);
    let elsewhere = |name: &str, value: &str| with(post().header(name, value), &body);
    let in_query = format!("https://example.on.aws/?{SIGNATURE}={good}");
    vec![
        ("nothing", with(post(), &body), MISSING),
        (
            "no body",
            post().body(Body::Empty).expect("a request"),
            MISSING,
        ),
        (
            "another name",
            elsewhere("x-hub-signature-256", &good),
            MISSING,
        ),
        ("a token", elsewhere("authorization", SECRET), MISSING),
        ("in the query", with(post().uri(in_query), &body), MISSING),
    ]
}

fn signed_for_something_else() -> Vec<Case> {
    const MISMATCH: &str = "401 signature mismatch";
    let body = body();
    let sent = |sent: &[u8]| {
        with(
            post().header(SIGNATURE, signature(SECRET, now(), &body)),
            sent,
        )
    };
    let by = |secret: &str| signed_by(secret, Timestamp::now(), &body);
    let t = now();
    let good = signature(SECRET, t, &body);
    let mac = mac_of(&good);
    vec![
        ("another body", sent(b"{}"), MISMATCH),
        ("a byte more", sent(&[&body[..], b"\n"].concat()), MISMATCH),
        ("a byte less", sent(&body[..body.len() - 1]), MISMATCH),
        ("an empty body", sent(b""), MISMATCH),
        ("an empty secret", by(""), MISMATCH),
        ("a line feed", by(&format!("{SECRET}\n")), MISMATCH),
        ("another secret", by(&SECRET.to_lowercase()), MISMATCH),
        (
            "another second",
            claiming(&format!("t={},v1={mac}", t + 1)),
            MISMATCH,
        ),
        (
            "a leading zero",
            claiming(&format!("t=0{t},v1={mac}")),
            MISMATCH,
        ),
        (
            "zeros",
            claiming(&format!("t={t},v1={}", "0".repeat(64))),
            MISMATCH,
        ),
    ]
}

fn signed_at_another_time() -> Vec<Case> {
    const STALE: &str = "401 stale signature";
    let body = body();
    let at = |second: i64| claiming(&signature(SECRET, second, &body));
    vec![
        ("301 s old", at(now() - 301), STALE),
        ("303 s ahead", at(now() + 303), STALE),
        ("the beginning of time", at(0), STALE),
        ("the end of time", at(253_402_200_000), STALE),
    ]
}

fn malformed() -> Vec<Case> {
    let body = body();
    let t = now();
    let good = signature(SECRET, t, &body);
    let mac = mac_of(&good);
    let headers = [
        String::new(),
        " ".into(),
        ",".into(),
        "t=,v1=".into(),
        "null".into(),
        mac.into(),
        format!("v1={mac}"),
        format!("t={t}"),
        format!("t={t},v1="),
        format!("t={t},v1={}", mac.to_uppercase()),
        format!("t={t},v1={}", &mac[..63]),
        format!("t={t},v1={mac}0"),
        format!("t={t},v1=g{}", &mac[1..]),
        format!("t={t};v1={mac}"),
        format!("t:{t},v1:{mac}"),
        format!("t=-{t},v1={mac}"),
        format!("t=+{t},v1={mac}"),
        format!("t={t}.0,v1={mac}"),
        format!("t={t}000,v1={mac}"),
        format!("t=0x{t:x},v1={mac}"),
        format!("t={}{t},v1={mac}", "9".repeat(40)),
        format!("T={t},V1={mac}"),
        format!("t={t},v0={mac}"),
        format!("sha256={mac}"),
        format!("t={t},v1={}", "a".repeat(100_000)),
        "t=1,".repeat(20_000),
    ];
    let headers = headers.iter().map(|header| claiming(header));
    let not_text = HeaderValue::from_bytes(b"t=1,v1=\xff\xfe").expect("a header");
    let others = [
        twice("t=1", &good, &body),
        with(post().header(SIGNATURE, not_text), &body),
    ];
    let all = headers.chain(others);
    all.map(|request| ("malformed", request, "401 malformed signature"))
        .collect()
}

fn for_something_else() -> Vec<Case> {
    let methods = [
        "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW",
    ];
    let methods = methods.map(|method| ("a method", asking(method, "/"), "405 not found"));
    let paths = [
        "/webhooks",
        "/webhooks/alga/",
        "/WEBHOOKS/ALGA",
        "//",
        "/%2F",
        "/../",
        "/.env",
        "/webhooks/alga;x",
    ];
    let paths = paths.map(|path| ("a path", asking("POST", path), "404 not found"));
    let mut cases = Vec::from(methods);
    cases.extend(paths);
    cases.push(("a method", asking("GET", "/webhooks/alga"), "405 not found"));
    cases.push((
        "a path and a method",
        asking("GET", "/.env"),
        "404 not found",
    ));
    cases
}

#[tokio::test]
async fn nothing_unproven_gets_in_and_none_of_it_causes_a_call_to_aws() {
    let world = World::new().await;
    let calls = world.wire.all_calls();
    let cases = [
        without_a_signature(),
        signed_for_something_else(),
        signed_at_another_time(),
        malformed(),
        for_something_else(),
    ];
    let cases = cases.into_iter().flatten();
    for (what, request, told) in cases {
        let shown = format!("{what}: {:.200}", format!("{request:?}"));
        let answer = world.receive(request).await;
        assert_eq!(answer.told(), told, "{shown}");
        if answer.status == 401 {
            assert_eq!(answer.body, UNAUTHORIZED, "{shown}");
        }
        let allow = (answer.status == 405).then_some("POST");
        assert_eq!(answer.allow.as_deref(), allow, "{shown}");
    }
    assert_eq!(world.wire.all_calls(), calls);
    assert_eq!(world.table.items().await, []);
}

/// As the sender's own parser would read them.
#[tokio::test]
async fn an_unusual_header_that_proves_the_same_is_accepted() {
    let world = World::new().await;
    for shape in [
        "t={t},v1={mac}",
        "v1={mac},t={t}",
        "  t={t} ,\tv1={mac} ",
        "99, t={t},v1={mac}",
        "v0=x,t={t},v1={mac},v2=y",
        "t={t},v1={mac},t=1,v1=00",
    ] {
        let body = body();
        let good = signature(SECRET, now(), &body);
        let (t, mac) = good.split_once(",v1=").unwrap();
        let header = shape.replace("t={t}", t).replace("{mac}", mac);
        let answer = world
            .receive(with(post().header(SIGNATURE, header), &body))
            .await;
        assert_eq!(answer.told(), "200 accepted", "{shape}");
    }
    let body = body();
    let good = signature(SECRET, now(), &body);
    assert_eq!(
        world.receive(twice(&good, "t=1", &body)).await.told(),
        "200 accepted",
        "the first counts"
    );
    for path in ["/", "/webhooks/alga", "/?a=b", "/webhooks/alga?a=b"] {
        assert_eq!(
            world.receive(asking("POST", path)).await.told(),
            "200 accepted",
            "{path}"
        );
    }
}

/// The sender signs whatever its admins typed: nothing of it may be answered with an error.
#[tokio::test]
async fn odd_but_authentic_bodies_are_accepted_or_quarantined_and_never_refused() {
    let world = World::new().await;
    for (bodies, told) in [
        (readable(), "200 accepted"),
        (unreadable(), "200 quarantined"),
    ] {
        for body in bodies {
            let answer = world.receive(signed(body.as_bytes())).await;
            assert_eq!(answer.told(), told, "{body:.300}");
        }
    }
}

fn new() -> Envelope {
    Envelope::new("ticket.created")
}

fn id(event_id: &str) -> String {
    Envelope {
        event_id: event_id.into(),
        ..new()
    }
    .body()
}

fn ticket(ticket_id: &str) -> String {
    Envelope {
        ticket_id: ticket_id.into(),
        ..new()
    }
    .body()
}

fn kind(event_type: &str) -> String {
    Envelope::new(event_type).body()
}

fn at(occurred_at: &str) -> String {
    Envelope {
        occurred_at: occurred_at.into(),
        ..new()
    }
    .body()
}

fn more(more: &str) -> String {
    Envelope {
        more: more.into(),
        ..new()
    }
    .body()
}

fn readable() -> Vec<String> {
    vec![
        more(&format!(
            r#","deep":{}{}"#,
            "[".repeat(5_000),
            "]".repeat(5_000)
        )),
        more(r#","number":1e999,"same":1,"same":2"#),
        more(r#","text":"\u0000\u202e ✓ 𝕏""#),
        more(r#","ticket_id":"other""#),
        kind("Ticket.Created"),
        kind("__proto__"),
        id(&"x".repeat(128)),
        at("0000-01-01T00:00:00Z"),
        at("9999-12-30T21:59:59Z"),
        format!(" \n{}\n", new().body()),
    ]
}

fn unreadable() -> Vec<String> {
    let good = new();
    vec![
        id("../../etc/passwd"),
        id(&"x".repeat(129)),
        id(&"x".repeat(1_000_000)),
        id("a b"),
        id("é"),
        id(r"\u0000"),
        id(r"\ud800"),
        ticket("a/b"),
        ticket(""),
        kind(""),
        kind("a/b"),
        at(""),
        at("2026-08-24"),
        at("2026-08-24T15:04:05"),
        at("1787583845"),
        at("-000001-01-01T00:00:00Z"),
        at("9999-12-31T00:00:00Z"),
        format!("\u{feff}{}", good.body()),
        format!("{}{}", good.body(), good.body()),
        format!("[{}]", good.body()),
        good.body()
            .replace("\"data\"", "\"event_id\":\"b\",\"data\""),
        good.body().replace(&good.tenant_id, ""),
        "null".into(),
        "0".into(),
        "\"".into(),
        "{".repeat(100_000),
        "[".repeat(100_000),
    ]
}
