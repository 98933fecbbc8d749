//! SQS as the functions ask it, answered by the queues in simulated time.

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::call::Call;
use super::fifo::Fifo;
use super::network::{State, answer as http};

/// The address of the doorbells.
pub const DOORBELLS: &str = "http://127.0.0.1/doorbells.fifo";
/// The queue that reactions may go to, in that region.
pub(super) fn events(region: &str) -> String {
    format!("arn:aws:sqs:{region}:123456789012:{EVENTS}")
}

const EVENTS: &str = "events.fifo";

/// Whether a call puts an event there.
pub(super) fn is_to_events(body: &Value) -> bool {
    text(body, "QueueUrl").ends_with(EVENTS)
}

/// The address of the dead letters.
pub const LETTERS: &str = "http://127.0.0.1/letters.fifo";

pub(super) fn answer(state: &mut State, call: &Call) -> HttpResponse {
    let now = Instant::now();
    let body = &call.body;
    let answer = match call.operation.as_str() {
        "SendMessage" => {
            let [group, id, message] = ["MessageGroupId", "MessageDeduplicationId", "MessageBody"]
                .map(|name| text(body, name));
            queue(state, body).send(group, id, message, now);
            state.rung.notify_waiters();
            json!({ "MessageId": "taken" })
        }
        "ChangeMessageVisibilityBatch" => change(queue(state, body), body, now),
        "DeleteMessage" => {
            let message = queue(state, body).delete(text(body, "ReceiptHandle"), now);
            if let Some(message) = message {
                state.witness.heard(&message.body, &state.doorbells);
            }
            json!({})
        }
        "GetQueueAttributes" => json!({ "Attributes": {} }),
        other => unreachable!("the functions do not call {other}"),
    };
    http(200, &answer)
}

/// Takes a message that will never be delivered.
pub(super) fn swallow(state: &mut State, call: &Call) {
    let [group, id, message] = ["MessageGroupId", "MessageDeduplicationId", "MessageBody"]
        .map(|name| text(&call.body, name));
    queue(state, &call.body).swallow(group, id, Instant::now());
    let bell: Value = serde_json::from_str(message).unwrap_or_default();
    let is_letter = text(&call.body, "QueueUrl") == LETTERS;
    state.witness.lost(text(&bell, "stream"), is_letter);
}

fn change(queue: &mut Fifo, body: &Value, now: Instant) -> Value {
    let entries = body["Entries"].as_array().into_iter().flatten();
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        let seconds = entry["VisibilityTimeout"].as_u64().unwrap_or_default();
        let delay = Duration::from_secs(seconds);
        if queue.change(text(entry, "ReceiptHandle"), delay, now) {
            successful.push(json!({ "Id": entry["Id"] }));
        } else {
            let code = "ReceiptHandleIsInvalid";
            failed.push(json!({ "Id": entry["Id"], "Code": code, "SenderFault": true }));
        }
    }
    json!({ "Successful": successful, "Failed": failed })
}

fn queue<'a>(state: &'a mut State, body: &Value) -> &'a mut Fifo {
    if text(body, "QueueUrl") == LETTERS {
        &mut state.letters
    } else {
        &mut state.doorbells
    }
}

pub(super) fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_default()
}
