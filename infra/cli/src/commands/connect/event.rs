//! The last step: the first real event, and its reaction.

use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use shared::event::{EventKey, StreamId};
use shared::inbox::{Record, State};

use super::arrival::{About, Arrival};
use super::ask;
use super::reaction::Reaction;
use super::steps::Steps;
use super::watch::{Patience, Watch};
use crate::context::{Outcome, Stack};
use crate::events::view::View;
use crate::output::progress;
use crate::output::times::lasting;

/// How often it is looked what has become of the event.
const EVERY: Duration = Duration::from_secs(1);

const CHANGE: &str = "Now change something in AlgaPSA, such as the status of a ticket. What arrives is shown here, with its reaction.";

/// An event, and what has become of it.
#[derive(Clone, Debug, Serialize)]
pub struct First {
    #[serde(flatten)]
    view: View,
    reaction: String,
}

/// Watches for it if that is wanted, and says what became of it.
pub async fn step(
    stack: &Stack,
    steps: &Steps,
    patience: Patience,
    is_wanted: bool,
) -> Result<(Outcome, Option<First>)> {
    steps.begin("The first event")?;
    if !is_wanted && !ask::is_possible() {
        steps.tell("To watch for it, run: alga-webhooks connect --watch")?;
        return Ok((Outcome::Good, None));
    }
    steps.tell(CHANGE)?;
    if !is_wanted && !ask::yes("   Watch for it now?").await? {
        steps.tell("To watch later, run: alga-webhooks connect --watch")?;
        return Ok((Outcome::Good, None));
    }
    let mut watch = Watch::new(stack, patience);
    let Some((_, about)) = watch.first("an event", accepted).await? else {
        steps.tell(&format!(
            "None came within {}. Are the events ticked at the webhook in AlgaPSA, and is it active? To watch again, run: \
             alga-webhooks connect --watch",
            lasting(patience.wait)
        ))?;
        return Ok((Outcome::Bad, None));
    };
    followed(stack, steps, &about, patience.wait).await
}

/// One that was kept, or had been.
fn accepted(arrival: Arrival) -> Option<About> {
    match arrival {
        Arrival::Event(about) if about.outcome != "ignored" => Some(about),
        _ => None,
    }
}

/// Waits until it is settled or parked.
async fn followed(
    stack: &Stack,
    steps: &Steps,
    about: &About,
    wait: SignedDuration,
) -> Result<(Outcome, Option<First>)> {
    steps.tell(&format!(
        "{} of {} has arrived.",
        about.event_type, about.stream
    ))?;
    let until = Timestamp::now().checked_add(wait);
    let until = until.unwrap_or(Timestamp::MAX);
    let bar = progress::busy("   Waiting for its reaction");
    let mut last = None;
    while let Some((record, view)) = found(stack, about).await? {
        let is_over = !matches!(record.state, State::Waiting { .. });
        last = Some((record, view));
        if is_over || Timestamp::now() >= until {
            break;
        }
        tokio::time::sleep(EVERY).await;
    }
    bar.finish_and_clear();
    let Some((record, view)) = last else {
        steps.tell("It is not in the inbox any more.")?;
        return Ok((Outcome::Bad, None));
    };
    let reaction = Reaction::of(&stack.source);
    steps.tell(&told(&record, &view, &reaction, Timestamp::now()))?;
    let is_settled = matches!(record.state, State::Settled { .. });
    let reaction = reaction.told();
    Ok((Outcome::good_if(is_settled), Some(First { view, reaction })))
}

async fn found(stack: &Stack, about: &About) -> Result<Option<(Record, View)>> {
    let key = format!("{}/{}", about.event_id, about.event_type);
    let (stream, key) = (StreamId::parse(&about.stream), EventKey::parse(&key));
    let Some((stream, key)) = stream.zip(key) else {
        return Ok(None);
    };
    let mut from = None;
    loop {
        let (records, rest) = stack.inbox.stream(&stream, from).await?;
        if let Some(record) = records.into_iter().find(|record| record.event == key) {
            let watermark = stack.watermarks().read(&stream).await?;
            let view = View::of(&record, Some(&watermark));
            return Ok(Some((record, view)));
        }
        from = rest;
        if from.is_none() {
            return Ok(None);
        }
    }
}

/// What became of it, with the delays.
fn told(record: &Record, view: &View, reaction: &Reaction, now: Timestamp) -> String {
    let occurred = view.occurred_at.map_or(record.kept_at, |at| at.0);
    let after = |time: Timestamp| lasting(time.duration_since(occurred));
    match &record.state {
        State::Settled { at, order, .. } => format!(
            "It occurred at {} UTC. It was kept after {}, and {} after {}, {}.",
            view.occurred(),
            after(record.kept_at),
            reaction.told(),
            after(*at),
            order.word().replace('-', " ")
        ),
        State::Parked { because, .. } => format!(
            "Its reaction failed for good, so it is parked: {because}. Fix the cause, then run: alga-webhooks redrive --all"
        ),
        State::Waiting { .. } => format!(
            "It has no reaction yet: {}. It is tried again by itself; to see when, run: alga-webhooks waiting",
            view.told(now)
        ),
    }
}
