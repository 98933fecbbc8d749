//! A table, queues and secrets for one test on the local AWS, made from the lines of `template.yaml`.

use std::collections::HashMap;

use anyhow::Result;
use aws_sdk_dynamodb::types::AttributeValue;
use shared::inbox::{Bodies, Inbox};
use uuid::Uuid;

use super::aws::{self, SdkConfig};
use crate::cloud;

const TEMPLATE: &str = include_str!("../../../../template.yaml");
const RESOURCES: [&str; 9] = [
    "Inbox",
    "Bodies",
    "Doorbells",
    "DeadLetters",
    "SigningSecret",
    "ReactionSecret",
    "TicketApiKey",
    "MadeEventBus",
    "MadeEventQueue",
];

/// An item as DynamoDB returns it.
pub type Item = HashMap<String, AttributeValue>;

/// What the functions work on, without the functions.
pub struct Table {
    /// With time for a busy machine.
    pub config: SdkConfig,
    pub name: String,
    /// The bucket of large bodies.
    pub bucket: String,
    /// The queue of doorbells, without a hold.
    pub queue_url: String,
    pub dead_letter_queue_url: String,
    /// The signing secret, without a value.
    pub signing_secret_id: String,
    /// The reaction's signing secret, with a value.
    pub reaction_secret_id: String,
    /// The key of the ticket API, without a value.
    pub ticket_api_secret_id: String,
    pub event_bus: String,
    /// Where events themselves go.
    pub event_queue_url: String,
    /// For looking at the table directly.
    pub dynamodb: aws_sdk_dynamodb::Client,
}

impl Table {
    /// Makes everything, under new names.
    pub async fn new() -> Self {
        let config = aws::patient();
        let created = tokio::task::spawn_blocking(create).await;
        let created = created.expect("nothing panics");
        let created = created.expect("the template's resources can be made");
        let named = |name: &str| created.get(name).expect("the template has it").clone();
        Self {
            name: named("Inbox"),
            bucket: named("Bodies"),
            queue_url: named("Doorbells"),
            dead_letter_queue_url: named("DeadLetters"),
            signing_secret_id: named("SigningSecret"),
            reaction_secret_id: named("ReactionSecret"),
            ticket_api_secret_id: named("TicketApiKey"),
            event_bus: named("MadeEventBus"),
            event_queue_url: named("MadeEventQueue"),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            config,
        }
    }

    pub fn inbox(&self) -> Inbox {
        self.inbox_over(&self.config)
    }

    /// The same, reached in another way.
    pub fn inbox_over(&self, config: &SdkConfig) -> Inbox {
        let bodies = Bodies::new(config, &self.bucket);
        Inbox::new(config, self.name.clone(), bodies)
    }

    pub async fn items(&self) -> Vec<Item> {
        let pages = self.dynamodb.scan().table_name(&self.name);
        let items = pages.consistent_read(true).into_paginator().items().send();
        let items: Result<Vec<Item>, _> = items.collect().await;
        items.expect("the table can be read")
    }

    /// The names of the objects in the bucket.
    pub async fn objects(&self) -> Vec<String> {
        let bucket = self.bucket.clone();
        let objects = tokio::task::spawn_blocking(move || cloud::objects(&bucket)).await;
        let objects = objects.expect("nothing panics");
        objects.expect("the bucket can be listed")
    }

    pub async fn put_object(&self, name: &str, content: &'static [u8]) {
        let (bucket, name) = (self.bucket.clone(), name.to_owned());
        let put = move || cloud::put_object(&bucket, &name, content);
        let put = tokio::task::spawn_blocking(put).await;
        let put = put.expect("nothing panics");
        put.expect("the object can be stored");
    }

    pub async fn delete_object(&self, name: &str) {
        let (bucket, name) = (self.bucket.clone(), name.to_owned());
        let delete = move || cloud::delete_object(&bucket, &name);
        let deleted = tokio::task::spawn_blocking(delete).await;
        let deleted = deleted.expect("nothing panics");
        deleted.expect("the object can be deleted");
    }

    pub async fn stream(&self, stream: impl ToString) -> Vec<Item> {
        let query = self.dynamodb.query().table_name(&self.name);
        let query = query
            .key_condition_expression("#stream = :stream")
            .expression_attribute_names("#stream", "stream")
            .expression_attribute_values(":stream", AttributeValue::S(stream.to_string()))
            .consistent_read(true);
        let items = query.into_paginator().items().send().collect().await;
        let items: Result<Vec<Item>, _> = items;
        items.expect("the table can be read")
    }

    pub async fn item(&self, stream: impl ToString, event: impl ToString) -> Option<Item> {
        let get = self.dynamodb.get_item().table_name(&self.name);
        let get = get
            .key("stream", AttributeValue::S(stream.to_string()))
            .key("event", AttributeValue::S(event.to_string()));
        let got = get.consistent_read(true).send().await;
        got.expect("the table can be read").item
    }

    pub async fn put(&self, item: Item) {
        let put = self.dynamodb.put_item().table_name(&self.name);
        let sent = put.set_item(Some(item)).send().await;
        sent.expect("the item can be put");
    }
}

/// Makes the resources as a stack, and returns what identifies each.
fn create() -> Result<HashMap<String, String>> {
    let stack = format!("t{}", Uuid::new_v4().simple());
    cloud::create_stack(&stack, &template(), &[("HoldSeconds", "0")])?;
    cloud::resources(&stack)
}

/// The template, with these resources only, whatever they depend on: no stack has all of them.
fn template() -> String {
    let resources = RESOURCES.map(|name| block(&format!("  {name}:"))).concat();
    let is_condition = |line: &&str| line.starts_with("    Condition: ");
    let resources = resources.lines().filter(|line| !is_condition(line));
    let resources: Vec<_> = resources.collect();
    let parameters = block("Parameters:");
    format!("{parameters}Resources:\n{}\n", resources.join("\n"))
}

/// The line of the template that starts with `header`, and all lines below it that are indented more.
fn block(header: &str) -> String {
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let lines = TEMPLATE.lines();
    let mut lines = lines.skip_while(|line| !line.starts_with(header));
    let first = lines.next().expect("the template has this block");
    let body = lines.take_while(|line| line.is_empty() || indentation(line) > indentation(first));
    let block = std::iter::once(first).chain(body);
    block.flat_map(|line| [line, "\n"]).collect()
}
