//! Webhooks by the API: nobody may touch them as AlgaPSA is installed, and not everything works where somebody may.

use algapsa::loopback::exchange;
use algapsa::ticket_api::{Installation, KEY, Key, TicketApi, Webhook};
use bytes::Bytes;
use http::{Method, Request};
use jiff::Timestamp;
use serde_json::{Value, json};
use support::{Call, Target};

/// An AlgaPSA whose only webhook leads to a target.
struct World {
    api: TicketApi,
    webhook: Webhook,
    target: Target,
}

impl World {
    fn new(has_rows: bool) -> Self {
        let target = Target::start();
        let mut installation = Installation::new([]);
        let mut key = Key::of(installation.tenant_id());
        key.may_manage_webhooks = has_rows;
        installation.put_key(KEY, key);
        let webhook = Webhook::new(7, &target.url, &["ticket.created"]);
        installation.put_webhook(webhook.clone());
        let api = TicketApi::serving(installation, Timestamp::now);
        Self {
            api,
            webhook,
            target,
        }
    }

    /// Its answer to a request about webhooks; `ID` stands for the id of the one that is there.
    fn ask(&self, method: Method, path: &str) -> (u16, Value) {
        let path = path.replace("ID", &self.webhook.id.to_string());
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/api/v1/webhooks{path}", self.api.url))
            .header("x-api-key", KEY);
        let answer = exchange(request.body(Bytes::new()).unwrap()).unwrap();
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status().as_u16(), body)
    }
}

#[test]
fn as_it_is_installed_every_call_is_forbidden() {
    let world = World::new(false);
    for (method, path, action) in [
        (Method::GET, "/events", "read"),
        (Method::GET, "/ID/subscriptions", "read"),
        (Method::POST, "", "create"),
        (Method::POST, "/ID/secret/rotate", "manage_security"),
        (Method::POST, "/ID/test", "test"),
        (Method::DELETE, "/ID", "delete"),
    ] {
        let (status, body) = world.ask(method, path);
        let message = format!("Permission denied: Cannot {action} webhook");
        assert_eq!(
            (status, &body["error"]["message"]),
            (403, &json!(message)),
            "{path}"
        );
    }
    assert_eq!(world.target.count(), 0, "nothing is sent");
}

#[test]
fn with_permissions_some_routes_work_and_the_others_fail_in_algapsa_itself() {
    let world = World::new(true);
    for (method, path, expected) in [
        (Method::GET, "/events", 200),
        (Method::GET, "/ID/subscriptions", 200),
        (Method::GET, "/ID/health", 200),
        (Method::GET, "", 500),
        (Method::GET, "/ID", 500),
        (Method::PUT, "/ID", 500),
        (Method::GET, "/ID/deliveries", 500),
        (Method::POST, "", 400),
        (
            Method::GET,
            "/0d9f6a52-9a0c-4c0e-8d55-1f0b1c2d3e4f/health",
            404,
        ),
    ] {
        let (status, body) = world.ask(method, path);
        assert_eq!(status, expected, "{path}: {body}");
    }
    let (_, body) = world.ask(Method::GET, "/ID/subscriptions");
    assert_eq!(body["data"]["event_types"], json!(["ticket.created"]));
}

#[test]
fn a_rotated_secret_signs_at_once() {
    let world = World::new(true);
    let (_, body) = world.ask(Method::POST, "/ID/secret/rotate");
    let secret = body["data"]["signing_secret"].as_str().unwrap();
    assert_ne!(secret, world.webhook.secret);
    assert_eq!(secret.len(), 43);
    let (status, body) = world.ask(Method::POST, "/ID/test");
    assert_eq!((status, &body["data"]["success"]), (200, &json!(true)));
    let calls: Vec<Call> = world.target.everything();
    assert_eq!(calls.len(), 1);
    assert!(calls[0].is_signed_with(secret), "{calls:?}");
    assert_eq!(calls[0].header("x-alga-event-type"), "webhook.test");
}

#[test]
fn a_test_that_fails_is_answered_with_200_too() {
    let mut world = World::new(true);
    let nowhere = Webhook::new(8, "http://127.0.0.1:9/", &[]);
    world.api.with(|there| there.put_webhook(nowhere.clone()));
    world.webhook = nowhere;
    let (status, body) = world.ask(Method::POST, "/ID/test");
    assert_eq!((status, &body["data"]["success"]), (200, &json!(false)));
    assert_eq!(body["data"]["status_code"], Value::Null);
}
