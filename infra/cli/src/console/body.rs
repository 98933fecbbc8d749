//! Bodies, for an operator who asks for one. No other page shows content.

use anyhow::{Context, Result};
use axum::extract::{Query, State};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;
use shared::event::{EventKey, StreamId};

use super::page::{self, Tab, Trouble};
use super::server::Console;
use super::sheet;
use crate::commands::quarantine::escaped;
use crate::commands::quarantine::pick::pick;

/// A longer body is shown only as it came.
const LONG: usize = 1024 * 1024;

#[derive(Deserialize)]
pub struct Asked {
    name: String,
    event: String,
}

#[derive(Deserialize)]
pub struct Hash {
    hash: String,
}

pub async fn page(
    State(console): State<Console>,
    Query(asked): Query<Asked>,
) -> Result<Markup, Trouble> {
    let stream = StreamId::parse(&asked.name).context("that is not the name of a stream")?;
    let key = EventKey::parse(&asked.event).context("that is not the key of an event")?;
    let body = console.stack.inbox.body(&stream, &key).await?;
    let body = body.context("the event is not in the inbox any more")?;
    let content = html! {
        p.facts { (sheet::stream(stream.as_str())) ", " (key.event_type()) ", " code { (key.event_id()) } }
        (shown(&body))
    };
    Ok(page::whole(&console.name, Tab::Ticket, "Body", &content))
}

pub async fn quarantined(
    State(console): State<Console>,
    Query(Hash { hash }): Query<Hash>,
) -> Result<Markup, Trouble> {
    let inbox = &console.stack.inbox;
    let found = pick(inbox, &[hash]).await?;
    let one = found.first().context("it is not in quarantine any more")?;
    let body = inbox.quarantined_body(&one.hash).await?;
    let body = body.context("it is not in quarantine any more")?;
    let content = html! {
        p.facts { code { (one.hash) } ", in quarantine because: " (one.why) }
        (shown(&body))
    };
    Ok(page::whole(
        &console.name,
        Tab::Quarantine,
        "Body",
        &content,
    ))
}

fn shown(body: &[u8]) -> Markup {
    let text = escaped(&String::from_utf8_lossy(body));
    let value = Some(body).filter(|body| body.len() <= LONG);
    let value: Option<Value> = value.and_then(|body| serde_json::from_slice(body).ok());
    let formatted = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
    html! {
        p.quiet { "This is content: it may hold names, addresses and internal notes." }
        @if let Some(formatted) = &formatted {
            pre.body tabindex="0" { (formatted) }
        }
        details open[formatted.is_none()] {
            summary { "As it came, " (body.len()) " bytes" }
            pre.body tabindex="0" { (text) }
        }
    }
}
