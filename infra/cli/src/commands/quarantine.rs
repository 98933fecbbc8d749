//! `alga-webhooks quarantine`.

mod pick;
mod release;

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use serde::Serialize;
use shared::inbox::{Inbox, Quarantined};

use self::pick::{all, pick, short};
use self::release::Release;
use crate::context::{Context, Outcome};
use crate::output::times::moment;
use crate::output::{self, Time};

/// Look at authentic bodies that could not be read, and let them in after a fix.
#[derive(Debug, Subcommand)]
#[command(after_long_help = EXAMPLES)]
pub enum Quarantine {
    List(List),
    Show(Show),
    Release(Release),
    Discard(Discard),
}

const EXAMPLES: &str = "\
Examples:
  alga-webhooks quarantine list
  alga-webhooks quarantine show 3fa9c1d2 > body.json
  alga-webhooks quarantine release --all
  alga-webhooks quarantine discard 3fa9c1d2

A body is called by its SHA-256; the first characters are enough, if nothing else there begins with them. Listing goes \
through the whole table, and so does a short hash; a whole one does not.";

/// Show what is in quarantine, the oldest first, and what was wrong with it. Nothing of its content.
///
/// Exit code 1 if anything is.
#[derive(Debug, Args)]
pub struct List {}

/// Print one body, byte for byte. THIS SHOWS CONTENT: names, addresses, internal notes.
///
/// On a terminal, control characters are shown as escapes.
#[derive(Debug, Args)]
pub struct Show {
    /// Its hash, or the beginning of it.
    hash: String,
}

/// Throw bodies away, for good.
#[derive(Debug, Args)]
pub struct Discard {
    /// Their hashes, or the beginnings of them.
    #[arg(required = true, value_name = "HASH")]
    hashes: Vec<String>,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Quarantine {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.stack().await?;
        match self {
            Self::List(List {}) => list(&stack.inbox, context.json).await,
            Self::Show(Show { hash }) => print(&stack.inbox, &hash, context.json).await,
            Self::Release(release) => release.run(&stack, context.json).await,
            Self::Discard(discard) => discard.run(&stack.inbox, context.json).await,
        }
    }
}

/// A body for a program.
#[derive(Debug, Serialize)]
struct Document<'a> {
    hash: &'a str,
    kept_at: Time,
    why: &'a str,
    webhook_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_hex: Option<String>,
}

impl<'a> Document<'a> {
    fn of(quarantined: &'a Quarantined) -> Self {
        Self {
            hash: &quarantined.hash,
            kept_at: Time(quarantined.kept_at),
            why: &quarantined.why,
            webhook_id: quarantined.webhook_id.map(|id| id.to_string()),
            body: None,
            body_hex: None,
        }
    }

    fn with(mut self, body: &[u8]) -> Self {
        match str::from_utf8(body) {
            Ok(text) => self.body = Some(text.to_owned()),
            Err(_) => self.body_hex = Some(hex::encode(body)),
        }
        self
    }
}

async fn list(inbox: &Inbox, json: bool) -> Result<Outcome> {
    let bodies = all(inbox).await?;
    let documents: Vec<_> = bodies.iter().map(Document::of).collect();
    output::either(json, &documents, || table(&bodies))?;
    Ok(Outcome::good_if(bodies.is_empty()))
}

fn table(bodies: &[Quarantined]) -> Result<()> {
    if bodies.is_empty() {
        return output::line("Nothing is in quarantine.");
    }
    let row = |one: &Quarantined| {
        let webhook = one.webhook_id.map(|id| id.to_string());
        [
            short(&one.hash, bodies).to_owned(),
            moment(one.kept_at),
            one.why.clone(),
            webhook.unwrap_or_default(),
        ]
    };
    output::table(
        ["hash", "came (UTC)", "why", "webhook"],
        bodies.iter().map(row),
    )?;
    output::line(format_args!("{} in quarantine.", bodies.len()))
}

async fn print(inbox: &Inbox, hash: &str, json: bool) -> Result<Outcome> {
    let found = pick(inbox, std::slice::from_ref(&hash.to_owned())).await?;
    let [one] = &found[..] else {
        bail!("{hash} is not one hash")
    };
    let body = inbox.quarantined_body(&one.hash).await?;
    let body = body.with_context(|| format!("{hash} is not in quarantine any more"))?;
    if json {
        output::json(&Document::of(one).with(&body))?;
    } else if io::stdout().is_terminal() {
        output::line(escaped(&String::from_utf8_lossy(&body)))?;
    } else {
        output::bytes(&body)?;
    }
    Ok(Outcome::Good)
}

/// Without the characters that could make a terminal do something.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

impl Discard {
    async fn run(self, inbox: &Inbox, json: bool) -> Result<Outcome> {
        let found = pick(inbox, &self.hashes).await?;
        if !self.yes && !confirmed(&found)? {
            output::note(format_args!("Nothing was discarded."));
            return Ok(Outcome::Bad);
        }
        for one in &found {
            inbox.forget_quarantined(&one.hash).await?;
        }
        let documents: Vec<_> = found.iter().map(Document::of).collect();
        output::either(json, &documents, || {
            output::line(format_args!("Discarded {}.", found.len()))
        })?;
        Ok(Outcome::Good)
    }
}

fn confirmed(found: &[Quarantined]) -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("there is nobody to ask: add --yes to discard it for good");
    }
    let bodies = found.len();
    let mut asked = io::stderr().lock();
    write!(
        asked,
        "Discard {bodies} for good? Nothing can bring that back. [y/N] "
    )?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_cannot_speak_to_the_terminal() {
        assert_eq!(
            escaped("a\u{1b}[2Jß\n\u{9b}\tb"),
            "a\\u{1b}[2Jß\n\\u{9b}\tb"
        );
    }
}
