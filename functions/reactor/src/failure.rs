//! Why there was no reaction.

#![warn(missing_docs)]

use std::fmt::Display;
use std::time::Duration;

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
}

impl Failure {
    /// A failure that may pass.
    pub fn again(why: impl Display) -> Self {
        let (why, after) = (brief(&why), None);
        Self::Again { why, after }
    }

    /// A failure that will not pass.
    pub fn last(why: impl Display) -> Self {
        Self::Final { why: brief(&why) }
    }

    /// The reason.
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

/// What `?` makes of any error: a failure that may pass.
impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::again(format!("{:#}", error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_short_enough_for_a_log_line() {
        let long = Failure::again("x".repeat(10_000));
        assert_eq!(long.why().len(), LONGEST_REASON);
        let passed_on = Failure::from(std::io::Error::other("gone"));
        assert_eq!(passed_on, Failure::again("gone"));
    }
}
