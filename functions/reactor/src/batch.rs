//! A batch of doorbells, sorted by stream.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use jiff::Timestamp;
use shared::event::{Place, Position, StreamId};
use shared::queue::Doorbell;

pub struct Batch {
    pub streams: Vec<Stream>,
    /// How many messages were not doorbells. They are dropped: what waits is in the inbox, and the sweep finds it.
    pub unreadable: usize,
}

/// All doorbells of a batch for one stream, at least one.
#[derive(Debug)]
pub struct Stream {
    bells: Vec<Bell>,
}

/// A doorbell, and the message that it came in.
#[derive(Debug)]
pub struct Bell {
    pub message_id: String,
    pub receipt: String,
    doorbell: Doorbell,
    receives: u32,
    /// When it was received, by SQS's clock, if this is the first time.
    first_received_at: Option<Timestamp>,
}

impl Batch {
    pub fn of(event: SqsEvent) -> Self {
        let mut streams: BTreeMap<StreamId, Vec<Bell>> = BTreeMap::new();
        let mut unreadable = 0;
        for message in event.records {
            match Bell::of(message) {
                Some(bell) => {
                    let stream = bell.doorbell.place.stream.clone();
                    streams.entry(stream).or_default().push(bell);
                }
                None => unreadable += 1,
            }
        }
        let streams = streams.into_values().map(|bells| Stream { bells });
        Self {
            streams: streams.collect(),
            unreadable,
        }
    }
}

impl Bell {
    fn of(message: SqsMessage) -> Option<Self> {
        let number = |name| message.attributes.get(name)?.parse::<i64>().ok();
        let receives = number("ApproximateReceiveCount").and_then(|count| count.try_into().ok());
        let received_at = number("ApproximateFirstReceiveTimestamp");
        let received_at = received_at.filter(|_| receives == Some(1));
        Some(Self {
            first_received_at: received_at.and_then(|at| Timestamp::from_millisecond(at).ok()),
            doorbell: Doorbell::parse(message.body.as_deref()?)?,
            message_id: message.message_id?,
            receipt: message.receipt_handle?,
            receives: receives.unwrap_or(1),
        })
    }
}

impl Stream {
    pub fn id(&self) -> &StreamId {
        &self.bells[0].doorbell.place.stream
    }

    /// The greatest position that a doorbell of the batch names.
    pub fn up_to(&self) -> &Place {
        let places = self.bells.iter().map(|bell| &bell.doorbell.place);
        places.max().expect("a stream has a doorbell")
    }

    /// The events to unpark.
    pub fn to_unpark(&self) -> impl Iterator<Item = &Place> {
        let bells = self.bells.iter().map(|bell| &bell.doorbell);
        bells.filter(|bell| bell.unpark).map(|bell| &bell.place)
    }

    /// The highest receive count among its doorbells, this time included; at least 1.
    pub fn receives(&self) -> u32 {
        let receives = self.bells.iter().map(|bell| bell.receives);
        receives.max().unwrap_or(1)
    }

    /// When its doorbells were received, at the earliest, if all of them were received for the first time.
    pub fn first_received_at(&self) -> Option<Timestamp> {
        let received_at = self.bells.iter().map(|bell| bell.first_received_at);
        received_at.min().flatten() // without one is less than with any
    }

    pub fn receipts(&self) -> impl Iterator<Item = &str> {
        self.bells.iter().map(|bell| bell.receipt.as_str())
    }

    /// The doorbells that are still needed when the stream has stopped at `first_left`; all of them if it is `None`.
    pub fn bells_from(&self, first_left: Option<&Position>) -> Vec<&Bell> {
        let is_left = |bell: &&Bell| {
            first_left.is_none_or(|position| bell.doorbell.place.position >= *position)
        };
        self.bells.iter().filter(is_left).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bell(ticket: &str, minute: u8) -> String {
        let position =
            format!("2026-01-01T00:{minute:02}:00.000000000Z/0/e{minute}/ticket.created");
        format!(r#"{{"stream":"t/ticket/{ticket}","position":"{position}"}}"#)
    }

    /// A batch of messages: id, body, receives.
    fn batch<const N: usize>(messages: [(&str, String, &str); N]) -> Batch {
        let mut event = SqsEvent::default();
        for (id, body, receives) in messages {
            let mut message = SqsMessage::default();
            message.message_id = Some(id.into());
            message.receipt_handle = Some(format!("receipt of {id}"));
            message.body = Some(body);
            message.attributes = [("ApproximateReceiveCount".into(), receives.into())].into();
            event.records.push(message);
        }
        Batch::of(event)
    }

    fn ids(bells: &[&Bell]) -> Vec<String> {
        bells.iter().map(|bell| bell.message_id.clone()).collect()
    }

    #[test]
    fn a_stream_is_served_once_and_up_to_its_greatest_position() {
        let batch = batch([
            ("m1", bell("a", 3), "1"),
            ("m2", bell("b", 1), "1"),
            ("m3", bell("a", 2), "1"),
        ]);
        let served =
            |stream: &Stream| format!("{} {}", stream.id(), stream.up_to().position.event_id());
        let streams: Vec<_> = batch.streams.iter().map(served).collect();
        assert_eq!(streams, ["t/ticket/a e3", "t/ticket/b e1"]);
        assert!(batch.streams.iter().all(|stream| stream.receives() == 1));
    }

    #[test]
    fn doorbells_for_what_was_not_reached_are_left() {
        let batch = batch([
            ("m1", bell("a", 1), "1"),
            ("m2", bell("a", 2), "2"),
            ("m3", bell("a", 3), "1"),
        ]);
        let stream = &batch.streams[0];
        let second = stream.bells[1].doorbell.place.position.clone();
        assert_eq!(ids(&stream.bells_from(Some(&second))), ["m2", "m3"]);
        assert_eq!(ids(&stream.bells_from(None)), ["m1", "m2", "m3"]);
        assert_eq!(stream.receives(), 2);
    }

    #[test]
    fn a_message_that_is_not_a_doorbell_is_dropped() {
        let batch = batch([("m1", "hello".into(), "1")]);
        assert!(batch.streams.is_empty());
        assert_eq!(batch.unreadable, 1);
    }
}
