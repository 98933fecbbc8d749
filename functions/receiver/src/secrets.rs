//! The secrets that deliveries may be signed with, read from Secrets Manager.
//!
//! `AWSPREVIOUS` still counts for an hour after the current version was put: to put a new value is the whole
//! rotation, and an old secret ends by itself.

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::{
    GetSecretValueError, GetSecretValueOutput,
};
use jiff::{SignedDuration, Timestamp};
use shared::aws::SdkConfig;
use shared::secret::{self, OVERLAP, Secret, Unusable};

/// How long the secrets are believed without asking again.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);
/// How long must pass between two readings, whatever arrives.
pub const AT_MOST_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// The held secrets, and when they were read.
#[derive(Debug)]
pub struct Secrets {
    client: Client,
    id: String,
    held: Mutex<Held>,
}

#[derive(Clone, Debug, Default)]
struct Held {
    current: Vec<Secret>,
    previous: Vec<Secret>,
    previous_until: Timestamp,
    read_at: Timestamp,
    asked_at: Timestamp,
}

impl Secrets {
    /// Holds nothing until it is [read](Self::read).
    #[must_use]
    pub fn new(config: &SdkConfig, id: String) -> Self {
        Self {
            client: Client::new(config),
            id,
            held: Mutex::default(),
        }
    }

    /// The secrets that count at `now`.
    #[must_use]
    pub fn held(&self, now: Timestamp) -> Vec<Secret> {
        let held = self.lock();
        let previous = if now < held.previous_until {
            held.previous.as_slice()
        } else {
            &[]
        };
        [held.current.as_slice(), previous].concat()
    }

    /// Whether they have been held for too long to be believed without asking.
    #[must_use]
    pub fn are_old(&self, now: Timestamp) -> bool {
        now.duration_since(self.lock().read_at) >= KEPT_FOR
    }

    /// Reads again, but not within 30 s of the last time. Says whether there is something new to look at.
    pub async fn reread(&self, now: Timestamp) -> bool {
        let too_soon = now.duration_since(self.lock().asked_at) < AT_MOST_EVERY;
        !too_soon && self.read(now).await
    }

    /// Reads now. What was held before stays held when that fails: an outage of Secrets Manager must not refuse what
    /// can be verified.
    pub async fn read(&self, now: Timestamp) -> bool {
        self.lock().asked_at = now;
        match self.ask(now).await {
            Ok(held) => *self.lock() = held,
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "failed to read the signing secret"
                );
                return false;
            }
        }
        true
    }

    async fn ask(&self, now: Timestamp) -> Result<Held> {
        let current = self
            .version("AWSCURRENT")
            .await?
            .context("the signing secret has no value yet: put one")?;
        let created_at = current
            .created_date()
            .map_or(0, aws_sdk_secretsmanager::primitives::DateTime::secs);
        let previous_until = Timestamp::from_second(created_at)? + OVERLAP;
        let previous = if now < previous_until {
            self.version("AWSPREVIOUS").await?
        } else {
            None
        };
        // An unusable one has just been corrected.
        let mut previous = previous
            .and_then(|previous| usable(&previous).ok())
            .unwrap_or_default();
        let current = usable(&current)?;
        // A secret that is still current speaks as it does now, perhaps for one tenant only.
        previous.retain(|old| !current.iter().any(|new| new.is_same_key(old)));
        Ok(Held {
            current,
            previous,
            previous_until,
            read_at: now,
            asked_at: now,
        })
    }

    async fn version(&self, stage: &str) -> Result<Option<GetSecretValueOutput>> {
        let get = self
            .client
            .get_secret_value()
            .secret_id(&self.id)
            .version_stage(stage)
            .send()
            .await;
        match get.map_err(SdkError::into_service_error) {
            Ok(version) => Ok(Some(version)),
            Err(GetSecretValueError::ResourceNotFoundException(_)) => Ok(None),
            Err(err) => {
                Err(err).with_context(|| format!("failed to read {stage} of the signing secret"))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn usable(version: &GetSecretValueOutput) -> Result<Vec<Secret>, Unusable> {
    secret::parse(version.secret_string().ok_or(Unusable::Binary)?)
}
