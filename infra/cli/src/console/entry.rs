//! A line of the live page, made of a line of a function's log.

use jiff::Timestamp;
use serde_json::Value;
use shared::event::EventKey;

use crate::logs::{Function, Line};

/// What happened, in the words of the logs. What is not known is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub at: Timestamp,
    pub step: &'static str,
    /// What became of it, such as `accepted` or `in order`.
    pub outcome: String,
    pub tone: Tone,
    pub event_type: String,
    pub event_id: String,
    pub stream: String,
    /// The number of the attempt at a reaction, from 1.
    pub attempt: Option<u64>,
    /// From when it occurred to its reaction, in milliseconds.
    pub lag_ms: Option<i64>,
    /// A reason, or what comes next.
    pub note: String,
}

/// How many characters of a reason are shown: a program's own may be as long as a line of the log.
const LONGEST: usize = 500;

/// How much attention it wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Quiet,
    Good,
    Odd,
    Bad,
}

impl Tone {
    pub fn name(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Good => "good",
            Self::Odd => "odd",
            Self::Bad => "bad",
        }
    }
}

impl Entry {
    /// `None` for a line that tells of no delivery, reaction, run or trouble, such as the metrics of an invocation.
    pub fn of(line: &Line) -> Option<Self> {
        let entry = match line.function {
            Function::Receiver if line.text("outcome").is_some() => Self::of_delivery(line),
            Function::Reconciler if line.text("outcome").is_some() => Self::of_run(line),
            Function::Reactor if line.text("reaction").is_some() => Self::of_reaction(line),
            _ => Self::of_message(line)?,
        };
        Some(Self {
            at: line.at,
            note: entry.note.chars().take(LONGEST).collect(),
            ..entry
        })
    }

    /// Whether it tells of a reaction that was made.
    pub fn is_reaction(&self) -> bool {
        self.step == "reaction" && self.tone != Tone::Bad
    }

    /// Whether it tells that this entry's event came.
    pub fn is_delivery_of(&self, other: &Self) -> bool {
        let same = |field: fn(&Self) -> &String| field(self) == field(other);
        self.step == "delivery" && same(|e| &e.event_id) && same(|e| &e.event_type)
    }

    fn of_delivery(line: &Line) -> Self {
        let outcome = line.text("outcome").unwrap_or_default();
        Self {
            step: "delivery",
            outcome: outcome.to_owned(),
            tone: match outcome {
                "accepted" => Tone::Good,
                "duplicate" | "ignored" | "test" => Tone::Quiet,
                "quarantined" => Tone::Odd,
                _ => Tone::Bad,
            },
            note: owned(line, "reason"),
            ..Self::about(line)
        }
    }

    fn of_run(line: &Line) -> Self {
        let outcome = line.text("outcome").unwrap_or_default();
        let count = |name| line.number(name).unwrap_or_default();
        let found = format!(
            "{} tickets seen, {} changes announced",
            count("TicketsScanned"),
            count("Unannounced")
        );
        Self {
            step: "scan",
            outcome: outcome.to_owned(),
            tone: if line.text("reason").is_some() {
                Tone::Bad
            } else {
                Tone::Quiet
            },
            note: line.text("reason").map_or(found, str::to_owned),
            ..Self::default()
        }
    }

    fn of_reaction(line: &Line) -> Self {
        let order = line.text("order").unwrap_or_default();
        let is_so = |name: &str| line.fields.get(name).and_then(Value::as_bool) == Some(true);
        let marks = [
            ("stale", "contradicts itself"),
            ("unannounced", "never announced by AlgaPSA"),
        ];
        let marks = marks
            .into_iter()
            .filter(|(name, _)| is_so(name))
            .map(|(_, says)| says.to_owned());
        let replay = line.text("replay").map(|at| format!("replay of {at}"));
        Self {
            step: "reaction",
            outcome: order.replace('-', " "),
            tone: if order == "late" {
                Tone::Odd
            } else {
                Tone::Good
            },
            lag_ms: line.fields.get("lag_ms").and_then(Value::as_i64),
            note: marks.chain(replay).collect::<Vec<_>>().join(", "),
            ..Self::about(line)
        }
    }

    fn of_message(line: &Line) -> Option<Self> {
        let message = line.text("message")?;
        let why = line.text("why").or_else(|| line.text("error"));
        let again = line.number("again_in_s");
        let again = again.map(|seconds| format!("again in {seconds} s"));
        let reasons: Vec<String> = why.map(str::to_owned).into_iter().chain(again).collect();
        let (step, outcome, tone) = match (message, line.text("level")) {
            ("reacted", _) => return Some(Self::of_reaction(line)),
            ("a reaction failed", _) => ("reaction", "failed", Tone::Bad),
            ("parked an event", _) => ("reaction", "parked", Tone::Bad),
            (_, Some("INFO")) => (line.function.name(), "note", Tone::Quiet),
            (_, Some("WARN")) => (line.function.name(), "warning", Tone::Odd),
            _ => (line.function.name(), "error", Tone::Bad),
        };
        let about = (step != "reaction").then(|| message.to_owned());
        Some(Self {
            step,
            outcome: outcome.to_owned(),
            tone,
            note: about
                .into_iter()
                .chain(reasons)
                .collect::<Vec<_>>()
                .join(", "),
            ..Self::about(line)
        })
    }

    /// The event that a line is about. The reactor writes its key as one word; the receiver writes its parts.
    fn about(line: &Line) -> Self {
        let key = line.text("event").and_then(EventKey::parse);
        let part = |name: &str, of_key: fn(&EventKey) -> &str| {
            let part = line.text(name).or_else(|| key.as_ref().map(of_key));
            part.unwrap_or_default().to_owned()
        };
        Self {
            event_id: part("event.id", EventKey::event_id),
            event_type: part("event.type", EventKey::event_type),
            stream: owned(line, "stream"),
            attempt: line.number("attempt"),
            ..Self::default()
        }
    }
}

fn owned(line: &Line, name: &str) -> String {
    line.text(name).unwrap_or_default().to_owned()
}
