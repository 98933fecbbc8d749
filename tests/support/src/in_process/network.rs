//! The network between the SDK and the local AWS: it counts calls, adds up what they cost, and breaks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::{Value, json};

use super::aws::SdkConfig;
use crate::cloud;

/// When a broken call breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// The call never arrives.
    Before,
    /// The call takes effect, and its answer gets lost.
    After,
    /// The service refuses, in a way that the SDK does not try again.
    Refused,
    /// The service refuses, and quotes what it was asked.
    Quotes,
    /// SQS fails for the first entry of a batch, and says that it is its own fault.
    Partly,
    /// The client panics, and quotes what it was asked.
    Panics,
}

/// A network that one function uses. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Wire {
    inner: SharedHttpClient,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    requests: BTreeMap<String, Vec<String>>,
    units: BTreeMap<String, f64>,
    cuts: Vec<Cut>,
    /// How many more calls there are before the function dies.
    lives_for: Option<usize>,
}

#[derive(Debug)]
struct Cut {
    operation: String,
    containing: String,
    when: Break,
    times: usize,
}

impl Wire {
    /// A configuration that leads over this network to where `config` leads, and the network.
    pub fn to(config: &SdkConfig) -> (SdkConfig, Self) {
        let wire = Self {
            inner: config.http_client().expect("an HTTP client is configured"),
            state: Arc::default(),
        };
        (config.to_builder().http_client(wire.clone()).build(), wire)
    }

    /// How many requests of that operation were made, with the SDK's own retries; `PutItem` for example.
    pub fn calls(&self, operation: &str) -> usize {
        self.lock().requests.get(operation).map_or(0, Vec::len)
    }

    /// What was asked of that operation so far, with the SDK's own retries.
    pub fn requests(&self, operation: &str) -> Vec<Value> {
        let state = self.lock();
        let requests = state.requests.get(operation).into_iter().flatten();
        let parsed = requests.map(|request| serde_json::from_str(request));
        parsed.collect::<Result<_, _>>().expect("requests are JSON")
    }

    pub fn all_calls(&self) -> usize {
        self.lock().requests.values().map(Vec::len).sum()
    }

    /// The write units that the table reported for an operation, indexes included.
    pub fn units(&self, operation: &str) -> f64 {
        self.lock().units.get(operation).copied().unwrap_or(0.0)
    }

    /// Breaks every request of an operation whose body contains a text, until [`Wire::repair`].
    pub fn cut(&self, operation: &str, containing: &str, when: Break) {
        self.cut_for(operation, containing, when, usize::MAX);
    }

    /// Breaks only the next request of an operation whose body contains a text.
    pub fn cut_once(&self, operation: &str, containing: &str, when: Break) {
        self.cut_for(operation, containing, when, 1);
    }

    /// Breaks that many requests of an operation whose body contains a text.
    pub fn cut_for(&self, operation: &str, containing: &str, when: Break, times: usize) {
        self.lock().cuts.push(Cut {
            operation: operation.to_owned(),
            containing: containing.to_owned(),
            when,
            times,
        });
    }

    /// Panics at each call after that many, so that nothing more happens, as if the function had died.
    pub fn dies_after(&self, calls: usize) {
        self.lock().lives_for = Some(calls);
    }

    /// Breaks nothing any more.
    pub fn repair(&self) {
        let mut state = self.lock();
        state.cuts.clear();
        state.lives_for = None;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a request, and says whether it breaks.
    fn note(&self, operation: &str, body: &str) -> Option<Break> {
        let mut state = self.lock();
        let requests = state.requests.entry(operation.to_owned());
        requests.or_default().push(body.to_owned());
        if let Some(left) = &mut state.lives_for {
            match left.checked_sub(1) {
                Some(fewer) => *left = fewer,
                None => return Some(Break::Panics),
            }
        }
        let mut cuts = state.cuts.iter_mut();
        let cut = cuts.find(|cut| {
            cut.times > 0 && cut.operation == operation && body.contains(&cut.containing)
        })?;
        cut.times -= 1;
        Some(cut.when)
    }

    fn add_units(&self, operation: &str, answer: &[u8]) {
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        let units = answer["ConsumedCapacity"]["CapacityUnits"].as_f64();
        let units = units.unwrap_or(0.0);
        *self.lock().units.entry(operation.to_owned()).or_default() += units;
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connection {
            inner: self.inner.http_connector(settings, components),
            wire: self.clone(),
        })
    }
}

#[derive(Debug)]
struct Connection {
    inner: SharedHttpConnector,
    wire: Wire,
}

impl HttpConnector for Connection {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, wire) = (self.inner.clone(), self.wire.clone());
        HttpConnectorFuture::new(async move {
            let operation = operation(&request);
            let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
            let broken = wire.note(&operation, &body);
            match broken {
                Some(Break::Before) => return Err(lost()),
                Some(Break::Refused) => return Ok(refusal("the network refuses")),
                Some(Break::Quotes) => {
                    return Ok(refusal(&format!("{:?}: {body}", request.headers())));
                }
                Some(Break::Partly) => return Ok(answer(200, &partly())),
                Some(Break::Panics) => panic!("the network is mad: {body}"),
                Some(Break::After) | None => {}
            }
            let response = inner.call(asking_for_units(request, &operation)).await?;
            let response = counting_units(response, &operation, &wire).await?;
            match broken {
                None => Ok(response),
                Some(_) => Err(lost()),
            }
        })
    }
}

fn lost() -> ConnectorError {
    ConnectorError::io("the network is cut".into())
}

fn refusal(message: &str) -> HttpResponse {
    answer(
        400,
        &json!({ "__type": "AccessDeniedException", "message": message }),
    )
}

fn partly() -> Value {
    let failed = json!({ "Id": "0", "SenderFault": false, "Code": "InternalError" });
    json!({ "Successful": [], "Failed": [failed] })
}

fn answer(status: u16, body: &Value) -> HttpResponse {
    let status = status.try_into().expect("a status");
    HttpResponse::new(status, SdkBody::from(body.to_string()))
}

/// JSON protocols name the operation in a header; S3 is asked by the method.
fn operation(request: &HttpRequest) -> String {
    let Some(target) = request.headers().get("x-amz-target") else {
        return cloud::on_an_object(request.method()).to_owned();
    };
    let operation = target.rsplit('.').next();
    operation.expect("a split has a part").to_owned()
}

/// DynamoDB tells what a write costs only when it is asked. Asking changes the signed body; the local AWS does not check
/// that signature.
fn asking_for_units(mut request: HttpRequest, operation: &str) -> HttpRequest {
    if !matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem") {
        return request;
    }
    let body = request.body().bytes().unwrap_or_default();
    let Some(rest) = body.strip_prefix(b"{") else {
        return request;
    };
    let asking = [br#"{"ReturnConsumedCapacity":"TOTAL","#, rest].concat();
    let length = asking.len().to_string();
    request.headers_mut().insert("content-length", length);
    *request.body_mut() = SdkBody::from(asking);
    request
}

async fn counting_units(
    mut response: HttpResponse,
    operation: &str,
    wire: &Wire,
) -> Result<HttpResponse, ConnectorError> {
    let body = ByteStream::new(response.take_body()).collect().await;
    let body = body
        .map_err(|error| ConnectorError::io(error.into()))?
        .into_bytes();
    wire.add_units(operation, &body);
    *response.body_mut() = SdkBody::from(body);
    Ok(response)
}
