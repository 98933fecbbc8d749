//! Quarantine: authentic bodies that cannot be sequenced, kept for a person to look at.

use anyhow::{Context, Result};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::body;
use super::parts::Parts;
use super::table::{Cursor, Inbox, Item, raw_key, text, timestamp, webhook_id};
use crate::event::Unreadable;

/// What the key `stream` of a quarantined body begins with; its hash follows.
const QUARANTINE: &str = "quarantine/";

/// A body that could not be sequenced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The SHA-256 of the body, in hex: its name.
    pub hash: String,
    /// When it came.
    pub kept_at: Timestamp,
    /// What was wrong with it.
    pub why: String,
    /// The subscription that delivered it, if it was named.
    pub webhook_id: Option<Uuid>,
}

impl Inbox {
    /// Keeps an authentic body that cannot be sequenced, once, for a person to look at. It never expires.
    pub async fn quarantine(
        &self,
        body: &[u8],
        why: Unreadable,
        webhook_id: Option<Uuid>,
        now: Timestamp,
    ) -> Result<()> {
        let stream = format!("{}{}", QUARANTINE, hex::encode(Sha256::digest(body)));
        let mut item = raw_key(&stream, "quarantine");
        item.insert("why".into(), AttributeValue::S(why.to_string()));
        self.keep(item, body::pack(body)?, webhook_id, now)
            .await
            .context("failed to quarantine a body")?;
        Ok(())
    }

    /// One page of what is in quarantine, as [`find`](Self::find) does it.
    pub async fn quarantined(
        &self,
        from: Option<Cursor>,
    ) -> Result<(Vec<Quarantined>, usize, Option<Cursor>)> {
        let (items, seen, rest) = self
            .scan("begins_with(#stream, :sought)", Some(QUARANTINE), from)
            .await?;
        Ok((
            items.iter().filter_map(Quarantined::of).collect(),
            seen,
            rest,
        ))
    }

    /// The body in quarantine that has this hash.
    pub async fn quarantined_as(&self, hash: &str) -> Result<Option<Quarantined>> {
        let key = raw_key(&format!("{QUARANTINE}{hash}"), "quarantine");
        Ok(self.item(&key).await?.as_ref().and_then(Quarantined::of))
    }

    /// The bytes of a quarantined body.
    pub async fn quarantined_body(&self, hash: &str) -> Result<Option<Bytes>> {
        self.body_at(&raw_key(&format!("{QUARANTINE}{hash}"), "quarantine"))
            .await
    }

    /// Takes a body out of quarantine for good.
    pub async fn forget_quarantined(&self, hash: &str) -> Result<()> {
        let key = raw_key(&format!("{QUARANTINE}{hash}"), "quarantine");
        let parts = self.item(&key).await?;
        let parts = parts.as_ref().and_then(Parts::named_in);
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key.clone()))
            .send()
            .await;
        deleted
            .map_err(SdkError::into_service_error)
            .context("failed to take a body out of quarantine")?;
        match parts {
            Some(parts) => self.delete_parts(&key, &parts).await,
            None => Ok(()),
        }
    }
}

impl Quarantined {
    fn of(item: &Item) -> Option<Self> {
        Some(Self {
            hash: text(item, "stream")?.strip_prefix(QUARANTINE)?.to_owned(),
            kept_at: timestamp(item, "kept_at")?,
            why: text(item, "why")?.to_owned(),
            webhook_id: webhook_id(item),
        })
    }
}
