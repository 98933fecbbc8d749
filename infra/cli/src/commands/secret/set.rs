//! `alga-webhooks secret set`.

use anyhow::{Result, ensure};
use clap::Args;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::check::Change;
use super::value::{Entry, Value};
use super::{offered, put};
use crate::context::{Context, Outcome, Stack};
use crate::output::hint;
use crate::signing::versions::Versions;

/// Set the signing secret that AlgaPSA shows when you add a webhook there.
///
/// A test delivery then proves that the receiver accepts it; that takes up to 31 seconds.
#[derive(Debug, Default, Args)]
#[command(after_long_help = include_str!("set.txt").trim_end())]
pub struct Set {
    /// The webhook that the secret belongs to, if there are several. The other webhooks' secrets stay.
    #[arg(long, value_name = "ID")]
    webhook_id: Option<Uuid>,
    /// The only tenant that this secret may speak for. A receiver that already holds the secret learns that within five
    /// minutes.
    #[arg(long, value_name = "ID", requires = "webhook_id")]
    tenant: Option<String>,
    /// The webhook that the present single secret belongs to. Needed when you add a second webhook.
    #[arg(long, value_name = "ID", requires = "webhook_id")]
    existing_is: Option<Uuid>,
    /// Replace a secret that is there, accept one that does not look like AlgaPSA's, and end a previous one early.
    #[arg(long)]
    force: bool,
}

impl Set {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.stack().await?;
        self.change(&stack).await?.show(context.json)
    }

    /// Asks for the secret, puts it in, and looks whether the receiver accepts it.
    pub async fn change(&self, stack: &Stack) -> Result<Change> {
        let versions = Versions::read(stack).await?;
        let value = put::present(versions.current.as_ref(), self.force)?;
        // Arguments that do not fit are refused before the secret is asked for.
        value.with(&SecretString::default(), self.entry())?;
        let known = self.known(&value);
        ensure!(
            known.is_none() || self.force || self.tenant.is_some(),
            hint(
                "there is a secret already: change it with alga-webhooks secret rotate, or replace it with --force"
            )
        );
        let secret = offered::read(self.force)?;
        let same = known.is_some_and(|known| known.expose_secret() == secret.expose_secret());
        ensure!(
            same || self.known(&value).is_none() || self.force,
            hint(
                "nothing was changed, because there is another secret already: change it with alga-webhooks secret rotate"
            )
        );
        let new = value.with(&secret, self.entry())?;
        put::guard(&versions, &new, Timestamp::now(), self.force)?;
        let changed = value.text().expose_secret() != new.text().expose_secret();
        if changed {
            put::put(stack, &new).await?;
        }
        let values = [(&new, "new")];
        Change::checked(stack, changed, self.webhook_id, &values).await
    }

    /// The secret that would be replaced.
    fn known(&self, value: &Value) -> Option<SecretString> {
        let becomes_an_entry = self.existing_is.is_some() && matches!(value, Value::Single(_));
        if becomes_an_entry {
            None
        } else {
            value.secret(self.webhook_id)
        }
    }

    fn entry(&self) -> Entry<'_> {
        Entry {
            webhook_id: self.webhook_id,
            tenant_id: self.tenant.as_deref(),
            existing_is: self.existing_is,
        }
    }
}
