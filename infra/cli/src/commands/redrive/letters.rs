//! The dead-letter queue.

use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use jiff::Timestamp;
use shared::event::Place;
use shared::queue::{BATCH, Doorbell, Queue};
use uuid::Uuid;

use crate::context::{Stack, explained};
use crate::output::{self, progress};

/// How long a received letter is hidden, in seconds: longer than anything done with it takes.
const HIDDEN: i32 = 300;
/// How long to wait for letters, in seconds. Without a wait, SQS asks only some of its servers.
const WAIT: i32 = 1;
/// The dead letters, and where they are sent back to.
pub struct Letters {
    client: Client,
    queue: Queue,
    url: String,
    queue_url: String,
}

#[derive(Debug)]
pub struct Letter {
    pub message_id: String,
    pub sent_at: Option<Timestamp>,
    /// What it says, if it is a doorbell.
    pub bell: Option<Doorbell>,
    pub group: String,
    body: String,
    receipt_handle: String,
}

impl Letter {
    fn of(message: Message) -> Option<Self> {
        let mut attributes = message.attributes.unwrap_or_default();
        let sent_at = attributes.remove(&MessageSystemAttributeName::SentTimestamp);
        let sent_at = sent_at.and_then(|millis| millis.parse().ok());
        let body = message.body?;
        Some(Self {
            message_id: message.message_id?,
            sent_at: sent_at.and_then(|millis| Timestamp::from_millisecond(millis).ok()),
            bell: Doorbell::parse(&body),
            group: attributes.remove(&MessageSystemAttributeName::MessageGroupId)?,
            body,
            receipt_handle: message.receipt_handle?,
        })
    }

    pub fn place(&self) -> Option<&Place> {
        self.bell.as_ref().map(|bell| &bell.place)
    }

    /// Whether it lets its event wait again. A doorbell that SQS itself moved here does not.
    pub fn unparks(&self) -> bool {
        self.bell.as_ref().is_some_and(|bell| bell.unpark)
    }

    pub fn was_sent_by(&self, time: Timestamp) -> bool {
        self.sent_at.is_none_or(|sent_at| sent_at <= time)
    }
}

impl Letters {
    pub fn new(stack: &Stack) -> Self {
        Self {
            client: Client::new(&stack.config),
            queue: stack.dead_letters.clone(),
            url: stack.dead_letter_queue_url.clone(),
            queue_url: stack.queue_url.clone(),
        }
    }

    /// Receives letters, which hides them, until there are `most` of them or no more to see. Letters behind ten others of
    /// their group cannot be seen until those are deleted.
    pub async fn receive(&self, most: usize) -> Result<Vec<Letter>> {
        let bar = progress::looking("Looking at dead letters");
        let mut letters = Vec::new();
        while letters.len() < most {
            let received = self.receive_batch().await;
            if received.is_err() {
                self.show_again(&letters).await;
            }
            let received = received.context("failed to look into the dead-letter queue")?;
            if received.is_empty() {
                break;
            }
            letters.extend(received.into_iter().filter_map(Letter::of));
            bar.set_position(letters.len() as u64);
        }
        bar.finish_and_clear();
        Ok(letters)
    }

    async fn receive_batch(&self) -> Result<Vec<Message>> {
        let receive = self.client.receive_message().queue_url(&self.url);
        let receive = receive
            .max_number_of_messages(i32::try_from(BATCH).unwrap_or(10))
            .wait_time_seconds(WAIT);
        let receive = receive.visibility_timeout(HIDDEN);
        let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
        let received = receive.send().await.map_err(explained)?;
        Ok(received.messages.unwrap_or_default())
    }

    /// Sends it back unchanged, but with a new deduplication id: SQS drops one that it has seen in the last five minutes.
    pub async fn send_back(&self, letter: &Letter) -> Result<()> {
        let send = self.client.send_message().queue_url(&self.queue_url);
        let send = send
            .message_group_id(&letter.group)
            .message_body(&letter.body);
        let send = send.message_deduplication_id(Uuid::new_v4().to_string());
        let taken = send.send().await.map_err(explained);
        taken.with_context(|| format!("failed to send back the letter {}", letter.message_id))?;
        Ok(())
    }

    pub async fn delete(&self, letter: &Letter) -> Result<()> {
        let id = &letter.message_id;
        let deleted = self.queue.delete(&letter.receipt_handle).await;
        deleted.with_context(|| format!("sent the letter {id} back, but failed to delete it"))
    }

    /// Stops hiding them. If that fails, they show again by themselves five minutes after they were received.
    pub async fn show_again(&self, letters: &[Letter]) {
        let receipts: Vec<_> = letters
            .iter()
            .map(|letter| &*letter.receipt_handle)
            .collect();
        let hidden = self.queue.hide(&receipts, Duration::ZERO).await;
        if !hidden.errors.is_empty() {
            output::note("Some dead letters stay hidden for up to five minutes; then look again.");
        }
    }

    /// How many letters SQS counts, hidden or not. The count is approximate.
    pub async fn count(&self) -> Result<usize> {
        use QueueAttributeName::{
            ApproximateNumberOfMessages as Visible, ApproximateNumberOfMessagesNotVisible as Hidden,
        };
        let ask = self.client.get_queue_attributes().queue_url(&self.url);
        let ask = ask.attribute_names(Visible).attribute_names(Hidden);
        let told = ask.send().await.map_err(explained);
        let told = told.context("failed to count the dead letters")?;
        let told = told.attributes.unwrap_or_default();
        let counts = [Visible, Hidden].map(|name| told.get(&name)?.parse::<usize>().ok());
        Ok(counts.into_iter().flatten().sum())
    }
}
