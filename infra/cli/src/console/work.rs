//! What waits, what is parked, and what is in quarantine.

use axum::extract::State;
use jiff::Timestamp;
use maud::{Markup, html};

use super::page::{self, Tab, Trouble};
use super::server::Console;
use super::sheet::{self, query};
use crate::commands::quarantine::pick;
use crate::commands::waiting::Queue;
use crate::commands::{parked as parking, quarantine as quarantining, waiting as waits};
use crate::events::view::View;
use crate::output::count;

/// How many rows a page shows at most.
const MOST: usize = 500;

pub async fn waiting(State(console): State<Console>) -> Result<Markup, Trouble> {
    let now = Timestamp::now();
    let queues = waits::queues(&console.stack, None).await?;
    let rows: Vec<_> = queues
        .iter()
        .take(MOST)
        .map(|queue| queue.row(now))
        .collect();
    let events = queues.iter().map(Queue::count).sum();
    let content = html! {
        p.facts { (count(events, "event")) " waiting in " (count(queues.len(), "stream")) "." }
        @if queues.is_empty() {
            p.quiet { "Nothing waits: every event has had its reaction, or is parked." }
        } @else {
            (sheet::plain("What waits, the longest waiting first", waits::HEADER, &rows))
            (more(queues.len()))
            p.quiet { "If an attempt failed, fix the cause; the next attempt then comes by itself, at most 15 minutes after the last. Nothing can bring it forward." }
        }
    };
    Ok(page::whole(
        &console.name,
        Tab::Waiting,
        "Waiting",
        &content,
    ))
}

pub async fn parked(State(console): State<Console>) -> Result<Markup, Trouble> {
    let views = parking::all(&console.stack.inbox).await?;
    let rows: Vec<_> = views.iter().take(MOST).map(parking::row).collect();
    let content = html! {
        p.facts { (count(views.len(), "event")) " parked. "
            @if !views.is_empty() { a href="/look?verb=redrive" { "Bring all of it back …" } }
        }
        @if views.is_empty() {
            p.quiet { "Nothing is parked: no reaction has failed for good." }
        } @else {
            (sheet::table("What is parked", parking::HEADER, &rows, |row| Some(bring_back(&views[row]))))
            (more(views.len()))
            p.quiet { "Fix the cause before you bring anything back." }
        }
    };
    Ok(page::whole(&console.name, Tab::Parked, "Parked", &content))
}

fn bring_back(view: &View) -> Markup {
    let event = format!("{}/{}", view.event_id, view.event_type);
    let asked = query(&[
        ("verb", "redrive"),
        ("name", &view.stream),
        ("event", &event),
    ]);
    html! { a href={ "/look?" (asked) } aria-label={ "Bring back " (view.event_type) " " (view.event_id) } { "Bring back …" } }
}

pub async fn quarantine(State(console): State<Console>) -> Result<Markup, Trouble> {
    let bodies = pick::all(&console.stack.inbox).await?;
    let rows: Vec<_> = bodies
        .iter()
        .take(MOST)
        .map(|one| quarantining::row(one, &bodies))
        .collect();
    let content = html! {
        p.facts { (bodies.len()) " in quarantine. "
            @if !bodies.is_empty() { a href="/look?verb=release" { "Release all that can be read …" } }
        }
        @if bodies.is_empty() {
            p.quiet { "Nothing is in quarantine: every authentic body could be read." }
        } @else {
            (sheet::table("What is in quarantine, the oldest first", quarantining::HEADER, &rows, |row| Some(choices(&bodies[row].hash))))
            (more(bodies.len()))
        }
    };
    Ok(page::whole(
        &console.name,
        Tab::Quarantine,
        "Quarantine",
        &content,
    ))
}

fn choices(hash: &str) -> Markup {
    let short: String = hash.chars().take(8).collect();
    let choice = |path: &str, name: &str| {
        html! {
            a href=(path) aria-label={ (name) " " (short) } { (name) " …" }
        }
    };
    let look = |verb| format!("/look?{}", query(&[("verb", verb), ("name", hash)]));
    html! {
        (choice(&format!("/quarantine/body?{}", query(&[("hash", hash)])), "Body")) " "
        (choice(&look("release"), "Release")) " "
        (choice(&look("discard"), "Discard"))
    }
}

fn more(all: usize) -> Markup {
    html! { @if all > MOST { p { "These are the first " (MOST) " of " (all) "; the command of the same name shows all." } } }
}
