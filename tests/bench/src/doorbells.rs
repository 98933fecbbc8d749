//! Batches of messages, as Lambda's poller hands them on.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::aws::Message;

/// The event of an SQS event source mapping.
pub fn batch(messages: &[Message]) -> Bytes {
    let records: Vec<Value> = messages.iter().map(record).collect();
    json!({ "Records": records }).to_string().into()
}

fn record(message: &Message) -> Value {
    json!({
        "messageId": message.id,
        "receiptHandle": format!("{0}{0}{0}{0}", message.id),
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "ApproximateFirstReceiveTimestamp": "1791188132123",
            "SentTimestamp": "1791188130123",
            "SenderId": "AROAEXAMPLE:receiver",
            "SequenceNumber": "18890000000000000000",
            "MessageGroupId": message.group,
            "MessageDeduplicationId": message.id,
        },
        "messageAttributes": {},
        "md5OfBody": message.md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:doorbells.fifo",
        "awsRegion": "us-east-1",
    })
}
