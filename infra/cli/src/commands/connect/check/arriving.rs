//! What has arrived of late.

use std::collections::BTreeMap;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::Seen;
use crate::commands::connect::arrival::{Arrival, what_to_do};
use crate::commands::connect::history::{self, Arrived};
use crate::context::Stack;
use crate::output::times::ago;
use crate::signing::versions::Versions;

/// How far back refusals count.
const LATELY: SignedDuration = SignedDuration::from_hours(24);
const SEND_TEST: &str = "Press Send test at the webhook in AlgaPSA and check again. If nothing comes: is the webhook active, and is its \
    URL right? To go through all of it, run: alga-webhooks connect";

/// When AlgaPSA delivered last.
pub async fn deliveries(stack: &Stack) -> Result<Seen> {
    let Some(last) = history::last_authentic(stack).await? else {
        let says = "none of AlgaPSA's within 7 days, as far as the log goes back";
        return Ok(Seen::Wrong(says.to_owned(), SEND_TEST.to_owned()));
    };
    let (ago, what) = (ago(last.at.0, Timestamp::now()), last.what.told());
    Ok(Seen::Good(format!(
        "the last of AlgaPSA's came {ago}: {what}"
    )))
}

/// What was refused, and why.
pub async fn refused(stack: &Stack) -> Result<Seen> {
    let now = Timestamp::now();
    let refused = history::refused(stack, now - LATELY).await?;
    let last = history::last_authentic(stack).await?;
    let put_at = Versions::read(stack).await?.current.map(|one| one.put_at);
    Ok(judged(
        &refused,
        put_at.max(last.map(|last| last.at.0)),
        now,
    ))
}

/// What has no signature at all is anybody's, and no trouble of AlgaPSA's. What came before `well`, when the secret was put in
/// or an authentic delivery was taken, is over.
pub fn judged(refused: &[Arrived], well: Option<Timestamp>, now: Timestamp) -> Seen {
    let mut reasons: BTreeMap<&str, (usize, Timestamp)> = BTreeMap::new();
    for one in refused {
        if let Arrival::Refused { reason } = &one.what {
            let seen = reasons.entry(reason).or_insert((0, one.at.0));
            *seen = (seen.0 + 1, one.at.0);
        }
    }
    let says = |(reason, (count, last)): (&&str, &(usize, Timestamp))| {
        format!("{count} × {reason} (the last {})", ago(*last, now))
    };
    let says: Vec<String> = reasons.iter().map(says).collect();
    let says = format!("within 24 h: {}", says.join("; "));
    let is_trouble = |(reason, (_, last)): &(&&str, &(usize, Timestamp))| {
        !is_anybodys(reason) && well.is_none_or(|well| *last > well)
    };
    match reasons.iter().find(is_trouble) {
        Some((reason, _)) => Seen::Wrong(says, what_to_do(reason).to_owned()),
        None if reasons.is_empty() => Seen::Good("nothing within 24 h".to_owned()),
        None => Seen::Good(says),
    }
}

/// Whoever finds the URL can cause these.
fn is_anybodys(reason: &str) -> bool {
    matches!(reason, "missing signature" | "malformed signature")
}
