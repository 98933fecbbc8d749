//! The receiver: proves who sent a delivery, keeps its event once, and rings for the reactor.

pub mod authenticate;
pub mod front;
mod report;
mod response;
mod settings;
pub mod signing_secrets;

use anyhow::Result;
use jiff::Timestamp;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::Method;
use lambda_http::{Error, Request};
use shared::aws::{SdkConfig, warmed};
use shared::event::{Event, Unreadable};
use shared::filter::Filter;
use shared::inbox::{Admission, Bodies, Inbox};
use shared::panics::caught;
use shared::queue::Queue;

use crate::authenticate::{Delivery, Refusal, authenticate};
use crate::report::Report;
use crate::response::{Answer, Receipt};
pub use crate::settings::Settings;
use crate::signing_secrets::SigningSecrets;

/// The paths that accept deliveries.
const PATHS: [&str; 2] = ["/", "/webhooks/alga"];

/// Everything that lives as long as the execution environment.
pub struct Receiver {
    secrets: SigningSecrets,
    filter: Filter,
    inbox: Inbox,
    queue: Queue,
}

impl Receiver {
    /// A receiver that holds no secret yet.
    pub fn new(config: &SdkConfig, settings: Settings) -> Self {
        let bodies = Bodies::new(config, &settings.bodies_bucket);
        Self {
            secrets: SigningSecrets::new(config, settings.secret_id),
            filter: settings.filter,
            inbox: Inbox::new(config, settings.inbox_table, bodies),
            queue: Queue::new(config, settings.queue_url),
        }
    }

    /// Reads the secret and opens the connections. It may fail: a receiver without a secret answers 503.
    pub async fn warm_up(&self, now: Timestamp) {
        let secret = self.secrets.read(now);
        let (_, inbox, queue) = tokio::join!(secret, self.inbox.warm_up(), self.queue.warm_up());
        warmed([inbox, queue]);
    }

    /// Answers one event of the function URL that arrives at `now`, and reports on it. Only a panic is an error;
    /// anything else is an answer.
    pub async fn receive(
        &self,
        event: &str,
        now: Timestamp,
    ) -> Result<ApiGatewayV2httpResponse, Error> {
        let report = Report::start();
        let answered = caught("the receiver", self.answer(event, now)).await;
        let (answer, event) = answered.map_err(|panicked| panicked.to_string())?;
        report.finish(&answer, event.as_ref());
        Ok(front::response(answer.into_response()))
    }

    /// The answer, and the event if one could be read.
    async fn answer(&self, event: &str, now: Timestamp) -> (Answer, Option<Event>) {
        let Some(request) = front::request(event) else {
            let kind = front::kind(event);
            tracing::warn!(kind, "this event does not come from a function URL");
            return (Answer::Unsupported, None);
        };
        self.answer_request(request, now).await
    }

    async fn answer_request(&self, request: Request, now: Timestamp) -> (Answer, Option<Event>) {
        if !PATHS.contains(&request.uri().path()) {
            return (Answer::NotFound, None);
        }
        if request.method() != Method::POST {
            return (Answer::MethodNotAllowed, None);
        }
        let delivery = match authenticate(request, &self.secrets, now).await {
            Ok(delivery) => delivery,
            Err(Refusal::Rejected(why)) => return (Answer::Unauthorized(why), None),
            Err(Refusal::NoSecret) => return (Answer::Unavailable, None),
        };
        let (received, event) = match Event::parse(delivery.body().clone(), now) {
            Ok(event) => (self.take_in(&delivery, &event, now).await, Some(event)),
            Err(why) => (self.quarantine(&delivery, why, now).await, None),
        };
        (Answer::of(received), event)
    }

    /// Every authentic event gets a receipt, wanted or not: an error status would only use up the sender's retries.
    async fn take_in(&self, delivery: &Delivery, event: &Event, now: Timestamp) -> Result<Receipt> {
        let event_id = event.event_id().to_owned();
        if event.is_test() {
            return Ok(Receipt::Test);
        }
        if !self.filter.wants(event) {
            return Ok(Receipt::Ignored(event_id));
        }
        let admission = self.inbox.admit(event, delivery.webhook_id(), now).await?;
        self.queue.ring_for(&admission).await?;
        Ok(match admission {
            Admission::New(_) => Receipt::Accepted(event_id),
            Admission::Waiting(_) | Admission::Parked(_) | Admission::Settled => {
                Receipt::Duplicate(event_id)
            }
        })
    }

    async fn quarantine(
        &self,
        sent: &Delivery,
        why: Unreadable,
        now: Timestamp,
    ) -> Result<Receipt> {
        let (body, webhook_id) = (sent.body(), sent.webhook_id());
        self.inbox.quarantine(body, why, webhook_id, now).await?;
        tracing::warn!(why = %why, "quarantined an authentic body that cannot be put in order");
        Ok(Receipt::Quarantined)
    }
}
