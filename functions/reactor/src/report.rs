//! What happened in an invocation: one line for each event, and one for the invocation, which is both log and metrics. A
//! count of zero is not written.

use std::time::{Duration, Instant, SystemTime};

use anyhow::{Result, ensure};
use metrique::ServiceMetrics;
use metrique::unit::{Millisecond, Second};
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

pub struct Report {
    started: Instant,
    counts: Counts,
}

#[derive(Default)]
#[metrics(subfield_owned)]
struct Counts {
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
    #[metrics(name = "FailingFor", unit = Second)]
    failing_for: Option<u64>,
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
}

#[metrics]
struct Line {
    #[metrics(timestamp)]
    at: SystemTime,
    #[metrics(flatten)]
    counts: Counts,
    #[metrics(name = "ColdStarts")]
    cold_start: Option<u64>,
    #[metrics(name = "ReactorTime", unit = Millisecond)]
    duration: Duration,
}

fn one_more(count: &mut Option<u64>) {
    *count.get_or_insert_default() += 1;
}

/// The embedded metric format takes no more values for one metric in one line.
const MOST_VALUES: usize = 100;

impl Report {
    pub fn start() -> Self {
        let (started, counts) = (Instant::now(), Counts::default());
        Self { started, counts }
    }

    /// Messages that are not doorbells were dropped.
    pub fn unreadable(&mut self, messages: usize) {
        for _ in 0..messages {
            tracing::error!("dropped a message that is not a doorbell");
            one_more(&mut self.counts.unreadable);
        }
    }

    /// Calls to AWS that failed outside of any stream.
    pub fn aws_errors(&mut self, errors: &[anyhow::Error]) {
        for error in errors {
            let error = format!("{error:#}");
            tracing::error!(error, "a call to AWS failed");
            one_more(&mut self.counts.aws_errors);
        }
    }

    pub fn count(&mut self, stream: &Stream, drained: &Drained) {
        for (place, served, look) in &drained.events {
            match look {
                Look::NotRead => {}
                Look::Read => one_more(&mut self.counts.ticket_reads),
                Look::ReadFailed => one_more(&mut self.counts.ticket_reads_failed),
            }
            self.served(place, served);
        }
        for error in &drained.errors {
            let (stream, error) = (stream.id().as_str(), format!("{error:#}"));
            tracing::error!(stream, error, "a call to AWS failed for a stream");
            one_more(&mut self.counts.aws_errors);
        }
    }

    fn served(&mut self, place: &Place, served: &Served) {
        let (stream, event) = (place.stream.as_str(), place.event());
        let event = event.as_str();
        match served {
            Served::Settled(reacted) => self.reacted(stream, event, reacted),
            Served::Parked { why } => {
                tracing::error!(stream, event, why, "parked an event");
                one_more(&mut self.counts.parked);
            }
            Served::Gone => {}
            Served::Failed {
                failure,
                attempt,
                retry_in,
                failing_for,
                unnoted,
            } => {
                let (again_in_s, why) = (retry_in.as_secs(), failure.why());
                tracing::warn!(stream, event, attempt, again_in_s, why, "a reaction failed");
                one_more(&mut self.counts.failed);
                let seconds = failing_for.as_secs().try_into().ok();
                self.counts.failing_for = self.counts.failing_for.max(seconds);
                self.aws_errors(unnoted.as_slice());
            }
            Served::PutOff { retry_in } => {
                let again_in_s = retry_in.as_secs();
                tracing::info!(
                    stream,
                    again_in_s,
                    "waiting for the rate limit of the ticket API"
                );
            }
            Served::Busy { retry_in } => {
                let again_in_s = retry_in.as_secs();
                tracing::info!(
                    stream,
                    event,
                    again_in_s,
                    "another reactor is at this event"
                );
            }
            Served::Unavailable(error) => {
                let error = format!("{error:#}");
                tracing::error!(stream, event, error, "a call to AWS failed for an event");
                one_more(&mut self.counts.aws_errors);
            }
        }
    }

    /// A reaction that was made and recorded. Replays do not count in the figures on speed and order.
    fn reacted(&mut self, stream: &str, event: &str, reacted: &Reacted) {
        let (order, attempt) = (reacted.order.word(), reacted.attempt);
        let [stale, unannounced] =
            [reacted.stale, reacted.unannounced].map(|is_so| is_so.then_some(true));
        let replay = reacted.replay.as_deref();
        if !reacted.is_logged {
            tracing::info!(
                stream,
                event,
                order,
                attempt,
                stale,
                unannounced,
                replay,
                "reacted"
            );
        }
        let counts = &mut self.counts;
        if replay.is_some() {
            one_more(&mut counts.replayed);
            return;
        }
        match reacted.order {
            Order::InOrder => one_more(&mut counts.in_order),
            Order::Late => one_more(&mut counts.late),
        }
        if reacted.stale {
            one_more(&mut counts.stale);
        }
        if counts.lags.values().len() < MOST_VALUES {
            let lag = reacted.lag.as_millis();
            counts.lags.add(lag.try_into().unwrap_or_default());
            let is_late = reacted.order == Order::Late;
            counts.late_shares.add(is_late.into()); // its average over any period is the share
        }
    }

    /// What a sweep did; an error if it could not read or ring everything.
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
                one_more(&mut self.counts.swept);
            }
        }
        if swept.is_cut_short {
            tracing::warn!("the sweep ran out of time; the next one begins elsewhere");
        }
        swept.unread.map_or(Ok(()), Err)?;
        ensure!(failed == 0, "could not ring for {failed} streams");
        Ok(())
    }

    pub fn finish(self) {
        let line = Line {
            at: SystemTime::now(),
            counts: self.counts,
            cold_start: telemetry::is_cold_start().then_some(1),
            duration: self.started.elapsed(),
        };
        drop(line.append_on_drop(ServiceMetrics::sink()));
    }
}
