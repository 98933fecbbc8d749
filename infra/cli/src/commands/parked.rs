//! `alga-webhooks parked`.

use anyhow::Result;
use clap::Args;
use shared::inbox::{Find, Inbox};

use crate::context::{Context, Outcome};
use crate::events;
use crate::events::view::View;
use crate::output::{self, count, hint};

/// Show what was set aside because its reaction failed for good, since when, and why.
///
/// It reads the whole table, which takes time and read units. Exit code 1 if anything is parked.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("parked.txt").trim_end())]
pub struct Parked {}

/// What [`row`] says.
pub const HEADER: [&str; 5] = ["stream", "occurred (UTC)", "event", "parked", "why"];

impl Parked {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.stack().await?;
        let views = all(&stack.inbox).await?;
        output::either(context.json, &views, || print(&views))?;
        Ok(Outcome::good_if(views.is_empty()))
    }
}

/// Everything that is parked, in order.
pub async fn all(inbox: &Inbox) -> Result<Vec<View>> {
    let records = events::search(inbox, Find::Parked, |_| true).await?;
    Ok(records.iter().map(|r| View::of(r, None)).collect())
}

fn print(views: &[View]) -> Result<()> {
    if views.is_empty() {
        return output::line("Nothing is parked.");
    }
    output::table(HEADER, views.iter().map(row))?;
    let parked = count(views.len(), "event");
    output::line(hint(&format!(
        "{parked} parked. Fix the cause, then run: alga-webhooks redrive --all (or give a stream or an id instead of --all)"
    )))
}

pub fn row(view: &View) -> [String; 5] {
    [
        view.stream.clone(),
        view.occurred(),
        view.named(),
        view.since(),
        view.parked_because(),
    ]
}
