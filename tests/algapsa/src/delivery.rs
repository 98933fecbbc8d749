//! Single deliveries, signed and sent as AlgaPSA does, and their answers.

use std::thread::sleep;
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

/// After this time the SDK repeats a call to AWS, and may find the event kept by its own first call: a duplicate.
const REPEATED_AFTER: Duration = Duration::from_millis(1500);
/// How long a delivery that is answered 503 is sent again, and how often.
const GIVEN_UP_AFTER: Duration = Duration::from_mins(1);
const RETRIED_EVERY: Duration = Duration::from_millis(500);

/// One subscription: where it sends, and the secret that it signs with.
#[derive(Clone, Debug)]
pub struct Sender {
    pub url: String,
    /// The signing secret, as the sender shows it.
    pub secret: String,
    pub webhook_id: String,
}

/// One HTTP attempt, ready to go; the methods make it into one that should not pass.
#[must_use = "it is not sent yet"]
#[derive(Clone, Debug)]
pub struct Delivery {
    request: Request<Bytes>,
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub after: Duration,
}

impl Sender {
    pub fn new(url: &str, secret: &str) -> Self {
        Self {
            url: url.into(),
            secret: secret.into(),
            webhook_id: Uuid::new_v4().to_string(),
        }
    }

    pub fn delivery(&self, event: &Event) -> Delivery {
        self.first(event.body(), Some(event))
    }

    /// The first attempt for a body of any kind.
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
    pub fn carrying(&self, attempt: &Attempt) -> Delivery {
        let url = self.url.parse().expect("the webhook has a URL");
        let request = attempt.request(&url, Timestamp::now());
        Delivery { request }
    }

    pub fn send(&self, event: &Event) -> Answer {
        self.delivery(event).send()
    }

    /// Sends an event, which must be kept.
    #[track_caller]
    pub fn deliver(&self, event: &Event) {
        self.is_kept(event, &self.send(event));
    }

    /// Sends everything at once, all of which must be kept.
    #[track_caller]
    pub fn deliver_all<'a>(&self, events: impl IntoIterator<Item = &'a Event>) {
        let events: Vec<_> = events.into_iter().collect();
        let answers = self.burst(events.iter().copied());
        for (event, answer) in events.into_iter().zip(answers) {
            self.is_kept(event, &answer);
        }
    }

    /// Sends a delivery again that was answered 503, as AlgaPSA does. It may have been kept before.
    #[track_caller]
    fn is_kept(&self, event: &Event, first: &Answer) {
        if first.status != 503 {
            return assert!(first.is_accepted(), "{first:?}");
        }
        let kept = self.retry(event, 2).outcome();
        let is_kept = ["200 accepted", "200 duplicate"].contains(&kept.as_str());
        assert!(is_kept, "{kept}");
    }

    /// Sends an event again, with the same bytes and a signature of now.
    pub fn retry(&self, event: &Event, attempt: u32) -> Answer {
        self.delivery(event).attempt(attempt).send()
    }

    pub fn burst<'a>(&self, events: impl IntoIterator<Item = &'a Event>) -> Vec<Answer> {
        let requests = events.into_iter();
        let requests = requests.map(|event| self.delivery(event).request).collect();
        let started = Instant::now();
        let answers = exchange_all(requests).expect("the receiver answers");
        let answers = answers.iter().map(|answer| Answer::new(answer, started));
        answers.collect()
    }
}

impl Delivery {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).expect("a header's name");
        let value = HeaderValue::try_from(value).expect("a header's value");
        self.request.headers_mut().insert(name, value);
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.request.headers_mut().remove(name);
        self
    }

    pub fn attempt(self, attempt: u32) -> Self {
        self.with("x-alga-delivery-attempt", &attempt.to_string())
    }

    pub fn signed(self, secret: &str, at: Timestamp) -> Self {
        let signature = signature(secret, at.as_second(), self.request.body());
        self.with("x-alga-signature", &signature)
    }

    /// Signed that long ago, or ahead if `age` is negative.
    pub fn aged(self, secret: &str, age: SignedDuration) -> Self {
        self.signed(secret, Timestamp::now() - age)
    }

    /// Signed with another secret.
    pub fn forged(self) -> Self {
        self.signed("not-the-secret", Timestamp::now())
    }

    pub fn to(mut self, path: &str) -> Self {
        let (base, path) = (self.request.uri().to_string(), path.trim_start_matches('/'));
        let url = format!("{}/{path}", base.trim_end_matches('/'));
        *self.request.uri_mut() = url.parse().expect("a URL");
        self
    }

    pub fn by(mut self, method: Method) -> Self {
        *self.request.method_mut() = method;
        self
    }

    pub fn signature(&self) -> Option<&str> {
        let header = self.request.headers().get("x-alga-signature")?;
        header.to_str().ok()
    }

    /// Sends it, and again while it is answered 503, as AlgaPSA does: on a busy machine the calls to AWS of a receiver, or of
    /// its start, may time out.
    pub fn send(self) -> Answer {
        let started = Instant::now();
        let mut answer = self.once();
        while answer.status == 503 && started.elapsed() < GIVEN_UP_AFTER {
            sleep(RETRIED_EVERY);
            answer = self.once();
        }
        // The time from the first, which may have been kept.
        answer.after = started.elapsed();
        answer
    }

    /// Sends it once.
    pub fn once(&self) -> Answer {
        let sent = self.clone().try_send();
        sent.expect("the receiver answers")
    }

    /// Sends it once. There may be no answer.
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

    /// Whether this delivery was kept as the first of its event. After a slow answer "duplicate" may mean that, too.
    pub fn is_accepted(&self) -> bool {
        match self.outcome().as_str() {
            "200 accepted" => true,
            "200 duplicate" => self.after >= REPEATED_AFTER,
            _ => false,
        }
    }

    /// The word in the receipt, or the error.
    pub fn word(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        let word = body.get("status").or_else(|| body.get("error"));
        word.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Status and word, such as `200 accepted`.
    pub fn outcome(&self) -> String {
        format!("{} {}", self.status, self.word())
    }
}
