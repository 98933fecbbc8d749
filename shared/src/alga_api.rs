//! AlgaPSA's REST API: one ticket, because what an event says about it may be a minute old, and lists of tickets.

mod comments;
mod location;
mod missing;
mod rate_limit;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
pub use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

pub use self::comments::{COMMENTS_AT_ONCE, Comments};
pub use self::location::Location;
pub use self::missing::Missing;
use self::rate_limit::RateLimit;
use crate::answer::{named, retry_after};
use crate::aws::{self, SdkConfig};
use crate::clock::Clock;
use crate::event::StreamId;
use crate::repair::repaired;
use crate::secret::{Cached, StoredSecret};

/// How long a read of a ticket may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long a read of a list may take.
const LIST_TIMEOUT: Duration = Duration::from_secs(30);
/// How much of an answer is read. A ticket takes a few kilobytes, and a list has up to a hundred of them.
const LARGEST_ANSWER: usize = 1024 * 1024;
const LARGEST_LIST: usize = 32 * 1024 * 1024;

/// A ticket as the API writes it: the columns of its row, and names that belong to them.
pub type Columns = Map<String, Value>;

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The tickets, in the order that was asked for.
    pub rows: Vec<Columns>,
    /// How many there are on all pages.
    pub total: usize,
    /// When it was read, by the API's own clock if it tells that, to the second.
    pub read_at: Timestamp,
}

/// What the API says about a ticket. Written as `{"ticket":{…},"ticket_read_at":"…"}`, with `null` for one that is gone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ticket {
    /// The ticket's columns and joined names, as the API gives them; `None` if the ticket is gone.
    #[serde(rename = "ticket")]
    pub fields: Option<Columns>,
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

/// The API, and how often we may ask it.
pub struct AlgaApi {
    at: Location,
    connector: Connector,
    secrets: Vec<StoredSecret>,
    key: Cached<SecretString>,
    rate_limit: Mutex<Option<RateLimit>>,
}

impl AlgaApi {
    /// The API at that location.
    pub fn new(config: &SdkConfig, at: Location) -> Self {
        let ids = [Some(&at.secret_id), at.or_secret_id.as_ref()];
        let stored =
            |id: &String| StoredSecret::new(config, id.clone(), "the key of the ticket API");
        Self {
            connector: aws::connector(),
            secrets: ids.into_iter().flatten().map(stored).collect(),
            at,
            key: Cached::default(),
            rate_limit: Mutex::default(),
        }
    }

    /// Asks through that connector, which may know a proxy.
    #[must_use]
    pub fn through(self, connector: Connector) -> Self {
        Self { connector, ..self }
    }

    /// The id of the ticket that a stream is about, if it is about one that can be read.
    pub fn readable<'a>(&self, stream: &'a StreamId) -> Option<&'a str> {
        let own = self.at.tenant_id.as_deref();
        let is_ours = own.is_none_or(|own| own == stream.tenant_id());
        let id = stream.ticket_id().filter(|_| is_ours)?;
        is_readable(id).then_some(id)
    }

    /// Reads the ticket of that id, as it is now.
    pub async fn ticket(&self, ticket_id: &str, clock: &Clock) -> Result<Ticket, Missing> {
        #[derive(Deserialize)]
        struct Answer {
            data: Columns,
        }
        let id = utf8_percent_encode(ticket_id, &UNRESERVED);
        let asked = Asked {
            path: format!("/{id}"),
            cost: Cost::Token,
            timeout: TIMEOUT,
            largest: LARGEST_ANSWER,
        };
        let answered = self.get(&asked, clock).await?;
        let fields = match answered.body {
            Some(body) => {
                let answer: Option<Answer> = parsed(&body);
                let answer = answer.context("the ticket API's answer is not a ticket")?;
                Some(answer.data)
            }
            None => None,
        };
        let read_at = answered.asked_at;
        Ok(Ticket { fields, read_at })
    }

    /// Reads a page of a list. `query` is what follows the question mark, encoded, such as `is_open=true&limit=100`.
    pub async fn tickets(&self, query: &str, clock: &Clock) -> Result<Page, Missing> {
        #[derive(Deserialize)]
        struct Answer {
            data: Vec<Columns>,
            pagination: Pagination,
        }
        #[derive(Deserialize)]
        struct Pagination {
            total: usize,
        }
        let asked = Asked {
            path: format!("?{query}"),
            cost: Cost::Token,
            timeout: LIST_TIMEOUT,
            largest: LARGEST_LIST,
        };
        let answered = self.get(&asked, clock).await?;
        let answer: Option<Answer> = answered.body.as_deref().and_then(parsed);
        let answer = answer.context("the ticket API's answer is not a list of tickets")?;
        Ok(Page {
            rows: answer.data,
            total: answer.pagination.total,
            read_at: answered.dated.unwrap_or(answered.asked_at),
        })
    }

    async fn get(&self, asked: &Asked, clock: &Clock) -> Result<Answered, Missing> {
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

/// Whether a ticket can be asked for by that id: in a path, `.` and `..` would lead elsewhere.
pub fn is_readable(ticket_id: &str) -> bool {
    !ticket_id.trim_matches('.').is_empty()
}

const UNRESERVED: percent_encoding::AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is asked for.
struct Asked {
    /// What follows `/api/v1/tickets`.
    path: String,
    cost: Cost,
    timeout: Duration,
    /// The largest answer, in bytes.
    largest: usize,
}

/// What a call costs of what the API allows.
enum Cost {
    Token,
    Nothing,
}

/// What is answered.
struct Answered {
    /// `None` if there is no such thing.
    body: Option<Bytes>,
    asked_at: Timestamp,
    /// What the API's clock said.
    dated: Option<Timestamp>,
}

async fn content(response: HttpResponse, largest: usize) -> Result<Bytes> {
    let body = Limited::new(response.into_body(), largest);
    let body = body.collect().await.map_err(anyhow::Error::from_boxed);
    let body = body.context("the ticket API's answer broke off")?;
    Ok(body.to_bytes())
}

/// serde's own message may quote a ticket, so there is none.
fn parsed<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
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
