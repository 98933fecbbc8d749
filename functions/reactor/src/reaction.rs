//! What happens for an event: the user's choice.

mod eventbridge;
mod http;
mod log;

use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use ::http::{StatusCode, Uri};
use anyhow::{Context, Result, bail, ensure};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use futures_util::FutureExt;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use shared::aws::SdkConfig;
use shared::event::Event;
use shared::head::Turn;
use shared::settings;
use uuid::Uuid;

use self::eventbridge::EventBridge;
use self::http::Http;
use crate::custom;
use crate::tickets::Ticket;

/// How long a reaction may take.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// How much of a reason is kept, in characters.
const LONGEST_REASON: usize = 500;

/// One try to react to one event.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// To what.
    pub event: &'a Event,
    /// In which order, and for the how-manieth time.
    pub turn: Turn,
    /// The subscription that delivered it, if it was named.
    pub webhook_id: Option<Uuid>,
    /// Whether its own content shows that it was built from an old copy of its ticket.
    pub stale: bool,
    /// The ticket as it is now, if tickets are read and it is about one.
    pub ticket: Option<&'a Ticket>,
    /// When an operator asked for this reaction once more; nothing for a first one.
    pub replayed_at: Option<Timestamp>,
}

impl Attempt<'_> {
    /// The name of a replay: its time, the same for all that one command replayed.
    #[must_use]
    pub fn replay(&self) -> Option<String> {
        self.replayed_at.map(|at| format!("{at:.3}"))
    }
}

/// Why there was no reaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Worth another try.
    Again {
        /// For logs. Never the body.
        why: String,
        /// How long the target wants to be left alone.
        after: Option<Duration>,
    },
    /// No try will ever succeed: the event is parked at once.
    Final {
        /// For logs and for the parked event. Never the body.
        why: String,
    },
}

impl Failure {
    /// A failure that may pass.
    pub fn again(why: impl Display) -> Self {
        Self::Again {
            why: brief(&why),
            after: None,
        }
    }

    /// A failure that will not pass.
    pub fn last(why: impl Display) -> Self {
        Self::Final { why: brief(&why) }
    }

    /// The reason.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            Self::Again { why, .. } | Self::Final { why } => why,
        }
    }

    pub(crate) fn asked_for(&self) -> Option<Duration> {
        match self {
            Self::Again { after, .. } => *after,
            Self::Final { .. } => None,
        }
    }
}

/// Short enough for a log line, and for the item of a parked event.
fn brief(why: &impl Display) -> String {
    why.to_string().chars().take(LONGEST_REASON).collect()
}

/// `?` makes a failure that may pass of any error.
impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::again(format!("{:#}", error.into()))
    }
}

/// Which reaction, with what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// One JSON line.
    Log,
    /// A POST to the user's endpoint, signed with the secret of that id.
    Http {
        /// Where to.
        url: Uri,
        /// The signing secret in Secrets Manager, by name or ARN.
        secret_id: String,
    },
    /// An event on a bus.
    EventBridge {
        /// Its name.
        bus: String,
    },
    /// [`custom::react`].
    Custom,
}

impl Choice {
    /// `REACTION`: `log`, `http`, `eventbridge`, `custom`, or `auto`, which is `http` when `REACTION_URL` is set and `log` otherwise.
    ///
    /// # Errors
    /// When the choice is unknown, or lacks what it needs.
    pub fn from_env() -> Result<Self> {
        let choice = settings::optional("REACTION");
        match (
            choice.as_deref().unwrap_or("auto"),
            settings::optional("REACTION_URL"),
        ) {
            ("log", _) | ("auto", None) => Ok(Self::Log),
            ("http" | "auto", Some(url)) => {
                Self::http(&url, settings::required("REACTION_SECRET_ID")?)
            }
            ("http", None) => bail!("REACTION is http, but REACTION_URL is not set"),
            ("eventbridge", _) => Ok(Self::EventBridge {
                bus: settings::required("EVENT_BUS")?,
            }),
            ("custom", _) => Ok(Self::Custom),
            (other, _) => {
                bail!("REACTION is {other:?}; choose auto, log, http, eventbridge or custom")
            }
        }
    }

    /// The user's endpoint.
    ///
    /// # Errors
    /// When the URL is none for HTTP.
    pub fn http(url: &str, secret_id: String) -> Result<Self> {
        let url: Uri = url.parse().context("REACTION_URL is not a URL")?;
        let http = matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some();
        ensure!(http, "REACTION_URL must start with http:// or https://");
        Ok(Self::Http { url, secret_id })
    }
}

/// The chosen reaction, ready to react.
pub(crate) enum Reaction {
    Log,
    Http(Box<Http>),
    EventBridge(EventBridge),
    Custom,
}

impl Reaction {
    pub fn new(config: &SdkConfig, choice: Choice) -> Self {
        match choice {
            Choice::Log => Self::Log,
            Choice::Http { url, secret_id } => {
                Self::Http(Box::new(Http::new(config, url, secret_id)))
            }
            Choice::EventBridge { bus } => Self::EventBridge(EventBridge::new(config, bus)),
            Choice::Custom => Self::Custom,
        }
    }

    /// Reacts, in time.
    pub async fn react(&self, attempt: &Attempt<'_>) -> Result<(), Failure> {
        guarded(async {
            match self {
                Self::Log => return log::react(attempt),
                Self::Http(http) => http.react(attempt).await?,
                Self::EventBridge(bus) => bus.react(attempt).await?,
                Self::Custom => custom::react(attempt).await?,
            }
            let Attempt { event, turn, .. } = attempt;
            let (stream, event) = (&event.place.stream, event.place.event());
            let (placement, tries) = (turn.placement.word(), turn.tries);
            let (stale, replay) = (attempt.stale, attempt.replay());
            tracing::info!(stream, event, placement, tries, stale, replay, "reacted");
            Ok(())
        })
        .await
    }
}

/// A status with its name.
pub(crate) fn named(status: u16) -> String {
    StatusCode::from_u16(status).map_or_else(|_| status.to_string(), |status| status.to_string())
}

/// How long an answer wants us to leave its sender alone.
pub(crate) fn asked_for(response: &HttpResponse) -> Option<Duration> {
    retry_after(response.headers().get("retry-after")?, Timestamp::now())
}

/// Seconds, or a date.
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = rfc2822::parse(value.trim()).ok()?.timestamp();
    Some(until.duration_since(now).try_into().unwrap_or_default())
}

/// A panic, or no end, is a failure like any other.
async fn guarded(reacting: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    match tokio::time::timeout(TIMEOUT, AssertUnwindSafe(reacting).catch_unwind()).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_panic)) => Err(Failure::again("the reaction panicked")),
        Err(_elapsed) => Err(Failure::again(format!(
            "no reaction within {} s",
            TIMEOUT.as_secs()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn whatever_a_reaction_does_has_an_outcome() {
        let failed = |why| Err(Failure::again(why));
        assert_eq!(guarded(async { Ok(()) }).await, Ok(()));
        assert_eq!(
            guarded(async { Ok(std::fs::read("/nowhere").map(drop)?) })
                .await
                .unwrap_err()
                .asked_for(),
            None
        );
        assert_eq!(
            guarded(async { Err(Failure::last("no")) }).await,
            Err(Failure::last("no"))
        );
        assert_eq!(
            guarded(async { panic!("in a reaction") }).await,
            failed("the reaction panicked")
        );
        let long = Failure::again("x".repeat(10_000));
        assert_eq!(long.why().len(), LONGEST_REASON);
        assert_eq!(guarded(pending()).await, failed("no reaction within 10 s"));
    }

    #[test]
    fn a_target_may_ask_for_time_in_seconds_or_until_a_date() {
        let now = "2026-08-24T15:04:05Z".parse().unwrap();
        for (value, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Mon, 24 Aug 2026 15:05:05 GMT", Some(60)),
            ("Mon, 24 Aug 2026 15:03:05 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(
                retry_after(value, now),
                seconds.map(Duration::from_secs),
                "{value:?}"
            );
        }
    }
}
