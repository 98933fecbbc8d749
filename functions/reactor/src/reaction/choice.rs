//! Which reaction: the user's choice.

use anyhow::{Context, Result, bail, ensure};
use futures_util::future::BoxFuture;
use http::Uri;
use shared::settings;

use super::attempt::Attempt;
use super::custom;
use super::sqs::QueueArn;
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
    /// A message in that FIFO queue. What is too large for one is parked, unless there is a bucket for it.
    Sqs {
        queue: QueueArn,
        large_into: Option<String>,
    },
    Custom(React),
}

impl Choice {
    /// `REACTION`: `log`, `http`, `eventbridge`, `sqs`, `custom`, or `auto`, which is `http` when `REACTION_URL` is set and `log` otherwise.
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
            ("sqs", _) => Self::sqs(&settings::required("EVENT_QUEUE")?, large_into()?)?,
            ("custom", _) => Self::Custom(|attempt| Box::pin(custom::react(attempt))),
            (other, _) => {
                bail!("REACTION is {other:?}; choose auto, log, http, eventbridge, sqs or custom")
            }
        })
    }

    pub fn http(url: &str, secret_id: String) -> Result<Self> {
        let url: Uri = url.parse().context("REACTION_URL is not a URL")?;
        let http = matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some();
        ensure!(http, "REACTION_URL must start with http:// or https://");
        Ok(Self::Http { url, secret_id })
    }

    pub fn sqs(arn: &str, large_into: Option<String>) -> Result<Self> {
        let queue = QueueArn::parse(arn).context("EVENT_QUEUE is not the ARN of a FIFO queue")?;
        Ok(Self::Sqs { queue, large_into })
    }
}

/// `LARGE_EVENTS`: `park`, or `object`, which stores them in `BODIES_BUCKET`.
fn large_into() -> Result<Option<String>> {
    match settings::optional("LARGE_EVENTS").as_deref() {
        None | Some("park") => Ok(None),
        Some("object") => settings::required("BODIES_BUCKET").map(Some),
        Some(other) => bail!("LARGE_EVENTS is {other:?}; choose park or object"),
    }
}
