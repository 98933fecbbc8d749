//! Webhooks by the API: `/api/v1/webhooks`. As AlgaPSA is installed, no key may touch them. Where somebody has put the missing
//! permissions into the database, three reads, the rotation and the test work; the others fail in AlgaPSA itself.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::refusal::{Refusal, answer};
use crate::loopback::ask;
use crate::sender::{Chance, headers, merge, secret};
use crate::signature::signature;
use crate::ticket::{Event, written};

pub(super) const WEBHOOKS: &str = "/api/v1/webhooks";

/// How long AlgaPSA waits for an answer to a test.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A webhook, as an admin has made it in the settings.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub id: Uuid,
    pub url: String,
    /// What signs its deliveries. It is shown once.
    pub secret: String,
    pub event_types: Vec<String>,
    /// How often the secret was changed.
    pub rotations: u64,
}

/// The webhooks of an installation.
#[derive(Debug, Default)]
pub(super) struct Webhooks {
    all: Vec<Webhook>,
    /// What the next POST makes, in a revision that keeps to AlgaPSA's public guides.
    to_make: Option<Webhook>,
}

impl Webhook {
    /// One with a secret that follows from the seed.
    pub fn new(seed: u64, url: &str, event_types: &[&str]) -> Self {
        let mut chance = Chance::new(seed);
        Self {
            id: chance.uuid(),
            url: url.to_owned(),
            secret: secret(&mut chance),
            event_types: event_types.iter().map(|&name| name.to_owned()).collect(),
            rotations: 0,
        }
    }

    /// The test delivery that *Send test* sends, signed with the secret that counts now.
    pub fn test(&self, now: Timestamp) -> Test {
        let mut event = Event::test_of(self.id);
        event.occurred_at = now;
        Test {
            webhook: self.clone(),
            event,
        }
    }

    fn rotate(&mut self) {
        self.rotations += 1;
        let seed = self.id.as_u64_pair().0 ^ self.rotations;
        self.secret = secret(&mut Chance::new(seed));
    }
}

/// A test delivery that is to be sent.
#[derive(Debug)]
pub struct Test {
    webhook: Webhook,
    event: Event,
}

impl Test {
    /// Sends it, and gives AlgaPSA's answer: 200 whatever came of it.
    pub async fn sent(self) -> Response<Bytes> {
        let delivery_id = Uuid::new_v4();
        let started = Instant::now();
        let answered = ask(self.request(&delivery_id.to_string()), TIMEOUT)
            .await
            .ok();
        let status = answered.as_ref().map(|answer| answer.status().as_u16());
        let body = answered.map(|answer| String::from_utf8_lossy(answer.body()).into_owned());
        let data = json!({
            "test_id": Uuid::new_v4().to_string(),
            "delivery_id": delivery_id.to_string(),
            "success": status.is_some_and(|status| (200..300).contains(&status)),
            "status_code": status,
            "response_time_ms": u64::try_from(started.elapsed().as_millis()).ok(),
            "response_body": body,
            "tested_at": written(Timestamp::now()),
        });
        answer(200, &json!({ "data": data }))
    }

    fn request(&self, delivery_id: &str) -> Request<Bytes> {
        let body = self.event.body();
        let mut request = Request::new(body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.webhook.url.parse().expect("it is a URL");
        let id = self.webhook.id.to_string();
        *request.headers_mut() = headers(&id, delivery_id, 1, Some(&self.event));
        let signed = signature(&self.webhook.secret, Timestamp::now().as_second(), &body);
        merge(request.headers_mut(), "x-alga-signature", &signed);
        request
    }
}

impl Webhooks {
    pub(super) fn put(&mut self, webhook: Webhook) {
        self.all.push(webhook);
    }

    pub(super) fn makes(&mut self, webhook: Webhook) {
        self.to_make = Some(webhook);
    }

    pub(super) fn get(&self, id: Uuid) -> Option<&Webhook> {
        self.all.iter().find(|webhook| webhook.id == id)
    }

    /// The test that a request asks for, if it does.
    pub(super) fn test<T>(&self, request: &Request<T>, now: Timestamp) -> Option<Test> {
        let path = request.uri().path().strip_prefix(WEBHOOKS)?;
        let id = path.strip_prefix('/')?.strip_suffix("/test")?;
        let is_post = request.method() == Method::POST;
        let webhook = self.get(id.parse().ok()?).filter(|_| is_post)?;
        Some(webhook.test(now))
    }

    /// The answer to a key that may. `path` is what follows `/api/v1/webhooks`.
    pub(super) fn answer(
        &mut self,
        method: &Method,
        path: &str,
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (method, &parts[..]) {
            (&Method::GET, ["events"]) => {
                let types = samples::TYPES.map(|name| json!({ "event_type": name }));
                Ok(json!({ "data": types }))
            }
            (&Method::GET, [id, "subscriptions"]) => {
                let webhook = self.known(id)?;
                Ok(
                    json!({ "data": { "webhook_id": webhook.id.to_string(), "event_types": webhook.event_types } }),
                )
            }
            (&Method::GET, [id, "health"]) => self.known(id).map(|webhook| health(webhook, now)),
            (&Method::POST, [id, "secret", "rotate"]) => {
                let webhook = self.known(id)?;
                webhook.rotate();
                Ok(signs(webhook))
            }
            (&Method::POST, [id, "test"]) => self.known(id).map(|_| Value::Null), // it is sent instead
            (&Method::POST, []) => self.create(),
            _ => Err(Refusal::Broken),
        }
    }

    /// The service behind it knows three types of events only, and has no database.
    fn create(&mut self) -> Result<Value, Refusal> {
        let webhook = self.to_make.take().ok_or(Refusal::UnknownEvents)?;
        let made = signs(&webhook);
        self.put(webhook);
        Ok(made)
    }

    fn known(&mut self, id: &str) -> Result<&mut Webhook, Refusal> {
        let id: Uuid = id.parse().map_err(|_| Refusal::Broken)?;
        let webhook = self.all.iter_mut().find(|webhook| webhook.id == id);
        webhook.ok_or(Refusal::NoSuchWebhook)
    }
}

fn signs(webhook: &Webhook) -> Value {
    json!({ "data": { "webhook_id": webhook.id.to_string(), "signing_secret": webhook.secret } })
}

fn health(webhook: &Webhook, now: Timestamp) -> Value {
    json!({ "data": {
        "webhook_id": webhook.id.to_string(),
        "status": "healthy",
        "is_active": true,
        "auto_disabled_at": null,
        "total_deliveries": 0,
        "successful_deliveries": 0,
        "failed_deliveries": 0,
        "success_rate": 1,
        "last_delivery_at": null,
        "last_success_at": null,
        "last_failure_at": null,
        "checked_at": written(now),
    } })
}

/// What a call needs: the permission that no installation has by itself.
pub(super) fn action(method: &Method, path: &str) -> &'static str {
    match (method, path) {
        (&Method::POST, path) if path.ends_with("/secret/rotate") => "manage_security",
        (&Method::POST, path) if path.ends_with("/test") => "test",
        (&Method::POST, _) => "create",
        (&Method::PUT, _) => "update",
        (&Method::DELETE, _) => "delete",
        _ => "read",
    }
}
