//! AlgaPSA's side: signs and sends as it does, and answers for what it was told.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::loopback::{exchange, exchange_all};
use crate::sender::{Attempt, headers};
use crate::signature::signature;
use crate::ticket::Event;

/// One subscription: where it sends, and the secret that it signs with.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The webhook's address.
    pub url: String,
    /// The signing secret, as the sender shows it.
    pub secret: String,
    /// The subscription's id.
    pub webhook_id: String,
}

/// One HTTP attempt, ready to go; the methods make it into one that should not pass.
#[derive(Clone, Debug)]
pub struct Delivery {
    request: Request<Bytes>,
}

/// What the sender was told.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it is.
    pub text: String,
    /// How long it took.
    pub after: Duration,
}

impl Sender {
    /// A new subscription.
    #[must_use]
    pub fn new(url: &str, secret: &str) -> Self {
        Self {
            url: url.into(),
            secret: secret.into(),
            webhook_id: Uuid::new_v4().to_string(),
        }
    }

    /// The first attempt for an event.
    #[must_use]
    pub fn delivery(&self, event: &Event) -> Delivery {
        self.first(event.body(), Some(event))
    }

    /// The first attempt for a body of any kind.
    ///
    /// # Panics
    /// When the URL is none.
    #[must_use]
    pub fn delivery_of(&self, body: impl Into<Bytes>) -> Delivery {
        self.first(body.into(), None)
    }

    fn first(&self, body: Bytes, event: Option<&Event>) -> Delivery {
        let delivery_id = Uuid::new_v4().to_string();
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.parse().expect("the webhook has a URL");
        *request.headers_mut() = headers(&self.webhook_id, &delivery_id, 1, event);
        Delivery { request }.signed(&self.secret, Timestamp::now())
    }

    /// What AlgaPSA's queue has let go, signed for now.
    ///
    /// # Panics
    /// When the URL is none.
    #[must_use]
    pub fn carrying(&self, attempt: &Attempt) -> Delivery {
        let url = self.url.parse().expect("the webhook has a URL");
        let request = attempt.request(&url, Timestamp::now());
        Delivery { request }
    }

    /// Sends an event for the first time.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn send(&self, event: &Event) -> Answer {
        self.delivery(event).send()
    }

    /// Sends an event again, with the same bytes and a signature of now.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn retry(&self, event: &Event, attempt: u32) -> Answer {
        self.delivery(event).attempt(attempt).send()
    }

    /// Sends everything at once.
    ///
    /// # Panics
    /// When one of them gets no answer.
    #[must_use]
    pub fn burst<'a>(&self, events: impl IntoIterator<Item = &'a Event>) -> Vec<Answer> {
        let requests = events
            .into_iter()
            .map(|event| self.delivery(event).request)
            .collect();
        let started = Instant::now();
        let answers = exchange_all(requests).expect("the receiver answers");
        answers
            .into_iter()
            .map(|answer| Answer::new(&answer, started))
            .collect()
    }
}

impl Delivery {
    /// With another header, or another value of one.
    ///
    /// # Panics
    /// When that is no header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).expect("a header's name");
        self.request.headers_mut().insert(
            name,
            HeaderValue::try_from(value).expect("a header's value"),
        );
        self
    }

    /// Without a header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.request.headers_mut().remove(name);
        self
    }

    /// A later attempt.
    #[must_use]
    pub fn attempt(self, attempt: u32) -> Self {
        self.with("x-alga-delivery-attempt", &attempt.to_string())
    }

    /// Signed with a secret at a time.
    #[must_use]
    pub fn signed(self, secret: &str, at: Timestamp) -> Self {
        let signature = signature(secret, at.as_second(), self.request.body());
        self.with("x-alga-signature", &signature)
    }

    /// Signed so long ago, or ahead.
    #[must_use]
    pub fn aged(self, secret: &str, age: SignedDuration) -> Self {
        self.signed(secret, Timestamp::now() - age)
    }

    /// Signed by somebody who does not know the secret.
    #[must_use]
    pub fn forged(self) -> Self {
        self.signed("not-the-secret", Timestamp::now())
    }

    /// To another path of the same receiver.
    ///
    /// # Panics
    /// When that is no path.
    #[must_use]
    pub fn to(mut self, path: &str) -> Self {
        let url = format!(
            "{}/{}",
            self.request.uri().to_string().trim_end_matches('/'),
            path.trim_start_matches('/')
        );
        *self.request.uri_mut() = url.parse().expect("a URL");
        self
    }

    /// With another method.
    #[must_use]
    pub fn by(mut self, method: Method) -> Self {
        *self.request.method_mut() = method;
        self
    }

    /// The signature that it carries.
    #[must_use]
    pub fn signature(&self) -> Option<&str> {
        self.request
            .headers()
            .get("x-alga-signature")?
            .to_str()
            .ok()
    }

    /// Sends it.
    ///
    /// # Panics
    /// When there is no answer.
    #[must_use]
    pub fn send(self) -> Answer {
        self.try_send().expect("the receiver answers")
    }

    /// Sends it, to somebody who may not answer.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn try_send(self) -> Result<Answer> {
        let started = Instant::now();
        let answer = exchange(self.request).context("the delivery failed")?;
        Ok(Answer::new(&answer, started))
    }
}

impl Answer {
    fn new(response: &Response<Bytes>, started: Instant) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: String::from_utf8_lossy(response.body()).into_owned(),
            after: started.elapsed(),
        }
    }

    /// The word in the receipt, or the error.
    #[must_use]
    pub fn word(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        let word = body.get("status").or_else(|| body.get("error"));
        word.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Status and word, such as `200 accepted`.
    #[must_use]
    pub fn outcome(&self) -> String {
        format!("{} {}", self.status, self.word())
    }
}
