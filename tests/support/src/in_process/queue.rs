//! A queue, as the reactor's event source sees it.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};

use super::aws::SdkConfig;
use crate::poll::until;
use crate::target::SOON;

#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    pub fn new(config: &SdkConfig, url: &str) -> Self {
        Self {
            client: Client::new(config),
            url: url.to_owned(),
        }
    }

    /// The next messages, at most ten; they stay invisible for as long as the queue says.
    pub async fn poll(&self) -> Vec<Message> {
        let receive = self.client.receive_message().queue_url(&self.url);
        let receive = receive.max_number_of_messages(10);
        let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
        let receive = receive.message_attribute_names("All");
        let received = receive.send().await.expect("the queue can be read");
        received.messages.unwrap_or_default()
    }

    /// Exactly `count` messages, however many calls it takes.
    pub async fn receive(&self, count: usize) -> Vec<Message> {
        let mut messages = Vec::new();
        until("the messages are in the queue", SOON, async || {
            messages.extend(self.poll().await);
            (messages.len() >= count).then_some(())
        })
        .await;
        assert_eq!(messages.len(), count, "messages in the queue");
        messages
    }

    pub async fn receive_one(&self) -> Message {
        until("a message is in the queue", SOON, async || {
            self.poll().await.into_iter().next()
        })
        .await
    }

    pub async fn delete(&self, message: &Message) {
        let delete = self.client.delete_message().queue_url(&self.url);
        let delete = delete.receipt_handle(message.receipt_handle().expect("it was received"));
        delete.send().await.expect("the message can be deleted");
    }

    /// Puts a message, whatever it says.
    pub async fn send(&self, group: &str, body: &str) {
        let send = self.client.send_message().queue_url(&self.url);
        let id = uuid::Uuid::new_v4().to_string();
        let send = send.message_group_id(group).message_deduplication_id(id);
        let put = send.message_body(body).send().await;
        put.expect("the message can be sent");
    }

    /// How many messages are visible, and how many are not.
    pub async fn depth(&self) -> (usize, usize) {
        let get = self.client.get_queue_attributes().queue_url(&self.url);
        let attributes = get.attribute_names(QueueAttributeName::All).send().await;
        let attributes = attributes.expect("the queue can be asked").attributes;
        let attributes = attributes.unwrap_or_default();
        let count = |name| {
            attributes
                .get(&name)
                .map_or(0, |count| count.parse().unwrap_or(0))
        };
        (
            count(QueueAttributeName::ApproximateNumberOfMessages),
            count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
        )
    }

    /// Its ARN, as it follows from its URL.
    pub fn arn(url: &str) -> String {
        let (rest, name) = url.rsplit_once('/').expect("a URL");
        let (_, account) = rest.rsplit_once('/').expect("a URL");
        let region = std::env::var("AWS_REGION").expect("the local AWS sets it");
        format!("arn:aws:sqs:{region}:{account}:{name}")
    }

    /// What its attributes say, as name and value.
    pub fn told(message: &Message) -> BTreeMap<String, String> {
        let told = message.message_attributes().into_iter().flatten();
        let told = told.map(|(name, held)| {
            let value = held.string_value().unwrap_or_default();
            (name.clone(), value.to_owned())
        });
        told.collect()
    }

    pub fn group(message: &Message) -> String {
        let attributes = message.attributes().expect("attributes were asked for");
        attributes[&MessageSystemAttributeName::MessageGroupId].clone()
    }
}

/// Messages as Lambda hands them to a function.
pub fn batch(messages: &[Message]) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = messages.iter().map(record).collect();
    event
}

fn record(message: &Message) -> SqsMessage {
    let mut record = SqsMessage::default();
    record.message_id.clone_from(&message.message_id);
    record.receipt_handle.clone_from(&message.receipt_handle);
    record.body.clone_from(&message.body);
    let attributes = message.attributes().into_iter().flatten();
    let attributes = attributes.map(|(name, value)| (name.as_str().to_owned(), value.clone()));
    record.attributes = attributes.collect();
    record
}
