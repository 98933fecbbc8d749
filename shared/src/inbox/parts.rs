//! Bodies that one item cannot hold: stored in parts next to the event that names them.

use std::fmt;

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest, Sha256};

use super::body::Damaged;
use super::table::{Inbox, Item, key_of, raw_key, text};
use super::write::if_still_so;

/// The largest packed body that is stored inside its item; an item holds 400 kB with keys and names.
pub(super) const LARGEST_INLINE: usize = 380_000;

/// The parts of one packed body, written `{sha256 of the packed body}/{count}`. Two bodies never share a part, and
/// the same body always has the same parts, so that a copy may write them again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    hash: String,
    count: usize,
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.hash, self.count)
    }
}

impl Parts {
    pub(super) fn of(packed: &[u8]) -> Self {
        Self {
            hash: hex::encode(Sha256::digest(packed)),
            count: packed.len().div_ceil(LARGEST_INLINE),
        }
    }

    pub(super) fn named_in(item: &Item) -> Option<Self> {
        let (hash, count) = text(item, "parts")?.split_once('/')?;
        Some(Self {
            hash: hash.to_owned(),
            count: count.parse().ok()?,
        })
    }

    /// The keys of the parts, in order, next to the event that `item` is.
    fn keys(&self, item: &Item) -> impl Iterator<Item = Item> {
        let stream = text(item, "stream").unwrap_or_default();
        let event = text(item, "event").unwrap_or_default();
        (0..self.count).map(move |n| raw_key(stream, &format!("{event}/{}/{n}", self.hash)))
    }
}

impl Inbox {
    pub(super) async fn put_parts(&self, item: &Item, parts: &Parts, packed: &[u8]) -> Result<()> {
        for (mut part, bytes) in parts.keys(item).zip(packed.chunks(LARGEST_INLINE)) {
            part.insert("body".into(), AttributeValue::B(Blob::new(bytes)));
            let put = self
                .client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(part))
                .send()
                .await;
            put.map_err(SdkError::into_service_error)
                .context("failed to keep a part of a body")?;
        }
        Ok(())
    }

    pub(super) async fn delete_parts(&self, item: &Item, parts: &Parts) -> Result<()> {
        for part in parts.keys(item) {
            let deleted = self
                .client
                .delete_item()
                .table_name(&self.table)
                .set_key(Some(part))
                .send()
                .await;
            deleted
                .map_err(SdkError::into_service_error)
                .context("failed to delete a part of a body")?;
        }
        Ok(())
    }

    /// Whether every part is there. DynamoDB lets them expire one by one.
    pub(super) async fn are_whole(&self, item: &Item, parts: &Parts) -> Result<bool> {
        for part in parts.keys(item) {
            if self.item(&part).await?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) async fn read_parts(&self, item: &Item, parts: &Parts) -> Result<Vec<u8>> {
        let mut packed = Vec::with_capacity(parts.count * LARGEST_INLINE);
        for part in parts.keys(item) {
            let part = self
                .item(&part)
                .await?
                .ok_or_else(|| Damaged("a part of a body is missing".to_owned()))?;
            let bytes = part
                .get("body")
                .and_then(|body| body.as_b().ok())
                .ok_or_else(|| Damaged("a part of a body is empty".to_owned()))?;
            packed.extend_from_slice(bytes.as_ref());
        }
        ensure!(
            Parts::of(&packed) == *parts,
            Damaged("the parts of a body do not add up".to_owned())
        );
        Ok(packed)
    }

    /// Before a settled event waits again: its body must not expire meanwhile.
    pub(super) async fn keep_parts(&self, item: &Item, parts: &Parts) -> Result<()> {
        self.update_parts(item, parts, "REMOVE #expires_at", None)
            .await
            .context("failed to keep a part of a body from expiring")
    }

    /// After the event is settled: until then its body must not expire.
    pub(super) async fn expire_parts(
        &self,
        item: &Item,
        parts: &Parts,
        expires_at: AttributeValue,
    ) -> Result<()> {
        self.update_parts(
            item,
            parts,
            "SET #expires_at = :expires_at",
            Some(expires_at),
        )
        .await
        .context("failed to let a part of a body expire")
    }

    async fn update_parts(
        &self,
        item: &Item,
        parts: &Parts,
        expression: &str,
        expires_at: Option<AttributeValue>,
    ) -> Result<(), UpdateItemError> {
        for part in parts.keys(item) {
            let mut update = self
                .client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(key_of(&part)))
                .update_expression(expression)
                .condition_expression("attribute_exists(#event)")
                .expression_attribute_names("#event", "event")
                .expression_attribute_names("#expires_at", "expires_at");
            if let Some(expires_at) = &expires_at {
                update = update.expression_attribute_values(":expires_at", expires_at.clone());
            }
            if_still_so(update).await?;
        }
        Ok(())
    }
}
