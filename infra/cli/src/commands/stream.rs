//! `alga-webhooks stream`.

use anyhow::{Result, bail};
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use shared::event::StreamId;
use shared::inbox::{Inbox, Record};

use crate::context::{Context, Outcome};
use crate::events;
use crate::events::name::Name;
use crate::events::view::View;
use crate::output::{self, count, hint, progress, table};

/// Show what came for a ticket, project or task, in order, and what became of it.
///
/// Exit code 1 if nothing is known about it.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("stream.txt").trim_end())]
pub struct Stream {
    /// A stream TENANT/ticket/ID, or the id of a ticket, project or task. Ids are UUIDs: a ticket's id is in its URL in
    /// AlgaPSA, and is not its number. An id without --tenant is searched for in the whole table, which takes time and
    /// read units.
    #[arg(value_name = "STREAM|ID")]
    what: Name,
    /// The tenant that the id belongs to. With it, no search is needed.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// Whether the id is a ticket's, a project's or a task's, with --tenant. By default all three are tried.
    #[arg(long, requires = "tenant")]
    kind: Option<Kind>,
}

/// What a line takes with all that is usual in it.
const WIDE: u16 = 124;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Ticket,
    Project,
    Task,
}

impl Stream {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.stack().await?;
        let Some(records) = self.records(&stack.inbox).await? else {
            output::note(format_args!(
                "Nothing is known about {}.{}",
                self.what,
                self.what.hint()
            ));
            return Ok(Outcome::Bad);
        };
        let watermark = stack.watermarks().read(&records[0].stream).await?;
        let views: Vec<_> = records
            .iter()
            .map(|r| View::of(r, Some(&watermark)))
            .collect();
        output::either(context.json, &views, || print(&views, Timestamp::now()))?;
        Ok(Outcome::Good)
    }

    /// What is known about this name.
    pub fn of(what: Name) -> Self {
        Self {
            what,
            tenant: None,
            kind: None,
        }
    }

    /// The events, if there are any.
    pub async fn records(&self, inbox: &Inbox) -> Result<Option<Vec<Record>>> {
        for stream in self.streams(inbox).await? {
            let records = events::stream(inbox, &stream).await?;
            if !records.is_empty() {
                return Ok(Some(records));
            }
        }
        Ok(None)
    }

    /// Where to look.
    async fn streams(&self, inbox: &Inbox) -> Result<Vec<StreamId>> {
        match (self.what.stream(), &self.tenant) {
            (Some(_), Some(_)) => {
                bail!("a whole stream already names its tenant: leave --tenant out")
            }
            (Some(stream), None) => Ok(vec![stream.clone()]),
            (None, Some(tenant)) => Ok(self.of_tenant(tenant)),
            (None, None) => {
                let found = events::stream_about(inbox, &self.what.to_string()).await?;
                if let Some(stream) = &found
                    && !progress::is_watched()
                {
                    output::note(hint(&format!(
                        "That took a search. Next time this is faster: alga-webhooks stream {stream}"
                    )));
                }
                Ok(found.into_iter().collect())
            }
        }
    }

    fn of_tenant(&self, tenant: &str) -> Vec<StreamId> {
        let all = Kind::value_variants();
        let kinds = self.kind.as_ref().map_or(all, std::slice::from_ref);
        let names = kinds.iter().filter_map(Kind::to_possible_value);
        let stream = |kind: PossibleValue| {
            StreamId::parse(&format!("{tenant}/{}/{}", kind.get_name(), self.what))
        };
        names.filter_map(stream).collect()
    }
}

fn print(views: &[View], now: Timestamp) -> Result<()> {
    let stream = &views[0].stream;
    output::line(format_args!("{stream}, {}", count(views.len(), "event")))?;
    output::lines(&drawn(views, now, table::width()))?;
    if views.iter().any(View::is_parked) {
        output::line(hint(&format!(
            "To bring back what is parked, fix the cause, then run: alga-webhooks redrive {stream}"
        )))?;
    }
    Ok(())
}

/// A line for each event; on a narrow terminal its type stands above its id, so that the times need not be broken.
pub fn drawn(views: &[View], now: Timestamp, width: u16) -> String {
    let header = ["occurred (UTC)", "type", "event", "kept", "state", "since"];
    let rows = views.iter().map(|view| {
        let [name, id] = match width {
            WIDE.. => [view.event_type.clone(), view.event_id.clone()],
            _ => [String::new(), view.named()],
        };
        [
            view.occurred(),
            name,
            id,
            view.kept(),
            view.told(now),
            view.since(),
        ]
    });
    table::drawn(header, rows, width)
}
