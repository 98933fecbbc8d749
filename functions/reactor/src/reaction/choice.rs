//! Which reaction: the user's choice.

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::BoxFuture;
use http::Uri;
use shared::settings;

use super::attempt::Attempt;
use super::custom;
use crate::failure::Failure;

/// A reaction in code of the user's own.
pub type React = for<'a> fn(&'a Attempt<'a>) -> BoxFuture<'a, Result<(), Failure>>;

/// Which reaction, with what it needs.
#[derive(Clone, Debug)]
pub enum Choice {
    /// One JSON line.
    Log,
    /// A POST to the user's endpoint, signed with that secret.
    Http {
        url: Uri,
        secret_id: String,
    },
    EventBridge {
        bus: String,
    },
    Custom(React),
}

impl Choice {
    /// `REACTION`: `log`, `http`, `eventbridge`, `custom`, or `auto`, which is `http` when `REACTION_URL` is set and `log` otherwise.
    pub fn from_env() -> Result<Self> {
        let choice = settings::optional("REACTION");
        let url = settings::optional("REACTION_URL");
        Ok(match (choice.as_deref().unwrap_or("auto"), url) {
            ("log", _) | ("auto", None) => Self::Log,
            ("http" | "auto", Some(url)) => {
                Self::http(&url, settings::required("REACTION_SECRET_ID")?)?
            }
            ("http", None) => bail!("REACTION is http, but REACTION_URL is not set"),
            ("eventbridge", _) => {
                let bus = settings::required("EVENT_BUS")?;
                Self::EventBridge { bus }
            }
            ("custom", _) => Self::Custom(|attempt| Box::pin(custom::react(attempt))),
            (other, _) => {
                bail!("REACTION is {other:?}; choose auto, log, http, eventbridge or custom")
            }
        })
    }

    pub fn http(url: &str, secret_id: String) -> Result<Self> {
        let url: Uri = url.parse().context("REACTION_URL is not a URL")?;
        let http = matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some();
        ensure!(http, "REACTION_URL must start with http:// or https://");
        Ok(Self::Http { url, secret_id })
    }
}
