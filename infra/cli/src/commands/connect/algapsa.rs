//! AlgaPSA's REST API, as far as it manages webhooks. In a stock installation it lets nobody do that.

use std::fmt;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_types::body::SdkBody;
use http::{Method, Request};
use http_body_util::{BodyExt, Limited};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::output::errors;
use crate::proxied;

/// How long a call may take. A test takes as long as AlgaPSA waits for the receiver.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How much of an answer is read, and how much of its message is shown.
const ANSWER: usize = 1024 * 1024;
const EXCERPT: usize = 120;

pub struct Api {
    base: String,
    key: SecretString,
    connector: Connector,
}

/// Why there is no answer to go on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// None if there was no answer.
    pub status: Option<u16>,
    /// What it said.
    pub why: String,
}

/// A webhook that has just been made, or has a new secret.
pub struct Signs {
    pub webhook_id: Uuid,
    pub secret: SecretString,
}

/// What AlgaPSA saw of its own test delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// None if nothing answered.
    pub status: Option<u16>,
    pub answer: String,
    says_success: bool,
}

impl Api {
    /// `base` is AlgaPSA's address, such as `https://algapsa.com`.
    pub fn new(base: &str, key: SecretString) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            key,
            connector: proxied::connector(),
        }
    }

    /// Reads one ticket of a list, or nothing of an empty one.
    pub async fn reads_tickets(&self) -> Result<(), Refusal> {
        let read = self.call(Method::GET, "tickets?limit=1&fields=ticket_id", None);
        let answer = read.await?;
        let is_list = answer["data"].is_array();
        is_list
            .then_some(())
            .ok_or_else(|| Refusal::odd("no list of tickets"))
    }

    /// The event types that a webhook is subscribed to.
    pub async fn subscriptions(&self, id: Uuid) -> Result<Vec<String>, Refusal> {
        let path = format!("webhooks/{id}/subscriptions");
        let answer = self.call(Method::GET, &path, None).await?;
        let types = answer["data"]["event_types"].as_array();
        let types = types.ok_or_else(|| Refusal::odd("no list of event types"))?;
        let types = types.iter().filter_map(Value::as_str);
        Ok(types.map(str::to_owned).collect())
    }

    /// Makes a webhook for these events, without comments and with the highest rate limit, if it can.
    pub async fn create(&self, url: &str, events: &[&str]) -> Result<Signs, Refusal> {
        let wanted = json!({
            "name": "alga-webhooks",
            "url": url,
            "event_types": events,
            "payload_fields": { "ticket": FIELDS },
            "rate_limit": { "enabled": true, "requests_per_minute": 1000 },
        });
        let answer = self.call(Method::POST, "webhooks", Some(wanted)).await?;
        let id = answer["data"]["webhook_id"].as_str();
        let id = id.and_then(|id| id.parse().ok());
        signs(id, &answer)
    }

    /// Gives a webhook a new secret, which counts at once, before AlgaPSA answers. If the answer is lost, so is the secret.
    pub async fn rotate(&self, id: Uuid) -> Result<Signs, Refusal> {
        let path = format!("webhooks/{id}/secret/rotate");
        let answer = self.call(Method::POST, &path, None).await?;
        signs(Some(id), &answer)
    }

    /// Has a test delivery sent.
    pub async fn test(&self, id: Uuid) -> Result<Tested, Refusal> {
        let path = format!("webhooks/{id}/test");
        let answer = self.call(Method::POST, &path, Some(json!({}))).await?;
        let told = &answer["data"];
        let status = told["status_code"].as_u64();
        let status = status.and_then(|status| status.try_into().ok());
        let body = told["response_body"].as_str().unwrap_or_default();
        Ok(Tested::new(status, body, told["success"] == true))
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Refusal> {
        let answered = tokio::time::timeout(TIMEOUT, self.exchange(method, path, body)).await;
        let nothing = || Refusal::unanswered(format!("nothing within {TIMEOUT:?}"));
        answered.unwrap_or_else(|_| Err(nothing()))
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Refusal> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/api/v1/{path}", self.base))
            .header("accept", "application/json")
            .header("content-type", "application/json")
            .header("user-agent", shared::aws::USER_AGENT)
            .header("x-api-key", self.key.expose_secret())
            .body(body.map_or_else(SdkBody::empty, |body| SdkBody::from(body.to_string())));
        let request = request.ok().and_then(|request| request.try_into().ok());
        let unusable = "the address is not a URL, or the key is not one line of plain text";
        let request = request.ok_or_else(|| Refusal::unanswered(unusable.to_owned()))?;
        let response = self.connector.call(request).await;
        let response = response.map_err(|error| Refusal::unanswered(errors::cause(&error)))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER).collect().await;
        let body = body
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        let answer: Option<Value> = serde_json::from_slice(&body).ok();
        match (status, answer) {
            (200..300, Some(answer)) => Ok(answer),
            (200..300, None) => Err(Refusal::odd("something that is not JSON")),
            (status, answer) => Err(Refusal::of(status, &answer.unwrap_or_default())),
        }
    }
}

/// All fields of a ticket's payload but its comments.
#[rustfmt::skip]
const FIELDS: [&str; 29] = [
    "ticket_number", "title", "url", "status_id", "status_name", "is_closed", "previous_status_id", "previous_status_name",
    "priority_id", "priority_name", "client_id", "client_name", "contact_name_id", "contact_name", "contact_email",
    "assigned_to", "assigned_to_name", "assigned_team_id", "board_id", "board_name", "category_id", "subcategory_id",
    "entered_at", "updated_at", "closed_at", "due_date", "tags", "comment", "changes",
];

fn signs(webhook_id: Option<Uuid>, answer: &Value) -> Result<Signs, Refusal> {
    let secret = answer["data"]["signing_secret"].as_str();
    let signs = webhook_id.zip(secret).map(|(webhook_id, secret)| Signs {
        webhook_id,
        secret: secret.into(),
    });
    signs.ok_or_else(|| Refusal::odd("no signing secret"))
}

impl Tested {
    pub fn new(status: Option<u16>, answer: &str, says_success: bool) -> Self {
        Self {
            status,
            answer: excerpt(answer),
            says_success,
        }
    }

    /// Whether the receiver took it for AlgaPSA's test. A success alone says only that something answered with 2xx.
    pub fn is_proof(&self) -> bool {
        let answer: Value = serde_json::from_str(&self.answer).unwrap_or_default();
        self.says_success && answer["status"] == "test"
    }

    /// What AlgaPSA saw, such as `401 {"error":"unauthorized"}`.
    pub fn told(&self) -> String {
        match self.status {
            Some(status) => format!("{status} {}", self.answer),
            None => "no answer".to_owned(),
        }
    }
}

impl Refusal {
    fn of(status: u16, answer: &Value) -> Self {
        let message = answer["error"]["message"].as_str();
        let message = message.or(answer["error"].as_str()).unwrap_or_default();
        Self {
            status: Some(status),
            why: format!("{status} {}", excerpt(message))
                .trim_end()
                .to_owned(),
        }
    }

    /// It may have done what was asked, as it says, but without the answer that it should give.
    fn odd(what: &str) -> Self {
        Self {
            status: Some(200),
            why: format!("200, with {what}"),
        }
    }

    fn unanswered(why: String) -> Self {
        Self { status: None, why }
    }

    /// Whether AlgaPSA turned the call away, so that it cannot have done what it was asked for.
    pub fn is_before_the_deed(&self) -> bool {
        matches!(self.status, Some(401 | 403 | 404 | 429))
    }

    /// Whether it may have done what it was asked for all the same.
    pub fn may_be_after_the_deed(&self) -> bool {
        matches!(self.status, None | Some(200 | 500..))
    }

    /// Whether a person can do in AlgaPSA's pages what its API does not do.
    pub fn is_of_the_api(&self) -> bool {
        matches!(self.status, Some(200 | 400 | 403 | 404 | 405 | 500 | 501))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.status {
            Some(_) => write!(f, "AlgaPSA's API answered {}", self.why),
            None => write!(f, "AlgaPSA's API did not answer: {}", self.why),
        }
    }
}

fn excerpt(text: &str) -> String {
    let printable = text.chars().filter(|letter| !letter.is_control());
    printable.take(EXCERPT).collect()
}
