//! One call of the API: with the key, within the rate limit and a time, and no more of the answer than it may have.

use std::sync::PoisonError;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::rate_limit::RateLimit;
use super::{AlgaApi, Missing};
use crate::answer::{named, retry_after};
use crate::aws;
use crate::clock::Clock;
use crate::repair::repaired;

/// What is asked for.
pub(super) struct Asked {
    /// What follows `/api/v1/tickets`.
    pub path: String,
    pub cost: Cost,
    pub timeout: Duration,
    /// The largest answer, in bytes.
    pub largest: usize,
}

/// What a call costs of what the API allows.
pub(super) enum Cost {
    Token,
    Nothing,
}

/// What is answered.
pub(super) struct Answered {
    /// `None` if there is no such thing.
    pub body: Option<Bytes>,
    pub asked_at: Timestamp,
    /// What the API's clock said.
    dated: Option<Timestamp>,
}

impl Answered {
    /// When it was read, by the API's own clock if it tells that, to the second.
    pub fn read_at(&self) -> Timestamp {
        self.dated.unwrap_or(self.asked_at)
    }
}

impl AlgaApi {
    /// Asks, if the rate limit allows it, with the key and within the time.
    pub(super) async fn get(&self, asked: &Asked, clock: &Clock) -> Result<Answered, Missing> {
        let now = clock.now();
        let key = self.key.get(now, Box::pin(self.read_key())).await?;
        let allowed = self.rate_limit(now, |limit| match asked.cost {
            Cost::Token => limit.take(clock.now()),
            Cost::Nothing => limit.is_open(clock.now()),
        });
        allowed.map_err(Missing::NotYet)?;
        let request = self.request(&asked.path, &key)?;
        let answer = self.ask(request, asked.largest, clock);
        let answer = tokio::time::timeout(asked.timeout, answer).await;
        let seconds = asked.timeout.as_secs();
        answer.map_err(|_| anyhow!("no answer from the ticket API within {seconds} s"))?
    }

    async fn read_key(&self) -> Result<SecretString> {
        let (last, others) = self.secrets.split_last().expect("there is one at least");
        for secret in others {
            if let Some(key) = secret.text_if_any().await? {
                return Ok(key.into());
            }
        }
        last.text().await.map(SecretString::from)
    }

    fn request(&self, path: &str, key: &SecretString) -> Result<HttpRequest> {
        let request = Request::get(format!("{}/api/v1/tickets{path}", self.at.base))
            .header("accept", "application/json")
            .header("user-agent", aws::USER_AGENT)
            .header("x-api-key", key.expose_secret())
            .body(SdkBody::empty())
            .context("the ticket API cannot be asked; is its key one line of plain text?")?;
        Ok(request.try_into()?)
    }

    async fn ask(
        &self,
        request: HttpRequest,
        largest: usize,
        clock: &Clock,
    ) -> Result<Answered, Missing> {
        let asked_at = clock.now();
        let response = self.connector.call(request).await;
        let response = response.context("the ticket API could not be reached")?;
        let now = clock.now();
        if let Some(left) = number(&response, "x-ratelimit-remaining") {
            self.rate_limit(now, |limit| limit.at_most(left));
        }
        let (after, dated) = (retry_after(&response, now), date(&response));
        let status = response.status().as_u16();
        match status {
            200 | 404 => {
                let body = match status {
                    200 => Some(content(response, largest).await?),
                    _ => None,
                };
                self.rate_limit(now, RateLimit::allowed);
                Ok(Answered {
                    body,
                    asked_at,
                    dated,
                })
            }
            429 => {
                let wait = self.rate_limit(now, |limit| limit.close(now, after));
                Err(Missing::NotYet(wait))
            }
            _ => {
                if status == 401 {
                    self.key.doubt();
                }
                Err(Missing::Failed {
                    why: refusal(status),
                    after,
                    status: Some(status),
                })
            }
        }
    }

    fn rate_limit<T>(&self, now: Timestamp, with: impl FnOnce(&mut RateLimit) -> T) -> T {
        let limit = self.rate_limit.lock();
        let mut limit = limit.unwrap_or_else(PoisonError::into_inner);
        with(limit.get_or_insert_with(|| RateLimit::full(now)))
    }
}

async fn content(response: HttpResponse, largest: usize) -> Result<Bytes> {
    let body = Limited::new(response.into_body(), largest);
    let body = body.collect().await.map_err(anyhow::Error::from_boxed);
    let body = body.context("the ticket API's answer broke off")?;
    Ok(body.to_bytes())
}

/// serde's own message may quote a ticket, so there is none.
pub(super) fn parsed<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let json = str::from_utf8(body).ok()?;
    let parsed = serde_json::from_str(json).ok();
    parsed.or_else(|| serde_json::from_str(&repaired(json)).ok())
}

fn date(response: &HttpResponse) -> Option<Timestamp> {
    let date = response.headers().get("date")?;
    Some(rfc2822::parse(date.trim()).ok()?.timestamp())
}

fn refusal(status: u16) -> String {
    let hint = match status {
        300..=399 => ": set TicketApiUrl to where it redirects",
        401 => ": its key is wrong, or its database is down",
        403 => ": its key may not read tickets",
        _ => "",
    };
    format!("the ticket API answered {}{hint}", named(status))
}

fn number(response: &HttpResponse, header: &str) -> Option<u32> {
    response.headers().get(header)?.trim().parse().ok()
}
