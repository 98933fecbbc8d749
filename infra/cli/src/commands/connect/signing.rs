//! The second step: the signing secret.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use shared::secret::Secret;

use super::ask;
use super::steps::Steps;
use crate::commands::secret::check;
use crate::commands::secret::set::Set;
use crate::context::{Outcome, Stack};
use crate::output::count;
use crate::signing::versions::Versions;

const PASTE: &str = "Paste the one that AlgaPSA has shown, and press Enter.";
const NO_TERMINAL: &str = "There is no terminal to ask at, so it is read from standard input, as in: pass show algapsa/webhook | \
    alga-webhooks connect";

/// What the stack holds now.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Whether it was put in by this step.
    pub changed: bool,
    /// Since when nothing is accepted but what is signed with it.
    pub alone_since: Timestamp,
}

/// Asks for the secret if there is none; nothing if the receiver does not accept what is there.
pub async fn step(stack: &Stack, steps: &Steps) -> Result<Option<Held>> {
    steps.begin("Its signing secret")?;
    let versions = Versions::read(stack).await?;
    let alone_since = versions.alone_since();
    match versions.current.zip(alone_since) {
        Some((current, alone_since)) => {
            let held = current
                .secrets()
                .context("the secret that is there cannot be used")?;
            let is_accepted = is_accepted(stack, steps, &held).await?;
            let changed = false;
            Ok(is_accepted.then_some(Held {
                changed,
                alone_since,
            }))
        }
        None => asked(stack, steps).await,
    }
}

/// There is one already.
async fn is_accepted(stack: &Stack, steps: &Steps, held: &[Secret]) -> Result<bool> {
    let checks = check::all(stack, held).await?;
    let Some(refused) = checks.iter().find(|check| !check.is_accepted()) else {
        let held = count(held.len(), "secret");
        steps.tell(&format!(
            "The stack holds {held}, and the receiver accepts what is signed with it. To change it, run: alga-webhooks secret \
             rotate"
        ))?;
        return Ok(true);
    };
    steps.tell(&format!(
        "The stack holds a secret, but the receiver answered {} to a test delivery that was signed with it. To see why, run: \
         alga-webhooks connect --check",
        refused.answer().outcome()
    ))?;
    Ok(false)
}

async fn asked(stack: &Stack, steps: &Steps) -> Result<Option<Held>> {
    let from = if ask::is_possible() {
        PASTE
    } else {
        NO_TERMINAL
    };
    steps.tell(&format!("The stack holds no secret yet. {from}"))?;
    let change = Set::default().change(stack).await?;
    if change.outcome() == Outcome::Bad {
        change.advise();
        return Ok(None);
    }
    steps.tell("The secret is in place, and the receiver accepts what is signed with it.")?;
    let (changed, alone_since) = (true, Timestamp::now());
    Ok(Some(Held {
        changed,
        alone_since,
    }))
}
