//! One text from Secrets Manager, held for a while.

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use shared::aws::SdkConfig;

/// For how long a text counts without asking again.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(5);

/// How often a text that does not seem right is asked for again.
const DOUBTED_EVERY: SignedDuration = SignedDuration::from_secs(30);

/// A secret that the reactor reads.
pub struct Secret {
    client: Client,
    id: String,
    what: &'static str,
    held: Mutex<Option<(SecretString, Timestamp)>>,
}

impl Secret {
    /// The secret of that id; `what` it is for, as errors name it.
    pub fn new(config: &SdkConfig, id: String, what: &'static str) -> Self {
        Self {
            client: Client::new(config),
            id,
            what,
            held: Mutex::default(),
        }
    }

    /// What was read in the last five minutes, or reads it again; an old one is better than none.
    pub async fn read(&self, now: Timestamp) -> Result<SecretString> {
        let held = self.lock().clone();
        match held {
            Some((secret, read_at)) if now.duration_since(read_at) < KEPT_FOR => Ok(secret),
            Some((secret, _)) => Ok(self.ask(now).await.unwrap_or(secret)),
            None => self.ask(now).await,
        }
    }

    /// Somebody has refused it: the next read asks again, if the last one is a while ago.
    pub fn doubt(&self, now: Timestamp) {
        let mut held = self.lock();
        if let Some((_, read_at)) = held.as_mut()
            && now.duration_since(*read_at) >= DOUBTED_EVERY
        {
            *read_at = now - KEPT_FOR;
        }
    }

    async fn ask(&self, now: Timestamp) -> Result<SecretString> {
        let what = self.what;
        let value = self
            .client
            .get_secret_value()
            .secret_id(&self.id)
            .send()
            .await
            .map_err(SdkError::into_service_error)
            .with_context(|| format!("failed to read {what}"))?;
        let text = value
            .secret_string()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        let secret = SecretString::from(text.with_context(|| format!("{what} is empty"))?);
        *self.lock() = Some((secret.clone(), now));
        Ok(secret)
    }

    fn lock(&self) -> MutexGuard<'_, Option<(SecretString, Timestamp)>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
