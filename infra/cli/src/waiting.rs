//! `alga-webhooks waiting`.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use shared::head::Head;
use shared::inbox::{Inbox, Waiting as Waits};

use crate::events::{AT_ONCE, count, seen};
use crate::show::Fold;
use crate::stream::heads;
use crate::when::{ago, length};
use crate::{Context, Outcome, progress, show};

/// Show what waits for its reaction, the longest waiting first.
///
/// With --older-than, exit code 1 if anything has waited for that long.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Waiting {
    /// Only streams in which an event has waited for longer than that, such as 15m or 2h.
    #[arg(long, value_name = "DURATION", value_parser = length)]
    older_than: Option<SignedDuration>,
    /// One row for each event instead of one for each stream.
    #[arg(long)]
    events: bool,
}

const EXAMPLES: &str = "\
Examples:
  alga-webhooks waiting
  alga-webhooks waiting --older-than 15m     exit code 1 if there is any: for a monitor
  alga-webhooks waiting --events

An event waits since it was kept; one that is being replayed, too, since it was kept first. While a stream's next event \
fails, those behind it wait for it.";

const FOLDS: [Fold; 5] = [
    Fold::Stream("stream"),
    Fold::Under("event", "type"),
    Fold::Under("tries", "waits since"),
    Fold::Under("type", "stream"),
    Fold::Under("occurred (UTC)", "waits since"),
];

const STREAM_FOLDS: [Fold; 3] = [
    Fold::Stream("stream"),
    Fold::Under("tries", "waits since (UTC)"),
    Fold::Under("next", "stream"),
];

/// What waits in one stream, in due order, and how its head stands.
#[derive(Debug)]
struct Stream {
    events: Vec<Waits>,
    head: Head,
}

impl Waiting {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.place.open().await?;
        let now = Timestamp::now();
        let waiting = by_stream(
            all(&stack.inbox).await?,
            self.older_than.map(|age| now - age),
        );
        let mut streams = with_heads(&stack.inbox, waiting).await?;
        streams.sort_by_key(Stream::since);
        if context.json {
            show::json(&streams.iter().map(Stream::seen).collect::<Vec<_>>())?;
        } else {
            self.print(&streams, now)?;
        }
        Ok(Outcome::good_if(
            self.older_than.is_none() || streams.is_empty(),
        ))
    }

    fn print(&self, streams: &[Stream], now: Timestamp) -> Result<()> {
        if streams.is_empty() {
            let longer = self.older_than.map_or("", |_| " for that long");
            return show::line(format_args!("Nothing waits{longer}."));
        }
        if self.events {
            let header = [
                "stream",
                "occurred (UTC)",
                "type",
                "event",
                "waits since",
                "tries",
            ];
            let rows = streams.iter().flat_map(|stream| stream.rows(now));
            show::table(header, rows, &FOLDS)?;
        } else {
            let header = ["stream", "events", "next", "waits since (UTC)", "tries"];
            let rows = streams.iter().map(|stream| stream.row(now));
            show::table(header, rows, &STREAM_FOLDS)?;
        }
        let events = streams.iter().map(|stream| stream.events.len()).sum();
        let (events, streams) = (count(events, "event"), count(streams.len(), "stream"));
        show::line(format_args!("{events} waiting in {streams}."))
    }
}

/// All that waits, from the index that holds nothing else.
async fn all(inbox: &Inbox) -> Result<Vec<Waits>> {
    let bar = progress::looking("Looking at what waits");
    let (mut waiting, mut from) = (Vec::new(), None);
    loop {
        let (page, rest) = inbox.waiting(from).await?;
        bar.inc(page.len() as u64);
        waiting.extend(page);
        from = rest;
        if from.is_none() {
            bar.finish_and_clear();
            return Ok(waiting);
        }
    }
}

/// The streams that hold anything kept before `before`, or all, each in due order.
fn by_stream(waiting: Vec<Waits>, before: Option<Timestamp>) -> Vec<Vec<Waits>> {
    let mut streams: BTreeMap<String, Vec<Waits>> = BTreeMap::new();
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

async fn with_heads(inbox: &Inbox, streams: Vec<Vec<Waits>>) -> Result<Vec<Stream>> {
    let heads = &heads(inbox);
    stream::iter(streams)
        .map(|events| async move {
            let head = heads.read(&events[0].place.stream).await?;
            Ok(Stream { events, head })
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

impl Stream {
    /// Since when the longest waiting of its events waits.
    fn since(&self) -> Timestamp {
        let kept = self.events.iter().map(|event| event.kept_at);
        kept.min().expect("a stream has an event")
    }

    fn row(&self, now: Timestamp) -> [String; 5] {
        let next = &self.events[0];
        [
            next.place.stream.clone(),
            self.events.len().to_string(),
            format!("{} {}", seen::occurred(Some(&next.place)), event_type(next)),
            since(self.since(), now),
            self.tries(next, now),
        ]
    }

    fn rows(&self, now: Timestamp) -> impl Iterator<Item = [String; 6]> {
        self.events.iter().map(move |event| {
            [
                event.place.stream.clone(),
                seen::occurred(Some(&event.place)),
                event_type(event).to_owned(),
                event_id(event).to_owned(),
                since(event.kept_at, now),
                self.tries(event, now),
            ]
        })
    }

    fn is_tried(&self, event: &Waits) -> bool {
        self.head.trying.as_ref() == Some(&event.place)
    }

    fn tries(&self, event: &Waits, now: Timestamp) -> String {
        if self.is_tried(event) {
            seen::tries(&self.head, now)
        } else {
            String::new()
        }
    }

    fn seen(&self) -> Seen<'_> {
        let is_tried = self.events.iter().any(|event| self.is_tried(event));
        let head = Some(&self.head).filter(|_| is_tried);
        Seen {
            stream: &self.events[0].place.stream,
            waits_since: show::time(self.since()),
            tries: head.map_or(0, |head| head.tries),
            failed_at: head.and_then(|head| head.failed_at).map(show::time),
            failed_because: head.and_then(|head| head.failed_because.as_deref()),
            events: self.events.iter().map(SeenEvent::of).collect(),
        }
    }
}

/// A stream for a program.
#[derive(Debug, Serialize)]
struct Seen<'a> {
    stream: &'a str,
    waits_since: String,
    tries: u32,
    failed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_because: Option<&'a str>,
    events: Vec<SeenEvent<'a>>,
}

#[derive(Debug, Serialize)]
struct SeenEvent<'a> {
    event_id: &'a str,
    event_type: &'a str,
    occurred_at: Option<String>,
    kept_at: String,
}

impl<'a> SeenEvent<'a> {
    fn of(event: &'a Waits) -> Self {
        Self {
            event_id: event_id(event),
            event_type: event_type(event),
            occurred_at: seen::time_of(&event.place).map(show::time),
            kept_at: show::time(event.kept_at),
        }
    }
}

fn event_id(event: &Waits) -> &str {
    event.place.event().split('/').next().unwrap_or_default()
}

fn event_type(event: &Waits) -> &str {
    event.place.event().split('/').nth(1).unwrap_or_default()
}

fn since(time: Timestamp, now: Timestamp) -> String {
    format!("{} ({})", show::moment(time), ago(time, now))
}

#[cfg(test)]
mod tests {
    use shared::event::Place;

    use super::*;

    fn waits(stream: &str, due: &str, second: i64) -> Waits {
        Waits {
            place: Place {
                stream: stream.into(),
                due: due.into(),
            },
            kept_at: Timestamp::from_second(second).unwrap(),
        }
    }

    #[test]
    fn a_stream_is_shown_whole_if_any_event_in_it_is_old_enough() {
        let waiting = vec![
            waits("a", "2", 100),
            waits("a", "1", 300),
            waits("b", "1", 200),
            waits("c", "1", 199),
        ];
        let before = Timestamp::from_second(200).unwrap();
        let dues = |streams: Vec<Vec<Waits>>| -> Vec<String> {
            let dues = |events: Vec<Waits>| events.into_iter().map(|event| event.place.due);
            let joined = |events| dues(events).collect::<Vec<_>>().join(",");
            streams.into_iter().map(joined).collect()
        };
        assert_eq!(dues(by_stream(waiting.clone(), Some(before))), ["1,2", "1"]);
        assert_eq!(dues(by_stream(waiting, None)), ["1,2", "1", "1"]);
    }
}
