//! The queue: takes messages, and hides them for as long as anybody likes.

use md5::{Digest, Md5};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Counts, bytes};

/// SQS charges a request for every 64 kB that one carries.
const CHUNK: u64 = 65_536;

#[derive(Clone, Debug)]
pub struct Message {
    pub id: String,
    pub group: String,
    pub body: String,
    /// The checksum of that, which some clients insist on.
    pub md5: String,
}

pub(super) fn send(asked: &Value, queue: &mut Vec<Message>, counts: &mut Counts) -> Value {
    let text = |name: &str| asked[name].as_str().unwrap_or_default().to_owned();
    let body = text("MessageBody");
    counts.queue_requests += bytes(&body).div_ceil(CHUNK).max(1);
    let message = Message {
        id: Uuid::new_v4().to_string(),
        group: text("MessageGroupId"),
        md5: hex::encode(Md5::digest(&body)),
        body,
    };
    let said = json!({
        "MessageId": message.id,
        "MD5OfMessageBody": message.md5,
        "SequenceNumber": "18890000000000000000",
    });
    queue.push(message);
    said
}

pub(super) fn hide(asked: &Value, counts: &mut Counts) -> Value {
    counts.queue_requests += 1;
    let entries = asked["Entries"].as_array().into_iter().flatten();
    let done: Vec<Value> = entries.map(|entry| json!({ "Id": entry["Id"] })).collect();
    json!({ "Successful": done, "Failed": [] })
}
