//! A canned AWS: as much of DynamoDB, SQS, S3 and Secrets Manager as the contenders ask for, answered at once or after a fixed
//! time, and counted.
//!
//! It checks no signature and no condition but the one that an item is new.

mod expression;
mod item;
mod objects;
mod queue;
mod table;
mod trips;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use algapsa::loopback::server::{self, Answer};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde_json::{Value, json};

pub use self::objects::BUCKET;
use self::objects::{Objects, Wanted};
pub use self::queue::Message;
use self::table::Table;
use self::trips::Trips;
use crate::deliveries::SECRET;
use crate::plan::Contender;

#[derive(Clone)]
pub struct Aws {
    pub url: String,
    state: Arc<Mutex<State>>,
}

/// What AWS keeps for a contender.
#[derive(Clone, Debug)]
pub struct Storage {
    table: Table,
    objects: Objects,
}

struct State {
    storage: Storage,
    queue: Vec<Message>,
    counts: Counts,
    delay: Duration,
}

#[derive(Clone, Debug, Default)]
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
    pub trips: Trips,
}

impl Aws {
    /// With nothing in it.
    pub fn start(contender: &Contender) -> Self {
        let storage = Storage {
            table: Table::new(contender.keys.clone(), contender.index.clone()),
            objects: Objects::default(),
        };
        Self::with(storage, Duration::ZERO)
    }

    /// With what is kept already, and a wait before each answer.
    pub fn with(storage: Storage, delay: Duration) -> Self {
        let state = Arc::new(Mutex::new(State {
            storage,
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

    pub fn storage(&self) -> Storage {
        self.lock().storage.clone()
    }

    /// How many items wait in the table's index.
    pub fn waiting(&self) -> usize {
        self.lock().storage.table.waiting()
    }

    /// Makes every event settled, as a reactor would.
    pub fn settle(&self) {
        self.lock().storage.table.settle();
    }

    /// Forgets every item, object and message.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.storage.table = state.storage.table.emptied();
        state.storage.objects = Objects::default();
        state.queue.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Answer {
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let object = Wanted::of(&request);
    let operation = operation(&request);
    let body = request.into_body().collect().await?.to_bytes();
    let (response, delay) = {
        let mut state = lock();
        state.counts.trips.begin(Instant::now());
        state.counts.bytes_out += bytes(&body);
        let response = match object {
            Some(wanted) => state.store(wanted, body),
            None => state.serve(&operation, &body),
        };
        state.counts.bytes_in += bytes(response.body());
        (response, state.delay)
    };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    lock().counts.trips.end(Instant::now());
    Ok(response.map(Full::new))
}

fn operation(request: &Request<Incoming>) -> String {
    let target = request.headers().get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next());
    operation.unwrap_or("another protocol").to_owned()
}

impl State {
    fn store(&mut self, wanted: Wanted, body: Bytes) -> Response<Bytes> {
        self.count(wanted.operation());
        self.storage.objects.serve(wanted, body)
    }

    fn serve(&mut self, operation: &str, body: &[u8]) -> Response<Bytes> {
        self.count(operation);
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let (table, counts) = (&mut self.storage.table, &mut self.counts);
        said(&match operation {
            "PutItem" => table.put(&asked, counts),
            "GetItem" => table.get(&asked, counts),
            "UpdateItem" => table.update(&asked, counts),
            "Query" => table.query(&asked, counts),
            "SendMessage" => queue::send(&asked, &mut self.queue, counts),
            "ChangeMessageVisibilityBatch" => queue::hide(&asked, counts),
            "GetQueueAttributes" => {
                json!({ "Attributes": { "QueueArn": "arn:aws:sqs:us-east-1:000000000000:doorbells.fifo" } })
            }
            "GetSecretValue" => secret(),
            other => refusal("UnknownOperation", &format!("{other} is not canned")),
        })
    }

    fn count(&mut self, operation: &str) {
        let calls = &mut self.counts.calls;
        *calls.entry(operation.to_owned()).or_default() += 1;
    }
}

fn said(outcome: &Value) -> Response<Bytes> {
    let failed = outcome.get("__type").is_some();
    let response = Response::builder()
        .status(if failed { 400 } else { 200 })
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amzn-requestid", "00000000-0000-0000-0000-000000000000")
        .body(outcome.to_string().into());
    response.expect("these headers are valid")
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

fn bytes(text: impl AsRef<[u8]>) -> u64 {
    u64::try_from(text.as_ref().len()).expect("texts are not that long")
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    /// The answer as it comes over the wire.
    fn ask(aws: &Aws, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(aws.url.trim_start_matches("http://")).unwrap();
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: aws\r\nconnection: close\r\n");
        write!(stream, "{head}content-length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn objects_are_kept_and_counted_next_to_the_rest() {
        let storage = Storage {
            table: Table::default(),
            objects: Objects::default(),
        };
        let aws = Aws::with(storage, Duration::ZERO);
        let put = ask(&aws, "PUT", "/bodies/bodies/0a1b?x-id=PutObject", "packed");
        assert!(
            put.starts_with("HTTP/1.1 200") && put.contains("etag: \""),
            "{put}"
        );

        // Whoever takes over what is kept finds it.
        let next = Aws::with(aws.storage(), Duration::ZERO);
        let got = ask(&next, "GET", "/bodies/bodies/0a1b?x-id=GetObject", "");
        assert!(
            got.starts_with("HTTP/1.1 200") && got.ends_with("packed"),
            "{got}"
        );
        let calls = [aws.counts().calls, next.counts().calls];
        assert_eq!(
            json!(calls),
            json!([{ "PutObject": 1 }, { "GetObject": 1 }])
        );

        next.clear();
        let gone = ask(&next, "GET", "/bodies/bodies/0a1b", "");
        assert!(gone.starts_with("HTTP/1.1 404"), "{gone}");
        assert!(gone.contains("<Code>NoSuchKey</Code>"), "{gone}");
    }
}
