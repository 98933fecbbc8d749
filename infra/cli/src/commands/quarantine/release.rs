//! `alga-webhooks quarantine release`.

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;
use shared::event::Event;
use shared::inbox::{Admission, Quarantined};

use super::pick::{all, pick};
use crate::context::{Outcome, Stack};
use crate::output::{self, errors, progress};

/// Let in the bodies that this version of the tool can read, as if they had just come. The others stay.
///
/// What the stack watches does not matter here. Nobody has checked the tenant of a body that could not be read when it
/// came, even if its secret is bound to one: use --dry-run to see its stream first. Exit code 1 if any body stays or
/// fails; the others are released all the same.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("release.txt").trim_end())]
pub struct Release {
    /// The bodies' hashes, or the beginnings of them.
    #[arg(required_unless_present = "all", value_name = "HASH")]
    hashes: Vec<String>,
    /// Release everything that is in quarantine.
    #[arg(long, conflicts_with = "hashes")]
    all: bool,
    /// Only show which bodies can be read, and which streams they belong to.
    #[arg(long)]
    dry_run: bool,
}

const IS_A_TEST: &str = "it is a test delivery: discard it";

#[derive(Debug, Serialize)]
struct Released {
    hash: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
}

impl Release {
    pub async fn run(self, stack: &Stack, json: bool) -> Result<Outcome> {
        let chosen = if self.all {
            all(&stack.inbox).await?
        } else {
            pick(&stack.inbox, &self.hashes).await?
        };
        let bar = progress::towards(chosen.len(), "Releasing");
        let mut released = Vec::new();
        for one in &chosen {
            // A damaged body must not keep the others in quarantine.
            let outcome = self.release(stack, one).await;
            released.push(outcome.unwrap_or_else(|error| {
                Released::stays(one, "failed", errors::told(&error, None))
            }));
            bar.inc(1);
        }
        bar.finish_and_clear();
        output::either(json, &released, || print(&released, chosen.len()))?;
        Ok(Outcome::good_if(
            released.iter().all(|one| one.why.is_none()),
        ))
    }

    async fn release(&self, stack: &Stack, one: &Quarantined) -> Result<Released> {
        let body = stack.inbox.quarantined_body(&one.hash).await?;
        let body = body.context("it is not in quarantine any more")?;
        match Event::parse(body, one.kept_at) {
            Err(why) => Ok(Released::stays(one, "stays", why.to_string())),
            Ok(event) if event.is_test() => Ok(Released::stays(one, "stays", IS_A_TEST.to_owned())),
            Ok(event) if self.dry_run => Ok(Released::of(one, "readable", &event)),
            Ok(event) => {
                let outcome = let_in(stack, one, &event).await?;
                Ok(Released::of(one, outcome, &event))
            }
        }
    }
}

/// Keeps the event and rings for it, as the receiver does, and only then takes the body out of quarantine: a crash in
/// between loses nothing, and the next release finds the event already kept.
async fn let_in(stack: &Stack, one: &Quarantined, event: &Event) -> Result<&'static str> {
    let admission = stack
        .inbox
        .admit(event, one.webhook_id, one.kept_at)
        .await?;
    stack.doorbells.ring_for(&admission).await?;
    stack.inbox.forget_quarantined(&one.hash).await?;
    Ok(match admission {
        Admission::New(_) => "accepted",
        Admission::Waiting(_) | Admission::Parked(_) | Admission::Settled => "duplicate",
    })
}

impl Released {
    fn of(one: &Quarantined, outcome: &'static str, event: &Event) -> Self {
        Self {
            stream: Some(event.place.stream.to_string()),
            event: Some(event.place.event().to_string()),
            why: None,
            ..Self::stays(one, outcome, String::new())
        }
    }

    fn stays(one: &Quarantined, outcome: &'static str, why: String) -> Self {
        Self {
            hash: one.hash.clone(),
            outcome,
            why: Some(why),
            stream: None,
            event: None,
        }
    }

    fn row(&self) -> [String; 5] {
        [
            self.hash.chars().take(8).collect(),
            self.outcome.to_owned(),
            self.stream.clone().unwrap_or_default(),
            self.event.as_deref().unwrap_or_default().replace('/', "\n"),
            self.why.clone().unwrap_or_default(),
        ]
    }
}

fn print(released: &[Released], chosen: usize) -> Result<()> {
    if chosen == 0 {
        return output::line("Nothing is in quarantine.");
    }
    output::table(
        ["hash", "outcome", "stream", "event", "why"],
        released.iter().map(Released::row),
    )?;
    let is_out = |one: &&Released| matches!(one.outcome, "accepted" | "duplicate");
    let out = released.iter().filter(is_out).count();
    let left = chosen - out;
    output::line(format_args!("Released {out}; {left} left in quarantine."))
}
