//! A stack on the local AWS, for one test, as an operator sees it.

use std::collections::HashMap;
use std::env;
use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail, ensure};
use http::Request;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::{self, call};
use algapsa::loopback::exchange;
use algapsa::{Event, Sender};

/// What the deployment tells, under the names of `target/local/env-PORT`. What an option would bring is empty without it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct Stack {
    pub stack_name: String,
    pub webhook_url: String,
    pub signing_secret: String,
    pub secret_id: String,
    pub inbox_table: String,
    pub bodies_bucket: String,
    pub queue_url: String,
    pub dead_letter_queue_url: String,
    pub reaction_secret: String,
    pub reaction_secret_id: String,
    pub ticket_api_secret_id: String,
    pub reconcile_api_secret_id: String,
    pub event_bus: String,
    pub event_queue_arn: String,
    pub event_queue_url: String,
    pub receiver_function: String,
    pub reactor_function: String,
    pub reconciler_function: String,
    pub receiver_log_group: String,
    pub reactor_log_group: String,
    pub reconciler_log_group: String,
    /// Everything else that it tells, such as the parameters that the operator's tool wants to know.
    #[serde(flatten)]
    pub others: HashMap<String, String>,
}

/// A message as SQS hands it out.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    pub body: String,
    pub receipt_handle: String,
    pub attributes: HashMap<String, String>,
}

impl Stack {
    /// Deploys one with these parameters, `K=V` separated by spaces.
    pub fn deploy(parameters: &str) -> Self {
        Self::deploy_as(parameters, json!({}))
    }

    /// The same from another template, and with another program as its reactor.
    pub fn deploy_changed(parameters: &str, template: &Path, reactor: &Path) -> Self {
        let changes = json!({ "template": template, "reactor": reactor });
        Self::deploy_as(parameters, changes)
    }

    /// The same from a package, as `make package` makes it.
    pub fn deploy_package(parameters: &str, package: &Path) -> Self {
        Self::deploy_as(parameters, json!({ "package": package }))
    }

    fn deploy_as(parameters: &str, mut order: Value) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        order["stack_name"] = format!("t{}-{count}", process::id()).into();
        order["parameters"] = parameters.into();
        deployed(&order).unwrap_or_else(|error| panic!("{error:#}"))
    }

    pub fn from_env() -> Result<Self> {
        let variables = env::vars().map(|(name, value)| (name, Value::from(value)));
        serde_json::from_value(Value::Object(variables.collect()))
            .context("the environment describes no stack")
    }

    pub fn sender(&self) -> Sender {
        Sender::new(&self.webhook_url, &self.signing_secret)
    }

    /// What the receiver has logged, JSON lines only.
    pub fn receiver_log(&self) -> Vec<Value> {
        json_lines(&lines(&self.receiver_log_group))
    }

    /// What the reactor has logged, JSON lines only.
    pub fn reactor_log(&self) -> Vec<Value> {
        json_lines(&lines(&self.reactor_log_group))
    }

    /// What the reconciler has logged, JSON lines only; nothing if there is none.
    pub fn reconciler_log(&self) -> Vec<Value> {
        let group = Some(&self.reconciler_log_group).filter(|group| !group.is_empty());
        group.map_or_else(Vec::new, |group| json_lines(&lines(group)))
    }

    /// Every line of all logs as it is.
    pub fn all_lines(&self) -> Vec<String> {
        let groups = [
            &self.receiver_log_group,
            &self.reactor_log_group,
            &self.reconciler_log_group,
        ];
        let groups = groups.into_iter().filter(|group| !group.is_empty());
        groups.flat_map(|group| lines(group)).collect()
    }

    pub fn item(&self, stream: &str, event: &str) -> Option<Value> {
        let key = json!({ "stream": cloud::text(stream), "event": cloud::text(event) });
        let input = json!({ "TableName": self.inbox_table, "Key": key, "ConsistentRead": true });
        let answer = call("dynamodb", "GetItem", &input).expect("the inbox can be read");
        answer.get("Item").cloned()
    }

    pub fn kept(&self, stream: &str, event: &Event) -> Option<Value> {
        self.item(stream, &format!("{}/{}", event.event_id, event.event_type))
    }

    /// All items of a stream: events, parts of bodies, and the watermark.
    pub fn items(&self, stream: &str) -> Vec<Value> {
        let input = json!({
            "TableName": self.inbox_table,
            "KeyConditionExpression": "#s = :s",
            "ExpressionAttributeNames": { "#s": "stream" },
            "ExpressionAttributeValues": { ":s": cloud::text(stream) },
            "ConsistentRead": true,
        });
        pages("Query", input)
    }

    pub fn scan(&self) -> Vec<Value> {
        let input = json!({ "TableName": self.inbox_table, "ConsistentRead": true });
        pages("Scan", input)
    }

    /// Sets one attribute of an item.
    pub fn set(&self, stream: &str, event: &str, attribute: &str, value: &Value) {
        let input = json!({
            "TableName": self.inbox_table,
            "Key": { "stream": cloud::text(stream), "event": cloud::text(event) },
            "UpdateExpression": "SET #a = :v",
            "ConditionExpression": "attribute_exists(#e)",
            "ExpressionAttributeNames": { "#a": attribute, "#e": "event" },
            "ExpressionAttributeValues": { ":v": value },
        });
        call("dynamodb", "UpdateItem", &input).expect("the item can be changed");
    }

    /// Receives up to ten messages from a queue and hides them for `hide_seconds`.
    pub fn receive(&self, queue_url: &str, hide_seconds: u32) -> Vec<Message> {
        let input = json!({
            "QueueUrl": queue_url,
            "MaxNumberOfMessages": 10,
            "VisibilityTimeout": hide_seconds,
            "AttributeNames": ["All"],
        });
        let mut answer = call("sqs", "ReceiveMessage", &input).expect("the queue can be read");
        serde_json::from_value(answer["Messages"].take()).unwrap_or_default()
    }

    /// Moves a dead letter back, as a redrive does: the same message, with its own deduplication id.
    pub fn redrive(&self, letter: &Message) {
        let message = json!({
            "QueueUrl": self.queue_url,
            "MessageBody": letter.body,
            "MessageGroupId": letter.attributes["MessageGroupId"],
            "MessageDeduplicationId": letter.attributes["MessageDeduplicationId"],
        });
        call("sqs", "SendMessage", &message).expect("the letter can be sent back");
        let (queue, receipt) = (&self.dead_letter_queue_url, &letter.receipt_handle);
        let delete = json!({ "QueueUrl": queue, "ReceiptHandle": receipt });
        call("sqs", "DeleteMessage", &delete).expect("the letter can be deleted");
    }

    /// Messages in a queue: waiting, hidden and held together.
    pub fn depth(&self, queue_url: &str) -> u32 {
        let attributes = self.attributes(queue_url);
        let counts = ["", "NotVisible", "Delayed"].map(|which| {
            let name = format!("ApproximateNumberOfMessages{which}");
            attributes[name].as_str()?.parse::<u32>().ok()
        });
        counts.into_iter().flatten().sum()
    }

    /// All that SQS says about a queue, as text.
    pub fn attributes(&self, queue_url: &str) -> Value {
        let input = json!({ "QueueUrl": queue_url, "AttributeNames": ["All"] });
        let mut answer = call("sqs", "GetQueueAttributes", &input).expect("the queue can be asked");
        answer["Attributes"].take()
    }

    /// Sweeps, and does it again if it fails, as Lambda does: the local AWS may have been too slow for it.
    pub fn sweep(&self) {
        let sweep = || {
            let swept = cloud::invoke(&self.reactor_function, &json!({ "sweep": true }));
            swept.expect("the reactor runs")
        };
        let swept = (0..3).map(|_| sweep());
        let failures: Vec<_> = swept.take_while(|(_, failed)| *failed).collect();
        assert!(failures.len() < 3, "the sweep failed: {failures:?}");
    }

    pub fn put_secret(&self, value: &str) {
        put_secret(&self.secret_id, value);
    }

    pub fn put_ticket_api_key(&self, value: &str) {
        put_secret(&self.ticket_api_secret_id, value);
    }

    pub fn put_reconcile_api_key(&self, value: &str) {
        put_secret(&self.reconcile_api_secret_id, value);
    }
}

/// Puts a value into the secret of that id.
pub fn put_secret(id: &str, value: &str) {
    let input = json!({ "SecretId": id, "SecretString": value });
    call("secretsmanager", "PutSecretValue", &input).expect("the secret can be put");
}

/// Has infra/local/deployer.py deploy one.
fn deployed(order: &Value) -> Result<Stack> {
    let deployer = env::var("LOCAL_AWS_DEPLOYER");
    let deployer =
        deployer.context("LOCAL_AWS_DEPLOYER is not set: run `make test`, which sets it")?;
    let order = Request::post(deployer).body(order.to_string().into())?;
    let answer = exchange(order).context("could not deploy a stack")?;
    let is_deployed = answer.status().is_success();
    let told = String::from_utf8_lossy(answer.body());
    ensure!(is_deployed, "could not deploy a stack: {told}");
    serde_json::from_str(&told).context("infra/local/deployer.py described no stack")
}

/// All items that a query or scan finds, page by page.
fn pages(action: &str, mut input: Value) -> Vec<Value> {
    let mut items = Vec::new();
    loop {
        let mut answer = call("dynamodb", action, &input).expect("the inbox can be read");
        items.append(answer["Items"].as_array_mut().expect("a page has items"));
        match answer.get("LastEvaluatedKey") {
            Some(key) => input["ExclusiveStartKey"] = key.clone(),
            None => return items,
        }
    }
}

fn lines(log_group: &str) -> Vec<String> {
    try_lines(log_group).expect("the log can be read")
}

fn try_lines(log_group: &str) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let mut input = json!({ "logGroupName": log_group });
    loop {
        let answer = call("logs", "FilterLogEvents", &input)?;
        let Some(events) = answer["events"].as_array() else {
            bail!("no events in {answer}")
        };
        let events = events.iter().filter_map(|event| event["message"].as_str());
        lines.extend(events.map(str::to_owned));
        match answer.get("nextToken") {
            Some(token) if !token.is_null() => input["nextToken"] = token.clone(),
            _ => return Ok(lines),
        }
    }
}

fn json_lines(lines: &[String]) -> Vec<Value> {
    let lines = lines.iter();
    let lines = lines.filter_map(|line| serde_json::from_str(line).ok());
    lines.filter(Value::is_object).collect()
}
