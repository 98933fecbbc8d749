//! `alga-webhooks verify`.

pub mod capture;
pub mod header;
pub mod judgement;
pub mod keys;
pub mod rewritten;
pub mod suspects;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::{ArgGroup, Args};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use uuid::Uuid;

use self::capture::Capture;
use self::header::Claim;
use self::judgement::Judgement;
use self::keys::{Held, Key};
use crate::context::{Context, Outcome};
use crate::input;
use crate::signing::versions;

/// Tell why a captured request does not verify.
///
/// Goes through what the receiver checks, one by one. If no secret that it holds has made the signature, looks for what
/// would have: a body that was changed on the way, or a secret that was. Sends nothing.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("verify.txt").trim_end(), group = ArgGroup::new("captured").required(true).args(["request", "body"]))]
pub struct Verify {
    /// A whole captured request: headers, an empty line, the body. `-` for standard input.
    #[arg(long, value_name = "PATH")]
    request: Option<PathBuf>,
    /// The body alone, byte for byte. `-` for standard input.
    #[arg(long, value_name = "PATH")]
    body: Option<PathBuf>,
    /// The value of its X-Alga-Signature header.
    #[arg(long, value_name = "HEADER", conflicts_with = "request")]
    signature: Option<String>,
    /// The value of its X-Alga-Webhook-Id header.
    #[arg(long, value_name = "ID", conflicts_with = "request")]
    webhook_id: Option<Uuid>,
    /// When it was received, such as 2026-08-24T15:04:05Z or in Unix seconds; else its Date header counts, else now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    /// A file with the secret, or the map of secrets, in place of the stack's. `-` for standard input.
    #[arg(long, value_name = "PATH")]
    secret_file: Option<PathBuf>,
}

impl Verify {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let inputs = [&self.request, &self.body, &self.secret_file];
        let from_stdin = |path: &&&Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
        ensure!(
            inputs.iter().filter(from_stdin).count() < 2,
            "only one of them can come from standard input"
        );
        let capture = self.capture()?;
        let at = self.at.or(capture.date).unwrap_or_else(Timestamp::now);
        let (held, others) = self.held(context, at).await?;
        let mut judgement = Judgement::of(&capture, at, &held);
        if !judgement.matches {
            let claim = capture.signature.as_deref().and_then(Claim::find);
            let keys = [held.unwrap_or_default(), others].concat();
            let suspect = claim.and_then(|claim| suspects::find(&claim, &capture.body, &keys));
            judgement.suspect(suspect);
        }
        judgement.show(context.json)
    }

    fn capture(&self) -> Result<Capture> {
        match (&self.request, &self.body) {
            (Some(path), _) => Capture::parse(&input::file(path)?)
                .with_context(|| format!("{} is no captured request", path.display())),
            (None, Some(path)) => Ok(Capture {
                signature: self.signature.clone(),
                webhook_id: self.webhook_id,
                body: input::file(path)?,
                ..Capture::default()
            }),
            (None, None) => unreachable!("clap asks for one of them"),
        }
    }

    /// What the receiver holds, and what else Secrets Manager has, which is good only for looking.
    async fn held(&self, context: &Context, at: Timestamp) -> Result<(Held, Vec<Key>)> {
        if let Some(path) = &self.secret_file {
            let text = String::from_utf8(input::file(path)?);
            let text = text.ok().context("the secret is not text")?;
            return Ok((keys::given(&text), Vec::new()));
        }
        let stack = context.stack().await?;
        let read = versions::Versions::read(&stack).await?;
        // Whoever may read the secret may not be allowed to list its versions; then there is less to look through.
        let others = versions::others(&stack).await.unwrap_or_default();
        let others = others.iter().flat_map(keys::of_no_account).collect();
        Ok((keys::held(&read, at), others))
    }
}

pub fn time(text: &str) -> Result<Timestamp> {
    if let Ok(seconds) = text.parse() {
        return Ok(Timestamp::from_second(seconds)?);
    }
    let date = rfc2822::parse(text).map(|date| date.timestamp());
    date.or_else(|_| text.parse())
        .context("a time looks like 2026-08-24T15:04:05Z, or is in Unix seconds")
}
