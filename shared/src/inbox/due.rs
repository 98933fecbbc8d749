//! What waits: the list of a stream's due events, and their content.

use anyhow::{Context, Result, bail};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

use super::body::{self, Damaged};
use super::parts::Parts;
use super::table::{self, Cursor, INDEX, Inbox, Item, Page, key_at, string, timestamp, uuid};
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
    pub(super) parts: Option<Parts>,
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
    pub async fn due(&self, up_to: &Place, from: Option<Cursor>, most: i32) -> Result<Page<Place>> {
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
        let places = page.items().iter().filter_map(table::place).collect();
        Ok((places, page.last_evaluated_key))
    }

    /// A waiting event's content.
    pub async fn load(&self, place: &Place) -> Result<Loaded> {
        let item = self.item(&key_at(place)).await?;
        let Some(item) = item.filter(|item| item.contains_key("due")) else {
            return Ok(Loaded::Gone);
        };
        let parts = Parts::named_in(&item);
        let body = match self.unpacked(&item, parts.as_ref()).await {
            Ok(body) => body,
            Err(error) => return error.downcast().map(Loaded::Damaged),
        };
        Ok(Loaded::Kept(Kept {
            body,
            webhook_id: uuid(&item, "webhook_id"),
            replayed_at: timestamp(&item, "replayed_at"),
            parts,
        }))
    }

    /// The bytes of an item, as they were delivered.
    pub(super) async fn unpacked(&self, item: &Item, parts: Option<&Parts>) -> Result<Bytes> {
        let packed = match (parts, item.get("body")) {
            (Some(parts), _) => self.read_parts(item, parts).await?,
            (None, Some(AttributeValue::B(packed))) => packed.clone().into_inner(),
            _ => bail!(Damaged("a stored body is missing".to_owned())),
        };
        Ok(body::unpack(&packed)?)
    }

    /// Whether the event at that place still waits.
    pub async fn waits(&self, place: &Place) -> Result<bool> {
        let item = self.item(&key_at(place)).await?;
        Ok(item.is_some_and(|item| item.contains_key("due")))
    }

    /// One page of everything that waits, or of a part of it, in no order, and where the next page starts.
    pub async fn waiting(&self, part: Part, from: Option<Cursor>) -> Result<Page<Waiting>> {
        let scan = self.client.scan().table_name(&self.table).index_name(INDEX);
        let scan = scan.segment(part.nth).total_segments(part.of);
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
