//! Quarantine: authentic bodies that cannot be put in order, kept for a person to look at.

use anyhow::{Context, Result};
use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::body;
use super::records::Found;
use super::table::{Cursor, Inbox, Item, raw_key, string, text, timestamp, uuid};
use crate::event::Unreadable;

/// The beginning of a quarantined body's key `stream`, before its hash.
const QUARANTINE: &str = "quarantine/";

/// A body in quarantine.
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
    /// Keeps an authentic body that cannot be put in order, once, for a person to look at. It never expires.
    pub async fn quarantine(
        &self,
        body: &[u8],
        why: Unreadable,
        webhook_id: Option<Uuid>,
        now: Timestamp,
    ) -> Result<()> {
        let mut item = key_of(&hex::encode(Sha256::digest(body)));
        item.insert("why".into(), string(why.to_string()));
        // A folder for each time it comes: discarding one must not take the body of one that comes again.
        let folder = format!("{QUARANTINE}{}", now.as_millisecond());
        let packed = body::pack(body)?;
        let kept = self.keep(item, &folder, packed, webhook_id, now).await;
        kept.context("failed to quarantine a body").map(drop)
    }

    /// One page of what is in quarantine, as [`find`](Self::find) does it.
    pub async fn quarantined(&self, from: Option<Cursor>) -> Result<Found<Quarantined>> {
        let filter = "begins_with(#stream, :sought)";
        let (items, seen, rest) = self.scan(filter, Some(QUARANTINE), from).await?;
        let found = items.iter().filter_map(Quarantined::of);
        Ok((found.collect(), seen, rest))
    }

    /// The body in quarantine that has this hash.
    pub async fn quarantined_as(&self, hash: &str) -> Result<Option<Quarantined>> {
        let item = self.item(&key_of(hash)).await?;
        Ok(item.as_ref().and_then(Quarantined::of))
    }

    /// The bytes of a quarantined body.
    pub async fn quarantined_body(&self, hash: &str) -> Result<Option<Bytes>> {
        self.body_at(&key_of(hash)).await
    }

    /// Takes a body out of quarantine for good.
    pub async fn forget_quarantined(&self, hash: &str) -> Result<()> {
        let key = key_of(hash);
        let item = self.item(&key).await?.unwrap_or_default();
        let deleted = self.delete(key).await;
        deleted.context("failed to take a body out of quarantine")?;
        match text(&item, "object") {
            Some(object) => self.bodies.delete(object).await,
            None => Ok(()),
        }
    }
}

fn key_of(hash: &str) -> Item {
    raw_key(&format!("{QUARANTINE}{hash}"), "quarantine")
}

impl Quarantined {
    fn of(item: &Item) -> Option<Self> {
        Some(Self {
            hash: text(item, "stream")?.strip_prefix(QUARANTINE)?.to_owned(),
            kept_at: timestamp(item, "kept_at")?,
            why: text(item, "why")?.to_owned(),
            webhook_id: uuid(item, "webhook_id"),
        })
    }
}
