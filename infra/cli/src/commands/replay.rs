//! `alga-webhooks replay`.

pub mod plan;
pub mod run;

use anyhow::Result;
use clap::{ArgGroup, Args};
use jiff::Timestamp;
use serde::Serialize;
use shared::inbox::{Find, Inbox, Record};

use self::plan::{Plan, Summary};
use crate::context::{Context, Outcome};
use crate::events;
use crate::events::name::Name;
use crate::input::Point;
use crate::output::{self, hint};

/// React to settled events once more. Without --yes, only say what would be done.
///
/// YOUR TARGET GETS THESE EVENTS A SECOND TIME, with the same X-Alga-Event-Id and with the header X-Alga-Replay: TIME. A
/// target that drops duplicates by the event's id alone drops these too: make it look at id and replay together.
///
/// An event is chosen if it matches everything that you give: names, types and times.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("replay.txt").trim_end(), group = ArgGroup::new("choice").args(["names", "types", "since", "until"]).required(true).multiple(true))]
pub struct Replay {
    /// Streams TENANT/ticket/ID, or ids of tickets, projects, tasks or events. If all of them are whole streams, only these
    /// are read; otherwise the whole table is.
    #[arg(value_name = "STREAM|ID")]
    names: Vec<Name>,
    /// Events of this type, such as ticket.closed. Can be given more than once.
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Events that occurred at this time or later: 2026-08-24T15:04:05Z, 2026-08-24, or how long ago, such as 2h.
    #[arg(long, value_name = "TIME")]
    since: Option<Point>,
    /// Events that occurred before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<Point>,
    /// Do it; without this, only say what would be done.
    #[arg(long)]
    yes: bool,
    /// Continue the replay with this time, which was interrupted. What it has done is not done again.
    #[arg(long, value_name = "TIME", requires = "yes")]
    resume: Option<Timestamp>,
}

impl Replay {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.stack().await?;
        let replay = self.resume.unwrap_or_else(now);
        let plan = Plan::of(self.records(&stack.inbox, replay).await?, self.resume);
        if self.yes && !plan.is_empty() {
            let done = run::run(&stack, plan, replay).await?;
            output::either(context.json, &done, || {
                output::line(done.told())?;
                output::line(hint("To see what still waits, run: alga-webhooks waiting"))
            })?;
            return Ok(Outcome::Good);
        }
        let dry = Dry {
            dry_run: !self.yes,
            would: plan.summary(),
        };
        output::either(context.json, &dry, || {
            if plan.is_empty() {
                let hint = self.names.first().map_or("", Name::hint);
                output::line(nothing(&dry.would) + hint)
            } else {
                dry.would.print()
            }
        })?;
        Ok(Outcome::good_if(!plan.is_empty()))
    }

    /// What is chosen, in order.
    async fn records(&self, inbox: &Inbox, replay: Timestamp) -> Result<Vec<Record>> {
        let chosen = |record: &Record| self.chooses(record, replay);
        let streams: Option<Vec<_>> = self.names.iter().map(Name::stream).collect();
        let Some(mut streams) = streams.filter(|streams| !streams.is_empty()) else {
            return events::search(inbox, Find::Events, chosen).await;
        };
        streams.sort_unstable();
        streams.dedup();
        let mut records = Vec::new();
        for stream in streams {
            records.extend(events::stream(inbox, stream).await?);
        }
        records.retain(chosen);
        Ok(records)
    }

    /// "How long ago" counts from the time of the replay, so that a resumed one chooses the same events.
    fn chooses(&self, record: &Record, replay: Timestamp) -> bool {
        let named = |name: &Name| name.means(&record.stream, &record.event);
        let at = record.place().map(|place| place.position.time());
        let is_after = |since: Point| at.is_some_and(|at| at >= since.seen_from(replay));
        let is_before = |until: Point| at.is_some_and(|at| at < until.seen_from(replay));
        (self.names.is_empty() || self.names.iter().any(named))
            && (self.types.is_empty()
                || self.types.iter().any(|of| of == record.event.event_type()))
            && self.since.is_none_or(is_after)
            && self.until.is_none_or(is_before)
    }
}

/// As precise as the inbox keeps it.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

#[derive(Debug, Serialize)]
struct Dry {
    dry_run: bool,
    #[serde(flatten)]
    would: Summary,
}

pub fn nothing(summary: &Summary) -> String {
    match summary.skipped() {
        why if why.is_empty() => "No event matches.".to_owned(),
        why => format!("Nothing to replay: {why}."),
    }
}
