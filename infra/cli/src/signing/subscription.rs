//! The sender's side: where to send, and what to sign with.

use std::env;

use anyhow::{Context as _, Result, bail};
use secrecy::SecretString;
use shared::secret::{self, Secret};
use uuid::Uuid;

use super::versions::Versions;
use crate::context::Context;
use crate::output::hint;

/// The environment variable that comes before Secrets Manager.
pub const VARIABLE: &str = "SIGNING_SECRET";

/// One webhook, as AlgaPSA has it.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub url: String,
    pub key: SecretString,
    /// Its id; a made-up one if the secret names none.
    pub webhook_id: Uuid,
    /// Where the secret comes from, in words.
    pub source: String,
    /// The stack's parameter `WatchedTypes`, if that is known.
    pub watched_types: Option<String>,
    /// The only tenant that its secret may speak for, if it is bound to one.
    pub tenant_id: Option<String>,
}

impl Subscription {
    /// The webhook that the secret names, or else the given one.
    pub fn new(url: String, secret: &Secret, webhook_id: Option<Uuid>, source: String) -> Self {
        let webhook_id = secret.webhook_id.or(webhook_id);
        Self {
            url,
            key: secret.key.clone(),
            webhook_id: webhook_id.unwrap_or_else(Uuid::new_v4),
            source,
            watched_types: None,
            tenant_id: secret.tenant_id.clone(),
        }
    }

    /// Whether the secret comes from the environment, not from the stack.
    pub fn is_of_environment(&self) -> bool {
        self.source.starts_with(VARIABLE)
    }

    /// Takes the secret from the environment or the stack. Asks AWS only for what is not given.
    pub async fn find(
        context: &Context,
        webhook_id: Option<Uuid>,
        url: Option<String>,
    ) -> Result<Self> {
        let given = env::var(VARIABLE).ok().filter(|value| !value.is_empty());
        let given = given.filter(|_| !context.options.is_named());
        let stack = match (&given, &url) {
            (Some(_), Some(_)) => None,
            _ => Some(context.stack().await?),
        };
        let (held, source) = match (given, &stack) {
            (None, Some(stack)) => {
                let current = Versions::read(stack).await?.current;
                let none =
                    "the signing secret has no value yet: set it with alga-webhooks secret set";
                let current = current.with_context(|| hint(none))?;
                let held = current.secrets().context("AWSCURRENT cannot be used")?;
                (held, "AWSCURRENT of the stack's secret".to_owned())
            }
            (given, _) => {
                let held = secret::parse(&given.unwrap_or_default());
                let held = held.with_context(|| format!("{VARIABLE} cannot be used"))?;
                (held, format!("{VARIABLE} of the environment"))
            }
        };
        let secret = choose(&held, webhook_id)?;
        let stack_url = stack.as_ref().map(|stack| stack.webhook_url.clone());
        let url = url.or(stack_url).unwrap_or_default();
        Ok(Self {
            watched_types: stack.and_then(|stack| stack.watched_types),
            ..Self::new(url, secret, webhook_id, source)
        })
    }
}

/// The secret of a webhook. A single secret without a webhook's id fits every webhook.
pub fn choose(held: &[Secret], webhook_id: Option<Uuid>) -> Result<&Secret> {
    let named = webhook_id.and_then(|id| held.iter().find(|secret| secret.webhook_id == Some(id)));
    match (named, held, webhook_id) {
        (Some(secret), ..) => Ok(secret),
        (None, [only], None) => Ok(only),
        (None, [only], Some(_)) if only.webhook_id.is_none() => Ok(only),
        (None, _, Some(id)) => bail!(
            "there is no secret for the webhook {id}, only for {}",
            names(held)
        ),
        (None, ..) => bail!(
            "there are several secrets: choose one with --webhook-id; there are {}",
            names(held)
        ),
    }
}

fn names(held: &[Secret]) -> String {
    let id = |secret: &Secret| secret.webhook_id.map(|id| id.to_string());
    let names = held
        .iter()
        .map(|secret| id(secret).unwrap_or("one without an id".to_owned()));
    names.collect::<Vec<_>>().join(", ")
}
