//! AlgaPSA's REST API on this machine: `GET /api/v1/tickets`, `/tickets/{id}` and `/tickets/{id}/comments`, with its filters,
//! orders, limits and errors, and with faults when a test wants them; and `/webhooks`, which refuses as AlgaPSA's does.

mod filter;
mod installation;
mod mood;
mod page;
mod query;
mod refusal;
mod row;
mod thread;
mod webhooks;

use std::collections::VecDeque;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::desk::{Desk, Happened};
use crate::loopback::server;
use crate::sender::Chance;

pub use self::installation::{Installation, Key};
pub use self::mood::{Gate, Mood};
pub use self::webhooks::{Test, Webhook};

/// The key that reads the first tenant's tickets.
pub const KEY: &str = "alga_0b1f7c52-never-to-be-seen-in-a-log";

/// An AlgaPSA that can be asked over HTTP.
pub struct TicketApi {
    pub url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    installation: Installation,
    reads: Vec<Read>,
    mood: Mood,
    /// For the next requests, one each.
    moods: VecDeque<Mood>,
    /// One in so many requests meets with trouble.
    trouble: Option<(Chance, u64)>,
}

/// One request that it has heard.
#[derive(Clone, Debug)]
pub struct Read {
    pub at: Instant,
    /// With the query.
    pub path: String,
    /// What it answered; 0 for nothing.
    pub status: u16,
}

type Body = UnsyncBoxBody<Bytes, io::Error>;

impl TicketApi {
    /// Without tenants, for tickets that are [put](Self::put) there. It refuses nobody for asking often.
    pub fn start() -> Self {
        let mut installation = Installation::new([]);
        installation.enforces_the_rate_limit = false;
        Self::serving(installation, Timestamp::now)
    }

    /// With those tenants. It is as late there as the clock says.
    pub fn serving(
        installation: Installation,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Self {
        Self::serving_at(0, installation, clock).expect("there is a free port")
    }

    /// The same on that port of 127.0.0.1; 0 stands for a free one.
    ///
    /// # Errors
    /// If somebody else listens there.
    pub fn serving_at(
        port: u16,
        installation: Installation,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self> {
        let state = Arc::new(Mutex::new(State {
            installation,
            reads: Vec::new(),
            mood: Mood::Well,
            moods: VecDeque::new(),
            trouble: None,
        }));
        let shared = Arc::clone(&state);
        let url = server::start_at(port, move |request, _| {
            let told = lock(&shared).told(&request, clock());
            sent(told)
        })?;
        Ok(Self { url, state })
    }

    /// From now on a ticket has these columns, with its id.
    pub fn put(&self, ticket_id: &str, columns: Value) {
        let mut ticket = columns;
        ticket["ticket_id"] = json!(ticket_id);
        lock(&self.state).installation.put(ticket_id, ticket);
    }

    /// From now on it answers so.
    pub fn becomes(&self, mood: Mood) {
        lock(&self.state).mood = mood;
    }

    /// It answers the next requests so, one each.
    pub fn next(&self, moods: impl IntoIterator<Item = Mood>) {
        lock(&self.state).moods.extend(moods);
    }

    /// From now on one in so many requests meets with trouble of some kind. Which ones follows from the seed.
    pub fn has_trouble(&self, seed: u64, one_in: u64) {
        lock(&self.state).trouble = Some((Chance::new(seed), one_in));
    }

    /// Looks at the installation, or changes it.
    pub fn with<T>(&self, with: impl FnOnce(&mut Installation) -> T) -> T {
        with(&mut lock(&self.state).installation)
    }

    /// Looks at the first tenant's desk.
    pub fn desk<T>(&self, look: impl FnOnce(&Desk) -> T) -> T {
        self.with(|there| look(there.desk(there.tenant_id()).expect("there is a tenant")))
    }

    /// Changes the first tenant's tickets, and gives what has happened.
    pub fn change(&self, change: impl FnOnce(&mut Desk) -> Vec<Happened>) -> Vec<Happened> {
        self.with(|there| {
            let before = there.history().len();
            there.change(there.tenant_id(), change);
            there.history()[before..].to_vec()
        })
    }

    /// The reads of a ticket so far.
    pub fn reads(&self, ticket_id: &str) -> Vec<Read> {
        let path = format!("/api/v1/tickets/{ticket_id}");
        let state = lock(&self.state);
        let reads = state.reads.iter().filter(|read| read.path == path);
        reads.cloned().collect()
    }

    pub fn all_reads(&self) -> Vec<Read> {
        lock(&self.state).reads.clone()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How often an answer that is held back looks whether it may go.
const LOOKS_AGAIN_AFTER: Duration = Duration::from_millis(5);

/// An answer, and how it goes out.
struct Told {
    response: Response<Bytes>,
    /// What is sent first, and answers instead.
    test: Option<Test>,
    after: Duration,
    gate: Option<Gate>,
    cut: Option<usize>,
}

impl State {
    fn told(&mut self, request: &Request<Incoming>, now: Timestamp) -> Option<Told> {
        let next = self.moods.pop_front().or_else(|| self.troubled());
        let mood = next.unwrap_or_else(|| self.mood.clone());
        let mood = mood.towards(request.uri().path());
        let is_well = mood == Mood::Well;
        let test = self.installation.test(request, now).filter(|_| is_well);
        let response = self.response(&mood, request, now);
        let status = response.as_ref().map(|response| response.status().as_u16());
        let status = status.filter(|_| test.is_none());
        self.reads.push(Read {
            at: Instant::now(),
            path: request.uri().to_string(),
            status: status.unwrap_or(if test.is_some() { 200 } else { 0 }),
        });
        let mut told = Told {
            response: response?,
            test,
            after: Duration::ZERO,
            gate: None,
            cut: None,
        };
        match mood {
            Mood::Slow(after) => told.after = after,
            Mood::Held(gate) => told.gate = Some(gate),
            Mood::Cut(after) => told.cut = Some(after),
            _ => {}
        }
        Some(told)
    }

    fn troubled(&mut self) -> Option<Mood> {
        let (chance, one_in) = self.trouble.as_mut()?;
        chance.one_in(*one_in).then(|| Mood::trouble(chance))
    }

    fn response(
        &mut self,
        mood: &Mood,
        request: &Request<Incoming>,
        now: Timestamp,
    ) -> Option<Response<Bytes>> {
        let mut as_it_should = || self.installation.answer(request, now);
        let response = Response::builder();
        let made = match mood {
            Mood::Silent => return None,
            Mood::Well | Mood::Slow(_) | Mood::Held(_) | Mood::Cut(_) | Mood::Only(..) => {
                return Some(as_it_should());
            }
            Mood::Left(left) => {
                let mut response = as_it_should();
                response
                    .headers_mut()
                    .insert("x-ratelimit-remaining", (*left).into());
                return Some(response);
            }
            Mood::Status(status) => response.status(*status).body(trouble()),
            Mood::Later(status, seconds) => {
                let response = response.status(*status).header("retry-after", *seconds);
                response.body(trouble())
            }
            Mood::Odd(status, words) => {
                let response = response.status(*status).header("retry-after", *words);
                response.body(trouble())
            }
            Mood::Echo(status) => {
                let headers = format!("{:?}", request.headers());
                response.status(*status).body(headers.into())
            }
            Mood::Nonsense(body) => response.body(Bytes::from_static(body.as_bytes())),
        };
        Some(made.expect("it is a response"))
    }
}

fn trouble() -> Bytes {
    let trouble = json!({ "error": { "code": "TROUBLE", "message": "TROUBLE" } });
    trouble.to_string().into()
}

async fn sent(told: Option<Told>) -> Result<Response<Body>, hyper::Error> {
    let Some(Told {
        response,
        test,
        after,
        gate,
        cut,
    }) = told
    else {
        return pending().await;
    };
    tokio::time::sleep(after).await;
    let response = match test {
        Some(test) => test.sent().await,
        None => response,
    };
    while gate.as_ref().is_some_and(|gate| !gate.is_open()) {
        tokio::time::sleep(LOOKS_AGAIN_AFTER).await;
    }
    let Some(cut) = cut else {
        return Ok(response.map(|body| {
            Full::new(body)
                .map_err(|never| match never {})
                .boxed_unsync()
        }));
    };
    let (mut parts, body) = response.into_parts();
    parts.headers.insert("content-length", body.len().into());
    let part = body.slice(..cut.min(body.len()));
    let frames = [Ok(Frame::data(part)), Err(io::Error::other("cut off"))];
    let body = StreamBody::new(stream::iter(frames)).boxed_unsync();
    Ok(Response::from_parts(parts, body))
}
