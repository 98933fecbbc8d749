//! A canned AWS: as much of DynamoDB, SQS and Secrets Manager as the contenders ask for, answered at once, and counted.
//!
//! It checks no signature and no condition but the one that an item is new.

mod expression;
mod item;
mod queue;
mod table;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use algapsa::loopback::server::{self, Answer};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde::Serialize;
use serde_json::{Value, json};

pub use self::queue::Message;
pub use self::table::Table;
use crate::deliveries::SECRET;
use crate::plan::Contender;

#[derive(Clone)]
pub struct Aws {
    pub url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    table: Table,
    queue: Vec<Message>,
    counts: Counts,
    delay: Duration,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Counts {
    pub calls: BTreeMap<String, u64>,
    /// What DynamoDB would charge for writes.
    pub write_units: u64,
    /// What DynamoDB would charge for reads, in halves for those that need not be consistent.
    pub read_units: f64,
    /// What SQS would charge, in requests of 64 kB.
    pub queue_requests: u64,
    pub bytes_out: u64,
    pub bytes_in: u64,
}

impl Aws {
    /// With an empty table and an empty queue.
    pub fn start(contender: &Contender) -> Self {
        let table = Table::new(contender.keys.clone(), contender.index.clone());
        Self::with(table, Duration::ZERO)
    }

    /// With a table that is filled already, and a wait before each answer.
    pub fn with(table: Table, delay: Duration) -> Self {
        let state = Arc::new(Mutex::new(State {
            table,
            queue: Vec::new(),
            counts: Counts::default(),
            delay,
        }));
        let served = Arc::clone(&state);
        let url = server::start(move |request, _| answer(Arc::clone(&served), request));
        Self { url, state }
    }

    pub fn counts(&self) -> Counts {
        self.lock().counts.clone()
    }

    /// The messages that were sent since the last look.
    pub fn take_messages(&self) -> Vec<Message> {
        std::mem::take(&mut self.lock().queue)
    }

    pub fn table(&self) -> Table {
        self.lock().table.clone()
    }

    /// How many items wait in the table's index.
    pub fn waiting(&self) -> usize {
        self.lock().table.waiting()
    }

    /// Makes every event settled, as a reactor would.
    pub fn settle(&self) {
        self.lock().table.settle();
    }

    /// Forgets every item and message.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.table = state.table.emptied();
        state.queue.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Answer {
    let operation = operation(&request);
    let body = request.into_body().collect().await?.to_bytes();
    let (outcome, delay) = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.serve(&operation, &body), state.delay)
    };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let failed = outcome.get("__type").is_some();
    let status = if failed { 400 } else { 200 };
    let body = outcome.to_string();
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.counts.bytes_in += bytes(&body);
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amzn-requestid", "00000000-0000-0000-0000-000000000000")
        .body(Full::new(Bytes::from(body)));
    Ok(response.expect("these headers are valid"))
}

fn operation(request: &Request<Incoming>) -> String {
    let target = request.headers().get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next());
    operation.unwrap_or("another protocol").to_owned()
}

impl State {
    fn serve(&mut self, operation: &str, body: &[u8]) -> Value {
        self.counts.bytes_out += u64::try_from(body.len()).expect("bodies are not that long");
        *self.counts.calls.entry(operation.to_owned()).or_default() += 1;
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        match operation {
            "PutItem" => self.table.put(&asked, &mut self.counts),
            "GetItem" => self.table.get(&asked, &mut self.counts),
            "UpdateItem" => self.table.update(&asked, &mut self.counts),
            "Query" => self.table.query(&asked, &mut self.counts),
            "SendMessage" => queue::send(&asked, &mut self.queue, &mut self.counts),
            "ChangeMessageVisibilityBatch" => queue::hide(&asked, &mut self.counts),
            "GetQueueAttributes" => {
                json!({ "Attributes": { "QueueArn": "arn:aws:sqs:us-east-1:000000000000:doorbells.fifo" } })
            }
            "GetSecretValue" => secret(),
            other => refusal("UnknownOperation", &format!("{other} is not canned")),
        }
    }
}

/// So old that the previous one does not count.
fn secret() -> Value {
    json!({
        "ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:bench/signing-secret-AbCdEf",
        "Name": "bench/signing-secret",
        "VersionId": "5048cb4f-1ef1-4d0a-8b67-54d3b4ea6d9b",
        "VersionStages": ["AWSCURRENT"],
        "SecretString": SECRET,
        "CreatedDate": 1_700_000_000.0,
    })
}

fn refusal(kind: &str, message: &str) -> Value {
    json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{kind}"), "message": message })
}

fn bytes(text: &str) -> u64 {
    u64::try_from(text.len()).expect("texts are not that long")
}
