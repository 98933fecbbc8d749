//! Deliveries as AlgaPSA makes them: signed, sent, answered.

pub mod answer;
pub mod subscription;
pub mod versions;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Limited};
use jiff::{SignedDuration, Timestamp};
use shared::signature::sign;
use uuid::Uuid;

pub use self::answer::{Answer, Names};
pub use self::subscription::{Subscription, VARIABLE, choose};
use crate::output::errors;
use crate::proxied;

/// How long AlgaPSA waits, from the start of the request to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// As much of an answer as AlgaPSA keeps.
const ANSWER: usize = 8192;

const USER_AGENT: &str = concat!("alga-webhooks/", env!("CARGO_PKG_VERSION"));

/// How the ids of this tool's own events begin, so that nobody takes them for AlgaPSA's.
const OWN: &str = "alga-webhooks-";

/// A new id for an event of this tool's.
pub fn own_id() -> String {
    format!("{OWN}{}", Uuid::new_v4())
}

/// Whether this tool has made that id.
pub fn is_own(event_id: &str) -> bool {
    event_id.starts_with(OWN)
}

#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// The bytes that are signed.
    pub body: Bytes,
    /// Counts from 1.
    pub attempt: u16,
    /// How old the signature pretends to be.
    pub age: SignedDuration,
    /// Whether the body is changed after it is signed.
    pub tamper: bool,
}

pub struct Wire(Connector);

impl Wire {
    pub fn unopened() -> Self {
        Self(proxied::connector())
    }

    pub async fn send(&self, subscription: &Subscription, delivery: &Delivery) -> Result<Answer> {
        let names = Names::of(&delivery.body);
        let request = request(subscription, delivery, &names, Timestamp::now())?;
        let started = Instant::now();
        let told = tokio::time::timeout(TIMEOUT, self.exchange(request)).await;
        let told = told.unwrap_or_else(|_| Err(format!("nothing within {TIMEOUT:?}")));
        let took = started.elapsed();
        Ok(Answer::new(names, delivery.attempt, told, took))
    }

    async fn exchange(&self, request: HttpRequest) -> Result<(u16, String), String> {
        let response = self.0.call(request).await;
        let response = response.map_err(|error| errors::cause(&error))?;
        let status = response.status().as_u16();
        Ok((status, text(response).await))
    }
}

fn request(
    subscription: &Subscription,
    delivery: &Delivery,
    names: &Names,
    now: Timestamp,
) -> Result<HttpRequest> {
    let signature = sign(&subscription.key, now - delivery.age, &delivery.body);
    let mut request = Request::post(&subscription.url)
        .header("content-type", "application/json")
        .header("user-agent", USER_AGENT)
        .header("x-alga-signature", signature)
        .header("x-alga-webhook-id", subscription.webhook_id.to_string())
        .header("x-alga-delivery-id", Uuid::new_v4().to_string())
        .header("x-alga-delivery-attempt", delivery.attempt.to_string());
    for (name, value) in [
        ("x-alga-event-id", &names.event_id),
        ("x-alga-event-type", &names.event_type),
    ] {
        // An id that no header can hold is left out of the headers: the receiver reads only the body.
        let value = value.as_ref().and_then(|value| value.parse().ok());
        if let Some(value) = value {
            request = request.header::<_, http::HeaderValue>(name, value);
        }
    }
    let mut body = delivery.body.to_vec();
    if delivery.tamper {
        body.push(b' ');
    }
    let request = request
        .body(SdkBody::from(body))
        .with_context(|| format!("{} is not a URL to send to", subscription.url))?;
    Ok(request.try_into()?)
}

async fn text(response: HttpResponse) -> String {
    let body = Limited::new(response.into_body(), ANSWER).collect().await;
    let body = body.map(http_body_util::Collected::to_bytes);
    String::from_utf8_lossy(&body.unwrap_or_default()).into_owned()
}
