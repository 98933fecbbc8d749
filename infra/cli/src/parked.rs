//! `alga-webhooks parked`.

use anyhow::Result;
use clap::Args;
use shared::inbox::{Find, Record, State};

use crate::events;
use crate::events::seen::{self, Seen};
use crate::show::Fold;
use crate::{Context, Outcome, show};

/// Show what was set aside, since when, and why.
///
/// Goes through the whole table, which takes time and read units. Exit code 1 if anything is parked.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Parked {}

const EXAMPLES: &str = "\
Examples:
  alga-webhooks parked
  alga-webhooks --json parked | jq -r '.[].parked_because' | sort | uniq -c

An event is parked when its reaction failed for good: the target answered 400, 413, 415 or 422, or it was tried 12 times. \
Mend the cause, then bring it back with alga-webhooks redrive.";

const FOLDS: [Fold; 4] = [
    Fold::Stream("stream"),
    Fold::Under("event", "type"),
    Fold::Under("type", "stream"),
    Fold::Under("parked", "occurred (UTC)"),
];

impl Parked {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.place.open().await?;
        let records = events::search(&stack.inbox, Find::Parked, |_| true).await?;
        if context.json {
            let seen: Vec<_> = records.iter().map(|r| Seen::of(r, None)).collect();
            show::json(&seen)?;
        } else if records.is_empty() {
            show::line("Nothing is parked.")?;
        } else {
            let header = ["stream", "occurred (UTC)", "type", "event", "parked", "why"];
            show::table(header, records.iter().map(row), &FOLDS)?;
            let parked = events::count(records.len(), "event");
            show::line(format_args!(
                "{parked} parked. Mend the cause, then: alga-webhooks redrive --all, or alga-webhooks redrive STREAM|ID"
            ))?;
        }
        Ok(Outcome::good_if(records.is_empty()))
    }
}

fn row(record: &Record) -> [String; 6] {
    let because = match &record.state {
        State::Parked { because, .. } => because.clone(),
        _ => String::new(),
    };
    [
        record.stream.clone(),
        seen::occurred(record.place().as_ref()),
        record.event_type().to_owned(),
        record.event_id().to_owned(),
        seen::since(record).map_or_else(String::new, show::moment),
        because,
    ]
}
