//! `alga-webhooks stream`.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use shared::event::Place;
use shared::head::{Head, Heads};
use shared::inbox::{Inbox, Record, State};

use crate::events;
use crate::events::name::Name;
use crate::events::seen::{self, Seen};
use crate::show::Fold;
use crate::when::lasting;
use crate::{Context, Outcome, show};

/// Show what came for a ticket, project or task, and what has become of it, in due order.
///
/// Exit code 1 if nothing is known about it.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Stream {
    /// A stream TENANT/ticket/ID, or the id of a ticket, project or task. A bare id without --tenant is looked for in
    /// the whole table, which takes time and read units.
    #[arg(value_name = "STREAM|ID")]
    what: Name,
    /// The tenant that the id belongs to: its stream is then read without a search.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// What the id is one of, with --tenant; all three are tried if it is not said.
    #[arg(long, requires = "tenant")]
    kind: Option<Kind>,
}

const EXAMPLES: &str = "\
Examples:
  alga-webhooks stream 3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31
  alga-webhooks stream 3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31 --tenant 7b1f4c52-0d3e-4a86-9c1a-5e2f8d6b7a10
  alga-webhooks stream 7b1f4c52-0d3e-4a86-9c1a-5e2f8d6b7a10/ticket/3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31
  alga-webhooks --json stream 3f2a9d64-… | jq '.[] | select(.state != \"settled\")'

An event is settled next (in its order) or late (something after it had been tried before), it waits, or it is parked. \
What has settled is shown until it expires, after RetentionDays.";

const FOLDS: [Fold; 3] = [
    Fold::Under("event", "type"),
    Fold::Under("since", "state"),
    Fold::Under("kept", "occurred (UTC)"),
];

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Ticket,
    Project,
    Task,
}

impl Stream {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.place.open().await?;
        let Some(records) = self.records(&stack.inbox).await? else {
            show::note(format_args!("Nothing is known about {}.", self.what));
            return Ok(Outcome::Bad);
        };
        let stream = &records[0].stream;
        let head = heads(&stack.inbox).read(stream).await?;
        if context.json {
            let seen: Vec<_> = records.iter().map(|r| Seen::of(r, Some(&head))).collect();
            show::json(&seen)?;
        } else {
            print(&records, &head, Timestamp::now())?;
        }
        Ok(Outcome::Good)
    }

    /// The events, if there are any.
    async fn records(&self, inbox: &Inbox) -> Result<Option<Vec<Record>>> {
        for stream in self.streams(inbox).await? {
            let records = events::stream(inbox, &stream).await?;
            if !records.is_empty() {
                return Ok(Some(records));
            }
        }
        Ok(None)
    }

    /// Where to look.
    async fn streams(&self, inbox: &Inbox) -> Result<Vec<String>> {
        match (self.what.stream(), &self.tenant) {
            (Some(_), Some(_)) => bail!("a whole stream names its tenant: leave --tenant out"),
            (Some(stream), None) => Ok(vec![stream.to_owned()]),
            (None, Some(tenant)) => Ok(self.of_tenant(tenant)),
            (None, None) => {
                let found = events::stream_about(inbox, self.what.as_str()).await?;
                if let Some(stream) = &found {
                    show::note(format_args!(
                        "Found by a search. Faster next time: alga-webhooks stream {stream}"
                    ));
                }
                Ok(found.into_iter().collect())
            }
        }
    }

    fn of_tenant(&self, tenant: &str) -> Vec<String> {
        let all = Kind::value_variants();
        let kinds = self.kind.as_ref().map_or(all, std::slice::from_ref);
        let stream = |kind: &Kind| format!("{tenant}/{}/{}", kind.word(), self.what);
        kinds.iter().map(stream).collect()
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Project => "project",
            Self::Task => "task",
        }
    }
}

/// For looking at heads only: this tool never advances one, so they expire as the reactor said.
pub fn heads(inbox: &Inbox) -> Heads {
    Heads::new(inbox.clone(), SignedDuration::ZERO)
}

fn print(records: &[Record], head: &Head, now: Timestamp) -> Result<()> {
    let stream = &records[0].stream;
    show::line(format_args!(
        "{stream}, {}",
        events::count(records.len(), "event")
    ))?;
    let header = ["occurred (UTC)", "type", "event", "kept", "state", "since"];
    show::table(
        header,
        records.iter().map(|record| row(record, head, now)),
        &FOLDS,
    )?;
    let is_parked = |record: &Record| matches!(record.state, State::Parked { .. });
    if records.iter().any(is_parked) {
        show::line(format_args!(
            "What is parked comes back by: alga-webhooks redrive {stream}"
        ))?;
    }
    Ok(())
}

fn row(record: &Record, head: &Head, now: Timestamp) -> [String; 6] {
    let place = record.place();
    [
        seen::occurred(place.as_ref()),
        record.event_type().to_owned(),
        record.event_id().to_owned(),
        kept(record, place.as_ref()),
        seen::state(record, head, now),
        seen::since(record).map_or_else(String::new, show::moment),
    ]
}

/// How long after it had occurred it was kept; when, if that cannot be told.
fn kept(record: &Record, place: Option<&Place>) -> String {
    match place.and_then(seen::time_of) {
        Some(occurred_at) => {
            let after = record.kept_at.duration_since(occurred_at);
            format!("after {}", lasting(after))
        }
        None => show::moment(record.kept_at),
    }
}
