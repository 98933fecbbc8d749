//! What a run has done, for whoever asked for it.

use jiff::Timestamp;
use serde::Serialize;

use crate::difference::Difference;
use crate::memory::Ran;

/// What a run has done.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Run {
    /// Whether there was nothing to compare with, so that everything was only remembered.
    pub is_first: bool,
    /// When the scan began that it was compared with, by `AlgaPSA`'s clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<Timestamp>,
    /// What it did; `None` if it was not whole.
    #[serde(flatten)]
    pub ran: Option<Ran>,
    /// Why it was not whole, and so changed nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_whole: Option<String>,
    /// Why what the last run remembered could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
    /// The size of what is remembered, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_size: Option<usize>,
    /// What it announced, or would announce. Not for whoever calls the function: these are values of tickets, and there may be
    /// more than an answer of Lambda can hold.
    #[serde(skip)]
    pub unannounced: Vec<Difference>,
    /// What waits for an event that could explain it.
    #[serde(skip)]
    pub waiting: Vec<Difference>,
}

/// Whether a run does what it finds out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Do,
    /// Announces nothing and remembers nothing.
    Look,
}

impl Run {
    /// The word in the log.
    pub(crate) fn outcome(&self) -> &'static str {
        match (&self.not_whole, self.is_first) {
            (Some(_), _) => "not whole",
            (None, true) => "first scan",
            (None, false) => "reconciled",
        }
    }
}
