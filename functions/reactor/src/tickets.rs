//! Fresh tickets: reads a ticket from AlgaPSA's API, since what an event says about it may be a minute old.

mod bucket;
mod surrogates;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
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
use shared::aws::{self, SdkConfig};
use shared::event::Place;

use self::bucket::Bucket;
use self::surrogates::mended;
use crate::reaction::{Failure, asked_for, named};
use crate::secret::Secret;

/// How long a read may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How much is read of an answer; tickets take a few kilobytes.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// What the API told about a ticket. Written as `{"ticket":{…},"ticket_read_at":"…"}`, with `null` for one that is gone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ticket {
    /// The ticket's columns and joined names, as the API gives them; nothing if the ticket is gone.
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
    /// The ticket as a type of your own; nothing if the ticket is gone.
    ///
    /// # Errors
    /// When the ticket does not have the shape of `T`. The message quotes nothing of it: it may be logged.
    pub fn json<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        let Some(fields) = self.fields.clone() else {
            return Ok(None);
        };
        let ticket = serde_json::from_value(fields.into());
        ticket
            .map(Some)
            .map_err(|_| anyhow::anyhow!("the ticket has another shape"))
    }
}

/// Why there is no ticket to hand on.
#[derive(Debug)]
pub(crate) enum Missing {
    /// No read is allowed now. That is no failure: nobody has tried anything.
    NotYet(Duration),
    /// The read failed.
    Failed(Failure),
}

impl<E: Into<anyhow::Error>> From<E> for Missing {
    fn from(error: E) -> Self {
        Self::Failed(error.into().into())
    }
}

/// The API, and how often we may ask it.
pub(crate) struct Tickets {
    base: String,
    tenant_id: Option<String>,
    connector: Connector,
    key: Secret,
    bucket: Mutex<Bucket>,
}

/// Where the API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    base: String,
    secret_id: String,
    tenant_id: Option<String>,
}

impl Api {
    /// `base` is what comes before `/api/v1/tickets/`; the key is in the secret of that id.
    ///
    /// # Errors
    /// When `base` is no URL for HTTP.
    pub fn new(base: &str, secret_id: String) -> Result<Self> {
        let url: Uri = base.parse().context("TICKET_API_URL is not a URL")?;
        let http = matches!(url.scheme_str(), Some("http" | "https")) && url.query().is_none();
        anyhow::ensure!(
            http,
            "TICKET_API_URL must look like https://algapsa.example"
        );
        Ok(Self {
            base: base.trim_end_matches('/').to_owned(),
            secret_id,
            tenant_id: None,
        })
    }

    /// Only for the tickets of that tenant: the key would not find those of another.
    #[must_use]
    pub fn of_tenant(self, tenant_id: Option<String>) -> Self {
        Self { tenant_id, ..self }
    }
}

impl Tickets {
    pub fn new(config: &SdkConfig, api: Api) -> Self {
        Self {
            base: api.base,
            tenant_id: api.tenant_id,
            connector: aws::connector(),
            key: Secret::new(config, api.secret_id, "the key of the ticket API"),
            bucket: Mutex::new(Bucket::full(Instant::now())),
        }
    }

    /// The id of the ticket that the event at a place is about, if it is about one that can be read.
    pub fn readable<'a>(&self, place: &'a Place) -> Option<&'a str> {
        let (tenant_id, about) = place.stream.split_once('/')?;
        let ours = self
            .tenant_id
            .as_deref()
            .is_none_or(|ours| ours == tenant_id);
        let id = about.strip_prefix("ticket/").filter(|_| ours)?;
        // No segment of a path, but a way up in it.
        (!id.trim_matches('.').is_empty()).then_some(id)
    }

    /// Reads the ticket of that id, as it is now.
    pub async fn read(&self, ticket_id: &str) -> Result<Ticket, Missing> {
        let now = Timestamp::now();
        let key = self.key.read(now).await?;
        self.bucket()
            .take(Instant::now())
            .map_err(Missing::NotYet)?;
        let request = self.request(ticket_id, &key)?;
        tokio::time::timeout(TIMEOUT, self.ask(request, now))
            .await
            .unwrap_or_else(|_elapsed| {
                let why = format!(
                    "no answer from the ticket API within {} s",
                    TIMEOUT.as_secs()
                );
                Err(Missing::Failed(Failure::again(why)))
            })
    }

    fn request(&self, ticket_id: &str, key: &SecretString) -> Result<HttpRequest> {
        let id = utf8_percent_encode(ticket_id, &UNRESERVED);
        let request = Request::get(format!("{}/api/v1/tickets/{id}", self.base))
            .header("accept", "application/json")
            .header("user-agent", crate::USER_AGENT)
            .header("x-api-key", key.expose_secret())
            .body(SdkBody::empty())
            .context("the ticket API cannot be asked; is its key one line of plain text?")?;
        Ok(request.try_into()?)
    }

    async fn ask(&self, request: HttpRequest, now: Timestamp) -> Result<Ticket, Missing> {
        let response = self.connector.call(request).await;
        let response = response.context("the ticket API could not be reached")?;
        if let Some(left) = number(&response, "x-ratelimit-remaining") {
            self.bucket().at_most(left);
        }
        let ticket = |fields| {
            self.bucket().allowed();
            Ticket {
                fields,
                read_at: now,
            }
        };
        match response.status().as_u16() {
            200 => Ok(ticket(Some(fields(response).await?))),
            404 => Ok(ticket(None)),
            429 => {
                let asked_for = asked_for(&response);
                let turn = self.bucket().close(Instant::now(), asked_for);
                Err(Missing::NotYet(turn))
            }
            status => {
                if status == 401 {
                    self.key.doubt(now);
                }
                Err(Missing::Failed(Failure::Again {
                    why: refusal(status),
                    after: asked_for(&response),
                }))
            }
        }
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
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
    let body = body
        .context("the ticket API's answer broke off")?
        .to_bytes();
    // What serde says may quote the ticket.
    let answer = str::from_utf8(&body).ok().and_then(|json| {
        let parsed = serde_json::from_str::<Answer>(json);
        parsed.or_else(|_| serde_json::from_str(&mended(json))).ok()
    });
    let answer = answer.context("the ticket API's answer is not a ticket")?;
    Ok(answer.data)
}

fn refusal(status: u16) -> String {
    let hint = match status {
        300..=399 => ": TicketApiUrl should be where that leads",
        401 => ": its key is wrong, or its database is down",
        403 => ": its key may not read tickets",
        _ => "",
    };
    format!("the ticket API answered {}{hint}", named(status))
}

fn number(response: &HttpResponse, header: &str) -> Option<u32> {
    response.headers().get(header)?.trim().parse().ok()
}
