//! The table: keys, names and number formats.

use std::collections::HashMap;

use crate::aws::SdkConfig;
use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use crate::event::Place;

/// The local secondary index of what waits: `stream`, `due`, and `kept_at` beside the keys.
pub const INDEX: &str = "due";

/// An item, or the key of one.
pub type Item = HashMap<String, AttributeValue>;

/// The inbox table.
#[derive(Clone, Debug)]
pub struct Inbox {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl Inbox {
    /// The inbox in the table of that name.
    #[must_use]
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self {
            client: Client::new(config),
            table,
        }
    }

    /// Opens the connection, so that the first delivery need not wait for it.
    ///
    /// # Errors
    /// When the table could not be read.
    pub async fn warm_up(&self) -> Result<()> {
        self.item(&key("warm-up", "warm-up")).await.map(drop)
    }

    pub(super) fn update(&self, place: &Place) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_at(place)))
    }

    /// The item at the key that `key` holds, as it is after all writes before this call.
    pub(crate) async fn item(&self, item: &Item) -> Result<Option<Item>> {
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

pub(crate) fn key(stream: &str, event: &str) -> Item {
    Item::from([
        ("stream".into(), AttributeValue::S(stream.to_owned())),
        ("event".into(), AttributeValue::S(event.to_owned())),
    ])
}

pub(super) fn key_at(place: &Place) -> Item {
    key(&place.stream, place.event())
}

pub(super) fn key_of(item: &Item) -> Item {
    key(
        text(item, "stream").unwrap_or_default(),
        text(item, "event").unwrap_or_default(),
    )
}

pub(super) fn place(item: &Item) -> Option<Place> {
    Some(Place {
        stream: text(item, "stream")?.to_owned(),
        due: text(item, "due")?.to_owned(),
    })
}

pub(crate) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(crate) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time as milliseconds since 1970, the leanest form that a person can still convert.
pub(crate) fn millis(time: Timestamp) -> AttributeValue {
    number(time.as_millisecond())
}

pub(crate) fn timestamp(item: &Item, name: &str) -> Option<Timestamp> {
    let millis = item.get(name)?.as_n().ok()?.parse().ok()?;
    Timestamp::from_millisecond(millis).ok()
}
