//! A value made from a secret, held for a while.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::primitives::DateTime;
use jiff::{SignedDuration, Timestamp};

use crate::aws::SdkConfig;

/// How long a value is used without asking again.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);
/// How long must pass between two readings, whatever arrives.
pub const AT_MOST_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// A secret in Secrets Manager.
#[derive(Clone, Debug)]
pub struct StoredSecret {
    client: Client,
    id: String,
    /// What errors call it.
    what: &'static str,
}

/// One version of a stored secret.
#[derive(Debug)]
pub struct Version {
    /// The value; `None` if it is stored as bytes.
    pub text: Option<String>,
    /// When it was put.
    pub created_at: Timestamp,
}

impl StoredSecret {
    /// The secret of that name or ARN; errors call it `what`.
    pub fn new(config: &SdkConfig, id: String, what: &'static str) -> Self {
        let client = Client::new(config);
        Self { client, id, what }
    }

    /// The version with that label, `AWSCURRENT` for example; `None` if there is none.
    pub async fn version(&self, stage: &str) -> Result<Option<Version>> {
        let get = self.client.get_secret_value().secret_id(&self.id);
        let got = get.version_stage(stage).send().await;
        let value = match got.map_err(SdkError::into_service_error) {
            Err(GetSecretValueError::ResourceNotFoundException(_)) => return Ok(None),
            got => got.with_context(|| format!("failed to read {stage} of {}", self.what))?,
        };
        let created_at = value.created_date().map_or(0, DateTime::secs);
        let created_at = Timestamp::from_second(created_at)?;
        let text = value.secret_string;
        Ok(Some(Version { text, created_at }))
    }

    /// The current value, as text without what surrounds it in files.
    pub async fn text(&self) -> Result<String> {
        let current = self.version("AWSCURRENT").await?;
        let text = current.and_then(|current| current.text).unwrap_or_default();
        let text = super::bare(&text);
        anyhow::ensure!(!text.is_empty(), "{} is empty", self.what);
        Ok(text.to_owned())
    }
}

/// A value, and when it was read. All who use it share it.
#[derive(Debug)]
pub struct Cached<T> {
    held: Mutex<Held<T>>,
}

#[derive(Debug)]
struct Held<T> {
    value: Option<Arc<T>>,
    /// When the value was read; 1970 if it is doubted.
    read_at: Timestamp,
    asked_at: Timestamp,
}

impl<T> Cached<T> {
    /// What is held, however old it is.
    pub fn held(&self) -> Option<Arc<T>> {
        self.lock().value.clone()
    }

    /// Whether the value was read too long ago to be used without asking again, or is doubted.
    pub fn is_old(&self, now: Timestamp) -> bool {
        now.duration_since(self.lock().read_at) >= KEPT_FOR
    }

    /// Doubts the value, because it was refused: the next use asks again.
    pub fn doubt(&self) {
        self.lock().read_at = Timestamp::UNIX_EPOCH;
    }

    /// Reads again, but not within 30 s of the last time, whatever came of that. What was held stays if reading fails.
    pub async fn reread(
        &self,
        now: Timestamp,
        ask: impl Future<Output = Result<T>>,
    ) -> Option<Result<Arc<T>>> {
        if now.duration_since(self.lock().asked_at) < AT_MOST_EVERY {
            return None;
        }
        Some(self.read(now, ask).await)
    }

    /// Reads now.
    pub async fn read(
        &self,
        now: Timestamp,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>> {
        self.lock().asked_at = now;
        let value = Arc::new(ask.await?);
        let mut held = self.lock();
        held.value = Some(Arc::clone(&value));
        held.read_at = now;
        Ok(value)
    }

    /// What is held, read again first if it is old. An old value is better than none.
    pub async fn get(
        &self,
        now: Timestamp,
        ask: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>> {
        let Some(held) = self.held() else {
            return self.read(now, ask).await;
        };
        if !self.is_old(now) {
            return Ok(held);
        }
        let reread = self.reread(now, ask).await;
        Ok(reread.and_then(Result::ok).unwrap_or(held))
    }

    fn lock(&self) -> MutexGuard<'_, Held<T>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Cached<T> {
    fn default() -> Self {
        let never = Timestamp::UNIX_EPOCH;
        let (value, read_at, asked_at) = (None, never, never);
        Self {
            held: Mutex::new(Held {
                value,
                read_at,
                asked_at,
            }),
        }
    }
}
