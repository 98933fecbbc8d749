//! The `http` reaction: the envelope as it came, signed as the sender signs, to the user's own endpoint.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_secretsmanager::Client;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Limited};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use shared::aws::SdkConfig;
use shared::{aws, signature};
use uuid::Uuid;

use super::{Attempt, Failure};

/// Statuses that the same event will get every time.
const FINAL: [u16; 4] = [400, 413, 415, 422];
/// How much of an answer is read, for the sake of the connection.
const ANSWER: usize = 64 * 1024;
/// How long an answer's body is waited for after its status has said everything.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// The user's endpoint.
pub struct Http {
    url: Uri,
    connector: Connector,
    secret: Secret,
}

impl Http {
    pub fn new(config: &SdkConfig, url: Uri, secret_id: String) -> Self {
        let connector = Connector::builder().tls_provider(aws::TLS).build();
        Self {
            url,
            connector,
            secret: Secret::new(config, secret_id),
        }
    }

    pub async fn react(&self, attempt: &Attempt<'_>) -> Result<(), Failure> {
        let secret = self.secret.read(Timestamp::now()).await?;
        let request = self.request(attempt, &secret)?;
        let response = self
            .connector
            .call(request)
            .await
            .context("the target could not be reached")?;
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get("retry-after")
            .and_then(|after| retry_after(after, Timestamp::now()));
        let rest = Limited::new(response.into_body(), ANSWER).collect();
        let _ = tokio::time::timeout(ANSWER_TIMEOUT, rest).await;
        verdict(status, retry_after)
    }

    fn request(&self, attempt: &Attempt, secret: &SecretString) -> Result<HttpRequest> {
        let Attempt {
            event,
            turn,
            webhook_id,
        } = attempt;
        let mut request = Request::post(&self.url)
            .header("content-type", "application/json")
            .header(
                "user-agent",
                concat!("alga-webhooks/", env!("CARGO_PKG_VERSION")),
            )
            .header(
                "x-alga-signature",
                signature::sign(secret, Timestamp::now(), &event.body),
            )
            .header("x-alga-event-id", &event.event_id)
            .header("x-alga-event-type", &event.event_type)
            .header("x-alga-delivery-id", Uuid::new_v4().to_string())
            .header("x-alga-delivery-attempt", turn.tries)
            .header("x-alga-placement", turn.placement.word())
            .header("x-alga-stream", &event.place.stream);
        if let Some(id) = webhook_id {
            request = request.header("x-alga-webhook-id", id.to_string());
        }
        let request = request.body(SdkBody::from(event.body.clone()))?;
        Ok(request.try_into()?)
    }
}

fn verdict(status: u16, retry_after: Option<Duration>) -> Result<(), Failure> {
    let named = StatusCode::from_u16(status)
        .map_or_else(|_| status.to_string(), |status| status.to_string());
    let why = format!("the target answered {named}");
    match status {
        200..=299 => Ok(()),
        status if FINAL.contains(&status) => Err(Failure::last(why)),
        _ => Err(Failure::Again {
            why,
            after: retry_after,
        }),
    }
}

/// Seconds, or a date.
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = rfc2822::parse(value.trim()).ok()?.timestamp();
    Some(until.duration_since(now).try_into().unwrap_or_default())
}

/// The secret that our own deliveries are signed with.
struct Secret {
    client: Client,
    id: String,
    held: Mutex<Option<(SecretString, Timestamp)>>,
}

impl Secret {
    const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);

    fn new(config: &SdkConfig, id: String) -> Self {
        Self {
            client: Client::new(config),
            id,
            held: Mutex::default(),
        }
    }

    /// What was read in the last five minutes, or reads it again; an old one is better than none.
    async fn read(&self, now: Timestamp) -> Result<SecretString> {
        let held = self
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match held {
            Some((secret, read_at)) if now.duration_since(read_at) < Self::KEPT_FOR => Ok(secret),
            Some((secret, _)) => Ok(self.ask(now).await.unwrap_or(secret)),
            None => self.ask(now).await,
        }
    }

    async fn ask(&self, now: Timestamp) -> Result<SecretString> {
        let value = self
            .client
            .get_secret_value()
            .secret_id(&self.id)
            .send()
            .await;
        let value = value.map_err(aws_sdk_secretsmanager::error::SdkError::into_service_error);
        let value = value.context("failed to read the reaction's signing secret")?;
        let text = value
            .secret_string()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let secret = SecretString::from(text.context("the reaction's signing secret is empty")?);
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some((secret.clone(), now));
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_decides_between_success_retry_and_the_end() {
        for (status, outcome) in [
            (200, "ok"),
            (204, "ok"),
            (299, "ok"),
            (300, "again"),
            (302, "again"),
            (400, "final"),
            (401, "again"),
            (404, "again"),
            (409, "again"),
            (410, "again"),
            (413, "final"),
            (415, "final"),
            (422, "final"),
            (429, "again"),
            (500, "again"),
            (503, "again"),
            (199, "again"),
        ] {
            let seen = match verdict(status, None) {
                Ok(()) => "ok",
                Err(Failure::Again { .. }) => "again",
                Err(Failure::Final { .. }) => "final",
            };
            assert_eq!(seen, outcome, "{status}");
        }
    }

    #[test]
    fn a_target_may_ask_for_time_in_seconds_or_until_a_date() {
        let now = "2026-08-24T15:04:05Z".parse().unwrap();
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Mon, 24 Aug 2026 15:05:05 GMT", Some(60)),
            ("Mon, 24 Aug 2026 15:03:05 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(
                retry_after(value, now),
                seconds.map(Duration::from_secs),
                "{value:?}"
            );
        }
    }
}
