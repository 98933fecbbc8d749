//! The secrets that deliveries may be signed with, read from Secrets Manager.
//! `AWSPREVIOUS` still counts for an hour after the current version was put: putting a new value is the whole rotation.

use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::Timestamp;
use shared::aws::SdkConfig;
use shared::secret::{self, Cached, OVERLAP, Secret, StoredSecret, Unread, Unusable, Version};

#[derive(Debug)]
pub struct SigningSecrets {
    stored: StoredSecret,
    held: Cached<Held>,
}

/// What one reading has found.
#[derive(Debug)]
pub struct Held {
    current: Vec<Secret>,
    previous: Vec<Secret>,
    previous_until: Timestamp,
}

impl Held {
    /// The secrets that count at `now`; at least one.
    pub fn at(&self, now: Timestamp) -> impl Iterator<Item = &Secret> + Clone {
        let counts = now < self.previous_until;
        let previous = if counts { &self.previous[..] } else { &[] };
        self.current.iter().chain(previous)
    }
}

impl SigningSecrets {
    /// Holds nothing until it is [read](Self::read).
    pub fn new(config: &SdkConfig, id: String) -> Self {
        let stored = StoredSecret::new(config, id, "the signing secret");
        let held = Cached::default();
        Self { stored, held }
    }

    /// What the last reading that succeeded has found.
    pub fn held(&self) -> Option<Arc<Held>> {
        self.held.held()
    }

    /// Whether they were read too long ago to be used without asking again.
    pub fn are_old(&self, now: Timestamp) -> bool {
        self.held.is_old(now)
    }

    /// Reads again, but not too soon after the last time, as [`Cached`] says. Says whether it has read.
    pub async fn reread(&self, now: Timestamp) -> bool {
        let read = self.held.reread(now, Box::pin(self.ask(now))).await;
        read.as_ref().is_some_and(is_read)
    }

    /// Reads now. If that fails, what was held stays: an outage of Secrets Manager must not refuse what can be verified.
    pub async fn read(&self, now: Timestamp) -> bool {
        is_read(&self.held.read(now, Box::pin(self.ask(now))).await)
    }

    /// Asks for both versions at once. Whether the previous one could be read matters only while it counts.
    async fn ask(&self, now: Timestamp) -> Result<Held> {
        let [current, previous] = ["AWSCURRENT", "AWSPREVIOUS"].map(|v| self.stored.version(v));
        let (current, previous) = tokio::join!(current, previous);
        let current = current?.context("the signing secret has no value yet: put one in")?;
        let previous_until = current.created_at + OVERLAP;
        let previous = if now < previous_until {
            previous?
        } else {
            None
        };
        // If the previous value is unusable, the current one has just corrected it.
        let previous = previous.and_then(|previous| usable(&previous).ok());
        let mut previous = previous.unwrap_or_default();
        let current = usable(&current)?;
        // A key that is in both counts as the current version says, perhaps for one tenant only.
        previous.retain(|old| !current.iter().any(|new| new.is_same_key(old)));
        Ok(Held {
            current,
            previous,
            previous_until,
        })
    }
}

fn usable(version: &Version) -> Result<Vec<Secret>, Unusable> {
    secret::parse(version.text.as_deref().ok_or(Unusable::Binary)?)
}

fn is_read(read: &Result<Arc<Held>, Unread>) -> bool {
    if let Err(error) = read {
        let error = format!("{error:#}");
        tracing::error!(error, "failed to read the signing secret");
    }
    read.is_ok()
}
