//! The user's endpoint: hears reactions, keeps them in the order in which they came, and answers as it is told.

mod caller;

use std::collections::HashMap;
use std::future::pending;
use std::mem;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use tokio::task::spawn_blocking;

use crate::poll::{wait_for, wait_until};
use algapsa::loopback::{exchange, server};
use algapsa::{Event, Ticket, signature};

/// How long anything may take that is due by now. It is long because machines are slow and busy; only a failing test waits
/// that long.
pub const SOON: Duration = Duration::from_mins(2);

pub struct Target {
    pub url: String,
    heard: Shared,
}

type Shared = Arc<Mutex<Heard>>;

#[derive(Default)]
struct Heard {
    calls: Vec<Call>,
    replies: HashMap<String, Reply>,
    /// Where calls are passed on to.
    behind: Option<String>,
}

/// What the target does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Status(u16),
    /// Answers that status, and asks to be left alone for that many seconds.
    Later(u16, u32),
    /// Answers that status and the whole request, as debug pages do.
    Echo(u16),
    Nothing,
    /// Kills the process that called, and nothing else.
    Kill,
}

#[derive(Clone, Debug)]
pub struct Call {
    pub at: Instant,
    pub method: Method,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub reply: Reply,
}

impl Call {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// Whether it was signed with that secret, as AlgaPSA would sign it.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let claimed = self.header("x-alga-signature");
        let mut second = claimed.split([',', '=']);
        let second = second.nth(1).and_then(|digits| digits.parse().ok());
        second.is_some_and(|second| signature(secret, second, &self.body) == claimed)
    }

    /// Whether it was a reaction: answered with success.
    pub fn succeeded(&self) -> bool {
        matches!(self.reply, Reply::Status(200..=299))
    }

    fn is_about(&self, subject: &str) -> bool {
        self.header("x-alga-event-id") == subject || self.header("x-alga-stream").ends_with(subject)
    }
}

impl Target {
    pub fn start() -> Self {
        let heard = Shared::default();
        let shared = Arc::clone(&heard);
        let base = server::start(move |request, peer| answer(request, peer, Arc::clone(&shared)));
        let url = format!("{base}/hook");
        Self { url, heard }
    }

    /// One that passes calls on to another, whose answers it gives.
    pub fn in_front_of(url: &str) -> Self {
        let target = Self::start();
        target.lock().behind = Some(url.to_owned());
        target
    }

    /// From now on answers calls about a ticket, or about one event, in that way.
    pub fn answer(&self, subject: &str, reply: Reply) {
        self.lock().replies.insert(subject.into(), reply);
    }

    pub fn everything(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    pub fn count(&self) -> usize {
        self.lock().calls.len()
    }

    /// Forgets all calls so far, and gives them.
    pub fn take(&self) -> Vec<Call> {
        mem::take(&mut self.lock().calls)
    }

    /// All calls so far about a ticket or an event, failures included.
    pub fn calls(&self, subject: &str) -> Vec<Call> {
        let mut calls = self.everything();
        calls.retain(|call| call.is_about(subject));
        calls
    }

    /// The ids of a ticket's events in the order in which they were reacted to.
    pub fn reactions(&self, ticket: &Ticket) -> Vec<String> {
        let calls = self.calls(&ticket.id);
        let reactions = calls.iter().filter(|call| call.succeeded());
        let ids = reactions.map(|call| call.header("x-alga-event-id").to_owned());
        ids.collect()
    }

    /// Waits until `count` of a ticket's events have been reacted to.
    #[expect(clippy::must_use_candidate, reason = "often they are only waited for")]
    pub fn wait_for_reactions(&self, ticket: &Ticket, count: usize) -> Vec<String> {
        let what = format!("{count} reactions for ticket {}", ticket.id);
        wait_until(&what, SOON, || self.reactions(ticket).len() >= count);
        self.reactions(ticket)
    }

    #[expect(clippy::must_use_candidate, reason = "often it is only waited for")]
    pub fn wait_for_reaction(&self, event: &Event) -> Call {
        let (id, event_type) = (&event.event_id, &event.event_type);
        let mine = |call: &Call| call.header("x-alga-event-type") == event_type && call.succeeded();
        let reaction = || self.calls(id).into_iter().find(mine);
        wait_for(
            &format!("the reaction to {event_type} {id}"),
            SOON,
            reaction,
        )
    }

    /// Waits for `count` calls about a ticket or an event, whatever was answered.
    #[expect(clippy::must_use_candidate, reason = "often they are only waited for")]
    pub fn wait_for_calls(&self, subject: &str, count: usize) -> Vec<Call> {
        wait_until(&format!("{count} calls about {subject}"), SOON, || {
            self.calls(subject).len() >= count
        });
        self.calls(subject)
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        lock(&self.heard)
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(request: Request<Incoming>, peer: SocketAddr, heard: Shared) -> server::Answer {
    let (parts, body) = request.into_parts();
    let mut call = Call {
        at: Instant::now(),
        method: parts.method,
        headers: parts.headers,
        body: body.collect().await?.to_bytes(),
        reply: Reply::Status(200),
    };
    let behind = {
        let mut heard = lock(&heard);
        let mut told = heard.replies.iter();
        let told = told.find(|(subject, _)| call.is_about(subject));
        call.reply = told.map_or(Reply::Status(200), |(_, reply)| *reply);
        heard.calls.push(call.clone());
        heard.behind.clone()
    };
    Ok(match behind {
        Some(url) => passed_on(call, url).await,
        None => reply(&call, peer).await,
    })
}

async fn passed_on(call: Call, url: String) -> Response<Full<Bytes>> {
    let mut request = Request::new(call.body);
    (*request.method_mut(), *request.headers_mut()) = (call.method, call.headers);
    *request.uri_mut() = url.parse().expect("a URL");
    request.headers_mut().remove("host");
    let asked = spawn_blocking(move || exchange(request)).await;
    let answered = asked
        .expect("nothing panics")
        .map(|answer| answer.map(Full::new));
    answered.unwrap_or_else(|_| {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    })
}

async fn reply(call: &Call, peer: SocketAddr) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    match call.reply {
        Reply::Status(status) => *response.status_mut() = status.try_into().expect("a status"),
        Reply::Later(status, seconds) => {
            *response.status_mut() = status.try_into().expect("a status");
            response.headers_mut().insert("retry-after", seconds.into());
        }
        Reply::Echo(status) => {
            *response.status_mut() = status.try_into().expect("a status");
            response.headers_mut().clone_from(&call.headers);
            response.headers_mut().remove("content-length");
            *response.body_mut() = call.body.clone().into();
        }
        Reply::Nothing => pending().await,
        Reply::Kill => {
            let here = call.header("host").parse();
            caller::kill(peer, here.expect("it was called by its address"));
            pending::<()>().await;
        }
    }
    response
}
