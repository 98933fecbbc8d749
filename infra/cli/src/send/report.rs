//! What `alga-webhooks send` prints.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use shared::event::Event;

use super::{Answer, Subscription};
use crate::show::Fold;
use crate::trouble::is_local;
use crate::{Outcome, show};

/// More deliveries than this are summed up.
const ROWS: usize = 50;

/// All deliveries of one command.
pub struct Sent<'a> {
    pub subscription: &'a Subscription,
    /// The first event, if the receiver will keep it.
    pub about: Option<Event>,
    pub must_be_refused: bool,
    /// Whether the body is UTF-8, as every JSON is.
    pub is_text: bool,
    pub answers: &'a [Answer],
}

#[derive(Serialize)]
struct Document<'a> {
    url: &'a str,
    signed_with: &'a str,
    webhook_id: String,
    stream: Option<&'a str>,
    subject_id: Option<&'a str>,
    as_expected: bool,
    deliveries: &'a [Answer],
}

/// So many deliveries take a while: how to follow them is said before they are sent.
pub fn announce(about: Option<&Event>, deliveries: usize) -> Result<()> {
    match about.filter(|_| deliveries > ROWS) {
        Some(event) => show::line(follow(event)),
        None => Ok(()),
    }
}

fn follow(event: &Event) -> String {
    let what = event.subject_id.as_ref().unwrap_or(&event.place.stream);
    format!("follow it by: alga-webhooks stream {what}")
}

impl Sent<'_> {
    /// Prints, and says whether all went as it should.
    pub fn show(&self, json: bool) -> Result<Outcome> {
        if json {
            show::json(&self.document())?;
        } else {
            self.for_people()?;
        }
        if let Some(answer) = self.answers.iter().find(|answer| !self.expects(answer)) {
            show::note(format_args!("{}", self.advice(answer)));
            return Ok(Outcome::Bad);
        }
        Ok(Outcome::Good)
    }

    fn expects(&self, answer: &Answer) -> bool {
        if self.must_be_refused {
            answer.status == Some(401)
        } else {
            answer.is_accepted()
        }
    }

    fn document(&self) -> Document<'_> {
        let place = self.about.as_ref().map(|event| event.place.stream.as_str());
        let subject = self
            .about
            .as_ref()
            .and_then(|event| event.subject_id.as_deref());
        Document {
            url: &self.subscription.url,
            signed_with: &self.subscription.source,
            webhook_id: self.subscription.webhook_id.to_string(),
            stream: place,
            subject_id: subject,
            as_expected: self.answers.iter().all(|answer| self.expects(answer)),
            deliveries: self.answers,
        }
    }

    fn for_people(&self) -> Result<()> {
        show::line(format!(
            "signed with {}, sent to {}",
            self.subscription.source, self.subscription.url
        ))?;
        if self.answers.len() <= ROWS {
            self.rows()?;
        }
        if self.answers.len() > 1 {
            show::line(self.summary())?;
        }
        if self.must_be_refused && self.answers.iter().all(|answer| self.expects(answer)) {
            show::line("refused, as it should be")?;
        }
        if self
            .answers
            .iter()
            .any(|answer| answer.word() == "quarantined")
        {
            show::line("see: alga-webhooks quarantine list")?;
        }
        let accepted = self.answers.iter().any(Answer::is_accepted);
        match self.about.as_ref().filter(|_| accepted) {
            Some(event) if self.answers.len() <= ROWS => show::line(follow(event)),
            _ => Ok(()),
        }
    }

    fn rows(&self) -> Result<()> {
        let unknown = || "?".to_owned();
        let row = |answer: &Answer| {
            [
                answer.event_type.clone().unwrap_or_else(unknown),
                answer.event_id.clone().unwrap_or_else(unknown),
                answer.attempt.to_string(),
                answer
                    .status
                    .map_or_else(|| "none".to_owned(), |status| status.to_string()),
                answer.word(),
                format!("{} ms", answer.ms),
            ]
        };
        let header = ["type", "event id", "attempt", "status", "answer", "time"];
        let folds = [Fold::Under("event id", "type")];
        show::table(header, self.answers.iter().map(row), &folds)
    }

    /// Such as `3 deliveries: 1 × 200 accepted, 2 × 200 duplicate; 12 to 40 ms`.
    fn summary(&self) -> String {
        let mut counts = BTreeMap::<String, usize>::new();
        for answer in self.answers {
            *counts.entry(answer.outcome()).or_default() += 1;
        }
        let counts: Vec<_> = counts
            .iter()
            .map(|(outcome, count)| format!("{count} × {outcome}"))
            .collect();
        let times = self.answers.iter().map(|answer| answer.ms);
        let (least, most) = (
            times.clone().min().unwrap_or_default(),
            times.max().unwrap_or_default(),
        );
        format!(
            "{} deliveries: {}; {least} to {most} ms",
            self.answers.len(),
            counts.join(", ")
        )
    }

    fn advice(&self, answer: &Answer) -> String {
        let Some(status) = answer.status else {
            let hint = if is_local(&self.subscription.url) {
                "does `make local` still run, and is that the right URL?"
            } else {
                "is that the right URL, and does it run?"
            };
            return format!("{}: {hint}", answer.outcome());
        };
        format!("answered {status}: {}", self.hint(status))
    }

    fn hint(&self, status: u16) -> String {
        let hint = match status {
            _ if self.must_be_refused => {
                "and it should have been 401: is there a receiver that checks signatures?"
            }
            401 => return self.why_refused(),
            403..=405 => "is that the webhook URL?",
            429 => "too many at once; lower --at-once, or raise ReceiverReservedConcurrency",
            503 => {
                "the receiver holds no secret yet, or AWS is in trouble; try again in 30 seconds"
            }
            _ => "that is no answer of this receiver",
        };
        hint.to_owned()
    }

    fn why_refused(&self) -> String {
        let source = &self.subscription.source;
        let mut hint = format!(
            "the receiver holds another secret than {source}, or the clock there or here is off"
        );
        if self.subscription.is_of_environment() {
            hint.push_str("; to sign with what the stack holds: unset SIGNING_SECRET");
        }
        if !self.is_text {
            hint.push_str(
                "; or it is the local AWS, which hands bytes that are not UTF-8 on as text",
            );
        }
        hint
    }
}
