//! Why there was no reaction.

#![warn(missing_docs)]

use std::any::type_name;
use std::time::Duration;

use shared::event::OtherShape;
use shared::secret::Unread;

use crate::payload::Misfit;

/// How much of a reason is kept, in characters.
const LONGEST_REASON: usize = 500;

/// Why there was no reaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Worth another attempt.
    Again {
        /// For logs. Never the body.
        why: String,
        /// How long the target wants to be left alone.
        after: Option<Duration>,
    },
    /// No attempt will ever succeed: the event is parked at once.
    Final {
        /// For logs and for the parked event. Never the body.
        why: String,
    },
    /// AWS's trouble: no attempt of the event. Only the reactions here say so, of what they need from AWS.
    Unavailable {
        /// For logs. Never the body.
        why: String,
    },
}

impl Failure {
    /// A failure that may pass. It takes text only: an error is passed on by `?`, which tells less of it.
    pub fn again(why: impl Into<String>) -> Self {
        let (why, after) = (brief(&why.into()), None);
        Self::Again { why, after }
    }

    /// A failure that will not pass.
    pub fn last(why: impl Into<String>) -> Self {
        let why = brief(&why.into());
        Self::Final { why }
    }

    /// A failure that may pass, told with all that caused it: only for errors that are known to quote nothing.
    pub(crate) fn with_causes(error: &anyhow::Error) -> Self {
        Self::again(format!("{error:#}"))
    }

    /// What a secret that there is none of means: AWS is to blame if it could not be read, and the user if none is stored.
    pub(crate) fn without(unread: &Unread) -> Self {
        let why = brief(&format!("{unread:#}"));
        if unread.is_outage() {
            return Self::Unavailable { why };
        }
        Self::again(why)
    }

    /// The reason.
    pub fn why(&self) -> &str {
        match self {
            Self::Again { why, .. } | Self::Final { why } | Self::Unavailable { why } => why,
        }
    }

    pub(crate) fn asked_for(&self) -> Option<Duration> {
        match self {
            Self::Again { after, .. } => *after,
            Self::Final { .. } | Self::Unavailable { .. } => None,
        }
    }
}

/// Short enough for a log line, and for the item of a parked event.
fn brief(why: &str) -> String {
    why.chars().take(LONGEST_REASON).collect()
}

/// What `?` makes of any error: a failure that may pass. Only the outermost context is told, or the error's type if it has
/// none: the messages of other people's errors hold URLs, and a URL may be a secret.
impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        Self::again(words(&error).unwrap_or_else(|| {
            let error = type_name::<E>();
            format!("an error without a context ({error}): .context(\"…\") would say what failed")
        }))
    }
}

/// What somebody wrote for people to read: a context or a message, which are text, the shape that was missed, what does not
/// fit, or why a secret could not be read.
fn words(error: &anyhow::Error) -> Option<String> {
    let fixed = error.downcast_ref::<&str>().map(ToString::to_string);
    let made = error.downcast_ref::<String>().cloned();
    let shape = error.downcast_ref::<OtherShape>().map(ToString::to_string);
    let misfit = error.downcast_ref::<Misfit>().map(ToString::to_string);
    let unread = error.downcast_ref::<Unread>().map(ToString::to_string);
    let outermost = error.to_string();
    let mut words = [fixed, made, shape, misfit, unread].into_iter().flatten();
    words.find(|words| *words == outermost)
}

#[cfg(test)]
mod tests {
    use std::io;

    use anyhow::{Context, Result, anyhow, bail};
    use jiff::Timestamp;
    use shared::event::Event;
    use shared::secret::Cached;

    use super::*;
    use crate::payload::Payload;

    const URL: &str = "https://chat.example/hooks/canary";

    fn unreachable() -> io::Error {
        io::Error::other(format!("error sending request for url ({URL})"))
    }

    fn told<E: Into<anyhow::Error>>(error: E) -> String {
        Failure::from(error).why().to_owned()
    }

    #[test]
    fn a_reason_is_short_enough_for_a_log_line() {
        let long = Failure::again("x".repeat(10_000));
        assert_eq!(long.why().len(), LONGEST_REASON);
    }

    #[test]
    fn the_outermost_context_is_told_and_nothing_below_it() {
        let posted: Result<()> = Err(unreachable()).context("the chat could not be reached");
        let attempt = 3;
        let twice = Err::<(), _>(unreachable())
            .with_context(|| format!("attempt {attempt} failed"))
            .context("nobody was told");
        let once = Err::<(), _>(unreachable()).with_context(|| format!("attempt {attempt} failed"));
        let bailed = (|| -> Result<()> { bail!("the chat answered {attempt}") })();
        assert_eq!(told(posted.unwrap_err()), "the chat could not be reached");
        assert_eq!(told(twice.unwrap_err()), "nobody was told");
        assert_eq!(told(once.unwrap_err()), "attempt 3 failed");
        assert_eq!(told(bailed.unwrap_err()), "the chat answered 3");
    }

    #[tokio::test]
    async fn a_secret_that_cannot_be_read_is_told_without_its_causes() {
        let url = Cached::<String>::default();
        let ask = async { Err(unreachable()).context("failed to read the chat's URL") };
        let unread = url.get(Timestamp::UNIX_EPOCH, ask).await.unwrap_err();
        assert_eq!(told(unread), "failed to read the chat's URL");
    }

    #[test]
    fn an_error_without_a_context_is_told_by_its_type() {
        let bare = told(unreachable());
        assert!(bare.starts_with("an error without a context (std::io::error::Error)"));
        let above = io::Error::other(unreachable());
        for error in [anyhow!(unreachable()), anyhow!(above)] {
            let why = told(error);
            assert!(why.starts_with("an error without a context (anyhow::Error)"));
            assert!(!why.contains("canary"), "{why}");
        }
    }

    #[test]
    fn an_event_of_another_shape_says_where() {
        let body = r#"{"event_id":"e","event_type":"t","occurred_at":"2026-08-24T15:04:05Z","tenant_id":"t","data":7}"#;
        let event = Event::parse(body.into(), Timestamp::UNIX_EPOCH).unwrap();
        let missed = event.json::<Vec<u8>>().unwrap_err();
        assert_eq!(
            told(missed),
            "the event has another shape at line 1, column 0"
        );
    }

    #[test]
    fn an_event_that_does_not_fit_its_type_says_in_which_field() {
        let body = r#"{"event_id":"e","event_type":"ticket.closed","occurred_at":"2026-08-24T15:04:05Z","tenant_id":"t","data":{"ticket_id":"1","closed_at":"canary"}}"#;
        let event = Event::parse(body.into(), Timestamp::UNIX_EPOCH).unwrap();
        let misfit = Payload::of(&event).unwrap_err();
        let why = "the event does not fit its type: data.closed_at";
        assert_eq!(told(misfit), why);
    }
}
