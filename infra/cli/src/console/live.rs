//! The live page: what arrives and is reacted to, as it happens.

use std::convert::Infallible;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};
use jiff::SignedDuration;
use maud::{Markup, html};
use serde::Deserialize;

use super::entry::Entry;
use super::feed::{Feed, LONGEST, MOST};
use super::page::{self, Tab};
use super::server::Console;
use super::sheet;
use crate::output::times::lasting;

#[derive(Deserialize)]
pub struct From {
    /// The number of the last entry that the page has.
    #[serde(default)]
    after: u64,
}

pub async fn page(State(console): State<Console>) -> Markup {
    let mut told = console.feed.told();
    let read = tokio::time::timeout(LONGEST, told.wait_for(|(_, reads)| *reads > 0)).await;
    let (is_read, trouble) = (read.is_ok(), console.feed.trouble());
    let entries = console.feed.after(0);
    let last = entries.last().map_or(0, |(number, _)| *number);
    let content = html! {
        (controls())
        p #trouble.error role="alert" hidden[trouble.is_none()] { (trouble.as_deref().unwrap_or_default()) }
        div.sheet role="region" aria-label="Deliveries and reactions" tabindex="0" {
            table #live data-after=(last) data-most=(MOST) {
                caption { "Deliveries and reactions, the newest first. Times are UTC. The lag of a reaction counts from when its event occurred or, where the log does not say that, arrived." }
                thead { tr { @for name in ["time", "step", "outcome", "event type", "about", "attempt", "lag", "note"] {
                    th scope="col" { (name) }
                } } }
                tbody { (rows(&entries)) }
            }
        }
        p #nothing.quiet hidden[!entries.is_empty() || !is_read || trouble.is_some()] {
            "Nothing has happened in the last 15 minutes. Send a test from AlgaPSA, or run: alga-webhooks send"
        }
    };
    page::whole(&console.name, Tab::Live, "Live", &content)
}

fn controls() -> Markup {
    html! {
        form #filters.controls role="search" aria-label="Filter" {
            label { "Show " select name="tone" {
                option value="" { "everything" }
                option value="delivery" { "deliveries" }
                option value="reaction" { "reactions" }
                option value="trouble" { "trouble only" }
            } }
            label { "Containing " input type="search" name="text" placeholder="type, id, reason" autocomplete="off"; }
            button #pause type="button" { "Pause" }
            span #state.quiet role="status" { "Connecting …" }
        }
    }
}

/// Rows, the newest first.
fn rows(entries: &[(u64, Entry)]) -> Markup {
    html! { @for (number, entry) in entries.iter().rev() { (row(*number, entry)) } }
}

fn row(number: u64, entry: &Entry) -> Markup {
    let lag = entry
        .lag_ms
        .map(|lag| lasting(SignedDuration::from_millis(lag)));
    html! {
        tr data-number=(number) data-step=(entry.step) data-tone=(entry.tone.name()) {
            td.time data-label="time" { time datetime=(entry.at) { (entry.at.strftime("%H:%M:%S%.3f")) } }
            td data-label="step" { (entry.step) }
            td data-label="outcome" { span class={ "mark " (entry.tone.name()) } { (entry.outcome) } }
            td.whole data-label="event type" title=(entry.event_id) { (entry.event_type) }
            td data-label="about" { @if !entry.stream.is_empty() { (sheet::stream(&entry.stream)) } }
            td.number data-label="attempt" { @if let Some(attempt) = entry.attempt { (attempt) } }
            td.number data-label="lag" { @if let Some(lag) = lag { (lag) } }
            td.note data-label="note" { (entry.note) }
        }
    }
}

/// Server-sent events, each with the rows that have come since the one before. An event's id is the number of its last row,
/// so that a browser that has lost the connection goes on where it was.
pub async fn events(
    State(console): State<Console>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> impl IntoResponse {
    let resumed = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let after = resumed.unwrap_or(from.after);
    Sse::new(following(console.feed, after)).keep_alive(KeepAlive::default())
}

fn following(feed: Feed, after: u64) -> impl Stream<Item = Result<Event, Infallible>> {
    let told = feed.told();
    stream::unfold(
        (feed, told, after, true),
        |(feed, mut told, after, first)| async move {
            if !first {
                told.changed().await.ok()?;
            }
            let entries = feed.after(after);
            let last = entries.last().map_or(after, |(number, _)| *number);
            let (last, name, data) = match feed.trouble() {
                Some(trouble) => (after, "trouble", trouble),
                None => (last, "rows", told_by(&entries)),
            };
            let event = Event::default().id(last.to_string()).event(name);
            let event = event.data(in_one_line(&data));
            Some((Ok(event), (feed, told, last, false)))
        },
    )
}

/// The rows; a browser hears of an event only if it holds something.
fn told_by(entries: &[(u64, Entry)]) -> String {
    match entries {
        [] => "<!-- nothing new -->".to_owned(),
        entries => rows(entries).into_string(),
    }
}

/// Neither line feeds nor carriage returns, which would end a line of the stream of events.
fn in_one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
