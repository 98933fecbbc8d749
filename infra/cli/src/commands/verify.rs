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

/// Explain why the signature of a captured request does not verify.
///
/// It makes the receiver's checks one by one. If none of the receiver's secrets made the signature, it looks for an
/// explanation: a body that was changed on the way, or a secret that was. It sends nothing.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("verify.txt").trim_end(), group = ArgGroup::new("captured").required(true).args(["request", "body"]))]
pub struct Verify {
    /// A file with the whole request: headers, an empty line, the body. `-` is standard input.
    #[arg(long, value_name = "PATH")]
    request: Option<PathBuf>,
    /// A file with the body alone, byte for byte. `-` is standard input.
    #[arg(long, value_name = "PATH")]
    body: Option<PathBuf>,
    /// The value of the X-Alga-Signature header, with --body.
    #[arg(long, value_name = "HEADER", conflicts_with = "request")]
    signature: Option<String>,
    /// The value of the X-Alga-Webhook-Id header, with --body.
    #[arg(long, value_name = "ID", conflicts_with = "request")]
    webhook_id: Option<Uuid>,
    /// When the request was received, such as 2026-08-24T15:04:05Z or in Unix seconds. By default what its Date header
    /// says, or else now.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    /// A file with the secret, or the map of secrets, to check with instead of the stack's. `-` is standard input.
    #[arg(long, value_name = "PATH")]
    secret_file: Option<PathBuf>,
}

impl Verify {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let inputs = [&self.request, &self.body, &self.secret_file];
        let from_stdin = |path: &&&Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
        ensure!(
            inputs.iter().filter(from_stdin).count() < 2,
            "only one file can come from standard input"
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
                .with_context(|| format!("{} is not a captured request", path.display())),
            (None, Some(path)) => Ok(Capture {
                signature: self.signature.clone(),
                webhook_id: self.webhook_id,
                body: input::file(path)?,
                ..Capture::default()
            }),
            (None, None) => unreachable!("clap asks for one of them"),
        }
    }

    /// The secrets that the receiver has, and those that Secrets Manager has besides, which may explain a signature.
    async fn held(&self, context: &Context, at: Timestamp) -> Result<(Held, Vec<Key>)> {
        if let Some(path) = &self.secret_file {
            let text = String::from_utf8(input::file(path)?);
            let text = text.ok().context("the secret is not text")?;
            return Ok((keys::given(&text), Vec::new()));
        }
        let stack = context.stack().await?;
        let read = versions::Versions::read(&stack).await?;
        // Permission to read the secret may come without permission to list its versions. Then fewer secrets are tried.
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
        .context("give a time such as 2026-08-24T15:04:05Z, or in Unix seconds")
}
