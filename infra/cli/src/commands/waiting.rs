//! `alga-webhooks waiting`.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use shared::event::StreamId;
use shared::inbox::{Inbox, Part, Waiting as Waits, Watermark};

use crate::context::{Context, Outcome, Stack};
use crate::events::view::{Attempts, View};
use crate::events::{AT_ONCE, pages};
use crate::input::length;
use crate::output::times::{ago, moment, within};
use crate::output::{self, Time, count, hint};

/// Show what waits for its reaction, the longest waiting first, and when it is tried next.
///
/// With --older-than, exit code 1 if anything has waited for that long.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("waiting.txt").trim_end())]
pub struct Waiting {
    /// Only show streams in which an event has waited for longer than this, such as 15m or 2h.
    #[arg(long, value_name = "DURATION", value_parser = length)]
    older_than: Option<SignedDuration>,
    /// Show a row for each event instead of a row for each stream.
    #[arg(long)]
    events: bool,
}

const FIX: &str = " If an attempt failed, fix the cause; the next attempt then comes by itself.";

/// What [`Queue::row`] says.
pub const HEADER: [&str; 5] = ["stream", "events", "first event", "since (UTC)", "attempts"];

/// What waits in one stream, in order.
#[derive(Debug, Serialize)]
pub struct Queue {
    stream: String,
    waits_since: Time,
    #[serde(flatten)]
    attempts: Option<Attempts>,
    events: Vec<View>,
}

impl Waiting {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.stack().await?;
        let now = Timestamp::now();
        let streams = queues(&stack, self.older_than.map(|age| now - age)).await?;
        output::either(context.json, &streams, || self.print(&streams, now))?;
        Ok(Outcome::good_if(
            self.older_than.is_none() || streams.is_empty(),
        ))
    }

    fn print(&self, streams: &[Queue], now: Timestamp) -> Result<()> {
        if streams.is_empty() {
            let longer = self.older_than.map_or("", |_| " for that long");
            return output::line(format_args!("Nothing waits{longer}."));
        }
        if self.events {
            let header = [
                "stream",
                "occurred (UTC)",
                "event",
                "since (UTC)",
                "attempts",
            ];
            let events = streams.iter().flat_map(|stream| &stream.events);
            output::table(header, events.map(|event| row(event, now)))?;
        } else {
            output::table(HEADER, streams.iter().map(|stream| stream.row(now)))?;
        }
        let has_failed = streams.iter().any(|stream| stream.attempts.is_some());
        let what_to_do = if has_failed { FIX } else { "" };
        let events = streams.iter().map(|stream| stream.events.len()).sum();
        let (events, streams) = (count(events, "event"), count(streams.len(), "stream"));
        output::line(format_args!("{events} waiting in {streams}.{what_to_do}"))
    }
}

/// The streams in which an event was kept before `before`, or all in which any waits; the longest waiting first.
pub async fn queues(stack: &Stack, before: Option<Timestamp>) -> Result<Vec<Queue>> {
    let waiting = by_stream(all(&stack.inbox).await?, before);
    let mut streams = viewed(stack, waiting).await?;
    streams.sort_by_key(|stream| stream.waits_since);
    Ok(streams)
}

/// Tells somebody who has nothing to redrive what waits, and when it is tried again.
pub async fn tell(stack: &Stack, waiting: Vec<Waits>) -> Result<()> {
    let (events, now) = (count(waiting.len(), "event"), Timestamp::now());
    let streams = viewed(stack, by_stream(waiting, None)).await?;
    let attempts = streams.iter().filter_map(|stream| stream.attempts.as_ref());
    let next = attempts
        .filter_map(|attempts| attempts.next_attempt_at)
        .min();
    let next = next.map_or_else(String::new, |at| {
        format!(", the next {}", within(at.0, now))
    });
    output::line(hint(&format!(
        "{events} waiting in {}. Each is tried again by itself, at most 15 minutes after its last attempt{next}. Nothing \
         can bring that forward. To see more, run: alga-webhooks waiting",
        count(streams.len(), "stream")
    )))
}

/// All that waits, from the index that holds nothing else.
pub async fn all(inbox: &Inbox) -> Result<Vec<Waits>> {
    let page = |from| async move {
        let (waiting, rest) = inbox.waiting(Part::ALL, from).await?;
        let count = waiting.len();
        Ok((waiting, count, rest))
    };
    pages("Looking at what waits", page).await
}

/// The streams with an event that was kept before `before`, or all streams; each in order.
pub fn by_stream(waiting: Vec<Waits>, before: Option<Timestamp>) -> Vec<Vec<Waits>> {
    let mut streams: BTreeMap<StreamId, Vec<Waits>> = BTreeMap::new();
    for event in waiting {
        let stream = event.place.stream.clone();
        streams.entry(stream).or_default().push(event);
    }
    let is_old = |event: &Waits| before.is_none_or(|before| event.kept_at < before);
    let mut streams: Vec<_> = streams.into_values().collect();
    streams.retain(|events| events.iter().any(is_old));
    for events in &mut streams {
        events.sort_by(|a, b| a.place.cmp(&b.place));
    }
    streams
}

async fn viewed(stack: &Stack, streams: Vec<Vec<Waits>>) -> Result<Vec<Queue>> {
    let watermarks = &stack.watermarks();
    stream::iter(streams)
        .map(|events| async move {
            let watermark = watermarks.read(&events[0].place.stream).await?;
            Ok(Queue::of(&events, &watermark))
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

impl Queue {
    fn of(events: &[Waits], watermark: &Watermark) -> Self {
        let events: Vec<_> = events.iter().map(|e| View::waiting(e, watermark)).collect();
        let kept = events.iter().filter_map(|event| event.kept_at);
        Self {
            stream: events[0].stream.clone(),
            waits_since: kept.min().expect("a stream has an event"),
            attempts: events.iter().find_map(|event| event.attempts.clone()),
            events,
        }
    }

    /// How many events wait in the stream.
    pub fn count(&self) -> usize {
        self.events.len()
    }

    pub fn row(&self, now: Timestamp) -> [String; 5] {
        let next = &self.events[0];
        [
            self.stream.clone(),
            self.events.len().to_string(),
            format!("{} {}", next.occurred(), next.event_type),
            since(self.waits_since, now),
            attempts(next, now),
        ]
    }
}

fn row(event: &View, now: Timestamp) -> [String; 5] {
    [
        event.stream.clone(),
        event.occurred(),
        event.named(),
        event
            .kept_at
            .map_or_else(String::new, |kept| since(kept, now)),
        attempts(event, now),
    ]
}

fn attempts(event: &View, now: Timestamp) -> String {
    let attempts = event.attempts.as_ref();
    attempts.map_or_else(String::new, |attempts| attempts.told(now))
}

fn since(time: Time, now: Timestamp) -> String {
    format!("{} ({})", moment(time.0), ago(time.0, now))
}
