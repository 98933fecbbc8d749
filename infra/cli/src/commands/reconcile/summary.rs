//! What a run has done, or would do.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use reconciler::Run;
use reconciler::memory::Ran;
use serde::Serialize;

use super::found::{self, Found, State};
use super::settings::Api;
use super::trouble;
use crate::output::times::{ago, lasting, moment, within};
use crate::output::{self, Time, count, hint, table};

#[derive(Debug, Serialize)]
pub struct Summary {
    dry_run: bool,
    /// Whether there was nothing to compare with.
    is_first: bool,
    /// When the scan began that this one was compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared_with: Option<Time>,
    #[serde(flatten)]
    ran: Option<Ran>,
    /// What was announced or would be, and what waits.
    found: Vec<Found>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_whole: Option<NotWhole>,
    /// How often a run comes by itself, if that is known.
    #[serde(skip)]
    every: Option<SignedDuration>,
    #[serde(skip)]
    grace: SignedDuration,
}

#[derive(Debug, Serialize)]
struct NotWhole {
    why: String,
    what_to_do: String,
}

impl Summary {
    /// `patience` is how long a difference really waits.
    pub fn of(run: Run, dry_run: bool, api: &Api, patience: SignedDuration) -> Self {
        let state = if dry_run {
            State::WouldBeAnnounced
        } else {
            State::Announced
        };
        let unannounced = run.unannounced.iter().map(|one| Found::of(one, state));
        let waiting = run.waiting.iter();
        let waiting = waiting.map(|one| Found::waiting(one, patience));
        Self {
            dry_run,
            is_first: run.is_first,
            compared_with: run.compared_with.map(Time),
            ran: run.ran,
            found: unannounced.chain(waiting).collect(),
            not_whole: run.not_whole.map(|why| NotWhole {
                what_to_do: trouble::what_to_do(&why, &api.putting()),
                why,
            }),
            every: api.every,
            grace: api.grace,
        }
    }

    pub fn is_whole(&self) -> bool {
        self.not_whole.is_none()
    }

    pub fn print(&self, now: Timestamp) -> Result<()> {
        if let Some(NotWhole { why, what_to_do }) = &self.not_whole {
            output::note(hint(&format!(
                "error: the run was not whole, and nothing is remembered of it: {why}. {what_to_do}"
            )));
            return Ok(());
        }
        let Some(ran) = &self.ran else {
            return Ok(());
        };
        if self.is_first {
            return output::line(hint(&self.first(ran)));
        }
        output::line(scanned(ran, self.compared_with, now))?;
        output::line(explained(ran))?;
        let shown = self.shown();
        if !shown.is_empty() {
            output::lines(&found::drawn(&shown, now, table::width()))?;
        }
        output::line(hint(&self.ending(ran, now)))
    }

    /// What is known after the first run, and what comes next.
    fn first(&self, ran: &Ran) -> String {
        let seen = seen(ran);
        if self.dry_run {
            return format!(
                "{seen}. There is nothing to compare them with yet, and --dry-run remembers nothing. To begin, run: \
                 alga-webhooks reconcile"
            );
        }
        let within = match self.grace {
            SignedDuration::ZERO => String::new(),
            grace => format!(" within {}", lasting(grace)),
        };
        format!(
            "{seen}, and remembered. This was the first run, so nothing was compared or announced. From now on a run finds \
             what has changed since the last one. What no event tells of{within} is announced by a later run.{} To see \
             what a run would do, run: alga-webhooks reconcile --dry-run",
            self.next()
        )
    }

    /// When the next run comes.
    fn next(&self) -> String {
        match self.every {
            None => String::new(),
            Some(every) if every.is_zero() => {
                " No run comes by itself, since ReconcileMinutes is 0.".to_owned()
            }
            Some(every) => format!(" A run comes by itself every {}.", lasting(every)),
        }
    }

    /// A run that looks shows all; another shows what it announced.
    fn shown(&self) -> Vec<Found> {
        let is_shown = |one: &&Found| self.dry_run || one.state() == State::Announced;
        self.found.iter().filter(is_shown).cloned().collect()
    }

    fn ending(&self, ran: &Ran, now: Timestamp) -> String {
        let waits = self.found.iter().filter_map(Found::waits_until).min();
        let waits = waits.map(|until| match ran.waiting {
            1 => format!(
                "1 difference waits for an event until {}",
                until_when(until, now)
            ),
            several => format!(
                "{several} differences wait for an event, the first until {}",
                until_when(until, now)
            ),
        });
        let waits = waits.map(|waits| format!("{waits}.{} ", self.next()));
        let told = told(ran, self.dry_run);
        format!("{}{told}", waits.unwrap_or_default())
    }
}

fn until_when(until: Timestamp, now: Timestamp) -> String {
    if until <= now {
        return "the next run".to_owned();
    }
    format!("{} ({})", moment(until), within(until, now))
}

fn seen(ran: &Ran) -> String {
    let calls = usize::try_from(ran.calls).unwrap_or(usize::MAX);
    let (tickets, calls) = (count(ran.tickets, "ticket"), count(calls, "call"));
    format!("{tickets} read in {calls}")
}

fn scanned(ran: &Ran, with: Option<Time>, now: Timestamp) -> String {
    let with = with.map_or_else(String::new, |Time(with)| {
        let ago = ago(with, now);
        format!(", and compared with those of {} ({ago})", moment(with))
    });
    let differences = count(ran.differences, "new difference");
    format!("{}{with}: {differences}.", seen(ran))
}

fn explained(ran: &Ran) -> String {
    let superseded = match ran.superseded {
        0 => String::new(),
        several => format!(" No longer so: {several}."),
    };
    format!("Explained by events: {}.{superseded}", ran.explained)
}

/// What was announced.
fn told(ran: &Ran, dry_run: bool) -> String {
    let differences = ran.fields.values().sum();
    if differences == 0 {
        let nothing = if dry_run {
            "Nothing would be announced now."
        } else {
            "Nothing was announced."
        };
        return nothing.to_owned();
    }
    let (differences, fields) = (count(differences, "difference"), fields(&ran.fields));
    match (dry_run, ran.announced) {
        (true, _) => format!(
            "A run would announce {differences} now: {fields}. Nothing was done yet. To do it, run: alga-webhooks reconcile"
        ),
        (false, 0) => {
            format!("Of {differences} nothing was announced, because of WatchedTypes: {fields}.")
        }
        (false, events) => {
            format!(
                "Announced {differences} in {}: {fields}.",
                count(events, "event")
            )
        }
    }
}

/// Such as `status_id 3, title 1`.
pub fn fields(fields: &BTreeMap<String, usize>) -> String {
    let fields = fields.iter().map(|(name, count)| format!("{name} {count}"));
    fields.collect::<Vec<_>>().join(", ")
}
