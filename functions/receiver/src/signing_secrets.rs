//! The secrets that deliveries may be signed with, read from Secrets Manager.
//! `AWSPREVIOUS` still counts for an hour after the current version was put: putting a new value is the whole rotation.

use anyhow::{Context, Result};
use jiff::Timestamp;
use shared::aws::SdkConfig;
use shared::secret::{self, Cached, OVERLAP, Secret, StoredSecret, Unusable, Version};

#[derive(Debug)]
pub struct SigningSecrets {
    stored: StoredSecret,
    held: Cached<Held>,
}

#[derive(Clone, Debug)]
struct Held {
    current: Vec<Secret>,
    previous: Vec<Secret>,
    previous_until: Timestamp,
}

impl SigningSecrets {
    /// Holds nothing until it is [read](Self::read).
    pub fn new(config: &SdkConfig, id: String) -> Self {
        let stored = StoredSecret::new(config, id, "the signing secret");
        let held = Cached::default();
        Self { stored, held }
    }

    /// The secrets that count at `now`.
    pub fn held(&self, now: Timestamp) -> Vec<Secret> {
        let Some(held) = self.held.held() else {
            return Vec::new();
        };
        let mut secrets = held.current;
        if now < held.previous_until {
            secrets.extend(held.previous);
        }
        secrets
    }

    /// Whether they were read too long ago to be used without asking again.
    pub fn are_old(&self, now: Timestamp) -> bool {
        self.held.is_old(now)
    }

    /// Reads again, but not within 30 s of the last time. Says whether it has read.
    pub async fn reread(&self, now: Timestamp) -> bool {
        let read = self.held.reread(now, Box::pin(self.ask(now))).await;
        read.as_ref().is_some_and(is_read)
    }

    /// Reads now. If that fails, what was held stays: an outage of Secrets Manager must not refuse what can be verified.
    pub async fn read(&self, now: Timestamp) -> bool {
        is_read(&self.held.read(now, Box::pin(self.ask(now))).await)
    }

    async fn ask(&self, now: Timestamp) -> Result<Held> {
        let current = self.stored.version("AWSCURRENT").await?;
        let current = current.context("the signing secret has no value yet: put one in")?;
        let previous_until = current.created_at + OVERLAP;
        let previous = if now < previous_until {
            self.stored.version("AWSPREVIOUS").await?
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

fn is_read(read: &Result<()>) -> bool {
    if let Err(error) = read {
        let error = format!("{error:#}");
        tracing::error!(error, "failed to read the signing secret");
    }
    read.is_ok()
}
