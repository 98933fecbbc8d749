//! AlgaPSA's REST API: one ticket, because what an event says about it may be a minute old, and lists of tickets.

mod call;
mod comments;
mod location;
mod missing;
mod rate_limit;

use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result};
pub use aws_smithy_http_client::Connector;
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use self::call::{Asked, Cost, parsed};
pub use self::comments::{COMMENTS_AT_ONCE, Comments};
pub use self::location::Location;
pub use self::missing::Missing;
use self::rate_limit::RateLimit;
use crate::aws::{self, SdkConfig};
use crate::clock::Clock;
use crate::event::StreamId;
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
            read_at: answered.read_at(),
            rows: answer.data,
            total: answer.pagination.total,
        })
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
