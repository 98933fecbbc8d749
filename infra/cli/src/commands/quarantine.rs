//! `alga-webhooks quarantine`.

pub mod pick;
pub mod release;

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use shared::inbox::{Inbox, Quarantined};

use self::pick::{all, pick, short};
use self::release::Release;
use crate::context::{Context, Outcome};
use crate::output::times::moment;
use crate::output::{self, Time, hint};

/// Look at authentic bodies that could not be read; let them in, or throw them away.
#[derive(Debug, Subcommand)]
#[command(after_long_help = include_str!("quarantine.txt").trim_end())]
pub enum Quarantine {
    List(List),
    Show(Show),
    Release(Release),
    Discard(Discard),
}

/// Show what is in quarantine and what was wrong with it, the oldest first. Shows no content.
///
/// Exit code 1 if anything is in quarantine.
#[derive(Debug, Args)]
pub struct List {}

/// Print one body, byte for byte. THIS SHOWS CONTENT, such as names, addresses and internal notes.
///
/// On a terminal, control characters are shown as escapes.
#[derive(Debug, Args)]
pub struct Show {
    /// The body's hash, or the beginning of it.
    hash: String,
}

/// Throw bodies away for good.
#[derive(Debug, Args)]
pub struct Discard {
    /// The bodies' hashes, or the beginnings of them.
    #[arg(required = true, value_name = "HASH")]
    hashes: Vec<String>,
    /// Do not ask for confirmation.
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

/// What [`row`] says.
pub const HEADER: [&str; 4] = ["hash", "came (UTC)", "why", "webhook"];

fn document(one: &Quarantined) -> Value {
    json!({ "hash": one.hash, "kept_at": Time(one.kept_at), "why": one.why, "webhook_id": one.webhook_id.map(|id| id.to_string()) })
}

async fn list(inbox: &Inbox, json: bool) -> Result<Outcome> {
    let bodies = all(inbox).await?;
    let documents: Vec<_> = bodies.iter().map(document).collect();
    output::either(json, &documents, || table(&bodies))?;
    Ok(Outcome::good_if(bodies.is_empty()))
}

fn table(bodies: &[Quarantined]) -> Result<()> {
    if bodies.is_empty() {
        return output::line("Nothing is in quarantine.");
    }
    output::table(HEADER, bodies.iter().map(|one| row(one, bodies)))?;
    output::line(hint(&format!(
        "{} in quarantine. To look at one, run: alga-webhooks quarantine show HASH",
        bodies.len()
    )))
}

/// One of these bodies, without its content.
pub fn row(one: &Quarantined, bodies: &[Quarantined]) -> [String; 4] {
    let webhook = one.webhook_id.map(|id| id.to_string());
    [
        short(&one.hash, bodies).to_owned(),
        moment(one.kept_at),
        one.why.clone(),
        webhook.unwrap_or_default(),
    ]
}

async fn print(inbox: &Inbox, hash: &str, json: bool) -> Result<Outcome> {
    let found = pick(inbox, std::slice::from_ref(&hash.to_owned())).await?;
    let [one] = &found[..] else {
        bail!("{hash} is not the hash of one body")
    };
    let body = inbox.quarantined_body(&one.hash).await?;
    let body = body.with_context(|| format!("{hash} is not in quarantine any more"))?;
    if json {
        let mut document = document(one);
        match str::from_utf8(&body) {
            Ok(text) => document["body"] = text.into(),
            Err(_) => document["body_hex"] = hex::encode(&body).into(),
        }
        output::json(&document)?;
    } else if io::stdout().is_terminal() {
        output::line(escaped(&String::from_utf8_lossy(&body)))?;
    } else {
        output::bytes(&body)?;
    }
    Ok(Outcome::Good)
}

/// Control characters could make a terminal do something, so they are escaped.
pub fn escaped(text: &str) -> String {
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
        if !self.yes && !confirmed(found.len())? {
            output::note(format_args!("Nothing was discarded."));
            return Ok(Outcome::Bad);
        }
        discard(inbox, &found).await?;
        let documents: Vec<_> = found.iter().map(document).collect();
        output::either(json, &documents, || {
            output::line(format_args!("Discarded {}.", found.len()))
        })?;
        Ok(Outcome::Good)
    }
}

/// Throws them away for good.
pub async fn discard(inbox: &Inbox, bodies: &[Quarantined]) -> Result<()> {
    for one in bodies {
        inbox.forget_quarantined(&one.hash).await?;
    }
    Ok(())
}

fn confirmed(count: usize) -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("there is no terminal to ask at: add --yes to discard for good");
    }
    eprint!("Discard {count} for good? Nothing can bring that back. [y/N] ");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
