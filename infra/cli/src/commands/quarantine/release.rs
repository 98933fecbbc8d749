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

/// What [`Released::row`] says.
pub const HEADER: [&str; 5] = ["hash", "outcome", "stream", "event", "why"];

/// What became of a body, or would.
#[derive(Debug, Serialize)]
pub struct Released {
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
        let released = each(stack, &chosen, self.dry_run).await;
        output::either(json, &released, || print(&released))?;
        Ok(Outcome::good_if(
            released.iter().all(|one| one.why.is_none()),
        ))
    }
}

/// Lets in each of these bodies that can be read, or only says which could be.
pub async fn each(stack: &Stack, chosen: &[Quarantined], dry_run: bool) -> Vec<Released> {
    let bar = progress::towards(chosen.len(), "Releasing");
    let mut released = Vec::new();
    for one in chosen {
        // A damaged body must not keep the others in quarantine.
        let outcome = release(stack, one, dry_run).await;
        released
            .push(outcome.unwrap_or_else(|error| {
                Released::stays(one, "failed", errors::told(&error, None))
            }));
        bar.inc(1);
    }
    bar.finish_and_clear();
    released
}

async fn release(stack: &Stack, one: &Quarantined, dry_run: bool) -> Result<Released> {
    let body = stack.inbox.quarantined_body(&one.hash).await?;
    let body = body.context("it is not in quarantine any more")?;
    match Event::parse(body, one.kept_at) {
        Err(why) => Ok(Released::stays(one, "stays", why.to_string())),
        Ok(event) if event.is_test() => Ok(Released::stays(one, "stays", IS_A_TEST.to_owned())),
        Ok(event) if dry_run => Ok(Released::of(one, "readable", &event)),
        Ok(event) => {
            let outcome = let_in(stack, one, &event).await?;
            Ok(Released::of(one, outcome, &event))
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
    /// Whether it can be let in, as a dry run tells.
    pub fn is_readable(&self) -> bool {
        self.why.is_none()
    }

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

    pub fn row(&self) -> [String; 5] {
        [
            self.hash.chars().take(8).collect(),
            self.outcome.to_owned(),
            self.stream.clone().unwrap_or_default(),
            self.event.as_deref().unwrap_or_default().replace('/', "\n"),
            self.why.clone().unwrap_or_default(),
        ]
    }
}

/// How many are out, and how many are left of those that were chosen.
pub fn told(released: &[Released]) -> String {
    let is_out = |one: &&Released| matches!(one.outcome, "accepted" | "duplicate");
    let out = released.iter().filter(is_out).count();
    let left = released.len() - out;
    format!("Released {out}; {left} left in quarantine.")
}

fn print(released: &[Released]) -> Result<()> {
    if released.is_empty() {
        return output::line("Nothing is in quarantine.");
    }
    output::table(HEADER, released.iter().map(Released::row))?;
    output::line(told(released))
}
