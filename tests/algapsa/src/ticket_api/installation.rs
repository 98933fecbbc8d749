//! An AlgaPSA with its tenants and keys, as far as its API goes. It knows no clock: every call says what time it is.

use std::collections::HashMap;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::KEY;
use super::page::page;
use super::query::Query;
use super::refusal::{Refusal, answer};
use super::webhooks::{Test, WEBHOOKS, Webhook, Webhooks, action};
use super::{row, thread};
use crate::bucket::Bucket;
use crate::day::Day;
use crate::desk::{Desk, Happened, Ticket};
use crate::ticket::{TENANT, written};

const TICKETS: &str = "/api/v1/tickets";
/// How many calls a key has at once. One comes back each second.
const AT_ONCE: u32 = 120;

/// Tenants whose days go on, and keys that read their tickets.
#[derive(Debug)]
pub struct Installation {
    /// Whether a key without a token is refused. If not, it is only told so.
    pub enforces_the_rate_limit: bool,
    days: Vec<Day>,
    history: Vec<Happened>,
    keys: HashMap<String, (Key, Bucket)>,
    by_hand: HashMap<String, Value>,
    webhooks: Webhooks,
    requests: u64,
}

/// What a key may do.
#[derive(Clone, Debug)]
pub struct Key {
    pub tenant_id: Uuid,
    /// Whether its user may read tickets at all.
    pub may_read: bool,
    /// Whether its user may manage webhooks, for which somebody must have written permissions into the database.
    pub may_manage_webhooks: bool,
    /// Boards whose tickets are not in its lists, and cannot be read by their ids.
    pub hidden_boards: Vec<Uuid>,
}

impl Key {
    /// One that reads every ticket of a tenant.
    pub fn of(tenant_id: Uuid) -> Self {
        Self {
            tenant_id,
            may_read: true,
            may_manage_webhooks: false,
            hidden_boards: Vec::new(),
        }
    }

    fn may_see(&self, ticket: &Ticket) -> bool {
        !self.hidden_boards.contains(&ticket.board)
    }
}

impl Installation {
    /// With those tenants. [`KEY`] reads the first one's tickets, and the rate limit is enforced.
    pub fn new(days: impl IntoIterator<Item = Day>) -> Self {
        let days: Vec<_> = days.into_iter().collect();
        let installation = Self {
            enforces_the_rate_limit: true,
            days,
            history: Vec::new(),
            keys: HashMap::new(),
            by_hand: HashMap::new(),
            webhooks: Webhooks::default(),
            requests: 0,
        };
        let first = installation.tenant_id();
        installation.with_key(KEY, Key::of(first))
    }

    /// One more key, or another one of that text.
    #[must_use]
    pub fn with_key(mut self, text: &str, key: Key) -> Self {
        self.put_key(text, key);
        self
    }

    /// The same of one that is there.
    pub fn put_key(&mut self, text: &str, key: Key) {
        let bucket = Bucket::full(AT_ONCE, SignedDuration::from_secs(1));
        self.keys.insert(text.to_owned(), (key, bucket));
    }

    /// An admin makes a webhook in the settings.
    pub fn put_webhook(&mut self, webhook: Webhook) {
        self.webhooks.put(webhook);
    }

    /// The next call that makes a webhook makes this one, as AlgaPSA's public guides promise and the code does not.
    pub fn makes(&mut self, webhook: Webhook) {
        self.webhooks.makes(webhook);
    }

    /// A webhook as it is now.
    pub fn webhook(&self, id: Uuid) -> Option<&Webhook> {
        self.webhooks.get(id)
    }

    /// The test delivery that a request asks for, if its key may.
    pub fn test<T>(&self, request: &Request<T>, now: Timestamp) -> Option<Test> {
        let key = self.authenticated(request.headers()).ok()?;
        let (key, _) = &self.keys[&key];
        let test = self.webhooks.test(request, now);
        test.filter(|_| key.may_manage_webhooks)
    }

    /// Lets the days of all tenants go on until then.
    pub fn until(&mut self, now: Timestamp) {
        for day in &mut self.days {
            self.history.extend(day.until(now));
        }
    }

    /// What has happened so far, tenant by tenant each time that it was asked.
    pub fn history(&self) -> &[Happened] {
        &self.history
    }

    /// The first tenant.
    pub fn tenant_id(&self) -> Uuid {
        let first = self.days.first().map(|day| day.desk().tenant_id);
        first.unwrap_or_else(|| TENANT.parse().expect("it is one"))
    }

    /// The desk of a tenant.
    pub fn desk(&self, tenant_id: Uuid) -> Option<&Desk> {
        let mut desks = self.days.iter().map(Day::desk);
        desks.find(|desk| desk.tenant_id == tenant_id)
    }

    /// Changes a tenant's tickets in another way than its day does, and remembers what has happened.
    pub fn change(&mut self, tenant_id: Uuid, change: impl FnOnce(&mut Desk) -> Vec<Happened>) {
        let mut desks = self.days.iter_mut().map(Day::desk_mut);
        let desk = desks.find(|desk| desk.tenant_id == tenant_id);
        self.history.extend(desk.map(change).unwrap_or_default());
    }

    /// A ticket that there is no desk for, with whatever columns a test wants.
    pub(super) fn put(&mut self, ticket_id: &str, ticket: Value) {
        self.by_hand.insert(ticket_id.to_owned(), ticket);
    }

    /// Answers a request at that time, after whatever has happened until then.
    pub fn answer<T>(&mut self, request: &Request<T>, now: Timestamp) -> Response<Bytes> {
        self.until(now);
        self.requests += 1;
        let mut headers = HeaderMap::new();
        let answered = self.read(request, now, &mut headers);
        let mut response =
            answered.map_or_else(|refusal| refusal.response(), |body| answer(200, &body));
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
        let date = date.expect("the year has four digits");
        headers.insert("date", date.parse().expect("it is plain text"));
        response.headers_mut().extend(headers);
        response
    }

    fn read<T>(
        &mut self,
        request: &Request<T>,
        now: Timestamp,
        headers: &mut HeaderMap,
    ) -> Result<Value, Refusal> {
        let (path, query) = (
            request.uri().path(),
            request.uri().query().unwrap_or_default(),
        );
        let key = self.authenticated(request.headers())?;
        if let Some(path) = path.strip_prefix(WEBHOOKS) {
            return self.of_webhooks(&key, request.method(), path, now);
        }
        let is_free = path.ends_with("/comments");
        if !is_free {
            self.limited(&key, now, headers)?;
        }
        let (key, _) = &self.keys[&key];
        if request.method() != Method::GET {
            return Err(Refusal::NotAllowed);
        }
        if !key.may_read {
            let message = "Permission denied: Cannot read ticket";
            return Err(Refusal::Forbidden(message.to_owned()));
        }
        let nobody = Desk::new(0);
        let desk = self.desk(key.tenant_id).unwrap_or(&nobody);
        if path == TICKETS {
            let query = Query::parse(query)?;
            return page(desk, &query, |ticket| key.may_see(ticket), self.requests);
        }
        let id = path
            .strip_prefix(TICKETS)
            .and_then(|rest| rest.strip_prefix('/'));
        let id = id.ok_or(Refusal::NotFound)?;
        if let Some(ticket) = self.by_hand.get(id) {
            return Ok(json!({ "data": ticket }));
        }
        if let Some(id) = id.strip_suffix("/comments") {
            return thread::thread(desk, self.readable(desk, key, id)?, query);
        }
        let ticket = self.readable(desk, key, id)?;
        Ok(json!({ "data": row::by_id(desk, ticket) }))
    }

    /// These calls take no token.
    fn of_webhooks(
        &mut self,
        key: &str,
        method: &Method,
        path: &str,
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        let (key, _) = &self.keys[key];
        if !key.may_manage_webhooks {
            let action = action(method, path);
            let message = format!("Permission denied: Cannot {action} webhook");
            return Err(Refusal::Forbidden(message));
        }
        self.webhooks.answer(method, path, now)
    }

    /// The key's text. Only the body of the answer tells a missing key from a wrong one.
    fn authenticated(&self, headers: &HeaderMap) -> Result<String, Refusal> {
        let text = headers.get("x-api-key").ok_or(Refusal::NoKey)?;
        let text = text.to_str().unwrap_or_default();
        let (key, _) = self.keys.get(text).ok_or(Refusal::WrongKey)?;
        let tenant = headers.get("x-tenant-id").map(http::HeaderValue::as_bytes);
        let is_its_own = tenant.is_none_or(|tenant| tenant == key.tenant_id.to_string().as_bytes());
        is_its_own.then(|| text.to_owned()).ok_or(Refusal::WrongKey)
    }

    /// Takes a token, and says in headers how many are left.
    fn limited(
        &mut self,
        key: &str,
        now: Timestamp,
        headers: &mut HeaderMap,
    ) -> Result<(), Refusal> {
        let (_, bucket) = self.keys.get_mut(key).expect("it was found before");
        let taken = bucket.take(now);
        let wait = taken.err().unwrap_or_default();
        let mut told = |name: &'static str, value: String| {
            headers.insert(name, value.parse().expect("it is plain text"));
        };
        told("x-ratelimit-limit", bucket.size().to_string());
        told("x-ratelimit-remaining", bucket.left(now).to_string());
        told("x-ratelimit-reset", written(now + wait));
        if taken.is_err() && self.enforces_the_rate_limit {
            // Both are rounded up.
            let milliseconds = -(-wait.as_nanos()).div_euclid(1_000_000);
            told(
                "retry-after",
                (-(-milliseconds).div_euclid(1_000)).to_string(),
            );
            return Err(Refusal::TooMany(milliseconds));
        }
        Ok(())
    }

    /// Gone for good is like never there; what the key may not see is told apart.
    fn readable<'a>(&self, desk: &'a Desk, key: &Key, id: &str) -> Result<&'a Ticket, Refusal> {
        let is_id = id.len() == 36 && Uuid::try_parse(id).is_ok();
        if !is_id && !self.days.is_empty() {
            return Err(Refusal::invalid("id", "Invalid ticket ID format"));
        }
        let id = id.parse().map_err(|_| Refusal::NotFound)?;
        let ticket = desk.ticket(id).ok_or(Refusal::NotFound)?;
        if !key.may_see(ticket) {
            return Err(Refusal::Forbidden("Access denied".to_owned()));
        }
        Ok(ticket)
    }
}
