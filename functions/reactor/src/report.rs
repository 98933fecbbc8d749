//! One line per invocation: log and metrics in one. Only counts that happened are written.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use jiff::Timestamp;
use metrique::ServiceMetrics;
use metrique::unit::Millisecond;
use metrique::unit_of_work::metrics;
use metrique::writer::GlobalEntrySink;
use metrique::writer::value::VecDistribution;
use shared::head::Placement;

use crate::reaction::Attempt;
use crate::tickets::{Missing, Ticket};

static WARM: AtomicBool = AtomicBool::new(false);

/// What has happened in this invocation so far.
pub struct Report {
    started: Instant,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    next: u64,
    late: u64,
    failed: u64,
    parked: u64,
    swept: u64,
    unreadable: u64,
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
    #[metrics(name = "ReactionsNext")]
    next: Option<u64>,
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
    duration: std::time::Duration,
}

/// The embedded metric format takes no more values for one metric in one line.
const MOST_VALUES: usize = 100;

impl Report {
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
            counts: Mutex::default(),
        }
    }

    /// The reaction is made and recorded. A replay says nothing about how fast and in which order events come.
    pub fn reacted(&self, attempt: &Attempt, now: Timestamp) {
        let lag = now.duration_since(attempt.event.occurred_at).as_millis();
        let mut counts = self.counts();
        if attempt.replayed_at.is_some() {
            counts.replayed += 1;
            return;
        }
        match attempt.turn.placement {
            Placement::Next => counts.next += 1,
            Placement::Late => counts.late += 1,
        }
        counts.stale += u64::from(attempt.stale);
        if counts.lags.len() < MOST_VALUES {
            counts.lags.push(u64::try_from(lag).unwrap_or_default());
            let is_late = attempt.turn.placement == Placement::Late;
            counts.late_shares.push(is_late.into()); // its average over any period is the share
        }
    }

    /// The ticket API was asked; that it may not be asked yet is no failure.
    pub fn ticket_read(&self, read: &Result<Ticket, Missing>) {
        let mut counts = self.counts();
        match read {
            Ok(_) => counts.ticket_reads += 1,
            Err(Missing::Failed(_)) => counts.ticket_reads_failed += 1,
            Err(Missing::NotYet(_)) => {}
        }
    }

    pub fn failed(&self) {
        self.counts().failed += 1;
    }

    pub fn parked(&self) {
        self.counts().parked += 1;
    }

    pub fn swept(&self) {
        self.counts().swept += 1;
    }

    pub fn unreadable_doorbell(&self) {
        tracing::error!("a message is not a doorbell; it is let go");
        self.counts().unreadable += 1;
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the line.
    pub fn finish(&self) {
        let counts = std::mem::take(&mut *self.counts());
        let happened = |count: u64| (count > 0).then_some(count);
        let line = Line {
            at: SystemTime::now(),
            next: happened(counts.next),
            late: happened(counts.late),
            failed: happened(counts.failed),
            parked: happened(counts.parked),
            swept: happened(counts.swept),
            unreadable: happened(counts.unreadable),
            stale: happened(counts.stale),
            replayed: happened(counts.replayed),
            ticket_reads: happened(counts.ticket_reads),
            ticket_reads_failed: happened(counts.ticket_reads_failed),
            lags: counts.lags.into_iter().collect(),
            late_shares: counts.late_shares.into_iter().collect(),
            cold_start: happened((!WARM.swap(true, Ordering::Relaxed)).into()),
            duration: self.started.elapsed(),
        };
        drop(line.append_on_drop(ServiceMetrics::sink()));
    }
}
