//! What a run has done: one line, which is both log and metrics. A count of zero is not written.

use std::time::{Duration, Instant, SystemTime};

use jiff::{SignedDuration, Timestamp};
use metrique::ServiceMetrics;
use metrique::unit::{Byte, Millisecond};
use metrique::unit_of_work::metrics;
use metrique::writer::AttachGlobalEntrySink;

use crate::Run;

#[metrics]
struct Line {
    #[metrics(timestamp)]
    at: SystemTime,
    outcome: &'static str,
    reason: Option<String>,
    #[metrics(name = "TicketsScanned")]
    tickets: Option<u64>,
    #[metrics(name = "Differences")]
    differences: Option<u64>,
    #[metrics(name = "Explained")]
    explained: Option<u64>,
    #[metrics(name = "DifferencesWaiting")]
    waiting: Option<u64>,
    #[metrics(name = "Unannounced")]
    unannounced: Option<u64>,
    /// What they told of, such as `status_id=3 deleted=1`.
    fields: Option<String>,
    #[metrics(name = "ReconcileCalls")]
    calls: Option<u64>,
    #[metrics(name = "ReconcileStateSize", unit = Byte)]
    state_size: Option<u64>,
    #[metrics(name = "ReconcileStateLost")]
    lost: Option<u64>,
    #[metrics(name = "ReconcileRunsMissed")]
    missed: Option<u64>,
    #[metrics(name = "ReconcileTime", unit = Millisecond)]
    duration: Duration,
}

/// A run that is being reported on.
pub struct Report {
    started: Instant,
    at: SystemTime,
    /// How often it runs.
    every: SignedDuration,
}

impl Report {
    pub fn start(every: SignedDuration) -> Self {
        Self {
            started: Instant::now(),
            at: SystemTime::now(),
            every,
        }
    }

    pub fn finish(self, run: &Run, now: Timestamp) {
        let some = |count: usize| Some(count as u64).filter(|count| *count > 0);
        let ran = run.ran.as_ref();
        let counted = |of: fn(&crate::memory::Ran) -> usize| ran.map(of).and_then(some);
        if let Some(why) = &run.lost {
            tracing::error!(
                why,
                "what the last scan has found is lost; this run begins as a first one"
            );
        }
        if let Some(why) = &run.not_whole {
            tracing::error!(why, "a run was not whole, and has changed nothing");
        }
        let fields = ran.map(|ran| {
            let fields = ran
                .fields
                .iter()
                .map(|(name, count)| format!("{name}={count}"));
            fields.collect::<Vec<_>>().join(" ")
        });
        let line = Line {
            at: self.at,
            outcome: run.outcome(),
            reason: run.not_whole.clone(),
            tickets: ran.map(|ran| ran.tickets as u64),
            differences: counted(|ran| ran.differences),
            explained: counted(|ran| ran.explained),
            waiting: ran.map(|ran| ran.waiting as u64),
            unannounced: counted(|ran| ran.announced),
            fields: fields.filter(|fields| !fields.is_empty()),
            calls: ran.map(|ran| u64::from(ran.calls)),
            state_size: run.state_size.and_then(some),
            lost: run.lost.as_ref().map(|_| 1),
            missed: run
                .not_whole
                .as_ref()
                .map(|_| self.missed(run.compared_with, now)),
            duration: self.started.elapsed(),
        };
        // The operator's tool counts nothing.
        if let Some(sink) = ServiceMetrics::try_sink() {
            drop(line.append_on_drop(sink));
        }
    }

    /// How many runs in a row were not whole, this one among them. One that crashed counts, too.
    fn missed(&self, last: Option<Timestamp>, now: Timestamp) -> u64 {
        let Some(last) = last else {
            return 1;
        };
        let (since, every) = (
            now.duration_since(last).as_secs(),
            self.every.as_secs().max(1),
        );
        u64::try_from((since + every / 2) / every)
            .unwrap_or_default()
            .max(1)
    }
}
