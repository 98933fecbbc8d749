//! What should not be left lying.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use shared::inbox::Find;

use super::Seen;
use crate::commands::quarantine::pick;
use crate::commands::redrive::letters::Letters;
use crate::commands::waiting;
use crate::context::Stack;
use crate::events;
use crate::output::count;

/// Longer than an event waits if nothing is wrong.
const LONG: SignedDuration = SignedDuration::from_mins(15);

/// What has waited for too long.
pub async fn waiting(stack: &Stack) -> Result<Seen> {
    let all = waiting::all(&stack.inbox).await?;
    let events = all.len();
    let late = waiting::by_stream(all, Some(Timestamp::now() - LONG));
    if late.is_empty() {
        let says = format!("{} now, none for over 15 min", count(events, "event"));
        return Ok(Seen::Good(says));
    }
    let says = format!(
        "{} with an event that has waited for over 15 min",
        count(late.len(), "stream")
    );
    let to_fix = "To see why, run: alga-webhooks waiting --older-than 15m";
    Ok(Seen::Wrong(says, to_fix.to_owned()))
}

pub async fn parked(stack: &Stack) -> Result<Seen> {
    let parked = events::search(&stack.inbox, Find::Parked, |_| true).await?;
    Ok(none_or(
        parked.len(),
        "event",
        "See why with alga-webhooks parked, fix the cause, and bring them back: alga-webhooks redrive --all",
    ))
}

pub async fn dead_letters(stack: &Stack) -> Result<Seen> {
    let letters = Letters::new(stack).count().await?;
    Ok(none_or(
        letters,
        "letter",
        "See what they are with alga-webhooks redrive, and bring them back: alga-webhooks redrive --all",
    ))
}

pub async fn quarantine(stack: &Stack) -> Result<Seen> {
    let bodies = pick::all(&stack.inbox).await?;
    Ok(none_or(
        bodies.len(),
        "body that could not be read",
        "See what was wrong: alga-webhooks quarantine list",
    ))
}

fn none_or(number: usize, noun: &str, to_fix: &str) -> Seen {
    match number {
        0 => Seen::Good("none".to_owned()),
        1 => Seen::Wrong(format!("1 {noun}"), to_fix.to_owned()),
        more => Seen::Wrong(format!("{more} of them"), to_fix.to_owned()),
    }
}
