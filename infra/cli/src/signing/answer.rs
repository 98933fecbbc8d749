//! What came back for one delivery.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How much is shown of an answer that is not the receiver's.
const EXCERPT: usize = 80;

/// The parts of a body that the headers and the answer repeat, if it has them.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Names {
    pub event_id: Option<String>,
    pub event_type: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    #[serde(flatten)]
    pub names: Names,
    /// Counts from 1.
    pub attempt: u16,
    /// None if there was no answer.
    pub status: Option<u16>,
    /// The answer's body, or why there was none.
    #[serde(rename = "answer")]
    pub text: String,
    pub ms: u128,
}

impl Names {
    pub fn of(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }
}

impl Answer {
    pub fn new(
        names: Names,
        attempt: u16,
        told: Result<(u16, String), String>,
        took: Duration,
    ) -> Self {
        let (status, text) =
            told.map_or_else(|why| (None, why), |(status, text)| (Some(status), text));
        Self {
            names,
            attempt,
            status,
            text,
            ms: took.as_millis(),
        }
    }

    pub fn is_accepted(&self) -> bool {
        matches!(self.status, Some(200..300))
    }

    /// The receipt's word or the error's; an excerpt of any other answer; or why there was no answer.
    pub fn word(&self) -> String {
        let told: Value = serde_json::from_str(&self.text).unwrap_or_default();
        // AWS's own answers have a message, in upper or lower case.
        let mut words = ["status", "error", "message", "Message"].iter();
        let word = words.find_map(|name| told.get(name)?.as_str());
        let word = word.unwrap_or(&self.text);
        let printable = word.chars().filter(|char| !char.is_control());
        match self.status {
            Some(_) => printable.take(EXCERPT).collect(),
            None => printable.collect(),
        }
    }

    /// Status, word and time, for a table.
    pub fn cells(&self) -> [String; 3] {
        let status = self.status.map(|status| status.to_string());
        let status = status.unwrap_or_else(|| "none".to_owned());
        [status, self.word(), format!("{} ms", self.ms)]
    }

    /// Status and word, such as `200 accepted`, or `no answer: connection refused`.
    pub fn outcome(&self) -> String {
        let status = self.status.map(|status| status.to_string());
        let status = status.unwrap_or_else(|| "no answer:".to_owned());
        format!("{status} {}", self.word())
    }
}
