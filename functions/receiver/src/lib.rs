//! The receiver: proves who sent a delivery, keeps its event once, and rings for the reactor.

pub mod authenticate;
pub mod filter;
mod receipt;
mod report;
pub mod secrets;

use std::panic::AssertUnwindSafe;

use anyhow::Result;
use bytes::Bytes;
use futures_util::FutureExt;
use jiff::Timestamp;
use lambda_http::http::Method;
use lambda_http::{Body, Request, Response};
use shared::aws::SdkConfig;
use shared::doorbell::Doorbells;
use shared::event::{Event, Unreadable};
use shared::inbox::{Admission, Inbox};
use shared::settings;
use uuid::Uuid;

use crate::authenticate::{Delivery, Refusal, authenticate};
use crate::filter::Filter;
use crate::receipt::{Answer, Receipt};
use crate::report::Report;
use crate::secrets::Secrets;

/// Where deliveries are taken.
const PATHS: [&str; 2] = ["/", "/webhooks/alga"];

/// Everything that lives as long as the execution environment.
pub struct Receiver {
    secrets: Secrets,
    filter: Filter,
    inbox: Inbox,
    doorbells: Doorbells,
}

/// What the template sets, in environment variables of the same names in capitals.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `SECRET_ID`: the signing secret in Secrets Manager, by name or ARN.
    pub secret_id: String,
    /// `INBOX_TABLE`: the name of the inbox table.
    pub inbox_table: String,
    /// `QUEUE_URL`: the FIFO queue of doorbells.
    pub queue_url: String,
    /// `WATCHED_IDS` and `WATCHED_TYPES`, both separated by commas; empty lists want everything.
    pub filter: Filter,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn from_env() -> Result<Self> {
        let list = |name| settings::optional(name).unwrap_or_default();
        Ok(Self {
            secret_id: settings::required("SECRET_ID")?,
            inbox_table: settings::required("INBOX_TABLE")?,
            queue_url: settings::required("QUEUE_URL")?,
            filter: Filter::new(&list("WATCHED_IDS"), &list("WATCHED_TYPES")),
        })
    }
}

impl Receiver {
    /// A receiver that holds no secret yet.
    #[must_use]
    pub fn new(config: &SdkConfig, settings: Settings) -> Self {
        Self {
            secrets: Secrets::new(config, settings.secret_id),
            filter: settings.filter,
            inbox: Inbox::new(config, settings.inbox_table),
            doorbells: Doorbells::new(config, settings.queue_url),
        }
    }

    /// Reads the secret, with the connections opening meanwhile. Nothing of it needs to succeed: a receiver without a
    /// secret answers 503 and asks again.
    pub async fn warm_up(&self, now: Timestamp) {
        let secret = self.secrets.read(now);
        let (_, inbox, doorbells) =
            tokio::join!(secret, self.inbox.warm_up(), self.doorbells.warm_up());
        for cold in [inbox, doorbells].into_iter().filter_map(Result::err) {
            tracing::warn!(
                error = format!("{cold:#}"),
                "could not warm up a connection"
            );
        }
    }

    /// Answers one request that arrives at `now`, and reports on it.
    ///
    /// # Errors
    /// When it panics, which is a crash as any other; whatever else goes wrong is an answer.
    pub async fn receive(
        &self,
        request: Request,
        now: Timestamp,
    ) -> Result<Response<Body>, lambda_http::Error> {
        let mut report = Report::start();
        // The runtime would hand the message of a panic on, and that may quote what was being handled.
        let answer = AssertUnwindSafe(self.answer(request, now, &mut report)).catch_unwind();
        let answer = answer.await.map_err(|_panic| "the receiver panicked")?;
        report.finish(&answer);
        Ok(answer.into_response())
    }

    async fn answer(&self, request: Request, now: Timestamp, report: &mut Report) -> Answer {
        if !PATHS.contains(&request.uri().path()) {
            return Answer::NotFound;
        }
        if request.method() != Method::POST {
            return Answer::MethodNotAllowed;
        }
        let delivery = match authenticate(request, &self.secrets, now).await {
            Ok(delivery) => delivery,
            Err(Refusal::Rejected(why)) => return Answer::Unauthorized(why),
            Err(Refusal::NoSecret) => return Answer::Unavailable,
        };
        match self.take_in(&delivery, now, report).await {
            Ok(receipt) => Answer::Receipt(receipt),
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "could not keep a delivery; the sender will try again"
                );
                Answer::Unavailable
            }
        }
    }

    /// Everything authentic ends in a receipt, wanted or not: an error status would only use up the sender's retries.
    async fn take_in(
        &self,
        delivery: &Delivery,
        now: Timestamp,
        report: &mut Report,
    ) -> Result<Receipt> {
        let event = match Event::parse(delivery.body().clone(), now) {
            Ok(event) => event,
            Err(why) => return self.quarantine(delivery, why, now).await,
        };
        report.is_about(&event);
        if event.is_test() {
            return Ok(Receipt::Test);
        }
        if !self.filter.wants(&event) {
            return Ok(Receipt::Ignored(event.event_id));
        }
        let admission = self.inbox.admit(&event, delivery.webhook_id(), now).await?;
        self.doorbells.ring_for(&admission).await?;
        Ok(match admission {
            Admission::New(_) => Receipt::Accepted(event.event_id),
            Admission::Waiting(_) | Admission::Parked(_) | Admission::Settled => {
                Receipt::Duplicate(event.event_id)
            }
        })
    }

    async fn quarantine(
        &self,
        delivery: &Delivery,
        why: Unreadable,
        now: Timestamp,
    ) -> Result<Receipt> {
        self.inbox
            .quarantine(delivery.body(), why, delivery.webhook_id(), now)
            .await?;
        tracing::warn!(why = %why, "quarantined an authentic body that cannot be sequenced");
        Ok(Receipt::Quarantined)
    }
}

fn bytes(body: Body) -> Bytes {
    match body {
        Body::Empty => Bytes::new(),
        Body::Text(text) => text.into(),
        Body::Binary(bytes) => bytes.into(),
        other => Bytes::copy_from_slice(&other),
    }
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    // What is not text is not a signature and not an id either.
    request
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap_or_default())
}

fn webhook_id(request: &Request) -> Option<Uuid> {
    header(request, "x-alga-webhook-id")?.parse().ok()
}
