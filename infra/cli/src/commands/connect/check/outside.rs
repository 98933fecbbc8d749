//! What the stack talks to: the reaction's target, AlgaPSA's API, and the reconciler that reads it.

use std::time::Duration;

use anyhow::Result;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use reconciler::memory::Memory;

use super::Seen;
use crate::commands::connect::algapsa::Api;
use crate::commands::connect::keys::{Key, what_to_do};
use crate::commands::connect::reaction::{Reaction, without_query};
use crate::commands::reconcile::settings::{self, Place};
use crate::context::Stack;
use crate::output::errors;
use crate::output::times::{ago, lasting};
use crate::proxied;

/// As long as the reactor waits for its target.
const TIMEOUT: Duration = Duration::from_secs(10);

const NOT_KNOWN: &str = "not known without --stack";
const REACH: &str = "Is it up, and is ReactionUrl right? AWS Lambda calls it over the internet, so it needs a public name";

/// Whether the target of an http reaction answers at all. Nothing is posted: that would be an event there.
pub async fn reaction(stack: &Stack) -> Result<Seen> {
    let reaction = Reaction::of(&stack.source);
    let url = match &reaction {
        Reaction::Http(url) => url,
        Reaction::Unknown => return Ok(Seen::Open(NOT_KNOWN.to_owned())),
        Reaction::Log => {
            let says =
                "events are written to the reactor's log, and nothing else is done with them";
            return Ok(Seen::Good(says.to_owned()));
        }
        _ => {
            return Ok(Seen::Open(format!(
                "events are {}; that is not looked at",
                reaction.told()
            )));
        }
    };
    Ok(match answers(url).await {
        Ok(status) => Seen::Good(format!("{} answers ({status} to HEAD)", without_query(url))),
        Err(why) => Seen::Wrong(
            format!("{} does not answer this machine: {why}", without_query(url)),
            REACH.to_owned(),
        ),
    })
}

/// The status of an answer to HEAD, whatever it is.
async fn answers(url: &str) -> Result<u16, String> {
    let request = Request::head(url)
        .header("user-agent", shared::aws::USER_AGENT)
        .body(SdkBody::empty());
    let request = request.map_err(|error| error.to_string())?;
    let request = HttpRequest::try_from(request).map_err(|error| errors::cause(&error))?;
    let connector = proxied::connector();
    let answer = tokio::time::timeout(TIMEOUT, connector.call(request)).await;
    let answer = answer.map_err(|_| format!("nothing within {TIMEOUT:?}"))?;
    let answer = answer.map_err(|error| errors::cause(&error))?;
    Ok(answer.status().as_u16())
}

/// Whether a key of the API reads tickets.
pub async fn key(stack: &Stack, key: &Key) -> Result<Seen> {
    let url = stack.source.parameter("TicketApiUrl", "TICKET_API_URL");
    let Some(url) = url.filter(|url| !url.is_empty()) else {
        return Ok(Seen::Open(NOT_KNOWN.to_owned()));
    };
    let Some(stored) = key.stored(stack).await? else {
        return Ok(missing(key));
    };
    Ok(match Api::new(&url, stored).reads_tickets().await {
        Ok(()) => Seen::Good(format!("reads {}", key.reads)),
        Err(refusal) => Seen::Wrong(
            refusal.to_string(),
            format!(
                "{}. To put another key in, run: {}",
                what_to_do(&refusal),
                key.putting()
            ),
        ),
    })
}

/// The reconciler does without a key of its own.
fn missing(key: &Key) -> Seen {
    if key.has_another {
        let says = "none of its own: it takes the key for tickets";
        return Seen::Open(says.to_owned());
    }
    let to_fix =
        "Make a key in AlgaPSA that may read tickets, and put it in: alga-webhooks connect";
    Seen::Wrong("none is set".to_owned(), to_fix.to_owned())
}

const INVOKE: &str =
    "See its log, or make a run by hand, which says what is wrong: alga-webhooks reconcile";

/// Whether it is on, and whether its last whole run is as young as it should be.
pub async fn reconciler(stack: &Stack) -> Result<Seen> {
    let every = settings::every(&stack.source)?;
    let Some(every) = every else {
        return Ok(Seen::Open(NOT_KNOWN.to_owned()));
    };
    if every.is_zero() {
        let says = "off: changes that AlgaPSA never announces stay unnoticed (ReconcileMinutes)";
        return Ok(Seen::Open(says.to_owned()));
    }
    let store = Place::of(&stack.source)?.store(&stack.config);
    let remembered = store.recall().await?;
    Ok(ran(remembered.memory.as_ref(), every, Timestamp::now()))
}

/// A run is missed if none was whole in two of its turns, and some time for the run itself.
pub fn ran(memory: Option<&Memory>, every: SignedDuration, now: Timestamp) -> Seen {
    let turns = format!("every {}", lasting(every));
    let last = memory.and_then(|memory| memory.runs.back());
    let Some(last) = last else {
        let says = format!("on, {turns}, but no run has been whole yet");
        return Seen::Wrong(says, INVOKE.to_owned());
    };
    let says = format!("on, {turns}; the last whole run was {}", ago(last.at, now));
    let late = now.duration_since(last.at) > every * 2 + SignedDuration::from_mins(15);
    if late {
        Seen::Wrong(says, INVOKE.to_owned())
    } else {
        Seen::Good(says)
    }
}
