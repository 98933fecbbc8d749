//! The Lambda Runtime API, as far as a runtime client asks it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use algapsa::loopback::server::{self, Answer};
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use tokio::sync::{Mutex as Queue, mpsc};
use uuid::Uuid;

/// The reactor's timeout; the receiver's own is shorter, and nothing here comes near to either.
const TIMEOUT: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub enum Said {
    /// It waits for an event since then.
    Ready(Instant),
    /// What the function answered, and how long it took.
    Answered(Bytes, Duration),
    /// That it failed, and how.
    Failed(Bytes),
}

pub struct RuntimeApi {
    pub address: String,
    events: mpsc::UnboundedSender<Bytes>,
    said: Receiver<Said>,
}

struct State {
    events: Queue<mpsc::UnboundedReceiver<Bytes>>,
    said: Sender<Said>,
    asked_at: Mutex<Instant>,
}

impl RuntimeApi {
    pub fn start() -> Self {
        let (events, queue) = mpsc::unbounded_channel();
        let (sender, said) = channel();
        let state = Arc::new(State {
            events: Queue::new(queue),
            said: sender,
            asked_at: Mutex::new(Instant::now()),
        });
        let url = server::start(move |request, _| answer(Arc::clone(&state), request));
        let address = url.trim_start_matches("http://").to_owned();
        Self {
            address,
            events,
            said,
        }
    }

    pub fn offer(&self, event: impl Into<Bytes>) {
        self.events
            .send(event.into())
            .expect("the Runtime API lives as long as the process");
    }

    /// What the runtime client says next, if it says anything in time.
    pub fn hear(&self, within: Duration) -> Option<Said> {
        self.said.recv_timeout(within).ok()
    }
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Answer {
    if request.method() == Method::GET && request.uri().path().ends_with("/next") {
        return Ok(next(&state).await);
    }
    let succeeded = request.uri().path().ends_with("/response");
    let body = request.into_body().collect().await?.to_bytes();
    let said = if succeeded {
        Said::Answered(body, state.asked_at().elapsed())
    } else {
        Said::Failed(body)
    };
    state.say(said);
    let accepted = Response::builder().status(202).body(Full::default());
    Ok(accepted.expect("a constant answer is valid"))
}

async fn next(state: &State) -> Response<Full<Bytes>> {
    state.say(Said::Ready(Instant::now()));
    let event = state.events.lock().await.recv().await.unwrap_or_default();
    let deadline = (SystemTime::now() + TIMEOUT)
        .duration_since(UNIX_EPOCH)
        .expect("it is after 1970");
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", Uuid::new_v4().to_string())
        .header(
            "lambda-runtime-deadline-ms",
            deadline.as_millis().to_string(),
        )
        .header("lambda-runtime-invoked-function-arn", ARN)
        .header("lambda-runtime-trace-id", TRACE)
        .body(Full::new(event))
        .expect("these headers are valid");
    *state
        .asked_at
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = Instant::now();
    response
}

const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:bench";
const TRACE: &str = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0";

impl State {
    fn say(&self, said: Said) {
        // The answer of a function that is being ended is not read.
        let _ = self.said.send(said);
    }

    fn asked_at(&self) -> Instant {
        *self.asked_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
