//! The table: keys, names and number formats.

use std::collections::HashMap;

use crate::aws::SdkConfig;
use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use uuid::Uuid;

use crate::event::{Place, Position, StreamId};

/// The local secondary index of what waits: `stream` and `due`, and `kept_at` next to the keys.
pub const INDEX: &str = "due";

/// An item, or the key of one.
pub type Item = HashMap<String, AttributeValue>;

/// Where a list goes on.
pub type Cursor = Item;

/// The inbox table.
#[derive(Clone, Debug)]
pub struct Inbox {
    pub(super) client: Client,
    pub(super) table: String,
}

impl Inbox {
    /// The inbox in the table of that name.
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self {
            client: Client::new(config),
            table,
        }
    }

    /// Opens the connection, so that the first delivery need not wait for it.
    pub async fn warm_up(&self) -> Result<()> {
        self.item(&raw_key("warm-up", "warm-up")).await.map(drop)
    }

    pub(super) fn update(&self, place: &Place) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_at(place)))
    }

    /// The item at the key that `key` holds, as it is after all writes before this call.
    pub(super) async fn item(&self, item: &Item) -> Result<Option<Item>> {
        let got = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key_of(item)))
            .consistent_read(true)
            .send()
            .await
            .map_err(SdkError::into_service_error)
            .context("failed to read from the inbox")?;
        Ok(got.item)
    }
}

pub(super) fn raw_key(stream: &str, event: &str) -> Item {
    Item::from([
        ("stream".into(), AttributeValue::S(stream.to_owned())),
        ("event".into(), AttributeValue::S(event.to_owned())),
    ])
}

pub(super) fn key(stream: &StreamId, event: &str) -> Item {
    raw_key(stream.as_str(), event)
}

pub(super) fn key_at(place: &Place) -> Item {
    key(&place.stream, place.event().as_str())
}

pub(super) fn key_of(item: &Item) -> Item {
    raw_key(
        text(item, "stream").unwrap_or_default(),
        text(item, "event").unwrap_or_default(),
    )
}

pub(super) fn place(item: &Item) -> Option<Place> {
    Some(Place {
        stream: StreamId::parse(text(item, "stream")?)?,
        position: position(item, "due")?,
    })
}

pub(super) fn position(item: &Item, name: &str) -> Option<Position> {
    Position::parse(text(item, name)?)
}

pub(super) fn webhook_id(item: &Item) -> Option<Uuid> {
    Uuid::from_slice(item.get("webhook_id")?.as_b().ok()?.as_ref()).ok()
}

pub(super) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(super) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time as milliseconds since 1970, the leanest form that a person can still convert.
pub(super) fn millis(time: Timestamp) -> AttributeValue {
    number(time.as_millisecond())
}

pub(super) fn timestamp(item: &Item, name: &str) -> Option<Timestamp> {
    let millis = item.get(name)?.as_n().ok()?.parse().ok()?;
    Timestamp::from_millisecond(millis).ok()
}
