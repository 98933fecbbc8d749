//! A rule of the user's on a bus, with a queue as its target.

use std::sync::Mutex;

use anyhow::Result;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cloud::call;
use crate::poll::wait_until;
use crate::target::SOON;

/// What arrives by a rule that lets through all that is from AlgaPSA.
pub struct Rule {
    queue_url: String,
    arrived: Mutex<Vec<Value>>,
}

impl Rule {
    pub fn on(bus: &str) -> Self {
        let queue_url = make(bus).expect("a rule with a queue can be made");
        Self::into_queue(queue_url)
    }

    /// An existing rule, by its queue.
    pub fn into_queue(queue_url: String) -> Self {
        Self {
            queue_url,
            arrived: Mutex::default(),
        }
    }

    /// Waits until `count` events have arrived, and gives all that have.
    pub fn wait_for(&self, count: usize) -> Vec<Value> {
        let mut arrived = self.arrived.lock().expect("nothing has panicked");
        wait_until(&format!("{count} events by the rule"), SOON, || {
            arrived.extend(self.receive());
            arrived.len() >= count
        });
        arrived.clone()
    }

    fn receive(&self) -> Vec<Value> {
        let input = json!({ "QueueUrl": self.queue_url, "MaxNumberOfMessages": 10 });
        let answer = call("sqs", "ReceiveMessage", &input).expect("the queue can be read");
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        let body = |message: &Value| {
            let receipt = &message["ReceiptHandle"];
            let delete = json!({ "QueueUrl": self.queue_url, "ReceiptHandle": receipt });
            call("sqs", "DeleteMessage", &delete).expect("a message can be deleted");
            let body = message["Body"].as_str().expect("a message has a body");
            serde_json::from_str(body).expect("a rule delivers JSON")
        };
        messages.iter().map(body).collect()
    }
}

fn make(bus: &str) -> Result<String> {
    let name = format!("rule-{}", Uuid::new_v4().simple());
    let queue = call("sqs", "CreateQueue", &json!({ "QueueName": name }))?;
    let asked = json!({ "QueueUrl": queue["QueueUrl"], "AttributeNames": ["QueueArn"] });
    let arn = &call("sqs", "GetQueueAttributes", &asked)?["Attributes"]["QueueArn"];
    let pattern = json!({ "source": ["algapsa"] }).to_string();
    let rule = json!({ "Name": name, "EventBusName": bus, "EventPattern": pattern });
    call("events", "PutRule", &rule)?;
    let target = json!({ "Id": "queue", "Arn": arn });
    let targets = json!({ "Rule": name, "EventBusName": bus, "Targets": [target] });
    call("events", "PutTargets", &targets)?;
    Ok(queue["QueueUrl"].as_str().unwrap_or_default().to_owned())
}
