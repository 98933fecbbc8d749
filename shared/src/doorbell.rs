//! Doorbells: messages that say where to look, and nothing of what is there.

use crate::aws::SdkConfig;
use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::SdkError;
use aws_sdk_sqs::types::QueueAttributeName;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::event::Place;
use crate::inbox::Admission;

/// The content of a doorbell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doorbell {
    /// Look in this stream, up to this due.
    #[serde(flatten)]
    pub place: Place,
    /// Revive the event at this place first, if it is parked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unpark: bool,
}

impl Doorbell {
    /// Reads a message. Anything that this code did not write is nothing.
    #[must_use]
    pub fn parse(message: &str) -> Option<Self> {
        serde_json::from_str(message)
            .ok()
            .filter(|bell: &Self| bell.place.is_well_formed())
    }
}

/// A FIFO queue of doorbells, or of dead letters, which are doorbells that revive.
#[derive(Clone, Debug)]
pub struct Doorbells {
    client: Client,
    queue_url: String,
}

impl Doorbells {
    /// The queue at that address.
    #[must_use]
    pub fn new(config: &SdkConfig, queue_url: String) -> Self {
        Self {
            client: Client::new(config),
            queue_url,
        }
    }

    /// Says that something waits at `place`.
    ///
    /// # Errors
    /// When SQS did not take it.
    pub async fn ring(&self, place: &Place) -> Result<()> {
        self.send(&Doorbell {
            place: place.clone(),
            unpark: false,
        })
        .await
    }

    /// Says that the event at `place` is to be tried again although it is parked.
    ///
    /// # Errors
    /// When SQS did not take it.
    pub async fn revive(&self, place: &Place) -> Result<()> {
        self.send(&Doorbell {
            place: place.clone(),
            unpark: true,
        })
        .await
    }

    /// Rings as an admission needs it: also for what was kept before and waits, since an earlier attempt may have died
    /// before its doorbell; what is settled needs none.
    ///
    /// # Errors
    /// When SQS did not take it.
    pub async fn ring_for(&self, admission: &Admission) -> Result<()> {
        match admission {
            Admission::New(place) | Admission::Waiting(place) => self.ring(place).await,
            Admission::Parked(place) => self.revive(place).await,
            Admission::Settled => Ok(()),
        }
    }

    /// The deduplication id is fresh for each call and the same for the retries within it. A fixed one would make the
    /// queue swallow deliberate rings for five minutes.
    async fn send(&self, bell: &Doorbell) -> Result<()> {
        self.client
            .send_message()
            .queue_url(&self.queue_url)
            .message_group_id(group(&bell.place.stream))
            .message_deduplication_id(Uuid::new_v4().to_string())
            .message_body(serde_json::to_string(bell)?)
            .send()
            .await
            .map_err(SdkError::into_service_error)
            .with_context(|| format!("failed to ring for event {}", bell.place.event()))?;
        Ok(())
    }

    /// Opens the connection, so that the first delivery need not wait for it.
    ///
    /// # Errors
    /// When the queue could not be asked.
    pub async fn warm_up(&self) -> Result<()> {
        let ask = self
            .client
            .get_queue_attributes()
            .queue_url(&self.queue_url);
        ask.attribute_names(QueueAttributeName::QueueArn)
            .send()
            .await
            .map_err(SdkError::into_service_error)?;
        Ok(())
    }
}

/// One group per stream, so that one reactor at a time hears a stream; hashed, since group ids are short.
#[must_use]
pub fn group(stream: &str) -> String {
    hex::encode(Sha256::digest(stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_receiver_writes_is_a_doorbell() {
        let due = "2026-08-24T15:04:05.678000000Z/0/e1/ticket.created";
        let place = Place {
            stream: "t/ticket/1".into(),
            due: due.into(),
        };
        for (message, bell) in [
            (
                format!(r#"{{"stream":"t/ticket/1","due":"{due}"}}"#),
                Some(false),
            ),
            (
                format!(r#"{{"stream":"t/ticket/1","due":"{due}","unpark":true}}"#),
                Some(true),
            ),
            (
                format!(r#"{{"stream":"t/ticket/1","due":"{due}","later":"key"}}"#),
                Some(false),
            ),
            (format!(r#"{{"stream":"","due":"{due}"}}"#), None),
            (r#"{"stream":"t/ticket/1","due":"2026/0/e1"}"#.into(), None),
            (r#"{"stream":"t/ticket/1"}"#.into(), None),
            ("hello".into(), None),
            (String::new(), None),
        ] {
            let expected = bell.map(|unpark| Doorbell {
                place: place.clone(),
                unpark,
            });
            assert_eq!(Doorbell::parse(&message), expected, "{message}");
        }
    }

    #[test]
    fn a_doorbell_reads_as_it_was_written() {
        for unpark in [false, true] {
            let place = Place {
                stream: "t/ticket/1".into(),
                due: "2026/0/e1/ticket.created".into(),
            };
            let bell = Doorbell { place, unpark };
            assert_eq!(
                Doorbell::parse(&serde_json::to_string(&bell).unwrap()),
                Some(bell)
            );
        }
    }

    #[test]
    fn a_group_id_is_short_enough_for_any_stream() {
        assert_eq!(group(&"x".repeat(2000)).len(), 64);
    }
}
