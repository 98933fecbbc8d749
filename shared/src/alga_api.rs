//! AlgaPSA's REST API: reads a ticket, because what an event says about it may be a minute old.

mod rate_limit;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use http::{Request, Uri};
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use self::rate_limit::RateLimit;
use crate::answer::{named, retry_after};
use crate::aws::{self, SdkConfig};
use crate::clock::Clock;
use crate::event::StreamId;
use crate::repair::repaired;
use crate::secret::{Cached, StoredSecret, Unread};

/// How long a read may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How much of an answer is read; tickets take a few kilobytes.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// What the API says about a ticket. Written as `{"ticket":{…},"ticket_read_at":"…"}`, with `null` for one that is gone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ticket {
    /// The ticket's columns and joined names, as the API gives them; `None` if the ticket is gone.
    #[serde(rename = "ticket")]
    pub fields: Option<Map<String, Value>>,
    /// When it was read: after the event was kept.
    #[serde(rename = "ticket_read_at", serialize_with = "in_milliseconds")]
    pub read_at: Timestamp,
}

fn in_milliseconds<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.3}"))
}

impl Ticket {
    /// The ticket as a type of your own; `None` if the ticket is gone.
    pub fn json<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        let Some(fields) = self.fields.clone() else {
            return Ok(None);
        };
        let ticket = serde_json::from_value(fields.into()).ok();
        ticket.map(Some).context("the ticket has another shape")
    }
}

/// Why there is no ticket to hand on.
#[derive(Debug)]
pub enum Missing {
    /// The rate limit allows no read for that long. That is not a failure: nothing was tried.
    NotYet(Duration),
    /// AWS would not give us the API's key. Nothing was tried, and neither the ticket nor the API is to blame.
    Unavailable(anyhow::Error),
    /// The read failed.
    Failed {
        /// For logs. Never the ticket.
        why: String,
        /// How long the API wants to be left alone.
        after: Option<Duration>,
    },
}

impl From<anyhow::Error> for Missing {
    fn from(error: anyhow::Error) -> Self {
        let (why, after) = (format!("{error:#}"), None);
        Self::Failed { why, after }
    }
}

impl From<Unread> for Missing {
    fn from(unread: Unread) -> Self {
        let is_outage = unread.is_outage();
        let error = anyhow::Error::from(unread);
        if is_outage {
            return Self::Unavailable(error);
        }
        error.into()
    }
}

/// The API, and how often we may ask it.
pub struct AlgaApi {
    at: Location,
    connector: Connector,
    secret: StoredSecret,
    key: Cached<SecretString>,
    rate_limit: Mutex<Option<RateLimit>>,
}

/// Where the API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    base: String,
    secret_id: String,
    tenant_id: Option<String>,
}

impl Location {
    /// `base` is what comes before `/api/v1/tickets/`; the key is in the secret of that id.
    pub fn new(base: &str, secret_id: String) -> Result<Self> {
        let url: Uri = base.parse().context("TICKET_API_URL is not a URL")?;
        let http = matches!(url.scheme_str(), Some("http" | "https")) && url.query().is_none();
        let hint = "TICKET_API_URL must look like https://algapsa.example";
        ensure!(http, hint);
        Ok(Self {
            base: base.trim_end_matches('/').to_owned(),
            secret_id,
            tenant_id: None,
        })
    }

    /// Limits reads to the tickets of that tenant: the key finds no others.
    #[must_use]
    pub fn of_tenant(self, tenant_id: Option<String>) -> Self {
        Self { tenant_id, ..self }
    }
}

impl AlgaApi {
    /// The API at that location.
    pub fn new(config: &SdkConfig, at: Location) -> Self {
        let secret_id = at.secret_id.clone();
        Self {
            at,
            connector: aws::connector(),
            secret: StoredSecret::new(config, secret_id, "the key of the ticket API"),
            key: Cached::default(),
            rate_limit: Mutex::default(),
        }
    }

    /// The id of the ticket that a stream is about, if it is about one that can be read.
    pub fn readable<'a>(&self, stream: &'a StreamId) -> Option<&'a str> {
        let own = self.at.tenant_id.as_deref();
        let is_ours = own.is_none_or(|own| own == stream.tenant_id());
        let id = stream.ticket_id().filter(|_| is_ours)?;
        // In a path, `.` and `..` would lead elsewhere.
        (!id.trim_matches('.').is_empty()).then_some(id)
    }

    /// Reads the ticket of that id, as it is now.
    pub async fn ticket(&self, ticket_id: &str, clock: &Clock) -> Result<Ticket, Missing> {
        let now = clock.now();
        let key = self.key.get(now, Box::pin(self.read_key())).await?;
        self.rate_limit(now, |limit| limit.take(clock.now()))
            .map_err(Missing::NotYet)?;
        let request = self.request(ticket_id, &key)?;
        let answer = tokio::time::timeout(TIMEOUT, self.ask(request, clock)).await;
        let seconds = TIMEOUT.as_secs();
        answer.map_err(|_| anyhow!("no answer from the ticket API within {seconds} s"))?
    }

    async fn read_key(&self) -> Result<SecretString> {
        self.secret.text().await.map(SecretString::from)
    }

    fn request(&self, ticket_id: &str, key: &SecretString) -> Result<HttpRequest> {
        let id = utf8_percent_encode(ticket_id, &UNRESERVED);
        let request = Request::get(format!("{}/api/v1/tickets/{id}", self.at.base))
            .header("accept", "application/json")
            .header("user-agent", aws::USER_AGENT)
            .header("x-api-key", key.expose_secret())
            .body(SdkBody::empty())
            .context("the ticket API cannot be asked; is its key one line of plain text?")?;
        Ok(request.try_into()?)
    }

    async fn ask(&self, request: HttpRequest, clock: &Clock) -> Result<Ticket, Missing> {
        let read_at = clock.now();
        let response = self.connector.call(request).await;
        let response = response.context("the ticket API could not be reached")?;
        let now = clock.now();
        if let Some(left) = number(&response, "x-ratelimit-remaining") {
            self.rate_limit(now, |limit| limit.at_most(left));
        }
        let after = retry_after(&response, now);
        let ticket = |fields| {
            self.rate_limit(now, RateLimit::allowed);
            Ticket { fields, read_at }
        };
        match response.status().as_u16() {
            200 => Ok(ticket(Some(fields(response).await?))),
            404 => Ok(ticket(None)),
            429 => {
                let wait = self.rate_limit(now, |limit| limit.close(now, after));
                Err(Missing::NotYet(wait))
            }
            status => {
                if status == 401 {
                    self.key.doubt();
                }
                let why = refusal(status);
                Err(Missing::Failed { why, after })
            }
        }
    }

    fn rate_limit<T>(&self, now: Timestamp, with: impl FnOnce(&mut RateLimit) -> T) -> T {
        let limit = self.rate_limit.lock();
        let mut limit = limit.unwrap_or_else(PoisonError::into_inner);
        with(limit.get_or_insert_with(|| RateLimit::full(now)))
    }
}

const UNRESERVED: percent_encoding::AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

async fn fields(response: HttpResponse) -> Result<Map<String, Value>> {
    #[derive(Deserialize)]
    struct Answer {
        data: Map<String, Value>,
    }
    let body = Limited::new(response.into_body(), LARGEST_ANSWER);
    let body = body.collect().await.map_err(anyhow::Error::from_boxed);
    let body = body.context("the ticket API's answer broke off")?;
    // serde's own message may quote the ticket.
    let answer = str::from_utf8(&body.to_bytes()).ok().and_then(|json| {
        let parsed = serde_json::from_str::<Answer>(json).ok();
        parsed.or_else(|| serde_json::from_str(&repaired(json)).ok())
    });
    let answer = answer.context("the ticket API's answer is not a ticket")?;
    Ok(answer.data)
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
