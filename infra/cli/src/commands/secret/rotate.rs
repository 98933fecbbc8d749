//! `alga-webhooks secret rotate`.

use anyhow::{Context as _, Result, bail};
use clap::Args;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::check::Change;
use super::value::{Entry, Value};
use super::{offered, put};
use crate::context::{Context, Outcome};
use crate::output::{self, hint};
use crate::signing::versions::Versions;

/// Change the signing secret without losing a delivery.
///
/// The new secret counts at once; the old one counts for another hour, for deliveries that are under way. AlgaPSA signs
/// with the new secret from the moment it shows it, and until you have put it in here, its deliveries are answered 401.
/// AlgaPSA sends them again a minute later, so be quick. Test deliveries then prove that both secrets are accepted; that
/// takes up to 31 seconds.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("rotate.txt").trim_end())]
pub struct Rotate {
    /// The webhook whose secret to change, if there are several.
    #[arg(long, value_name = "ID")]
    webhook_id: Option<Uuid>,
    /// Accept a secret that does not look like AlgaPSA's, and end a previous one that still counts.
    #[arg(long)]
    force: bool,
}

/// The steps only: the names of AlgaPSA's buttons change from version to version.
const GUIDE: &str = "\
In AlgaPSA, open Settings → Security → Webhooks → Outbound, then this webhook, and have it make a new signing secret.
AlgaPSA shows the secret once, and signs everything with it from that moment on, retries too. Paste it here at once.";

impl Rotate {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.stack().await?;
        let versions = Versions::read(&stack).await?;
        let current = versions.current.as_ref();
        let none = "there is no secret to rotate yet: set one with alga-webhooks secret set";
        let current = current.with_context(|| hint(none))?;
        let value = put::present(Some(current), false)?;
        let old = self.known(&value)?;
        let waits = self.warn(&versions, &value)?;
        if !waits {
            output::note(format_args!("{GUIDE}"));
        }
        let secret = offered::read(self.force)?;
        let new = value.with(&secret, self.entry())?;
        let same = old.expose_secret() == secret.expose_secret();
        let mut values = vec![(&new, "new")];
        if !same {
            put::guard(&versions, &new, Timestamp::now(), self.force)?;
            put::put(&stack, &new).await?;
            values.push((&value, "old"));
        }
        let change = Change::checked(&stack, !same, self.webhook_id, &values);
        change.await?.show(context.json)
    }

    /// The secret to rotate.
    fn known(&self, value: &Value) -> Result<SecretString> {
        if let (Value::Single(_), Some(_)) = (value, self.webhook_id) {
            bail!("there is a single secret, not one per webhook: leave --webhook-id out");
        }
        value.with(&SecretString::default(), self.entry())?;
        let known = value.secret(self.webhook_id);
        let none = "there is no secret for this webhook yet: add it with alga-webhooks secret set --webhook-id";
        known.with_context(|| hint(none))
    }

    /// People must know this before they make a new secret in AlgaPSA. Says whether they had better not make one now.
    fn warn(&self, versions: &Versions, value: &Value) -> Result<bool> {
        let any_other = value.with(&"any other".into(), self.entry())?;
        let ends = !put::ended_by(versions, &any_other, Timestamp::now()).is_empty();
        if ends {
            let until = put::until(versions);
            let what = if self.force {
                "this ends it at once, as --force says"
            } else {
                "do not make another one in AlgaPSA now. If you are completing an interrupted change, paste its secret; otherwise wait, or add \
                 --force, which ends the one before at once"
            };
            output::note(format_args!(
                "Note: the secret was changed less than an hour ago, and the one before still counts until {until}: {what}."
            ));
        }
        Ok(ends && !self.force)
    }

    fn entry(&self) -> Entry<'_> {
        Entry {
            webhook_id: self.webhook_id,
            ..Entry::default()
        }
    }
}
