//! The fourth step: the keys of AlgaPSA's API, for stacks that read tickets.

use anyhow::Result;
use secrecy::SecretString;
use shared::secret::StoredSecret;

use super::algapsa::{Api, Refusal};
use super::ask;
use super::steps::Steps;
use crate::commands::secret::put;
use crate::context::{Source, Stack};
use crate::output::{hint, sentence};

/// A key that the stack has a place for.
#[derive(Clone, Debug)]
pub struct Key {
    /// What it is called.
    pub name: &'static str,
    /// What it is for, such as `tickets before a reaction`.
    pub reads: &'static str,
    /// Whether another one is taken as long as it has no value.
    pub has_another: bool,
    secret_id: String,
}

/// How often a key is asked for that the API then refuses.
const MOST_TRIES: usize = 3;

const NONE: &str = "None is needed: without TicketApiUrl, the stack reads no tickets.";
const UNKNOWN: &str = "Whether the stack reads tickets is not known here: with --stack it is.";
const NO_TERMINAL: &str = "There is none yet, and no terminal to ask at. To put one in, run: ";

/// Those that the stack has a place for.
pub fn of(source: &Source) -> Vec<Key> {
    let tickets = source.output("TicketApiSecretId", "TICKET_API_SECRET_ID");
    let reconciler = source.output("ReconcileApiSecretId", "RECONCILE_API_SECRET_ID");
    let tickets = tickets.map(|secret_id| Key {
        name: "key for tickets",
        reads: "tickets before a reaction",
        has_another: false,
        secret_id,
    });
    let reconciler = reconciler.map(|secret_id| Key {
        name: "key to reconcile",
        reads: "the tickets that the reconciler compares",
        has_another: tickets.is_some(),
        secret_id,
    });
    tickets.into_iter().chain(reconciler).collect()
}

impl Key {
    /// The value that is there, if there is one.
    pub async fn stored(&self, stack: &Stack) -> Result<Option<SecretString>> {
        let id = self.secret_id.clone();
        let stored = StoredSecret::new(&stack.config, id, "the key of the ticket API");
        Ok(stored.text_if_any().await?.map(SecretString::from))
    }

    /// How to put a key in without this tool's questions.
    pub fn putting(&self) -> String {
        format!(
            "read -rs key; aws secretsmanager put-secret-value --secret-id {} --secret-string=\"$key\"",
            hint::quoted(&self.secret_id)
        )
    }
}

/// Tries the keys that are there, and asks for those that are not.
pub async fn step(stack: &Stack, steps: &Steps) -> Result<()> {
    steps.begin("Keys of AlgaPSA's API (optional)")?;
    let url = stack.source.parameter("TicketApiUrl", "TICKET_API_URL");
    let url = match url.as_deref() {
        Some("") => return steps.tell(NONE),
        None => return steps.tell(UNKNOWN),
        Some(url) => url,
    };
    for key in of(&stack.source) {
        match key.stored(stack).await? {
            Some(stored) => tried(&key, &Api::new(url, stored), steps).await?,
            None if ask::is_possible() => asked(&key, url, stack, steps).await?,
            None => steps.tell(&format!("{NO_TERMINAL}{}", key.putting()))?,
        }
    }
    Ok(())
}

/// One that is stored.
async fn tried(key: &Key, api: &Api, steps: &Steps) -> Result<()> {
    match api.reads_tickets().await {
        Ok(()) => steps.tell(&format!("The key for {} works.", key.reads)),
        Err(refusal) => steps.tell(&format!(
            "The key for {} is stored, but does not work: {refusal}. {} To put another one in, run: {}",
            key.reads,
            sentence(what_to_do(&refusal)),
            key.putting()
        )),
    }
}

/// Asks for a key, tries it, and stores it if it works. Enter leaves it out.
async fn asked(key: &Key, url: &str, stack: &Stack, steps: &Steps) -> Result<()> {
    let prompt = format!(
        "   Key that reads {} (typing stays hidden; Enter leaves it out): ",
        key.reads
    );
    for _ in 0..MOST_TRIES {
        let Some(typed) = ask::hidden(&prompt)? else {
            return steps.tell("Left out.");
        };
        match Api::new(url, typed.clone()).reads_tickets().await {
            Ok(()) => {
                put::text(stack, &key.secret_id, &typed).await?;
                return steps.tell("It works, and is stored.");
            }
            Err(refusal) => steps.tell(&format!(
                "It was not stored. {refusal}. {}",
                sentence(what_to_do(&refusal))
            ))?,
        }
    }
    Ok(())
}

/// Why a key does not read tickets.
pub fn what_to_do(refusal: &Refusal) -> &'static str {
    match refusal.status {
        Some(401) => "The key is wrong or has expired, or its user is not active",
        Some(403) => "Let the key's user read tickets in AlgaPSA, or take the key of one who may",
        Some(429) => "It has been asked too often; wait a minute",
        Some(_) => "Is TicketApiUrl AlgaPSA's address?",
        None => "Is TicketApiUrl right, and can this machine reach it?",
    }
}
