//! Batches of messages, as Lambda's poller hands them on.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::aws::Message;

/// How long the queue holds a message back, as the template has it.
const HOLD: Duration = Duration::from_secs(2);

/// The event of an SQS event source mapping: messages that are received now, for the first time.
pub fn batch(messages: &[Message]) -> Bytes {
    let now = Timestamp::now();
    let records = messages.iter().map(|message| record(message, now));
    let records: Vec<Value> = records.collect();
    json!({ "Records": records }).to_string().into()
}

fn record(message: &Message, now: Timestamp) -> Value {
    let millis = |at: Timestamp| at.as_millisecond().to_string();
    json!({
        "messageId": message.id,
        "receiptHandle": format!("{0}{0}{0}{0}", message.id),
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "ApproximateFirstReceiveTimestamp": millis(now),
            "SentTimestamp": millis(now - HOLD),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_that_it_is_received_now_for_the_first_time() {
        let message = Message {
            id: "m".into(),
            group: "g".into(),
            body: "{}".into(),
            md5: "99914b932bd37a50b983c5e7c90ae93b".into(),
        };
        let before = Timestamp::now().as_millisecond();
        let event: Value = serde_json::from_slice(&batch(&[message])).unwrap();
        let after = Timestamp::now().as_millisecond();
        let attributes = &event["Records"][0]["attributes"];
        let number = |name: &str| attributes[name].as_str().unwrap().parse::<i64>().unwrap();
        let received = number("ApproximateFirstReceiveTimestamp");
        assert!((before..=after).contains(&received), "{attributes}");
        assert_eq!(number("SentTimestamp"), received - 2_000);
        assert_eq!(number("ApproximateReceiveCount"), 1);
    }
}
