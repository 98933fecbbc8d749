//! The receiver, called as Lambda calls it, on real DynamoDB, SQS and Secrets Manager APIs.

mod admission;
mod faults;
mod hostile;
mod private;
mod rotation;
mod tenants;

use algapsa::signature;
use jiff::Timestamp;
use lambda_http::http;
use lambda_http::http::request::Builder;
use lambda_http::{Body, Request};
use receiver::{Receiver, Settings};
use serde_json::Value;
use shared::event::Place;
use shared::filter::Filter;
use shared::inbox::{Inbox, Kept};
use support::in_process::aws::SdkConfig;
use support::in_process::{Envelope, Queue, Table, Wire, raw_event, reports};

const SECRET: &str = "ABEiM0RVZneImaq7zN3u__7cuph2VDIQASNFZ4mrze8";

/// A receiver with everything that it works on.
struct World {
    table: Table,
    inbox: Inbox,
    queue: Queue,
    wire: Wire,
    receiver: Receiver,
}

impl World {
    /// It holds [`SECRET`].
    async fn new() -> Self {
        Box::pin(Self::holding(SECRET, Filter::default())).await
    }

    async fn holding(secret: &str, filter: Filter) -> Self {
        let world = Box::pin(Self::without_secret(filter)).await;
        Box::pin(put_secret(&world.table, secret)).await;
        Box::pin(world.receiver.warm_up(Timestamp::now())).await;
        world
    }

    /// The same with a receiver that has just started.
    fn restarted(self) -> Self {
        let receiver = receiver(&self.table.config, &self.table, Filter::default());
        Self { receiver, ..self }
    }

    async fn without_secret(filter: Filter) -> Self {
        reports::collect();
        let table = Table::new().await;
        let (config, wire) = Wire::to(&table.config);
        Self {
            inbox: table.inbox(),
            queue: Queue::new(&table.config, &table.queue_url),
            receiver: receiver(&config, &table, filter),
            wire,
            table,
        }
    }

    /// What waits in the inbox there.
    async fn kept(&self, place: &Place) -> Kept {
        let loaded = self.inbox.load(place).await.expect("the inbox can be read");
        loaded.kept().expect("it waits")
    }

    async fn send(&self, envelope: &Envelope) -> Answer {
        self.receive(signed(envelope.body().as_bytes())).await
    }

    async fn receive(&self, request: Request) -> Answer {
        self.receive_at(request, Timestamp::now()).await
    }

    async fn receive_at(&self, request: Request, now: Timestamp) -> Answer {
        self.receive_event(&raw_event(&request), now).await
    }

    async fn receive_event(&self, event: &str, now: Timestamp) -> Answer {
        let _ = reports::take();
        let response = self.receiver.receive(event, now).await;
        let response = response.expect("there is always an answer");
        let mut lines = reports::take();
        assert_eq!(lines.len(), 1, "one wide event per request: {lines:?}");
        let header = |name: &str| Some(response.headers.get(name)?.to_str().unwrap().to_owned());
        assert_eq!(header("content-type").as_deref(), Some("application/json"));
        assert_eq!(header("location"), None);
        Answer {
            status: u16::try_from(response.status_code).expect("a status"),
            allow: header("allow"),
            body: String::from_utf8(response.body.as_deref().expect("a body").to_vec())
                .expect("answers are text"),
            line: lines.remove(0),
        }
    }
}

/// What the sender is told, and what the operator is told.
#[derive(Debug)]
struct Answer {
    status: u16,
    allow: Option<String>,
    body: String,
    line: Value,
}

impl Answer {
    /// Status and what the operator is told, such as `401 stale signature` or `200 accepted`.
    fn told(&self) -> String {
        let [reason, outcome] = ["reason", "outcome"].map(|name| self.line[name].as_str());
        format!("{} {}", self.status, reason.or(outcome).unwrap_or_default())
    }
}

fn receiver(config: &SdkConfig, table: &Table, filter: Filter) -> Receiver {
    let settings = Settings {
        secret_id: table.signing_secret_id.clone(),
        inbox_table: table.name.clone(),
        bodies_bucket: table.bucket.clone(),
        queue_url: table.queue_url.clone(),
        filter,
    };
    Receiver::new(config, settings)
}

async fn put_secret(table: &Table, value: &str) {
    let put = aws_sdk_secretsmanager::Client::new(&table.config).put_secret_value();
    let put = put.secret_id(&table.signing_secret_id).secret_string(value);
    put.send().await.expect("the secret can be put");
}

fn signed(body: &[u8]) -> Request {
    signed_by(SECRET, Timestamp::now(), body)
}

fn signed_by(secret: &str, at: Timestamp, body: &[u8]) -> Request {
    let request = post().header("x-alga-signature", signature(secret, at.as_second(), body));
    with(request, body)
}

fn post() -> Builder {
    let request = http::Request::post("https://example.lambda-url.us-east-1.on.aws/");
    request.header("content-type", "application/json")
}

fn with(request: Builder, body: &[u8]) -> Request {
    let body = String::from_utf8(body.to_vec()).expect("text");
    request.body(Body::Text(body)).expect("a request")
}
