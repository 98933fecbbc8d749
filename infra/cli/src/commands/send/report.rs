//! What `alga-webhooks send` prints.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::{Value, json};
use shared::event::Event;

use crate::context::Outcome;
use crate::output::errors::is_local;
use crate::output::{self, hint};
use crate::signing::{Answer, Subscription};

/// More deliveries than this are only summed up.
const ROWS: usize = 50;

/// All deliveries of one command.
pub struct Sent<'a> {
    pub subscription: &'a Subscription,
    /// The first event, if the receiver can read it.
    pub about: Option<Event>,
    pub must_be_refused: bool,
    /// Whether the body is UTF-8, as every JSON is.
    pub is_text: bool,
    pub answers: &'a [Answer],
}

/// Many deliveries take a while, so people are told how to follow them before they are sent.
pub fn announce(about: Option<&Event>, deliveries: usize) -> Result<()> {
    match about.filter(|_| deliveries > ROWS) {
        Some(event) => output::line(follow(event)),
        None => Ok(()),
    }
}

fn follow(event: &Event) -> String {
    let what = event.subject_id().unwrap_or(event.place.stream.as_str());
    hint(&format!("To follow it, run: alga-webhooks stream {what}"))
}

impl Sent<'_> {
    /// Prints it, and says whether everything went as it should.
    pub fn show(&self, json: bool) -> Result<Outcome> {
        let unexpected = self.answers.iter().find(|answer| !self.expects(answer));
        output::either(json, &self.document(unexpected.is_none()), || {
            self.for_people(unexpected.is_none())
        })?;
        if let Some(answer) = unexpected {
            output::note(self.advice(answer));
        }
        Ok(Outcome::good_if(unexpected.is_none()))
    }

    fn expects(&self, answer: &Answer) -> bool {
        if self.must_be_refused {
            answer.status == Some(401)
        } else {
            answer.is_accepted()
        }
    }

    fn document(&self, as_expected: bool) -> Value {
        let about = self.about.as_ref();
        json!({
            "url": self.subscription.url,
            "signed_with": self.subscription.source,
            "webhook_id": self.subscription.webhook_id.to_string(),
            "stream": about.map(|event| &event.place.stream),
            "subject_id": about.and_then(Event::subject_id),
            "as_expected": as_expected,
            "deliveries": self.answers,
        })
    }

    fn for_people(&self, as_expected: bool) -> Result<()> {
        output::line(format_args!(
            "Signed with {}, sent to {}",
            self.subscription.source, self.subscription.url
        ))?;
        if self.answers.len() <= ROWS {
            self.table()?;
        }
        if self.answers.len() > 1 {
            output::line(self.summary())?;
        }
        if self.must_be_refused && as_expected {
            output::line("Refused, as it should be.")?;
        }
        if self.was_answered("quarantined") {
            let why = "It is in quarantine. To see why, run: alga-webhooks quarantine list";
            output::line(hint(why))?;
        }
        match &self.about {
            Some(event) if self.was_answered("ignored") => output::line(self.why_ignored(event)),
            Some(event)
                if self.answers.len() <= ROWS && self.answers.iter().any(Answer::is_accepted) =>
            {
                output::line(follow(event))
            }
            _ => Ok(()),
        }
    }

    fn was_answered(&self, word: &str) -> bool {
        self.answers.iter().any(|answer| answer.word() == word)
    }

    /// Nothing of it is kept, so there is nothing to follow.
    fn why_ignored(&self, event: &Event) -> String {
        let is_watched = |types: &String| {
            let mut watched = types.split(',').map(str::trim);
            types.is_empty() || watched.any(|watched| watched == event.event_type())
        };
        let types = format!("WatchedTypes does not list {}", event.event_type());
        let id = event.subject_id().unwrap_or("an event without an id");
        let ids = format!("WatchedIds does not list {id} (it takes UUIDs, not ticket numbers)");
        let why = match self.subscription.watched_types.as_ref().map(is_watched) {
            Some(false) => types,
            Some(true) => ids,
            None => format!("{types}, or {ids}"),
        };
        format!("Nothing was kept, because of the stack's settings: {why}.")
    }

    fn table(&self) -> Result<()> {
        let unknown = || "?".to_owned();
        let row = |answer: &Answer| {
            let [status, word, time] = answer.cells();
            [
                answer.names.event_type.clone().unwrap_or_else(unknown),
                answer.names.event_id.clone().unwrap_or_else(unknown),
                answer.attempt.to_string(),
                status,
                word,
                time,
            ]
        };
        let header = ["type", "event id", "attempt", "status", "answer", "time"];
        output::table(header, self.answers.iter().map(row))
    }

    /// Such as `3 deliveries: 1 × 200 accepted, 2 × 200 duplicate; 12 to 40 ms`.
    fn summary(&self) -> String {
        let mut counts = BTreeMap::<String, usize>::new();
        for answer in self.answers {
            *counts.entry(answer.outcome()).or_default() += 1;
        }
        let counts = counts.iter();
        let counts: Vec<_> = counts
            .map(|(outcome, n)| format!("{n} × {outcome}"))
            .collect();
        let times = self.answers.iter().map(|answer| answer.ms);
        format!(
            "{} deliveries: {}; {} to {} ms",
            self.answers.len(),
            counts.join(", "),
            times.clone().min().unwrap_or_default(),
            times.max().unwrap_or_default()
        )
    }

    fn advice(&self, answer: &Answer) -> String {
        let Some(status) = answer.status else {
            return format!("There was {}: {}", answer.outcome(), self.hint(None));
        };
        format!("The answer was {status}: {}", self.hint(answer.status))
    }

    fn hint(&self, status: Option<u16>) -> String {
        let hint = match status {
            None if is_local(&self.subscription.url) => {
                "is `make local` still running, and is that the right URL?"
            }
            None => "is that the right URL, and is the receiver running?",
            Some(_) if self.must_be_refused => {
                "it should have been 401. Does anything check signatures at that URL?"
            }
            Some(401) => return self.why_refused(),
            Some(403..=405) => "is that the webhook URL?",
            Some(429) => "too many at once; lower --at-once, or raise ReceiverReservedConcurrency",
            Some(503) => {
                "the receiver has no secret yet, or AWS is in trouble. Try again in 30 seconds"
            }
            Some(_) => "this receiver never answers that. Is it the webhook URL?",
        };
        hint.to_owned()
    }

    fn why_refused(&self) -> String {
        let source = &self.subscription.source;
        let if_so = |it_is: bool, text: &'static str| if it_is { text } else { "" };
        let environment = if_so(
            self.subscription.is_of_environment(),
            ". To sign with the stack's secret, run: unset SIGNING_SECRET",
        );
        let bytes = if_so(
            !self.is_text,
            ". The body is not UTF-8, which the local AWS spoils: that alone explains a 401 there",
        );
        format!(
            "the receiver has another secret than {source}, or a clock is wrong, here or there{environment}{bytes}"
        )
    }
}
