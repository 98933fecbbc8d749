//! Where the API is, and where its key is.

use anyhow::{Context, Result, ensure};
use http::Uri;

/// Where the API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub(super) base: String,
    pub(super) secret_id: String,
    /// Where the key is if it is not there.
    pub(super) or_secret_id: Option<String>,
    pub(super) tenant_id: Option<String>,
}

impl Location {
    /// `base` is what comes before `/api/v1/tickets/`; the key is in the secret of that id.
    pub fn new(base: &str, secret_id: String) -> Result<Self> {
        let url: Uri = base.parse().context("TICKET_API_URL is not a URL")?;
        let http = matches!(url.scheme_str(), Some("http" | "https")) && url.query().is_none();
        let hint = "TICKET_API_URL must look like https://algapsa.example";
        ensure!(http, hint);
        Ok(Self {
            base: base.trim_end_matches('/').to_owned(),
            secret_id,
            or_secret_id: None,
            tenant_id: None,
        })
    }

    /// Uses the key in the secret of that id as long as the first one has no value.
    #[must_use]
    pub fn or_key(self, secret_id: Option<String>) -> Self {
        let or_secret_id = secret_id;
        Self {
            or_secret_id,
            ..self
        }
    }

    /// What comes before `/api/v1/tickets/`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The tenant whose tickets the key finds, if it was told.
    pub fn tenant_id(&self) -> Option<&str> {
        self.tenant_id.as_deref()
    }

    /// Limits reads to the tickets of that tenant: the key finds no others.
    #[must_use]
    pub fn of_tenant(self, tenant_id: Option<String>) -> Self {
        Self { tenant_id, ..self }
    }
}
