//! What waits: the list of a stream's due events, and their content.

use anyhow::{Context, Result};
use aws_sdk_dynamodb::error::SdkError;
use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use super::body::{self, Damaged};
use super::table::{self, Cursor, INDEX, Inbox, Item, Page, key_at, string, text, timestamp, uuid};
use super::write::names;
use crate::event::Place;

/// A waiting event's content.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The delivered bytes.
    pub body: Bytes,
    /// The subscription whose secret proved the delivery; if the secret belongs to none, the `X-Alga-Webhook-Id` that it came
    /// with, which is a hint.
    pub webhook_id: Option<Uuid>,
    /// When an operator asked for another reaction; `None` for a first one.
    pub replayed_at: Option<Timestamp>,
}

/// A waiting event as the list shows it.
#[derive(Clone, Debug)]
pub struct Due {
    /// Its place.
    pub place: Place,
    item: Item,
}

/// What was found in the place of a waiting event.
#[derive(Clone, Debug)]
pub enum Loaded {
    /// Its content.
    Kept(Kept),
    /// It waits, but this release cannot read its content.
    Damaged(Damaged),
    /// It no longer waits.
    Gone,
}

impl Loaded {
    /// The content, if there is any that can be read.
    pub fn kept(self) -> Option<Kept> {
        match self {
            Self::Kept(kept) => Some(kept),
            Self::Damaged(_) | Self::Gone => None,
        }
    }
}

/// A part of all that waits: the `nth`, from 0, `of` so many.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Which.
    pub nth: i32,
    /// Of how many.
    pub of: i32,
}

impl Part {
    /// Everything.
    pub const ALL: Self = Self { nth: 0, of: 1 };
}

/// An event that waits, as the index shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its place.
    pub place: Place,
    /// When the event was kept.
    pub kept_at: Timestamp,
}

impl Inbox {
    /// The waiting events of a stream up to and including `up_to`, in order, `most` at a time.
    pub async fn due(&self, up_to: &Place, from: Option<Cursor>, most: i32) -> Result<Page<Due>> {
        let condition = "#stream = :stream AND #due <= :due";
        let query = self.client.query().table_name(&self.table);
        let page = query
            .index_name(INDEX)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names(condition)))
            .expression_attribute_values(":stream", string(up_to.stream.as_str()))
            .expression_attribute_values(":due", string(up_to.position.as_str()))
            .consistent_read(true)
            .limit(most)
            .set_exclusive_start_key(from)
            .send()
            .await
            .map_err(SdkError::into_service_error)
            .with_context(|| format!("failed to read what is due in {}", up_to.stream))?;
        let due = |item: Item| {
            let place = table::place(&item)?;
            Some(Due { place, item })
        };
        let items = page.items.unwrap_or_default();
        let found = items.into_iter().filter_map(due).collect();
        Ok((found, page.last_evaluated_key))
    }

    /// What the list shows of a waiting event, with its body from the bucket if that is large.
    pub async fn content(&self, due: &Due) -> Result<Loaded> {
        self.loaded(&due.item).await
    }

    /// A waiting event's content, as it is now.
    pub async fn load(&self, place: &Place) -> Result<Loaded> {
        let item = self.item(&key_at(place)).await?;
        match item.filter(|item| item.contains_key("due")) {
            Some(item) => self.loaded(&item).await,
            None => Ok(Loaded::Gone),
        }
    }

    async fn loaded(&self, item: &Item) -> Result<Loaded> {
        let body = match self.unpacked(item).await {
            Ok(body) => body,
            Err(error) => return error.downcast().map(Loaded::Damaged),
        };
        Ok(Loaded::Kept(Kept {
            body,
            webhook_id: uuid(item, "webhook_id"),
            replayed_at: timestamp(item, "replayed_at"),
        }))
    }

    /// The bytes of an item, as they were delivered.
    pub(super) async fn unpacked(&self, item: &Item) -> Result<Bytes> {
        if let Some(object) = text(item, "object") {
            return Ok(body::unpack(&self.bodies.get(object).await?)?);
        }
        let packed = item.get("body").and_then(|body| body.as_b().ok());
        let packed = packed.ok_or_else(|| Damaged("a stored body is missing".to_owned()))?;
        Ok(body::unpack(packed.as_ref())?)
    }

    /// Whether the event at that place still waits.
    pub async fn waits(&self, place: &Place) -> Result<bool> {
        let item = self.item(&key_at(place)).await?;
        Ok(item.is_some_and(|item| item.contains_key("due")))
    }

    /// One page of everything that waits, or of a part of it, in no order, and where the next page starts.
    pub async fn waiting(&self, part: Part, from: Option<Cursor>) -> Result<Page<Waiting>> {
        let scan = self.client.scan().table_name(&self.table).index_name(INDEX);
        let shown = "#stream, #due, #kept_at";
        let scan = scan
            .projection_expression(shown)
            .set_expression_attribute_names(Some(names(shown)))
            .segment(part.nth)
            .total_segments(part.of);
        let page = scan.set_exclusive_start_key(from).send().await;
        let page = page.map_err(SdkError::into_service_error);
        let page = page.context("failed to read what waits in the inbox")?;
        let waiting = |item: &Item| {
            let (place, kept_at) = (table::place(item)?, timestamp(item, "kept_at")?);
            Some(Waiting { place, kept_at })
        };
        let places = page.items().iter().filter_map(waiting).collect();
        Ok((places, page.last_evaluated_key))
    }
}
