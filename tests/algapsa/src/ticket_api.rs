//! AlgaPSA's REST API, as far as reading a ticket goes: keys, rate limit, errors, and tickets that come and go.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::{Value, json};

use crate::loopback::server;

/// The only key that may read.
pub const KEY: &str = "alga_0b1f7c52-never-to-be-seen-in-a-log";

/// A small AlgaPSA.
pub struct TicketApi {
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    tickets: HashMap<String, Value>,
    reads: Vec<Read>,
    mood: Mood,
}

/// How it answers what it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Well,
    /// With that status, whatever was asked.
    Status(u16),
    /// With that status, asking to be left alone for that many seconds.
    Later(u16, u32),
    /// With that status and these words as `Retry-After`.
    Odd(u16, &'static str),
    /// As it should, saying that this many reads are left.
    Left(u32),
    /// With that status and the request's headers.
    Echo(u16),
    /// 200 with that body.
    Nonsense(&'static str),
    Silent,
}

/// One request that it has heard.
#[derive(Clone, Debug)]
pub struct Read {
    pub at: Instant,
    pub path: String,
    /// What it answered; 0 for nothing.
    pub status: u16,
}

impl TicketApi {
    pub fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = Arc::clone(&state);
        let url = server::start(move |request, _| answer(request, Arc::clone(&shared)));
        Self { url, state }
    }

    /// From now on a ticket has these columns, with its id.
    pub fn put(&self, ticket_id: &str, columns: Value) {
        let mut ticket = columns;
        ticket["ticket_id"] = json!(ticket_id);
        self.lock().tickets.insert(ticket_id.to_owned(), ticket);
    }

    /// From now on it answers so.
    pub fn becomes(&self, mood: Mood) {
        self.lock().mood = mood;
    }

    /// The reads of a ticket so far.
    pub fn reads(&self, ticket_id: &str) -> Vec<Read> {
        let path = format!("/api/v1/tickets/{ticket_id}");
        let state = self.lock();
        let reads = state.reads.iter().filter(|read| read.path == path);
        reads.cloned().collect()
    }

    pub fn all_reads(&self) -> Vec<Read> {
        self.lock().reads.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(request: Request<Incoming>, state: Arc<Mutex<State>>) -> server::Answer {
    let state = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let response = respond(&request, &mut state());
    match response {
        Some(response) => Ok(response),
        None => pending().await,
    }
}

fn respond(request: &Request<Incoming>, state: &mut State) -> Option<Response<Full<Bytes>>> {
    let path = request.uri().to_string();
    let (status, body) = told(request, state);
    state.reads.push(Read {
        at: Instant::now(),
        path,
        status,
    });
    let mut response = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("x-ratelimit-limit", "120");
    match state.mood {
        Mood::Silent => return None,
        Mood::Later(_, seconds) => response = response.header("retry-after", seconds),
        Mood::Odd(_, words) => response = response.header("retry-after", words),
        Mood::Left(left) => response = response.header("x-ratelimit-remaining", left),
        Mood::Well | Mood::Status(_) | Mood::Echo(_) | Mood::Nonsense(_) => {}
    }
    Some(response.body(body.into()).expect("it is a response"))
}

fn told(request: &Request<Incoming>, state: &State) -> (u16, String) {
    let error = |status: u16, code: &str| {
        let error = json!({ "error": { "code": code, "message": code } });
        (status, error.to_string())
    };
    match state.mood {
        Mood::Status(status) | Mood::Later(status, _) | Mood::Odd(status, _) => {
            return error(status, "TROUBLE");
        }
        Mood::Echo(status) => return (status, format!("{:?}", request.headers())),
        Mood::Nonsense(body) => return (200, body.to_owned()),
        Mood::Silent => return (200, String::new()),
        Mood::Well | Mood::Left(_) => {}
    }
    let key = request.headers().get("x-api-key");
    if key.is_none_or(|key| key != KEY) {
        return error(401, "UNAUTHORIZED");
    }
    let id = request.uri().path().strip_prefix("/api/v1/tickets/");
    match id.and_then(|id| state.tickets.get(id)) {
        Some(ticket) => (200, json!({ "data": ticket }).to_string()),
        None => error(404, "NOT_FOUND"),
    }
}
