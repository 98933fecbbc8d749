//! Bodies that one item cannot hold: stored in parts next to the event that names them.

use std::fmt;

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest, Sha256};

use super::body::Damaged;
use super::table::{Inbox, Item, binary, raw_key, text};
use super::write::if_still_so;

/// The largest packed body that is stored inside its item; an item holds 400 kB with keys and names.
pub(super) const LARGEST_INLINE: usize = 380_000;

/// The condition of a change to a part.
const IS_THERE: &str = "attribute_exists(#event)";

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
        let hash = hex::encode(Sha256::digest(packed));
        let count = packed.len().div_ceil(LARGEST_INLINE);
        Self { hash, count }
    }

    pub(super) fn named_in(item: &Item) -> Option<Self> {
        let (hash, count) = text(item, "parts")?.split_once('/')?;
        let (hash, count) = (hash.to_owned(), count.parse().ok()?);
        Some(Self { hash, count })
    }

    /// The keys of the parts, in order, next to the event that `item` is.
    fn keys(&self, item: &Item) -> impl Iterator<Item = Item> {
        let [stream, event] = ["stream", "event"].map(|name| text(item, name).unwrap_or_default());
        (0..self.count).map(move |n| raw_key(stream, &format!("{event}/{}/{n}", self.hash)))
    }
}

impl Inbox {
    pub(super) async fn put_parts(&self, item: &Item, parts: &Parts, packed: &[u8]) -> Result<()> {
        for (mut part, bytes) in parts.keys(item).zip(packed.chunks(LARGEST_INLINE)) {
            part.insert("body".into(), binary(bytes));
            let put = self.client.put_item().table_name(&self.table);
            let put = put.set_item(Some(part)).send().await;
            put.map_err(SdkError::into_service_error)
                .context("failed to keep a part of a body")?;
        }
        Ok(())
    }

    pub(super) async fn delete_parts(&self, item: &Item, parts: &Parts) -> Result<()> {
        for part in parts.keys(item) {
            let deleted = self.delete(part).await;
            deleted.context("failed to delete a part of a body")?;
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
        let damaged = |how: &str| Damaged(how.to_owned());
        for part in parts.keys(item) {
            let part = self.item(&part).await?;
            let part = part.ok_or_else(|| damaged("a part of a body is missing"))?;
            let bytes = part.get("body").and_then(|body| body.as_b().ok());
            let bytes = bytes.ok_or_else(|| damaged("a part of a body is empty"))?;
            packed.extend_from_slice(bytes.as_ref());
        }
        let is_whole = Parts::of(&packed) == *parts;
        ensure!(is_whole, damaged("the parts of a body do not add up"));
        Ok(packed)
    }

    /// For a settled event that is about to wait again: its body must not expire before it is settled.
    pub(super) async fn keep_parts(&self, item: &Item, parts: &Parts) -> Result<()> {
        for part in parts.keys(item) {
            let kept = self.update(part, "REMOVE #expires_at", IS_THERE, []);
            let kept = if_still_so(kept).await;
            kept.context("failed to keep a part of a body from expiring")?;
        }
        Ok(())
    }

    /// For an event that has been settled, never before.
    pub(super) async fn expire_parts(
        &self,
        item: &Item,
        parts: &Parts,
        at: AttributeValue,
    ) -> Result<()> {
        for part in parts.keys(item) {
            let values = [(":expires_at", at.clone())];
            let expiring = self.update(part, "SET #expires_at = :expires_at", IS_THERE, values);
            let expiring = if_still_so(expiring).await;
            expiring.context("failed to let a part of a body expire")?;
        }
        Ok(())
    }
}
