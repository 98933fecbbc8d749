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
use crate::output;
use crate::signing::versions::Versions;

/// Change the signing secret without losing a delivery.
///
/// The new secret counts at once, and the old one for another hour, for what is under way. Deliveries that AlgaPSA
/// signs with the new one before it is here are answered 401, and AlgaPSA sends them again a minute later: be quick
/// between the two. Test deliveries signed with both show that both are accepted.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("rotate.txt").trim_end())]
pub struct Rotate {
    /// Which of several webhooks.
    #[arg(long, value_name = "ID")]
    webhook_id: Option<Uuid>,
    /// Takes a secret that does not look like AlgaPSA's, and ends a previous one that still counts.
    #[arg(long)]
    force: bool,
}

/// AlgaPSA may word its buttons otherwise from one version to the next; these are the steps.
const GUIDE: &str = "\
In AlgaPSA, open Settings → Security → Webhooks → Outbound, then this webhook, and let it make a new signing secret.
AlgaPSA shows it once, and signs with it from that moment on, also what it sends again. Give it here at once.";

impl Rotate {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.stack().await?;
        let versions = Versions::read(&stack).await?;
        let current = versions.current.as_ref();
        let current = current
            .context("there is no secret to rotate yet: put it in by alga-webhooks secret set")?;
        let value = put::present(Some(current), false)?;
        let old = self.known(&value)?;
        self.warn(&versions, &value)?;
        output::note(format_args!("{GUIDE}"));
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

    /// The secret that is to be rotated.
    fn known(&self, value: &Value) -> Result<SecretString> {
        if let (Value::Single(_), Some(_)) = (value, self.webhook_id) {
            bail!("there is a single secret, and not one per webhook: leave --webhook-id out");
        }
        value.with(&SecretString::default(), self.entry())?;
        let known = value.secret(self.webhook_id);
        known.context(
            "there is no entry for this webhook yet: add it by alga-webhooks secret set --webhook-id",
        )
    }

    /// Told before a new secret is made in AlgaPSA, not after.
    fn warn(&self, versions: &Versions, value: &Value) -> Result<()> {
        let any_other = value.with(&"any other".into(), self.entry())?;
        let ends = !put::ended_by(versions, &any_other, Timestamp::now()).is_empty();
        if ends {
            let until = put::until(versions);
            let what = if self.force {
                "this ends it at once"
            } else {
                "another one would end it at once, which takes --force"
            };
            output::note(format_args!(
                "Note: the last change is not an hour old. The secret before it counts until {until}; {what}."
            ));
        }
        Ok(())
    }

    fn entry(&self) -> Entry<'_> {
        Entry {
            webhook_id: self.webhook_id,
            ..Entry::default()
        }
    }
}
