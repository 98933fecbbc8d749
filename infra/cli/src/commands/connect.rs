//! `alga-webhooks connect`.

pub mod algapsa;
pub mod arrival;
pub mod ask;
pub mod by_api;
pub mod check;
pub mod event;
pub mod guide;
pub mod history;
pub mod keys;
pub mod reaction;
pub mod signing;
pub mod steps;
pub mod test;
pub mod watch;

use anyhow::Result;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use self::event::First;
use self::steps::{Steps, paragraph};
use self::test::Proof;
use self::watch::Patience;
use crate::context::{Context, Outcome, Stack};
use crate::input::length;
use crate::output::{self, hint};

/// Connect AlgaPSA with the stack, step by step, up to a first event and its reaction.
///
/// It says what to enter in AlgaPSA, takes the signing secret, waits for the test delivery that you send from there, takes the
/// keys of AlgaPSA's API if the stack reads tickets, and shows the first event. Each step looks whether it is done already,
/// so it can be interrupted and run again.
///
/// With --check it looks through all of that on a running stack, asks nothing, and changes nothing. Exit code 1 if the test
/// delivery or the event did not come, or if --check finds something wrong.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("connect.txt").trim_end())]
pub struct Connect {
    /// Say what is wrong with a running stack, and how to fix it. Sends the receiver a test delivery, which leaves nothing
    /// behind, and reads the whole table, which takes time and read units.
    #[arg(long, conflicts_with_all = ["algapsa", "webhook", "wait", "watch"])]
    check: bool,
    /// AlgaPSA's address, such as `https://algapsa.com`: try its REST API before asking you to click. It needs a key of the
    /// API, which is asked for or taken from `ALGAPSA_API_KEY`. AlgaPSA as it is installed refuses; then you are asked to click.
    #[arg(long, value_name = "URL")]
    algapsa: Option<String>,
    /// The webhook that is there already: give it a new signing secret by the API, store that, and send a test. Without
    /// --algapsa, the address is the stack's `TicketApiUrl`.
    #[arg(long, value_name = "ID")]
    webhook: Option<Uuid>,
    /// How long to wait for the test delivery, and then for the first event.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = length)]
    wait: SignedDuration,
    /// The URL that AlgaPSA is to use, if it is not the stack's own, such as one behind your proxy.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Watch for the first event without asking.
    #[arg(long)]
    watch: bool,
}

/// What has come of it, for a program.
#[derive(Debug, Default, Serialize)]
struct Connected {
    secret_changed: bool,
    /// What proves that AlgaPSA's deliveries arrive.
    proof: Option<Proof>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_event: Option<First>,
}

/// How much earlier than this tool a person may have been.
const EARLIER: SignedDuration = SignedDuration::from_secs(60);

const WELCOME: &str = "\
This connects AlgaPSA with the stack, step by step. Each step looks whether it is done already: stop with Ctrl-C whenever you \
like, and run it again to go on.";

const DONE: &str = "Connected. To look through all of it later, run: alga-webhooks connect --check";

impl Connect {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        if self.check {
            return check::run(context, self.stack(context).await).await;
        }
        let stack = self.stack(context).await?;
        let (steps, began) = (Steps::new(context.json), Timestamp::now());
        steps.say(paragraph(WELCOME))?;
        let mut connected = Connected::default();
        let outcome = self.through(&stack, &steps, began, &mut connected).await?;
        if context.json {
            output::json(&connected)?;
        } else if outcome == Outcome::Good {
            output::line(format_args!("\n{}", hint(DONE)))?;
        }
        Ok(outcome)
    }

    /// The stack, as AlgaPSA is to reach it.
    async fn stack(&self, context: &Context) -> Result<Stack> {
        let mut stack = context.stack().await?;
        if let Some(url) = &self.url {
            stack.webhook_url.clone_from(url);
        }
        Ok(stack)
    }

    /// All steps, in order. Ends at the first that cannot be done.
    async fn through(
        &self,
        stack: &Stack,
        steps: &Steps,
        began: Timestamp,
        connected: &mut Connected,
    ) -> Result<Outcome> {
        let patience = Patience {
            began,
            since: began - EARLIER,
            wait: self.wait,
        };
        let wanted = self.wanted(stack, patience);
        let by_api = by_api::connect(wanted, stack, steps).await?;
        connected.secret_changed = by_api.as_ref().is_some_and(|done| done.secret_changed);
        connected.proof = match by_api.and_then(|done| done.proof.ok()) {
            Some(proof) => Some(proof),
            None => by_hand(stack, steps, patience, connected).await?,
        };
        if connected.proof.is_none() {
            return Ok(Outcome::Bad);
        }
        keys::step(stack, steps).await?;
        let (outcome, first) = event::step(stack, steps, patience, self.watch).await?;
        connected.first_event = first;
        Ok(outcome)
    }

    /// What is wanted of AlgaPSA's API, if anything is.
    fn wanted(&self, stack: &Stack, patience: Patience) -> Option<by_api::Wanted> {
        if self.algapsa.is_none() && self.webhook.is_none() {
            return None;
        }
        let tickets = || stack.source.parameter("TicketApiUrl", "TICKET_API_URL");
        let base = self.algapsa.clone().or_else(tickets);
        Some(by_api::Wanted {
            base: base.unwrap_or_default(),
            webhook: self.webhook,
            patience,
        })
    }
}

/// What a person does in AlgaPSA; nothing if no test delivery came.
async fn by_hand(
    stack: &Stack,
    steps: &Steps,
    patience: Patience,
    connected: &mut Connected,
) -> Result<Option<Proof>> {
    let last = history::last_authentic(stack).await?;
    guide::step(stack, steps, last.is_some())?;
    let Some(held) = signing::step(stack, steps).await? else {
        return Ok(None);
    };
    connected.secret_changed |= held.changed;
    // What may have been signed with the secret before proves nothing.
    let last = last.filter(|last| last.at.0 >= held.alone_since);
    test::step(stack, steps, last, patience).await
}
