//! The `http` reaction: the envelope as it came, signed as the sender signs, to the user's own endpoint.

mod document;

use std::time::Duration;

use anyhow::{Context, Result};
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use http::{Request, Uri};
use http_body_util::{BodyExt, Limited};
use secrecy::SecretString;
use shared::answer::{named, retry_after};
use shared::aws::{self, SdkConfig};
use shared::secret::{Cached, StoredSecret};
use shared::signature;
use tokio::time::Instant;
use uuid::Uuid;

use super::TIMEOUT;
use super::attempt::Attempt;
use crate::failure::Failure;

/// Statuses that the same event will get every time.
const FINAL: [u16; 4] = [400, 413, 415, 422];
/// How much of an answer is read, so that the connection can be used again.
const ANSWER: usize = 64 * 1024;
/// How long to wait for the body of an answer; its status has already decided.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// How long before the reaction's time is up the status alone must do.
const MARGIN: Duration = Duration::from_millis(200);

pub struct Http {
    url: Uri,
    connector: SharedHttpConnector,
    stored: StoredSecret,
    secret: Cached<SecretString>,
}

impl Http {
    pub fn new(config: &SdkConfig, url: Uri, secret_id: String) -> Self {
        Self {
            url,
            connector: SharedHttpConnector::new(aws::connector()),
            stored: StoredSecret::new(config, secret_id, "the reaction's signing secret"),
            secret: Cached::default(),
        }
    }

    pub async fn react(&self, attempt: &Attempt<'_>) -> Result<(), Failure> {
        let ends_at = Instant::now() + TIMEOUT - MARGIN;
        let read = Box::pin(self.read_secret());
        let secret = self.secret.get(attempt.at, read).await;
        let secret = secret.map_err(|unread| Failure::without(&unread))?;
        let posted = self.post(attempt, &secret).await;
        let response = posted.map_err(|error| Failure::with_causes(&error))?;
        let status = response.status().as_u16();
        let retry_after = retry_after(&response, attempt.at);
        let rest = Limited::new(response.into_body(), ANSWER).collect();
        let ends_at = ends_at.min(Instant::now() + ANSWER_TIMEOUT);
        let _ = tokio::time::timeout_at(ends_at, rest).await;
        verdict(status, retry_after)
    }

    /// The errors name no URL: the connector's do not.
    async fn post(&self, attempt: &Attempt<'_>, secret: &SecretString) -> Result<HttpResponse> {
        let request = self.request(attempt, secret)?;
        let response = self.connector.call(request).await;
        response.context("the target could not be reached")
    }

    async fn read_secret(&self) -> Result<SecretString> {
        self.stored.text().await.map(SecretString::from)
    }

    fn request(&self, attempt: &Attempt, secret: &SecretString) -> Result<HttpRequest> {
        let event = attempt.event;
        let sign = |body: &[u8]| signature::sign(secret, attempt.at, body);
        let mut request = Request::post(&self.url)
            .header("content-type", "application/json")
            .header("user-agent", aws::USER_AGENT)
            .header("x-alga-signature", sign(&event.body))
            .header("x-alga-event-id", event.event_id())
            .header("x-alga-event-type", event.event_type())
            .header("x-alga-delivery-id", Uuid::new_v4().to_string())
            .header("x-alga-delivery-attempt", attempt.number)
            .header("x-alga-order", attempt.order.word())
            .header("x-alga-stream", event.place.stream.as_str());
        if let Some(id) = attempt.webhook_id {
            request = request.header("x-alga-webhook-id", id.to_string());
        }
        if attempt.stale {
            request = request.header("x-alga-stale", "true");
        }
        if attempt.unannounced {
            request = request.header("x-alga-unannounced", "true");
        }
        if let Some(replay) = attempt.replay() {
            request = request.header("x-alga-replay", replay);
        }
        if let Some(ticket) = attempt.ticket {
            let document = document::of(ticket);
            request = request.header("x-alga-ticket-signature", sign(document.as_bytes()));
            request = request.header("x-alga-ticket", document);
        }
        let request = request.body(SdkBody::from(event.body.clone()))?;
        Ok(request.try_into()?)
    }
}

fn verdict(status: u16, after: Option<Duration>) -> Result<(), Failure> {
    let why = format!("the target answered {}", named(status));
    match status {
        200..=299 => Ok(()),
        status if FINAL.contains(&status) => Err(Failure::last(why)),
        _ => Err(Failure::Again { why, after }),
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
    use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
    use http_body_util::Empty;
    use jiff::Timestamp;
    use shared::event::Event;

    use super::*;
    use crate::reaction::guarded;

    /// A target that answers 200 after that time, and never comes to the end of its answer.
    #[derive(Debug)]
    struct Slow(Duration);

    impl HttpConnector for Slow {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let after = self.0;
            HttpConnectorFuture::new(async move {
                tokio::time::sleep(after).await;
                let endless = Empty::new().with_trailers(pending());
                let status = 200.try_into().expect("a status");
                Ok(HttpResponse::new(status, SdkBody::from_body_1_x(endless)))
            })
        }
    }

    /// A reaction to that target, with a secret that needs no AWS.
    async fn react(target: Slow) -> Result<(), Failure> {
        let body = r#"{"event_id":"e","event_type":"t","occurred_at":"2026-08-24T15:04:05Z","tenant_id":"t"}"#;
        let event = Event::parse(body.into(), Timestamp::UNIX_EPOCH).expect("it can be read");
        let attempt = Attempt::usual(&event);
        let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest());
        let config = config.build();
        let http = Http {
            url: Uri::from_static("http://target.example/"),
            connector: SharedHttpConnector::new(target),
            stored: StoredSecret::new(&config, String::new(), "no secret"),
            secret: Cached::default(),
        };
        let put = async { Ok(SecretString::from("secret")) };
        let _ = http.secret.get(attempt.at, put).await;
        guarded(http.react(&attempt)).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_status_of_the_last_second_counts_though_the_answer_never_ends() {
        for (answered_after, settled_after) in [(0, 1_000), (9_500, 9_800), (9_900, 9_900)] {
            let started = Instant::now();
            let reacted = react(Slow(Duration::from_millis(answered_after))).await;
            assert_eq!(reacted, Ok(()), "after {answered_after} ms");
            assert_eq!(started.elapsed().as_millis(), settled_after);
        }
        let reacted = react(Slow(Duration::from_millis(10_001))).await;
        assert_eq!(reacted, Err(Failure::again("no reaction within 10 s")));
    }

    #[test]
    fn a_status_decides_between_success_retry_and_the_end() {
        let outcome = |status| match verdict(status, None) {
            Ok(()) => "ok",
            Err(Failure::Again { .. }) => "again",
            Err(Failure::Final { .. }) => "final",
            Err(Failure::Unavailable { .. }) => "AWS",
        };
        let again = [199, 300, 302, 401, 404, 409, 410, 429, 500, 503];
        assert_eq!([200, 204, 299].map(outcome), ["ok"; 3]);
        assert_eq!(again.map(outcome), ["again"; 10]);
        assert_eq!([400, 413, 415, 422].map(outcome), ["final"; 4]);
    }
}
