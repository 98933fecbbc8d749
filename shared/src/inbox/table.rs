//! The table: keys, names and number formats.

use std::collections::HashMap;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use uuid::Uuid;

use super::bodies::Bodies;
use crate::aws::SdkConfig;
use crate::event::{Place, Position, StreamId};

/// The local secondary index of what waits: `stream` and `due`, and next to the keys all that a reaction needs.
pub const INDEX: &str = "due";

/// An item, or the key of one.
pub type Item = HashMap<String, AttributeValue>;

/// Where the next page of a list starts.
pub type Cursor = Item;

/// One page of a list, and where the next one starts, if there is one.
pub type Page<T> = (Vec<T>, Option<Cursor>);

/// The inbox: a table, and a bucket for what is too large for it.
#[derive(Clone, Debug)]
pub struct Inbox {
    pub(super) client: Client,
    pub(super) table: String,
    pub(super) bodies: Bodies,
}

impl Inbox {
    /// The inbox in the table of that name, with its large bodies.
    pub fn new(config: &SdkConfig, table: String, bodies: Bodies) -> Self {
        let client = Client::new(config);
        Self {
            client,
            table,
            bodies,
        }
    }

    /// Opens the connection, so that the first delivery need not wait for it.
    pub async fn warm_up(&self) -> Result<()> {
        self.item(&raw_key("warm-up", "warm-up")).await.map(drop)
    }

    /// The item at the key that `key` holds, as it is after all writes before this call.
    pub(super) async fn item(&self, item: &Item) -> Result<Option<Item>> {
        let get = self.client.get_item().table_name(&self.table);
        let get = get.set_key(Some(key_of(item))).consistent_read(true);
        let got = get.send().await.map_err(SdkError::into_service_error);
        Ok(got.context("failed to read from the inbox")?.item)
    }

    /// Deletes the item at that key, if there is one.
    pub(super) async fn delete(&self, key: Item) -> Result<()> {
        let delete = self.client.delete_item().table_name(&self.table);
        let deleted = delete.set_key(Some(key)).send().await;
        deleted.map_err(SdkError::into_service_error)?;
        Ok(())
    }
}

pub(super) fn raw_key(stream: &str, event: &str) -> Item {
    let key = [("stream", stream), ("event", event)];
    Item::from(key.map(|(name, value)| (name.to_owned(), string(value))))
}

pub(super) fn key(stream: &StreamId, event: &str) -> Item {
    raw_key(stream.as_str(), event)
}

pub(super) fn key_at(place: &Place) -> Item {
    key(&place.stream, place.event().as_str())
}

pub(super) fn key_of(item: &Item) -> Item {
    let [stream, event] = ["stream", "event"].map(|name| text(item, name).unwrap_or_default());
    raw_key(stream, event)
}

pub(super) fn place(item: &Item) -> Option<Place> {
    let stream = StreamId::parse(text(item, "stream")?)?;
    let position = position(item, "due")?;
    Some(Place { stream, position })
}

pub(super) fn position(item: &Item, name: &str) -> Option<Position> {
    Position::parse(text(item, name)?)
}

pub(super) fn uuid(item: &Item, name: &str) -> Option<Uuid> {
    Uuid::from_slice(item.get(name)?.as_b().ok()?.as_ref()).ok()
}

pub(super) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(super) fn string(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn binary(bytes: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

pub(super) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time as milliseconds since 1970, the shortest form that a person can still convert.
pub(super) fn millis(time: Timestamp) -> AttributeValue {
    number(time.as_millisecond())
}

pub(super) fn timestamp(item: &Item, name: &str) -> Option<Timestamp> {
    let millis = item.get(name)?.as_n().ok()?.parse().ok()?;
    Timestamp::from_millisecond(millis).ok()
}
