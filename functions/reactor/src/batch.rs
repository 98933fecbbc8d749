//! A batch of doorbells, sorted by stream.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use shared::doorbell::Doorbell;
use shared::event::Place;

use crate::report::Report;

/// The doorbells of one batch.
pub struct Batch {
    pub streams: Vec<Stream>,
}

/// All doorbells of a batch for one stream, at least one.
#[derive(Debug)]
pub struct Stream {
    pub bells: Vec<Bell>,
}

/// A doorbell, and the message that it came in.
#[derive(Debug)]
pub struct Bell {
    pub doorbell: Doorbell,
    pub message_id: String,
    pub receipt_handle: String,
    receives: u32,
}

impl Batch {
    /// A message that is no doorbell carries nothing and is let go: what waits is in the inbox, and the sweep finds it.
    pub fn of(event: SqsEvent, report: &Report) -> Self {
        let mut streams: BTreeMap<String, Vec<Bell>> = BTreeMap::new();
        for message in event.records {
            match Bell::of(message) {
                Some(bell) => streams
                    .entry(bell.doorbell.place.stream.clone())
                    .or_default()
                    .push(bell),
                None => report.unreadable_doorbell(),
            }
        }
        Self {
            streams: streams
                .into_values()
                .map(|bells| Stream { bells })
                .collect(),
        }
    }
}

impl Bell {
    fn of(message: SqsMessage) -> Option<Self> {
        let receives = message
            .attributes
            .get("ApproximateReceiveCount")
            .and_then(|count| count.parse().ok());
        Some(Self {
            doorbell: Doorbell::parse(message.body.as_deref()?)?,
            message_id: message.message_id?,
            receipt_handle: message.receipt_handle?,
            receives: receives.unwrap_or(1),
        })
    }
}

impl Stream {
    pub fn name(&self) -> &str {
        &self.bells[0].doorbell.place.stream
    }

    /// The greatest due that a doorbell of the batch names.
    pub fn up_to(&self) -> &Place {
        self.bells
            .iter()
            .map(|bell| &bell.doorbell.place)
            .max()
            .expect("a stream has a doorbell")
    }

    /// The events that are to be revived.
    pub fn to_unpark(&self) -> impl Iterator<Item = &Place> {
        self.bells
            .iter()
            .filter(|bell| bell.doorbell.unpark)
            .map(|bell| &bell.doorbell.place)
    }

    /// Whether any of it was delivered before without being done with.
    pub fn is_redelivered(&self) -> bool {
        self.bells.iter().any(|bell| bell.receives > 1)
    }

    /// The doorbells that are not done with when the stream stopped at `first_left`; all, if nobody knows where.
    pub fn bells_from(&self, first_left: Option<&Place>) -> Vec<&Bell> {
        self.bells
            .iter()
            .filter(|bell| first_left.is_none_or(|place| bell.doorbell.place.due >= place.due))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, body: &str, receives: &str) -> SqsMessage {
        let mut message = SqsMessage::default();
        message.message_id = Some(id.into());
        message.receipt_handle = Some(format!("receipt of {id}"));
        message.body = Some(body.into());
        message
            .attributes
            .insert("ApproximateReceiveCount".into(), receives.into());
        message
    }

    fn bell(stream: &str, minute: u8) -> String {
        format!(
            r#"{{"stream":"{stream}","due":"2026-01-01T00:{minute:02}:00.000000000Z/0/e{minute}/ticket.created"}}"#
        )
    }

    fn batch(messages: Vec<SqsMessage>) -> Batch {
        let mut event = SqsEvent::default();
        event.records = messages;
        Batch::of(event, &Report::start())
    }

    fn ids(bells: &[&Bell]) -> Vec<String> {
        bells.iter().map(|bell| bell.message_id.clone()).collect()
    }

    #[test]
    fn a_stream_is_served_once_and_up_to_its_greatest_due() {
        let batch = batch(vec![
            message("m1", &bell("a", 3), "1"),
            message("m2", &bell("b", 1), "1"),
            message("m3", &bell("a", 2), "1"),
        ]);
        let streams: Vec<_> = batch
            .streams
            .iter()
            .map(|stream| (stream.name(), &stream.up_to().due[14..16]))
            .collect();
        assert_eq!(streams, [("a", "03"), ("b", "01")]);
        assert!(!batch.streams.iter().any(Stream::is_redelivered));
    }

    #[test]
    fn what_was_not_reached_is_left() {
        let batch = batch(vec![
            message("m1", &bell("a", 1), "1"),
            message("m2", &bell("a", 2), "2"),
            message("m3", &bell("a", 3), "1"),
        ]);
        let stream = &batch.streams[0];
        let second = stream.bells[1].doorbell.place.clone();
        assert_eq!(ids(&stream.bells_from(Some(&second))), ["m2", "m3"]);
        assert_eq!(ids(&stream.bells_from(None)), ["m1", "m2", "m3"]);
        assert!(stream.is_redelivered());
    }

    #[test]
    fn a_message_that_is_no_doorbell_is_let_go() {
        assert!(batch(vec![message("m1", "hello", "1")]).streams.is_empty());
    }
}
