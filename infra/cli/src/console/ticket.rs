//! The page of one ticket, project or task: what came, in order, and what became of it.

use std::collections::BTreeSet;

use anyhow::Result;
use axum::extract::{Query, State};
use jiff::Timestamp;
use maud::{Markup, html};
use samples::TEST;
use serde::Deserialize;
use shared::inbox::{Record, Watermark};

use super::chain::{self, Told};
use super::page::{self, Tab, Trouble};
use super::server::Console;
use super::sheet::{plain, query};
use crate::commands::stream::Stream;
use crate::events::name::Name;
use crate::events::view::View;
use crate::output::count;
use crate::output::times::moment;

/// How many events one page shows; their bodies are read, to see what they do not tell.
const SHOWN: usize = 100;
/// How many streams are listed as long as none is asked for.
const LISTED: usize = 20;

#[derive(Deserialize)]
pub struct Asked {
    /// A stream, or the id of a ticket, project or task.
    #[serde(default)]
    of: String,
    /// Which part of the stream, from 1 for the oldest; the newest by default.
    part: Option<usize>,
}

/// One part of a stream.
struct Part<'a> {
    records: &'a [Record],
    number: usize,
    of: usize,
}

pub async fn page(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let of = asked.of.trim();
    let found = if of.is_empty() {
        None
    } else {
        Some(found(&console, of, asked.part).await?)
    };
    let content = html! {
        form.controls role="search" action="/ticket" {
            label { "Stream, or id of a ticket, project or task " input type="search" name="of" value=(of) size="44" required; }
            button { "Show" }
        }
        @match found {
            None => {
                p.quiet { "A ticket's id is in its URL in AlgaPSA. It is not its number. An id alone is searched for in the whole table; a whole stream is found at once." }
                (lately(&console).await)
            }
            Some(found) => (found),
        }
    };
    Ok(page::whole(&console.name, Tab::Ticket, "Ticket", &content))
}

/// Of what the functions have told lately, a row for each stream, the latest first.
async fn lately(console: &Console) -> Markup {
    let entries = console.feed.fresh().await;
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for (_, entry) in entries.iter().rev() {
        let is_kept = !entry.stream.is_empty() && entry.event_type != TEST;
        if is_kept && rows.len() < LISTED && seen.insert(&entry.stream) {
            let [stream, last, outcome] = [&entry.stream, &entry.event_type, &entry.outcome];
            let at = moment(entry.at);
            rows.push([stream.clone(), last.clone(), outcome.clone(), at]);
        }
    }
    let header = ["about", "last event type", "outcome", "time (UTC)"];
    html! {
        @if let Some(trouble) = console.feed.trouble() { p.error role="alert" { (trouble) } }
        @if !rows.is_empty() { (plain("The latest in the functions' logs", header, &rows)) }
    }
}

async fn found(console: &Console, of: &str, part: Option<usize>) -> Result<Markup> {
    let nothing = |hint: &str| html! { p role="status" { "Nothing is known about " code { (of) } "." (hint) } };
    let name: Name = match of.parse() {
        Ok(name) => name,
        Err(why) => return Ok(html! { p.error role="alert" { (why) } }),
    };
    let hint = name.hint();
    let inbox = &console.stack.inbox;
    let Some(records) = Stream::of(name).records(inbox).await? else {
        return Ok(nothing(hint));
    };
    let watermark = console.stack.watermarks().read(&records[0].stream).await?;
    let part = Part::of(&records, part);
    let told = chain::read(inbox, part.records).await;
    Ok(shown(&records, &part, &told, &watermark))
}

fn shown(records: &[Record], part: &Part, told: &[Told], watermark: &Watermark) -> Markup {
    let stream = records[0].stream.as_str();
    let gaps = chain::gaps(told);
    let now = Timestamp::now();
    let replay = query(&[("verb", "replay"), ("name", stream)]);
    html! {
        p.facts { code { (stream) } ", " (count(records.len(), "event")) ". " a href={ "/look?" (replay) } { "Replay all that is settled …" } }
        (parts(stream, part))
        ol.timeline {
            @for (number, record) in part.records.iter().enumerate() {
                @if gaps.contains(&number) {
                    li.gap { "The status may have changed here without an event: the next event names another status before it." }
                }
                (event(record, &told[number], watermark, now))
            }
        }
        (parts(stream, part))
    }
}

fn event(record: &Record, told: &Told, watermark: &Watermark, now: Timestamp) -> Markup {
    let view = View::of(record, Some(watermark));
    let key = record.event.as_str();
    let name = [("name", record.stream.as_str()), ("event", key)];
    let address = |verb| format!("/look?{}&{}", query(&[("verb", verb)]), query(&name));
    html! {
        li.event data-tone=(tone(&view)) {
            h2 { (view.event_type) }
            p.when { "occurred " time { (view.occurred()) } @if !view.kept().is_empty() { ", kept " (view.kept()) } }
            p.state { span class={ "mark " (tone(&view)) } { (view.told(now)) } @if !view.since().is_empty() { " " (view.since()) }
                @if told.is_unannounced { " " span.mark.odd { "never announced by AlgaPSA" } }
                @if let Some(why) = &told.unread { " " span.mark.bad { (why) } }
            }
            p.id { code { (view.event_id) } }
            p.acts {
                a href={ "/body?" (query(&name)) } { "Body …" }
                @match &*view.state {
                    "settled" => { " " a href=(address("replay")) { "Replay …" } }
                    "parked" => { " " a href=(address("redrive")) { "Bring back …" } }
                    _ => {}
                }
            }
        }
    }
}

fn tone(view: &View) -> &'static str {
    match &*view.state {
        "parked" => "bad",
        "waiting" if view.attempts.is_some() => "bad",
        "waiting" => "quiet",
        _ if view.is_late() => "odd",
        _ => "good",
    }
}

fn parts(stream: &str, part: &Part) -> Markup {
    let address = |number: usize| {
        format!(
            "/ticket?{}",
            query(&[("of", stream), ("part", &number.to_string())])
        )
    };
    html! { @if part.of > 1 { nav.parts aria-label="Parts of the stream" {
        @if part.number > 1 { a rel="prev" href=(address(part.number - 1)) { "Older" } " " }
        "Part " (part.number) " of " (part.of)
        @if part.number < part.of { " " a rel="next" href=(address(part.number + 1)) { "Newer" } }
    } } }
}

impl<'a> Part<'a> {
    fn of(records: &'a [Record], number: Option<usize>) -> Self {
        let of = records.len().div_ceil(SHOWN);
        let number = number.unwrap_or(of).clamp(1, of);
        let records = records.chunks(SHOWN).nth(number - 1).unwrap_or_default();
        Self {
            records,
            number,
            of,
        }
    }
}
