//! What came back for one delivery.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How much of an answer that is none of ours fits into a line.
const EXCERPT: usize = 80;

/// What the headers and the answer repeat of a body, if it has it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Names {
    pub event_id: Option<String>,
    pub event_type: Option<String>,
}

/// One delivery, and what it was answered.
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
    /// How long it took.
    pub ms: u128,
}

impl Names {
    pub(super) fn of(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }
}

impl Answer {
    pub(super) fn new(
        names: Names,
        attempt: u16,
        told: Result<(u16, String), String>,
        took: Duration,
    ) -> Self {
        let (status, text) = match told {
            Ok((status, text)) => (Some(status), text),
            Err(why) => (None, why),
        };
        Self {
            names,
            attempt,
            status,
            text,
            ms: took.as_millis(),
        }
    }

    /// Whether the receiver took it.
    pub fn is_accepted(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// The word of the receipt, or the error; an excerpt of what somebody else answered; why there was no answer.
    pub fn word(&self) -> String {
        let told: Value = serde_json::from_str(&self.text).unwrap_or_default();
        // AWS itself has a message, in either case.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_in_a_word_whoever_gave_it() {
        for (told, outcome, accepted) in [
            (
                Ok((200, r#"{"status":"accepted","event_id":"e"}"#)),
                "200 accepted",
                true,
            ),
            (
                Ok((401, r#"{"error":"unauthorized"}"#)),
                "401 unauthorized",
                false,
            ),
            (Ok((204, "")), "204 ", true),
            (Ok((502, "<html>\u{1b}[2J")), "502 <html>[2J", false),
            (Ok((302, "[1]")), "302 [1]", false),
            (
                Ok((429, r#"{"Reason":"x","message":"Rate Exceeded."}"#)),
                "429 Rate Exceeded.",
                false,
            ),
            (
                Err("nothing within 10s"),
                "no answer: nothing within 10s",
                false,
            ),
        ] {
            let told = told
                .map(|(status, text)| (status, text.to_owned()))
                .map_err(str::to_owned);
            let answer = Answer::new(Names::default(), 1, told, Duration::ZERO);
            assert_eq!(answer.outcome(), outcome);
            assert_eq!(answer.is_accepted(), accepted, "{outcome}");
        }
    }
}
