//! The third step: a test delivery of AlgaPSA's own, which nobody else can send.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::arrival::Arrival;
use super::history::Arrived;
use super::steps::{Steps, entries, indented};
use super::watch::{Patience, Watch};
use crate::context::Stack;
use crate::output::times::{ago, lasting, moment};
use crate::output::{Time, hint};

/// An authentic delivery that this tool did not send.
#[derive(Clone, Debug, Serialize)]
pub struct Proof {
    pub at: Time,
    /// What came, in words.
    pub what: String,
    /// Whose it was, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
}

const PRESS: &str = "Press Send test at the webhook in AlgaPSA. What arrives is shown here.";

/// Waits for it, unless an authentic delivery has come before. Nothing if none came in time.
pub async fn step(
    stack: &Stack,
    steps: &Steps,
    before: Option<Arrived>,
    patience: Patience,
) -> Result<Option<Proof>> {
    steps.begin("A test from AlgaPSA")?;
    if let Some(before) = before {
        let Time(at) = before.at;
        let (what, ago) = (before.what.told(), ago(at, Timestamp::now()));
        steps.tell(&format!(
            "Done already: the last delivery came {ago} ({what})."
        ))?;
        return Ok(Some(Proof {
            at: before.at,
            what,
            tenant_id: None,
        }));
    }
    steps.tell(PRESS)?;
    let proof = arrives(stack, patience).await?;
    match &proof {
        Some(proof) => steps.tell(&arrived(proof))?,
        None => steps.say(nothing_came(&stack.webhook_url, patience.wait))?,
    }
    Ok(proof)
}

/// Waits for an authentic delivery that is not ours.
pub async fn arrives(stack: &Stack, patience: Patience) -> Result<Option<Proof>> {
    first(stack, patience, Arrival::is_authentic).await
}

/// Waits for a test delivery that is not ours: any other may be of another webhook.
pub async fn test_arrives(stack: &Stack, patience: Patience) -> Result<Option<Proof>> {
    first(stack, patience, Arrival::is_test).await
}

async fn first(
    stack: &Stack,
    patience: Patience,
    is_proof: impl Fn(&Arrival) -> bool,
) -> Result<Option<Proof>> {
    let mut watch = Watch::new(stack, patience);
    let proof = |arrival: Arrival| is_proof(&arrival).then_some(arrival);
    let found = watch.first("AlgaPSA's test delivery", proof).await?;
    Ok(found.map(|(at, arrival)| Proof {
        at: Time(at),
        what: arrival.told(),
        tenant_id: match arrival {
            Arrival::Test { tenant_id } => Some(tenant_id),
            _ => None,
        },
    }))
}

pub fn arrived(proof: &Proof) -> String {
    let tenant = proof.tenant_id.as_ref();
    let tenant = tenant.map_or_else(String::new, |id| format!(" It is of the tenant {id}."));
    let (what, at) = (&proof.what, moment(proof.at.0));
    format!("It arrived at {at} UTC, and its signature is right: {what}.{tenant}")
}

/// What to look at, by what AlgaPSA shows.
fn nothing_came(url: &str, wait: SignedDuration) -> String {
    let came = format!(
        "Nothing came within {}. What does AlgaPSA show for the test?",
        lasting(wait)
    );
    let no_answer = format!("is the URL there {url}, and may AlgaPSA's server reach the internet?");
    let shown = [
        ("no answer", &*no_answer),
        (
            "401",
            "AlgaPSA signs with another secret: put in the one that it showed last, with alga-webhooks secret rotate",
        ),
        ("404", "the URL's path is another one"),
        (
            "503",
            "the receiver could not read the secret: press Send test once more",
        ),
        ("200 and \"test\"", "the log is late: wait a minute"),
        (
            "nothing at all",
            "the webhook is paused, or the test was not sent",
        ),
    ];
    let again = indented("Then run it again: alga-webhooks connect");
    hint(&[indented(&came), entries(&shown), again].join("\n"))
}
