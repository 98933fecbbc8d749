//! A call as it goes over the network.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

use support::cloud;

use super::bus;
use super::queues::is_to_events;
use super::witness::Key;

/// What a `SendMessage` is called here that carries an event, and not a doorbell.
pub(super) const SEND_EVENT: &str = "SendEvent";

/// One attempt of a call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The SDK's name for the call, the same for all attempts.
    pub name: String,
    /// Such as `DynamoDB_20120810`, or `S3`.
    pub service: String,
    /// Such as `PutItem`.
    pub operation: String,
    /// What is asked; null if that is not JSON.
    pub body: Value,
    /// Whether it is the SDK's first attempt.
    pub is_first: bool,
}

impl Call {
    pub(super) fn of(request: &HttpRequest) -> Self {
        let header = |name| request.headers().get(name).unwrap_or_default().to_owned();
        let target = header("x-amz-target");
        let object = ("S3", cloud::on_an_object(request.method()));
        let (service, operation) = target.split_once('.').unwrap_or(object);
        let body = request.body().bytes().unwrap_or_default();
        let body = serde_json::from_slice(body).unwrap_or_default();
        let operation = if is_to_events(&body) {
            SEND_EVENT
        } else {
            operation
        };
        Self {
            name: header("amz-sdk-invocation-id"),
            service: service.to_owned(),
            operation: operation.to_owned(),
            body,
            is_first: false,
        }
    }

    /// The event that it is about: one that is put or updated, or that is reacted to.
    pub(super) fn event(&self) -> Option<Key> {
        let item = match self.operation.as_str() {
            "PutItem" => &self.body["Item"],
            "UpdateItem" => &self.body["Key"],
            _ if self.is_reaction() => return Some(bus::key(&self.body)),
            _ => return None,
        };
        let key = (text(item, "stream"), text(item, "event"));
        let is_event = key.1.split('/').count() == 2;
        is_event.then_some(key)
    }

    /// Whether it puts an event onto the bus or into the queue.
    pub(super) fn is_reaction(&self) -> bool {
        matches!(self.operation.as_str(), "PutEvents" | SEND_EVENT)
    }

    /// Whether a fault of it may leave a reaction without a record: the reaction itself, or its settlement.
    pub(super) fn records_a_reaction(&self) -> bool {
        let names = self.body["ExpressionAttributeNames"].as_object();
        let settles = || {
            let mut names = names.into_iter().flat_map(|names| names.values());
            names.any(|name| name == "settled_at")
        };
        self.is_reaction() || settles()
    }
}

pub(super) fn text(item: &Value, name: &str) -> String {
    item[name]["S"].as_str().unwrap_or_default().to_owned()
}
