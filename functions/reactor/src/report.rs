//! What happened in an invocation: a line for each event, and one for all of it, which is log and metrics in one. Only
//! counts that happened are written.

use std::time::{Duration, Instant, SystemTime};

use anyhow::{Result, ensure};
use metrique::ServiceMetrics;
use metrique::unit::Millisecond;
use metrique::unit_of_work::metrics;
use metrique::writer::GlobalEntrySink;
use metrique::writer::value::VecDistribution;
use shared::event::Place;
use shared::inbox::Order;
use shared::telemetry;

use crate::batch::Stream;
use crate::event::{Look, Reacted, Served};
use crate::stream::Drained;
use crate::sweep::Swept;

/// What has happened in this invocation so far.
pub struct Report {
    started: Instant,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    in_order: u64,
    late: u64,
    failed: u64,
    parked: u64,
    swept: u64,
    unreadable: u64,
    aws_errors: u64,
    stale: u64,
    replayed: u64,
    ticket_reads: u64,
    ticket_reads_failed: u64,
    lags: Vec<u64>,
    late_shares: Vec<u64>,
}

#[metrics]
struct Line {
    #[metrics(timestamp)]
    at: SystemTime,
    #[metrics(name = "ReactionsInOrder")]
    in_order: Option<u64>,
    #[metrics(name = "ReactionsLate")]
    late: Option<u64>,
    #[metrics(name = "ReactionsFailed")]
    failed: Option<u64>,
    #[metrics(name = "Parked")]
    parked: Option<u64>,
    #[metrics(name = "Swept")]
    swept: Option<u64>,
    #[metrics(name = "UnreadableDoorbells")]
    unreadable: Option<u64>,
    #[metrics(name = "AwsErrors")]
    aws_errors: Option<u64>,
    #[metrics(name = "Stale")]
    stale: Option<u64>,
    #[metrics(name = "Replayed")]
    replayed: Option<u64>,
    #[metrics(name = "TicketReads")]
    ticket_reads: Option<u64>,
    #[metrics(name = "TicketReadsFailed")]
    ticket_reads_failed: Option<u64>,
    #[metrics(name = "Lag", unit = Millisecond, no_close)]
    lags: VecDistribution<u64>,
    #[metrics(name = "LateShare", no_close)]
    late_shares: VecDistribution<u64>,
    #[metrics(name = "ColdStarts")]
    cold_start: Option<u64>,
    #[metrics(name = "ReactorTime", unit = Millisecond)]
    duration: Duration,
}

/// The embedded metric format takes no more values for one metric in one line.
const MOST_VALUES: usize = 100;

impl Report {
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            counts: Counts::default(),
        }
    }

    /// Messages that are no doorbells were let go.
    pub fn unreadable(&mut self, messages: usize) {
        for _ in 0..messages {
            tracing::error!("a message is not a doorbell; it is let go");
            self.counts.unreadable += 1;
        }
    }

    /// What AWS could not do apart from the events of a stream.
    pub fn aws_errors(&mut self, errors: &[anyhow::Error]) {
        for error in errors {
            let error = format!("{error:#}");
            tracing::error!(error, "AWS did not do its part");
            self.counts.aws_errors += 1;
        }
    }

    /// What became of a stream.
    pub fn count(&mut self, stream: &Stream, drained: &Drained) {
        for (place, served, look) in &drained.events {
            self.counts.ticket_reads += u64::from(*look == Look::Read);
            self.counts.ticket_reads_failed += u64::from(*look == Look::ReadFailed);
            self.served(place, served);
        }
        for error in &drained.errors {
            let (stream, error) = (stream.id().as_str(), format!("{error:#}"));
            tracing::error!(stream, error, "AWS did not do its part for a stream");
            self.counts.aws_errors += 1;
        }
    }

    fn served(&mut self, place: &Place, served: &Served) {
        let (stream, event) = (place.stream.as_str(), place.event());
        let event = event.as_str();
        match served {
            Served::Settled(reacted) => self.reacted(stream, event, reacted),
            Served::Parked { why } => {
                tracing::error!(stream, event, why, "parked an event");
                self.counts.parked += 1;
            }
            Served::Gone => {}
            Served::Failed {
                failure,
                attempt,
                retry_in,
                unnoted,
            } => {
                let (again_in_s, why) = (retry_in.as_secs(), failure.why());
                tracing::warn!(stream, event, attempt, again_in_s, why, "a reaction failed");
                self.counts.failed += 1;
                self.aws_errors(unnoted.as_slice());
            }
            Served::PutOff { retry_in } => {
                let again_in_s = retry_in.as_secs();
                tracing::info!(stream, again_in_s, "no ticket may be read yet");
            }
            Served::Unavailable(error) => {
                let error = format!("{error:#}");
                tracing::error!(stream, event, error, "AWS did not do its part for an event");
                self.counts.aws_errors += 1;
            }
        }
    }

    /// The reaction is made and recorded. A replay says nothing about how fast and in which order events come.
    fn reacted(&mut self, stream: &str, event: &str, reacted: &Reacted) {
        let (order, attempt, stale) = (reacted.order.word(), reacted.attempt, reacted.stale);
        let replay = reacted.replay.as_deref();
        if !reacted.is_logged {
            tracing::info!(stream, event, order, attempt, stale, replay, "reacted");
        }
        let counts = &mut self.counts;
        if replay.is_some() {
            counts.replayed += 1;
            return;
        }
        match reacted.order {
            Order::InOrder => counts.in_order += 1,
            Order::Late => counts.late += 1,
        }
        counts.stale += u64::from(stale);
        if counts.lags.len() < MOST_VALUES {
            let lag = reacted.lag.as_millis();
            counts.lags.push(lag.try_into().unwrap_or_default());
            let is_late = reacted.order == Order::Late;
            counts.late_shares.push(is_late.into()); // its average over any period is the share
        }
    }

    /// What a sweep did. An error if it was not all that it should.
    pub fn swept(&mut self, swept: Swept) -> Result<()> {
        let mut failed = 0;
        for (stream, rung) in &swept.rung {
            let stream = stream.as_str();
            if let Err(error) = rung {
                let error = format!("{error:#}");
                tracing::error!(stream, error, "the sweep could not ring");
                failed += 1;
            } else {
                tracing::warn!(stream, "an event has waited for over an hour; rang for it");
                self.counts.swept += 1;
            }
        }
        swept.unread.map_or(Ok(()), Err)?;
        ensure!(failed == 0, "could not ring for {failed} streams");
        Ok(())
    }

    /// Writes the line.
    pub fn finish(self) {
        let counts = self.counts;
        let happened = |count: u64| (count > 0).then_some(count);
        let line = Line {
            at: SystemTime::now(),
            in_order: happened(counts.in_order),
            late: happened(counts.late),
            failed: happened(counts.failed),
            parked: happened(counts.parked),
            swept: happened(counts.swept),
            unreadable: happened(counts.unreadable),
            aws_errors: happened(counts.aws_errors),
            stale: happened(counts.stale),
            replayed: happened(counts.replayed),
            ticket_reads: happened(counts.ticket_reads),
            ticket_reads_failed: happened(counts.ticket_reads_failed),
            lags: counts.lags.into_iter().collect(),
            late_shares: counts.late_shares.into_iter().collect(),
            cold_start: happened(telemetry::is_cold_start().into()),
            duration: self.started.elapsed(),
        };
        drop(line.append_on_drop(ServiceMetrics::sink()));
    }
}
