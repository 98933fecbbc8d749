//! The queues of doorbells and dead letters: messages that say where to look, but not what is there.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::SdkError;
use aws_sdk_sqs::types::{ChangeMessageVisibilityBatchRequestEntry as Hiding, QueueAttributeName};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::aws::SdkConfig;
use crate::event::{Place, StreamId};
use crate::inbox::Admission;

/// How many messages one call takes at most.
pub const BATCH: usize = 10;

/// The content of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doorbell {
    /// Look in this stream, up to this position.
    #[serde(flatten)]
    pub place: Place,
    /// Let the event at this place wait again first, if it is parked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unpark: bool,
}

impl Doorbell {
    /// Reads a message; `None` if this code did not write it.
    pub fn parse(message: &str) -> Option<Self> {
        serde_json::from_str(message).ok()
    }
}

/// A FIFO queue of doorbells, or of dead letters, which are doorbells that unpark.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

/// How hiding messages went.
#[derive(Debug, Default)]
pub struct Hidden {
    /// The receipts that are no longer valid: another reactor may have received the message since.
    pub expired: Vec<String>,
    /// Calls that failed. Their messages stay hidden for as long as before, which delays them and loses nothing.
    pub errors: Vec<anyhow::Error>,
}

impl Queue {
    /// The queue at that address.
    pub fn new(config: &SdkConfig, url: String) -> Self {
        let client = Client::new(config);
        Self { client, url }
    }

    /// Says that something waits at `place`.
    pub async fn ring(&self, place: &Place) -> Result<()> {
        self.send(place, false).await
    }

    /// Says that the event at `place` is to wait again although it is parked.
    pub async fn unpark(&self, place: &Place) -> Result<()> {
        self.send(place, true).await
    }

    /// Rings as an admission requires. An event that waits gets another doorbell, because an earlier delivery may have died
    /// before it rang.
    pub async fn ring_for(&self, admission: &Admission) -> Result<()> {
        match admission {
            Admission::New(place) | Admission::Waiting(place) => self.ring(place).await,
            Admission::Parked(place) => self.unpark(place).await,
            Admission::Settled => Ok(()),
        }
    }

    /// The deduplication id is fresh for each call: a fixed one would make the queue swallow rings for five minutes.
    async fn send(&self, place: &Place, unpark: bool) -> Result<()> {
        let group = group(&place.stream);
        let place = place.clone();
        let bell = Doorbell { place, unpark };
        let ringing = self.client.send_message().queue_url(&self.url);
        let ringing = ringing
            .message_group_id(group)
            .message_deduplication_id(Uuid::new_v4().to_string())
            .message_body(serde_json::to_string(&bell)?);
        let rung = ringing.send().await.map_err(SdkError::into_service_error);
        rung.with_context(|| format!("failed to ring for event {}", bell.place.event()))?;
        Ok(())
    }

    /// Hides received messages, given by their receipts, for `delay` from now.
    pub async fn hide(&self, receipts: &[&str], delay: Duration) -> Hidden {
        let mut hidden = Hidden::default();
        for receipts in receipts.chunks(BATCH) {
            if let Err(error) = self.hide_batch(receipts, delay, &mut hidden).await {
                hidden.errors.push(error);
            }
        }
        hidden
    }

    async fn hide_batch(
        &self,
        receipts: &[&str],
        delay: Duration,
        hidden: &mut Hidden,
    ) -> Result<()> {
        let entries = receipts.iter().enumerate();
        let entries = entries.map(|(n, receipt)| hiding(n, receipt, delay));
        let change = self.client.change_message_visibility_batch();
        let change = change.set_entries(Some(entries.collect()));
        let changed = change.queue_url(&self.url).send().await;
        let changed = changed.map_err(SdkError::into_service_error);
        let changed = changed.context("failed to change when doorbells come back")?;
        for failed in changed.failed() {
            let nth = failed.id().parse().ok();
            match nth.and_then(|nth: usize| receipts.get(nth)) {
                Some(receipt) if failed.sender_fault() => hidden.expired.push((*receipt).into()),
                _ => {
                    let code = failed.code();
                    hidden
                        .errors
                        .push(anyhow!("SQS could not hide a doorbell: {code}"));
                }
            }
        }
        Ok(())
    }

    /// Deletes a received message, given by its receipt.
    pub async fn delete(&self, receipt: &str) -> Result<()> {
        let delete = self.client.delete_message().queue_url(&self.url);
        let deleted = delete.receipt_handle(receipt).send().await;
        let deleted = deleted.map_err(SdkError::into_service_error);
        deleted.context("failed to delete a message").map(drop)
    }

    /// Opens the connection, so that the first delivery need not wait for it.
    pub async fn warm_up(&self) -> Result<()> {
        let ask = self.client.get_queue_attributes().queue_url(&self.url);
        let told = ask.attribute_names(QueueAttributeName::QueueArn).send();
        told.await.map_err(SdkError::into_service_error)?;
        Ok(())
    }
}

fn hiding(n: usize, receipt: &str, delay: Duration) -> Hiding {
    Hiding::builder()
        .id(n.to_string())
        .receipt_handle(receipt)
        .visibility_timeout(i32::try_from(delay.as_secs()).unwrap_or(i32::MAX))
        .build()
        .expect("id and receipt are set")
}

/// One group per stream, so that only one reactor at a time serves a stream. Hashed, because group ids must be short.
pub fn group(stream: &StreamId) -> String {
    hashed(stream.as_str())
}

/// An id that SQS takes, of content of any length: its SHA-256 in hex.
pub fn hashed(content: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(content))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Position;

    const POSITION: &str = "2026-08-24T15:04:05.678000000Z/0/e1/ticket.created";

    fn bell(unpark: bool) -> Doorbell {
        let stream = StreamId::of_ticket("t", "1").unwrap();
        let position = Position::parse(POSITION).unwrap();
        let place = Place { stream, position };
        Doorbell { place, unpark }
    }

    #[test]
    fn only_what_the_receiver_writes_is_a_doorbell() {
        let with = |stream: &str, position: &str, more: &str| {
            format!(r#"{{"stream":"{stream}","position":"{position}"{more}}}"#)
        };
        let stream = "t/ticket/1";
        for (message, unpark) in [
            (with(stream, POSITION, ""), Some(false)),
            (with(stream, POSITION, r#","unpark":true"#), Some(true)),
            (with(stream, POSITION, r#","later":"key""#), Some(false)),
            (with("", POSITION, ""), None),
            (with(stream, "2026/0/e1", ""), None),
            (with("t/ticket", POSITION, ""), None),
            (r#"{"stream":"t/ticket/1"}"#.into(), None),
            ("hello".into(), None),
            (String::new(), None),
        ] {
            assert_eq!(Doorbell::parse(&message), unpark.map(bell), "{message}");
        }
    }

    #[test]
    fn a_doorbell_reads_as_it_was_written() {
        for bell in [false, true].map(bell) {
            let written = serde_json::to_string(&bell).unwrap();
            assert_eq!(Doorbell::parse(&written), Some(bell));
        }
    }

    /// SQS takes 128 characters; a stream may take 265.
    #[test]
    fn a_group_id_is_short_enough_for_any_stream() {
        let [tenant, ticket] = ["t", "1"].map(|id| id.repeat(128));
        let stream = StreamId::of_ticket(&tenant, &ticket).unwrap();
        assert_eq!(group(&stream).len(), 64);
    }
}
