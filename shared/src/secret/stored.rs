//! A secret where it is stored, in Secrets Manager.

use anyhow::{Context, Result};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::primitives::DateTime;
use jiff::Timestamp;

use crate::aws::SdkConfig;

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
        let text = self.text_if_any().await?;
        text.with_context(|| format!("{} is empty", self.what))
    }

    /// The same; `None` if there is none yet, or an empty one.
    pub async fn text_if_any(&self) -> Result<Option<String>> {
        let current = self.version("AWSCURRENT").await?;
        let text = current.and_then(|current| current.text).unwrap_or_default();
        let text = super::bare(&text);
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }
}
