//! Lambda in simulated time: it starts functions, hands them deliveries and batches, and ends those that take too long.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use reactor::{Invocation, Reactor};
use receiver::Receiver;
use serde_json::json;
use tokio::time::{Instant, sleep, sleep_until};

use super::backend;
use super::fifo::Message;
use super::history::History;
use super::network::{Network, Way};
use super::queues::{DOORBELLS, LETTERS};
use super::target::Target;
use algapsa::loopback::RUNTIME;
use support::cloud;
use support::in_process::{SdkConfig, Table, aws, raw_event, reports};

/// How long a function may take to start.
const INIT: Duration = Duration::from_secs(10);
/// The timeouts of the template.
const RECEIVER_TIMEOUT: Duration = Duration::from_secs(8);
const REACTOR_TIMEOUT: Duration = Duration::from_mins(1);
/// How often an event source looks for messages while there are some, at most and at least.
const POLLS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(5));
/// How often it looks into a queue that stays empty.
const IDLE: Duration = Duration::from_mins(10);
/// When every simulation begins: so late that the signing secret has been put long ago, and nothing has expired, whenever
/// the simulation is run.
const BEGINNING: &str = "2100-01-01T00:00:00Z";
/// What every sender of a simulation signs with.
pub(super) const SECRET: &str = "ABEiM0RVZneImaq7zN3u__7cuph2VDIQASNFZ4mrze8";

/// A table, a bucket and a secret that simulations share, one after the other.
pub struct Base {
    config: SdkConfig,
    table: String,
    bucket: String,
    secret_id: String,
}

impl Base {
    /// Makes them. Not from within a runtime.
    pub fn new() -> Self {
        reports::collect();
        let made = RUNTIME.block_on(Table::new());
        let put = json!({ "SecretId": made.signing_secret_id, "SecretString": SECRET });
        cloud::call("secretsmanager", "PutSecretValue", &put).expect("the secret can be put");
        Self {
            config: aws::config(), // with the functions' own timeouts: a call may never be answered here
            table: made.name,
            bucket: made.bucket,
            secret_id: made.signing_secret_id,
        }
    }
}

impl Default for Base {
    fn default() -> Self {
        Self::new()
    }
}

/// The AWS of one simulation.
pub struct Cloud<'a> {
    base: &'a Base,
    target: Target,
    /// What the functions reach the rest by.
    pub network: Network,
    started: Instant,
    began_at: Timestamp,
    functions: Cell<usize>,
    receivers: RefCell<Vec<(Receiver, Way)>>,
    reactors: RefCell<Vec<(Reactor, Way)>>,
}

impl<'a> Cloud<'a> {
    /// One in which nothing runs yet. Within a runtime whose clock is paused.
    pub fn new(base: &'a Base, history: &History) -> Self {
        let History { hold, seed, .. } = *history;
        Self {
            base,
            target: history.target,
            network: Network::new(history.script.clone(), hold, seed),
            started: Instant::now(),
            began_at: BEGINNING.parse().expect("a time"),
            functions: Cell::default(),
            receivers: RefCell::default(),
            reactors: RefCell::default(),
        }
    }

    /// The simulated time.
    pub fn now(&self) -> Timestamp {
        self.began_at + self.started.elapsed()
    }

    /// Hands a request to a receiver. Gives the status, if there is an answer.
    pub async fn deliver(&self, request: http::Request<Bytes>) -> Option<u16> {
        let (receiver, way) = Box::pin(self.receiver()).await?;
        let event = raw_event(&request);
        let answering = Box::pin(receiver.receive(&event, self.now()));
        let answer = alive(&way, RECEIVER_TIMEOUT, answering).await?;
        self.receivers.borrow_mut().push((receiver, way));
        let status = answer.expect("there is always an answer").status_code;
        Some(u16::try_from(status).expect("a status"))
    }

    async fn receiver(&self) -> Option<(Receiver, Way)> {
        let warm = self.receivers.borrow_mut().pop();
        if warm.is_some() {
            return warm;
        }
        let (config, way) = self.function();
        let settings = receiver::Settings {
            secret_id: self.base.secret_id.clone(),
            inbox_table: self.base.table.clone(),
            bodies_bucket: self.base.bucket.clone(),
            queue_url: DOORBELLS.to_owned(),
            filter: shared::filter::Filter::default(),
        };
        let receiver = Receiver::new(&config, settings);
        alive(&way, INIT, Box::pin(receiver.warm_up(self.now()))).await?;
        Some((receiver, way))
    }

    async fn reactor(&self) -> Option<(Reactor, Way)> {
        let warm = self.reactors.borrow_mut().pop();
        if warm.is_some() {
            return warm;
        }
        let (config, way) = self.function();
        let reaction = self.target.reaction(&config);
        let settings = reactor::Settings {
            inbox_table: self.base.table.clone(),
            bodies_bucket: self.base.bucket.clone(),
            queue_url: DOORBELLS.to_owned(),
            dead_letter_queue_url: LETTERS.to_owned(),
            retention: SignedDuration::from_hours(24 * 35),
            reaction,
            tickets: None,
        };
        let reactor = Reactor::new(&config, settings);
        alive(&way, INIT, Box::pin(reactor.warm_up())).await?;
        Some((reactor, way))
    }

    fn function(&self) -> (SdkConfig, Way) {
        let number = self.functions.get();
        self.functions.set(number + 1);
        let way = self.network.way(number);
        let config = self.base.config.to_builder().http_client(way.clone());
        (config.region(backend::region_of_its_own()).build(), way)
    }

    /// An event source of the doorbells, for ever.
    pub async fn feed(&self) {
        loop {
            let batch = self.network.state().doorbells.receive(Instant::now());
            if batch.is_empty() {
                self.until_there_may_be_more().await;
            } else {
                Box::pin(self.hand_out(batch)).await;
            }
        }
    }

    /// Hands a batch to a reactor, or sometimes to two of them.
    async fn hand_out(&self, batch: Vec<Message>) {
        let again = self.network.state().handed_out_again();
        let Some(later) = again else {
            return self.hear(batch).await;
        };
        let again = async {
            sleep(later).await;
            self.hear(batch.clone()).await;
        };
        tokio::join!(self.hear(batch.clone()), again);
    }

    async fn until_there_may_be_more(&self) {
        let next = self.network.state().doorbells.next_at();
        let rung = self.network.state().rung.clone();
        let now = Instant::now();
        let (soon, late) = POLLS;
        let at = next.map_or(now + IDLE, |next| next.clamp(now + soon, now + late));
        tokio::select! {
            biased;
            () = rung.notified() => {}
            () = sleep_until(at) => {}
        }
    }

    async fn hear(&self, batch: Vec<Message>) {
        let Some((reactor, way)) = Box::pin(self.reactor()).await else {
            return;
        };
        let mut event = SqsEvent::default();
        event.records = batch.iter().map(|message| self.record(message)).collect();
        let (event, now) = (Invocation::Doorbells(event), self.now());
        let run = Box::pin(reactor.run(event, now, now + REACTOR_TIMEOUT));
        let Some(answer) = alive(&way, REACTOR_TIMEOUT, run).await else {
            return;
        };
        way.rest();
        self.reactors.borrow_mut().push((reactor, way));
        let left = answer.expect("doorbells never fail as a whole");
        let left = left.batch_item_failures.into_iter();
        let left: Vec<_> = left.map(|failure| failure.item_identifier).collect();
        for message in batch {
            if !left.contains(&message.id) {
                self.delete(&message);
            }
        }
    }

    /// A message as Lambda hands it to a function.
    fn record(&self, message: &Message) -> SqsMessage {
        let first = message
            .first_received_at
            .map(|at| self.began_at + (at - self.started));
        let first = first.expect("it was received").as_millisecond();
        let mut record = SqsMessage::default();
        record.message_id = Some(message.id.clone());
        record.receipt_handle = Some(message.receipt.clone());
        record.body = Some(message.body.clone());
        record.attributes = [
            ("ApproximateReceiveCount", message.receives.to_string()),
            ("ApproximateFirstReceiveTimestamp", first.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        record
    }

    fn delete(&self, message: &Message) {
        let mut state = self.network.state();
        let state = &mut *state;
        if let Some(message) = state.doorbells.delete(&message.receipt, Instant::now()) {
            state.witness.heard(&message.body, &state.doorbells);
        }
    }

    /// The schedule, for ever: an hour, a sweep, an hour, …
    pub async fn sweep(&self) {
        loop {
            sleep(Duration::from_hours(1)).await;
            let Some((reactor, way)) = Box::pin(self.reactor()).await else {
                continue;
            };
            let (sweep, now) = (Invocation::Sweep { sweep: true }, self.now());
            let run = Box::pin(reactor.run(sweep, now, now + REACTOR_TIMEOUT));
            if alive(&way, REACTOR_TIMEOUT, run).await.is_some() {
                self.reactors.borrow_mut().push((reactor, way));
            }
        }
    }

    /// Whether nothing is left to do, except for an operator.
    pub fn is_at_rest(&self) -> bool {
        let state = self.network.state();
        state.witness.is_at_rest() && state.doorbells.messages().is_empty()
    }

    /// What an operator does once the target works again. Says whether there was anything to do.
    pub fn redrive(&self) -> bool {
        let mut state = self.network.state();
        let letters = state.letters.drain();
        if !letters.is_empty() {
            state.bus.recover();
        }
        for letter in &letters {
            let id = uuid::Uuid::new_v4().to_string();
            let doorbells = &mut state.doorbells;
            doorbells.send(&letter.group, &id, &letter.body, Instant::now());
        }
        state.rung.notify_waiters();
        !letters.is_empty()
    }

    /// Leaves the table as it was found.
    pub fn clear(&self) {
        let _ = reports::take();
        let state = self.network.state();
        if state.calls.iter().any(|(call, _)| call == "PutObject") {
            backend::empty(&self.base.bucket);
        }
        for (stream, event) in state.witness.events().keys() {
            backend::delete(&self.base.table, stream, event);
            backend::delete(&self.base.table, stream, "watermark");
        }
    }
}

/// Runs a function for as long as Lambda does. Nothing, if it dies.
async fn alive<T>(
    way: &Way,
    limit: Duration,
    work: Pin<Box<impl Future<Output = T>>>,
) -> Option<T> {
    tokio::select! {
        biased;
        () = way.death() => {}
        done = work => return Some(done),
        () = sleep(limit) => {}
    }
    way.close();
    None
}
