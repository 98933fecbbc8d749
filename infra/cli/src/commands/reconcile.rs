//! `alga-webhooks reconcile`.

pub mod found;
pub mod report;
pub mod settings;
pub mod summary;
pub mod trouble;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use reconciler::memory::Memory;
use reconciler::{Mode, Reconciler, Run};

use self::report::Report;
use self::settings::{Api, Place};
use self::summary::Summary;
use crate::context::{Context, Outcome};
use crate::input::length;
use crate::output::{self, hint, progress};
use crate::proxied;

/// Look once, and now, for what AlgaPSA has changed without an event, and announce it.
///
/// It reads the tickets, compares them with what the last run has seen, explains the differences by the events that were
/// kept, and announces those that no event has told of when their grace is over. The reconciler does the same by itself; this
/// run is made here, with your AWS credentials, also if the stack has no reconciler.
///
/// WHAT IS ANNOUNCED IS A REAL EVENT: it is kept, and gets its reaction. THIS SHOWS CONTENT, such as titles.
///
/// Exit code 1 if the run was not whole, or if --report finds no run.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("reconcile.txt").trim_end())]
pub struct Reconcile {
    /// Only show what differs, and what would become of it. Announces and remembers nothing.
    #[arg(long)]
    dry_run: bool,
    /// In this run, how long a difference waits for an event that may still come, such as 0s or 3h, instead of as long as
    /// the stack says.
    #[arg(long, value_name = "DURATION", value_parser = length)]
    grace: Option<SignedDuration>,
    /// Make no run; show day by day what the runs of this last time have done, such as 7d. A month is remembered.
    #[arg(long, value_name = "DURATION", value_parser = length, conflicts_with_all = ["dry_run", "grace"])]
    report: Option<SignedDuration>,
}

/// The longest that a run may take: its calls fit into a quarter of an hour, unless others use the same key.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);

impl Reconcile {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.stack().await?;
        let place = Place::of(&stack.source)?;
        let now = Timestamp::now();
        if let Some(back) = self.report {
            let remembered = place.store(&stack.config).recall().await?;
            tell_if_lost(
                remembered.lost.as_deref(),
                "the next run begins as a first one",
            );
            return report(remembered.memory.as_ref(), now, back, context.json);
        }
        let api = Api::of(&stack.source, self.grace)?;
        let settings = place.settings(&stack, &api)?;
        let patience = settings.patience();
        let reconciler = Reconciler::new(&stack.config, settings).through(proxied::connector());
        let run = self.once(&reconciler, now).await;
        tell_if_lost(run.lost.as_deref(), "so nothing was compared");
        let summary = Summary::of(run, self.dry_run, &api, patience);
        output::either(context.json, &summary, || summary.print(Timestamp::now()))?;
        Ok(Outcome::good_if(summary.is_whole()))
    }

    async fn once(&self, reconciler: &Reconciler, now: Timestamp) -> Run {
        let mode = if self.dry_run { Mode::Look } else { Mode::Do };
        let bar = progress::busy("Reading the tickets and their events");
        let run = reconciler.run(now, now + LONGEST, mode).await;
        bar.finish_and_clear();
        run
    }
}

fn tell_if_lost(lost: Option<&str>, therefore: &str) {
    if let Some(why) = lost {
        output::note(format_args!(
            "What the last run remembered cannot be read: {why}; {therefore}."
        ));
    }
}

fn report(
    memory: Option<&Memory>,
    now: Timestamp,
    back: SignedDuration,
    json: bool,
) -> Result<Outcome> {
    let none = "no run is remembered yet; to make the first, run: alga-webhooks reconcile";
    let memory = memory.with_context(|| hint(none))?;
    let since = now.checked_sub(back);
    let report = Report::of(&memory.runs, since.unwrap_or(Timestamp::MIN));
    ensure!(
        !report.is_empty(),
        "there was no whole run in that time; the last one looked at {}",
        output::times::moment(memory.scanned_at)
    );
    output::either(json, &report, || report.print())?;
    Ok(Outcome::Good)
}
