//! Why there is no answer to hand on.

use std::time::Duration;

use crate::secret::Unread;

/// Why there is no ticket to hand on.
#[derive(Debug)]
pub enum Missing {
    /// The rate limit allows no read for that long. That is not a failure: nothing was tried.
    NotYet(Duration),
    /// AWS would not give us the API's key. Nothing was tried, and neither the ticket nor the API is to blame.
    Unavailable(anyhow::Error),
    /// The read failed.
    Failed {
        /// For logs. Never the ticket.
        why: String,
        /// How long the API wants to be left alone.
        after: Option<Duration>,
        /// The status that it answered, if it did answer.
        status: Option<u16>,
    },
}

impl From<anyhow::Error> for Missing {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed {
            why: format!("{error:#}"),
            after: None,
            status: None,
        }
    }
}

impl From<Unread> for Missing {
    fn from(unread: Unread) -> Self {
        let is_outage = unread.is_outage();
        let error = anyhow::Error::from(unread);
        if is_outage {
            return Self::Unavailable(error);
        }
        error.into()
    }
}
