//! What AlgaPSA's REST API does instead of a person, where it lets us.

mod already;

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

use super::algapsa::{Api, Refusal, Signs, Tested};
use super::steps::Steps;
use super::test::{self, Proof};
use super::watch::{CLOCKS, Patience};
use super::{ask, guide};
use crate::commands::secret::check::Change;
use crate::commands::secret::put;
use crate::commands::secret::value::{Entry, Value};
use crate::context::{Outcome, Stack};
use crate::output::hint;
use crate::signing::versions::Versions;

/// The environment variable that comes before the question.
pub const KEY: &str = "ALGAPSA_API_KEY";

/// What is asked of the API.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub base: String,
    /// The webhook that is there, or none if one is to be made.
    pub webhook: Option<Uuid>,
    pub patience: Patience,
}

/// How that went.
#[derive(Debug)]
pub struct ByApi {
    /// Whether the stack holds another one now.
    pub secret_changed: bool,
    /// Or why a person has to go on.
    pub proof: Result<Proof, Refusal>,
}

const PROMPT: &str = "   Key of AlgaPSA's API (typing stays hidden): ";
const BY_HAND: &str = "So you do it in AlgaPSA's pages; the next steps say how.";
/// What the API cannot be asked to show.
const LOOK: &str = "The API does not show whether comments are left out and whether the rate limit is 1000 a minute: look in AlgaPSA, at \
    Settings → Security → Webhooks → Outbound.";

/// What follows if it may have made a secret that its answer did not bring.
const LOST: &str = "AlgaPSA may sign with a new secret that nobody has: run the same command again, or make one in AlgaPSA and run: \
    alga-webhooks secret rotate";

/// What follows if it may have made a webhook without saying which.
const LEFT_BEHIND: &str = "If AlgaPSA was reached, it may have made a webhook all the same, with a secret that nobody has: delete \
    the one named alga-webhooks if AlgaPSA shows it. ";

/// Nothing if nothing is wanted of the API. Fails if it refuses and a person could not do it either.
pub async fn connect(
    wanted: Option<Wanted>,
    stack: &Stack,
    steps: &Steps,
) -> Result<Option<ByApi>> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    steps.begin("By AlgaPSA's API")?;
    ensure!(
        !wanted.base.is_empty(),
        "where is AlgaPSA? Add its address with --algapsa https://…"
    );
    let api = Api::new(&wanted.base, key()?);
    let done = attempt(&api, &wanted, stack, steps).await?;
    if let Err(refusal) = &done.proof {
        let makes = wanted.webhook.is_none() && !done.secret_changed;
        let left = if makes && refusal.may_be_after_the_deed() {
            LEFT_BEHIND
        } else {
            ""
        };
        ensure!(
            refusal.is_of_the_api(),
            "{refusal}. {left}{}",
            what_to_do(refusal)
        );
        steps.tell(&format!("{refusal}. {}{left}{BY_HAND}", usual(refusal)))?;
    }
    Ok(Some(done))
}

impl ByApi {
    fn unchanged(proof: Result<Proof, Refusal>) -> Self {
        let secret_changed = false;
        Self {
            secret_changed,
            proof,
        }
    }
}

/// The key from the environment, or typed.
fn key() -> Result<SecretString> {
    let given = std::env::var(KEY).ok().filter(|key| !key.is_empty());
    if let Some(key) = given {
        return Ok(key.into());
    }
    ensure!(
        ask::is_possible(),
        "there is no terminal to ask for the API's key at: set {KEY}"
    );
    ask::hidden(PROMPT)?.context("no key was given")
}

/// What is usual of AlgaPSA as it is installed.
fn usual(refusal: &Refusal) -> &'static str {
    match refusal.status {
        Some(403) => "As it is installed, it lets nobody manage webhooks. ",
        Some(404) => "There is no such webhook, or no such API. ",
        _ => "",
    }
}

fn what_to_do(refusal: &Refusal) -> &'static str {
    match refusal.status {
        Some(401) => "Is the key right, and of a user who is active?",
        Some(429) => "It has been asked too often; wait a minute and run it again",
        Some(_) => "Run it again, or leave --algapsa and --webhook out to do it by hand",
        None => "Is the address right, and can this machine reach it?",
    }
}

async fn attempt(api: &Api, wanted: &Wanted, stack: &Stack, steps: &Steps) -> Result<ByApi> {
    let Some(id) = wanted.webhook else {
        return made(api, wanted, stack, steps).await;
    };
    match api.subscriptions(id).await {
        Ok(types) => subscribed(&types, stack, steps)?,
        Err(refusal) => return Ok(ByApi::unchanged(Err(refusal))),
    }
    if let Some(proof) = already::works(api, id, wanted, stack, steps).await? {
        return Ok(ByApi::unchanged(proof));
    }
    // AlgaPSA signs with the new secret at once, so what would be in the way here is found before.
    let replaces = Replaces::read(stack, id).await?;
    match api.rotate(id).await {
        Ok(signs) => taken(api, &signs, &replaces, wanted, stack, steps).await,
        Err(refusal) if refusal.is_before_the_deed() => Ok(ByApi::unchanged(Err(refusal))),
        Err(refusal) => bail!(hint(&format!("{refusal}. {LOST}"))),
    }
}

/// Makes a webhook. That it was made proves nothing: it may have been stored otherwise than was asked.
async fn made(api: &Api, wanted: &Wanted, stack: &Stack, steps: &Steps) -> Result<ByApi> {
    let held = Versions::read(stack).await?.current.is_some();
    ensure!(
        !held,
        "the stack holds a signing secret already: name its webhook with --webhook, or leave --algapsa out"
    );
    let events = guide::to_tick(stack.watched_types.as_deref());
    let signs = match api.create(&stack.webhook_url, &events).await {
        Ok(signs) => signs,
        Err(refusal) => return Ok(ByApi::unchanged(Err(refusal))),
    };
    steps.tell(&format!(
        "AlgaPSA says that it has made the webhook {}.",
        signs.webhook_id
    ))?;
    let replaces = Replaces::read(stack, signs.webhook_id).await?;
    taken(api, &signs, &replaces, wanted, stack, steps).await
}

/// Says which of the events that the stack watches are not ticked.
fn subscribed(types: &[String], stack: &Stack, steps: &Steps) -> Result<()> {
    let wanted = guide::to_tick(stack.watched_types.as_deref());
    let missing = wanted
        .into_iter()
        .filter(|name| !types.iter().any(|one| one == name));
    let missing: Vec<&str> = missing.collect();
    if missing.is_empty() {
        return steps.tell("The webhook is subscribed to all events that the stack watches.");
    }
    steps.tell(&format!(
        "These events are not ticked at the webhook, so the stack never hears of them: {}.",
        missing.join(", ")
    ))
}

/// Where a new secret goes.
struct Replaces {
    versions: Versions,
    value: Value,
    /// None if there is a single secret.
    webhook_id: Option<Uuid>,
}

impl Replaces {
    /// Fails if a new secret would end an older one that still counts.
    async fn read(stack: &Stack, webhook_id: Uuid) -> Result<Self> {
        let versions = Versions::read(stack).await?;
        let value = put::present(versions.current.as_ref(), false)?;
        let is_one_of_several = matches!(value, Value::Map(_));
        let replaces = Self {
            versions,
            value,
            webhook_id: is_one_of_several.then_some(webhook_id),
        };
        let any_other = replaces.with(&"any other".into())?;
        put::guard(&replaces.versions, &any_other, Timestamp::now(), false)?;
        Ok(replaces)
    }

    fn with(&self, secret: &SecretString) -> Result<Value> {
        let webhook_id = self.webhook_id;
        self.value.with(
            secret,
            Entry {
                webhook_id,
                ..Entry::default()
            },
        )
    }
}

/// Stores the secret before anything else, and then has AlgaPSA prove it.
async fn taken(
    api: &Api,
    signs: &Signs,
    replaces: &Replaces,
    wanted: &Wanted,
    stack: &Stack,
    steps: &Steps,
) -> Result<ByApi> {
    let new = replaces.with(&signs.secret)?;
    let stored = put::put(stack, &new).await;
    stored.context(hint(
        "AlgaPSA signs with a new secret now, but it could not be stored: run the same command again, which makes another one",
    ))?;
    let checks = [(&new, "new")];
    let change = Change::checked(stack, true, replaces.webhook_id, &checks).await?;
    if change.outcome() == Outcome::Bad {
        change.advise();
        bail!("the receiver does not accept the new secret");
    }
    steps.tell(
        "AlgaPSA has a new signing secret, the stack holds it, and the receiver accepts it.",
    )?;
    let asked = Timestamp::now();
    let proof = match api.test(signs.webhook_id).await {
        Ok(tested) if tested.is_proof() => Ok(seen(asked, wanted, stack, steps).await?),
        Ok(tested) => bail!(failed(&tested, &stack.webhook_url)),
        Err(refusal) => Err(refusal),
    };
    let secret_changed = true;
    Ok(ByApi {
        secret_changed,
        proof,
    })
}

/// AlgaPSA's word is not enough: the test that it was `asked` for then must be seen here too.
async fn seen(asked: Timestamp, wanted: &Wanted, stack: &Stack, steps: &Steps) -> Result<Proof> {
    let patience = Patience {
        since: asked - CLOCKS,
        ..wanted.patience
    };
    let proof = test::test_arrives(stack, patience).await?;
    let proof = proof.context(
        "AlgaPSA says that its test was accepted, but the receiver's log does not show it: does the webhook's URL lead to another \
         stack?",
    )?;
    steps.tell(&test::arrived(&proof))?;
    steps.tell(LOOK)?;
    Ok(proof)
}

fn failed(tested: &Tested, url: &str) -> String {
    format!(
        "AlgaPSA's test delivery got {}: is the webhook's URL in AlgaPSA {url}, and its method POST?",
        tested.told()
    )
}
