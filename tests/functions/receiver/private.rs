//! Whatever happens to a delivery, at any log level: private content is neither logged nor answered.

use std::time::Duration;

use algapsa::signature;
use jiff::Timestamp;
use lambda_http::Request;
use serde_json::json;
use shared::filter::Filter;
use support::in_process::{Break, Envelope, raw_event, reports};

use super::{SECRET, World, post, put_secret, signed, signed_by, with};

const CANARY: &str = "canary-5b1f";
const SIGNATURE: &str = "x-alga-signature";

/// With something private in every part that is not an id.
fn private(event_type: &str) -> Envelope {
    let more =
        format!(r#","title":"{CANARY}","comment":{{"text":"{CANARY}"}},"{CANARY}":["{CANARY}"]"#);
    Envelope::new(event_type).with_more(&more)
}

fn delivery(envelope: &Envelope) -> Request {
    with_canaries(signed(envelope.body().as_bytes()))
}

/// With something private in headers and in the query, too.
fn with_canaries(mut request: Request) -> Request {
    let query = format!("https://example.on.aws/?token={CANARY}");
    *request.uri_mut() = query.parse().expect("a URI");
    for name in ["authorization", "cookie", "x-alga-webhook-id", "user-agent"] {
        let canary = CANARY.parse().expect("a header");
        request.headers_mut().insert(name, canary);
    }
    request
}

impl World {
    /// Sends a request, which must be answered and reported as `told`, without anything private.
    async fn tells(&self, request: Request, told: &str) {
        let header = request.headers().get(SIGNATURE).cloned();
        let header = header.as_ref().and_then(|header| header.to_str().ok());
        let mac = header.and_then(|header| Some(header.split_once("v1=")?.1));
        let mac = mac.unwrap_or_default();
        let answer = self.receive(request).await;
        let said = format!("{} {} {}", answer.body, answer.line, reports::logged());
        assert_eq!(answer.told(), told, "{said}");
        says_nothing(&said);
        assert!(mac.len() < 9 || !said.contains(mac), "{said}");
    }
}

fn says_nothing(said: &str) {
    for private in [CANARY, SECRET] {
        assert!(!said.contains(private), "{private} is told: {said}");
    }
}

#[tokio::test]
async fn nothing_private_is_told_of_what_is_answered_200() {
    let (_log, world) = (reports::log(), World::new().await);
    let envelope = private("ticket.comment.added");
    world.tells(delivery(&envelope), "200 accepted").await;
    world.tells(delivery(&envelope), "200 duplicate").await;
    let test = private("webhook.test");
    world.tells(delivery(&test), "200 test").await;
    let huge = private("ticket.updated").with_noise(1_500_000, 1);
    world.tells(delivery(&huge), "200 accepted").await;
    let body = envelope.body();
    let unreadable = [
        CANARY.to_owned(),
        format!("{{\"event_id\":\"{CANARY}"),
        format!("{{\"event_id\":{{\"{CANARY}\":1}}}}"),
        body.replace(&envelope.event_id, &format!("{CANARY} {CANARY}")),
        body.replace(&envelope.event_type, &CANARY.repeat(99)),
        body.replace(&envelope.occurred_at, CANARY),
        body.replace(&envelope.tenant_id, &format!("{CANARY}/")),
        body.replace(&envelope.ticket_id, &format!("\\n{CANARY}")),
    ];
    for body in unreadable {
        let request = with_canaries(signed(body.as_bytes()));
        world.tells(request, "200 quarantined").await;
    }
}

#[tokio::test]
async fn nothing_private_is_told_of_what_is_refused() {
    let (_log, world) = (reports::log(), World::new().await);
    let body = private("ticket.updated").body();
    let body = body.as_bytes();
    let now = Timestamp::now();
    let old = now - Duration::from_hours(1);
    let claims = |header: &str| with(post().header(SIGNATURE, header), body);
    let good = signature(SECRET, now.as_second(), body);
    let made_up = claims(&format!("t={CANARY},v1={CANARY}"));
    let longer = claims(&format!("{good}{CANARY}"));
    for (request, told) in [
        (with(post(), body), "401 missing signature"),
        (claims(CANARY), "401 malformed signature"),
        (made_up, "401 malformed signature"),
        (longer, "401 malformed signature"),
        (signed_by(SECRET, old, body), "401 stale signature"),
        (signed_by(CANARY, now, body), "401 signature mismatch"),
    ] {
        world.tells(with_canaries(request), told).await;
    }
    let mut elsewhere = delivery(&private("ticket.updated"));
    let uri = format!("https://example.on.aws/{CANARY}");
    *elsewhere.uri_mut() = uri.parse().expect("a URI");
    world.tells(elsewhere, "404 not found").await;
    let mut otherwise = delivery(&private("ticket.updated"));
    *otherwise.method_mut() = CANARY.parse().expect("a method");
    world.tells(otherwise, "405 not found").await;

    let bound = json!({ "x": { "secret": SECRET, "tenant_id": CANARY } });
    put_secret(&world.table, &bound.to_string()).await;
    world.receiver.warm_up(Timestamp::now()).await;
    let other = delivery(&private("ticket.updated"));
    world.tells(other, "401 wrong tenant").await;
}

#[tokio::test]
async fn nothing_private_is_told_when_aws_fails_in_whatever_way() {
    let (_log, world) = (reports::log(), World::new().await);
    for when in [Break::Before, Break::After, Break::Refused, Break::Quotes] {
        for operation in ["PutItem", "SendMessage"] {
            world.wire.cut(operation, "", when);
            let request = delivery(&private("ticket.updated"));
            world.tells(request, "503 unavailable").await;
            world.wire.repair();
        }
        let large = private("ticket.updated").with_noise(1_000_000, 2);
        for (operation, body) in [
            ("PutItem", CANARY.to_owned()),
            ("GetItem", large.body()),
            ("PutObject", large.body()),
        ] {
            world.wire.cut(operation, "", when);
            let request = with_canaries(signed(body.as_bytes()));
            world.tells(request, "503 unavailable").await;
            world.wire.repair();
        }
        world.wire.cut("GetSecretValue", "", when);
        world.receiver.warm_up(Timestamp::now()).await;
        let request = delivery(&private("ticket.updated"));
        world.tells(request, "200 accepted").await;
        world.wire.repair();
    }
}

/// The log says that it panicked and where, and nothing else.
#[tokio::test]
async fn a_panic_says_nothing_of_what_was_handled() {
    let (_log, world) = (reports::log(), World::new().await);
    world.wire.cut("PutItem", "", Break::Panics);
    let envelope = Envelope::new("ticket.updated").with_id(CANARY);
    let request = signed(envelope.body().as_bytes());
    let panicked = world
        .receiver
        .receive(&raw_event(&request), Timestamp::now())
        .await;
    let told = format!("{:?} {}", panicked.map(drop), reports::logged());
    assert!(told.contains("the receiver panicked"), "{told}");
    assert!(told.contains("network.rs:"), "where: {told}");
    says_nothing(&told);

    world.wire.repair();
    assert_eq!(world.send(&envelope).await.told(), "200 accepted");
}

#[tokio::test]
async fn a_secret_that_cannot_be_used_is_not_told() {
    let _log = reports::log();
    for value in [
        format!("{{{CANARY}"),
        format!(r#"{{"{CANARY}": "{CANARY}"}}"#),
        format!(r#"{{"a": {{"secret": "{CANARY}", "{CANARY}": 1}}}}"#),
        format!(r#"{{"a": {{"secret": ["{CANARY}"]}}}}"#),
        format!(r#"{{"a": ["{CANARY}", "{CANARY}"]}}"#),
    ] {
        let world = World::without_secret(Filter::default()).await;
        put_secret(&world.table, &value).await;
        let world = world.restarted();
        world.receiver.warm_up(Timestamp::now()).await;
        let logged = reports::logged();
        assert!(logged.contains("not a map"), "{logged}");
        says_nothing(&logged);
        let request = delivery(&private("ticket.updated"));
        world.tells(request, "503 unavailable").await;
    }
}
