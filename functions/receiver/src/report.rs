//! One line per request, which is both log and metrics. A count of zero is not written.

use std::time::{Duration, Instant, SystemTime};

use metrique::ServiceMetrics;
use metrique::flex::Flex;
use metrique::unit::{Byte, Millisecond};
use metrique::unit_of_work::metrics;
use metrique::writer::GlobalEntrySink;
use shared::event::Event;
use shared::telemetry;

use crate::authenticate::Rejection;
use crate::response::{Answer, Receipt};

pub struct Report {
    started: Instant,
    at: SystemTime,
}

#[metrics(subfield_owned)]
struct About {
    #[metrics(name = "event.id")]
    id: String,
    #[metrics(name = "event.type")]
    kind: String,
    stream: String,
    #[metrics(name = "BodySize", unit = Byte)]
    body_size: usize,
}

#[metrics]
struct Line {
    #[metrics(timestamp)]
    at: SystemTime,
    outcome: &'static str,
    reason: Option<String>,
    #[metrics(flatten)]
    event: Option<About>,
    #[metrics(name = "Deliveries")]
    authentic: Option<u64>,
    #[metrics(flatten)]
    counted: Flex<u64>,
    #[metrics(flatten)]
    rejected_because: Option<Flex<u64>>,
    #[metrics(name = "ColdStarts")]
    cold_start: Option<u64>,
    #[metrics(name = "ReceiveTime", unit = Millisecond)]
    duration: Duration,
}

impl Report {
    pub fn start() -> Self {
        let (started, at) = (Instant::now(), SystemTime::now());
        Self { started, at }
    }

    pub fn finish(self, answer: &Answer, event: Option<&Event>) {
        let (outcome, metric) = outcome(answer);
        let reason = match answer {
            Answer::Unauthorized(why) => Some(*why),
            _ => None,
        };
        let line = Line {
            at: self.at,
            outcome,
            reason: reason.map(|why| why.to_string()),
            event: event.map(|event| About {
                id: event.event_id().to_owned(),
                kind: event.event_type().to_owned(),
                stream: event.place.stream.to_string(),
                body_size: event.body.len(),
            }),
            authentic: matches!(answer, Answer::Receipt(_)).then_some(1),
            counted: Flex::new(metric).with_value(1),
            rejected_because: reason.map(|why| Flex::new(rejection_metric(why)).with_value(1)),
            cold_start: telemetry::is_cold_start().then_some(1),
            duration: self.started.elapsed(),
        };
        drop(line.append_on_drop(ServiceMetrics::sink()));
    }
}

/// The word in the log, and the name of the metric.
fn outcome(answer: &Answer) -> (&'static str, &'static str) {
    match answer {
        Answer::Receipt(receipt) => {
            let metric = match receipt {
                Receipt::Accepted(_) => "Accepted",
                Receipt::Duplicate(_) => "Duplicates",
                Receipt::Ignored(_) => "Ignored",
                Receipt::Test => "Tests",
                Receipt::Quarantined => "Quarantined",
            };
            (receipt.status(), metric)
        }
        Answer::Unauthorized(_) => ("rejected", "Rejected"),
        Answer::Unsupported => ("unsupported event", "NotFound"),
        Answer::NotFound | Answer::MethodNotAllowed => ("not found", "NotFound"),
        Answer::Unavailable => ("unavailable", "Unavailable"),
    }
}

fn rejection_metric(why: Rejection) -> &'static str {
    match why {
        Rejection::Missing => "RejectedMissing",
        Rejection::Malformed => "RejectedMalformed",
        Rejection::Stale => "RejectedStale",
        Rejection::Mismatch => "RejectedMismatch",
        Rejection::OtherTenant => "RejectedOtherTenant",
    }
}
