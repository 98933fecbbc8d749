//! The network below the SDK, in simulated time: it carries calls to a DynamoDB and a Secrets Manager that are real, to
//! queues and a bus that live here, and breaks them as the script says. Whatever takes effect is witnessed.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::backend;
use super::bus::{self, Bus, Fate};
use super::call::{Call, text};
use super::consumer::Consumer;
use super::fault::{Fault, Script};
use super::fifo::Fifo;
use super::queues;
use super::witness::Witness;
use algapsa::Chance;

/// How long a delayed call is on its way: longer than any function lives, and than any back-off.
const DELAY: Duration = Duration::from_mins(16);

/// One network, and everything that it leads to.
#[derive(Clone)]
pub struct Network {
    state: Arc<Mutex<State>>,
}

/// What the network leads to, and what it remembers.
pub struct State {
    /// Which calls break.
    pub script: Script,
    /// The operations that were called, in their order, each with its fault.
    pub calls: Vec<(String, Option<Fault>)>,
    /// What every attempt was, about which event and when: the same whenever the same history happens.
    pub trace: DefaultHasher,
    began: Instant,
    /// The doorbells.
    pub doorbells: Fifo,
    /// Notified when something is put into a queue.
    pub rung: Arc<Notify>,
    /// The dead letters.
    pub letters: Fifo,
    /// What does with reactions as it is told, on the bus or in front of the queue.
    pub bus: Bus,
    /// The queue that reactions may go to.
    pub consumer: Consumer,
    /// Sees everything.
    pub witness: Witness,
    /// One of so many batches is handed out twice; none if it is 0.
    pub twice_in: u64,
    /// How long a call may take.
    latency: Chance,
    /// The numbers of the calls by the name that the SDK gives them for all their attempts.
    numbers: HashMap<String, usize>,
}

/// The way of one function into the network. It ends with the function.
#[derive(Clone)]
pub struct Way {
    network: Network,
    function: usize,
    died: Arc<Notify>,
}

impl Network {
    /// A network over which nothing has gone yet.
    pub fn new(script: Script, hold: Duration, seed: u64) -> Self {
        let state = State {
            script,
            calls: Vec::new(),
            trace: DefaultHasher::new(),
            began: Instant::now(),
            doorbells: Fifo::new(hold),
            rung: Arc::default(),
            letters: Fifo::new(Duration::ZERO),
            bus: Bus::default(),
            consumer: Consumer::default(),
            witness: Witness::new(hold),
            twice_in: 0,
            latency: Chance::new(seed),
            numbers: HashMap::new(),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// What it leads to.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A way for the function of that number.
    pub fn way(&self, function: usize) -> Way {
        Way {
            network: self.clone(),
            function,
            died: Arc::default(),
        }
    }
}

impl Way {
    /// Ends when the network has killed the function.
    pub async fn death(&self) {
        self.died.notified().await;
    }

    /// The invocation has ended.
    pub fn rest(&self) {
        self.network.state().witness.rests(self.function);
    }

    /// The function is gone, for whatever reason.
    pub fn close(&self) {
        self.network.state().witness.died(self.function);
    }

    async fn call(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let mut call = Call::of(&request);
        let (fault, latency) = self.network.state().begin(&mut call);
        sleep(latency).await;
        if fault.is_none() {
            let fate = self.network.state().fate(&call);
            match fate {
                Some(Fate::Kills) => self.die().await,
                Some(Fate::Hangs) => self.never().await,
                None => {}
            }
        }
        match fault {
            None => Ok(self.take_effect(&call, request)),
            Some(Fault::Before) => {
                self.excuse(&call);
                Err(lost())
            }
            Some(Fault::AfterOnce) if !call.is_first => Ok(self.take_effect(&call, request)),
            Some(Fault::After | Fault::AfterOnce) => {
                self.take_effect_unheard(&call, request);
                Err(lost())
            }
            Some(Fault::Silence) => {
                self.take_effect_unheard(&call, request);
                self.never().await
            }
            Some(Fault::Delayed) => {
                self.excuse(&call);
                let (way, call) = (self.clone(), call.clone());
                tokio::spawn(async move {
                    sleep(DELAY).await;
                    way.take_effect(&call, request);
                });
                self.never().await
            }
            Some(Fault::Throttled) => {
                self.excuse(&call);
                let refusal = json!({ "__type": "ThrottlingException", "message": "too much" });
                Ok(answer(400, &refusal))
            }
            Some(Fault::DiesBefore) => self.die().await,
            Some(Fault::DiesAfter) => {
                self.take_effect_unheard(&call, request);
                self.die().await
            }
            Some(Fault::Swallowed) => {
                queues::swallow(&mut self.network.state(), &call);
                Ok(answer(200, &json!({ "MessageId": "lost" })))
            }
        }
    }

    async fn die(&self) -> ! {
        self.died.notify_one();
        self.never().await
    }

    async fn never(&self) -> ! {
        std::future::pending::<()>().await;
        unreachable!("it is never ready")
    }

    /// Does what was asked for, whether or not the function still waits for the answer.
    fn take_effect(&self, call: &Call, request: HttpRequest) -> HttpResponse {
        let mut state = self.network.state();
        match call.service.as_str() {
            _ if call.is_reaction() => bus::answer(&mut state, call, self.function),
            "AmazonSQS" => queues::answer(&mut state, call),
            _ => state.write(call, request),
        }
    }

    fn take_effect_unheard(&self, call: &Call, request: HttpRequest) {
        self.take_effect(call, request);
        self.excuse(call);
    }

    /// Whatever this call was to record may be missing.
    fn excuse(&self, call: &Call) {
        if let Some(key) = call.event().filter(|_| call.records_a_reaction()) {
            self.network.state().witness.excuse(&key);
        }
    }
}

impl State {
    /// How long after the first time the next batch is handed out again, if it is.
    pub(super) fn handed_out_again(&mut self) -> Option<Duration> {
        let is_twice = self.twice_in > 0 && self.latency.one_in(self.twice_in);
        is_twice.then(|| Duration::from_millis(self.latency.below(60)))
    }

    /// Numbers a call, and says what happens to this attempt of it.
    fn begin(&mut self, call: &mut Call) -> (Option<Fault>, Duration) {
        let latency = Duration::from_millis(1 + self.latency.below(40));
        (self.began.elapsed(), &call.operation, call.event()).hash(&mut self.trace);
        if let Some(number) = self.numbers.get(&call.name) {
            return (self.calls[*number].1, latency);
        }
        call.is_first = true;
        let number = self.calls.len();
        let fault = self.script.fault(number, &call.operation);
        self.numbers.insert(call.name.clone(), number);
        self.calls.push((call.operation.clone(), fault));
        (fault, latency)
    }

    /// What the reaction does to the function, if it does not answer.
    fn fate(&mut self, call: &Call) -> Option<Fate> {
        let fate = call.is_reaction().then(|| bus::fate(self, call));
        fate.flatten()
    }

    fn write(&mut self, call: &Call, request: HttpRequest) -> HttpResponse {
        let (status, body) = backend::exchange(request);
        if status == 200 {
            self.witness_write(call);
        }
        let body = SdkBody::from(body);
        HttpResponse::new(status.try_into().expect("a status"), body)
    }

    fn witness_write(&mut self, call: &Call) {
        let Some(key) = call.event() else {
            return;
        };
        match call.operation.as_str() {
            "PutItem" => {
                let due = text(&call.body["Item"], "due");
                self.witness.kept(&key, due, Instant::now());
            }
            "UpdateItem" => {
                let item = backend::item(&call.body["TableName"], &key);
                self.witness
                    .written(&key, &item, &self.doorbells, &self.letters);
            }
            _ => {}
        }
    }
}

pub(super) fn answer(status: u16, body: &Value) -> HttpResponse {
    let status = status.try_into().expect("a status");
    HttpResponse::new(status, SdkBody::from(body.to_string()))
}

fn lost() -> ConnectorError {
    ConnectorError::io("the network is cut".into())
}

impl fmt::Debug for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the way of function {}", self.function)
    }
}

impl HttpClient for Way {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Way {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().call(request))
    }
}
