//! The first step: what to enter in AlgaPSA.

use anyhow::Result;
use samples::{TEST, TYPES};

use super::steps::{Steps, entries, indented};
use crate::context::Stack;

/// The reconciler makes it; AlgaPSA does not have it.
const MADE_HERE: &str = "ticket.deleted";

const WHERE: &str = "In AlgaPSA, open Settings → Security → Webhooks → Outbound, and add a webhook with these values:";
const COMMENTS: &str = "every field but comments: with comments, each event carries the ticket's whole thread, with internal \
    notes and with replies that are not published yet";
const RATE: &str = "1000 a minute. AlgaPSA loses what exceeds the limit: with 100 a minute, a bulk change of about 60 tickets \
    already loses events";
const ONCE: &str = "AlgaPSA shows the signing secret once, when the webhook is saved. Copy it: the stack needs it.";
const IS_THERE: &str =
    "Deliveries of AlgaPSA's have arrived within the last week, so the webhook is there.";

pub fn step(stack: &Stack, steps: &Steps, delivers_already: bool) -> Result<()> {
    steps.begin("The webhook in AlgaPSA")?;
    if delivers_already {
        return steps.tell(IS_THERE);
    }
    steps.say(text(&stack.webhook_url, stack.watched_types.as_deref()))
}

/// Everything to enter.
pub fn text(url: &str, watched_types: Option<&str>) -> String {
    let events = to_tick(watched_types);
    let values = [
        ("URL", url),
        ("method", "POST"),
        ("events", &events.join(", ")),
        ("payload fields", COMMENTS),
        ("rate limit", RATE),
        ("verify SSL", "on"),
    ];
    [indented(WHERE), entries(&values), indented(ONCE)].join("\n\n")
}

/// The event types to tick: those that the stack watches, or all. What AlgaPSA is not known to have comes last.
pub fn to_tick(watched_types: Option<&str>) -> Vec<&str> {
    let watched = watched_types.unwrap_or_default().split(',').map(str::trim);
    let watched: Vec<&str> = watched.filter(|name| !name.is_empty()).collect();
    let is_watched = |name: &&str| watched.is_empty() || watched.contains(name);
    let known = TYPES.into_iter().filter(|name| *name != TEST);
    let unknown = |name: &&&str| !TYPES.contains(*name) && **name != MADE_HERE;
    let others = watched.iter().filter(unknown).copied();
    known.filter(is_watched).chain(others).collect()
}
