//! What the bodies of a stream's events tell besides their content: which were never announced, and where a change is missing.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::inbox::{Inbox, Record};

use crate::events::AT_ONCE;

/// What one event tells. Statuses are ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub is_unannounced: bool,
    /// Whether it says that the status changed.
    pub changes_status: bool,
    pub status: Option<String>,
    pub previous_status: Option<String>,
    /// When it occurred.
    pub at: Timestamp,
    /// Why its body could not be read, if it could not.
    pub unread: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    unannounced: bool,
    #[serde(default)]
    data: Data,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    status_id: Option<String>,
    previous_status_id: Option<String>,
    changes: Map<String, Value>,
}

/// What each of these events tells, in their order.
pub async fn read(inbox: &Inbox, records: &[Record]) -> Vec<Told> {
    let told = stream::iter(records.to_vec()).map(|record| async move {
        one(inbox, &record).await.unwrap_or_else(|error| Told {
            unread: Some(error.to_string()),
            ..Told::default()
        })
    });
    told.buffered(AT_ONCE).collect().await
}

async fn one(inbox: &Inbox, record: &Record) -> Result<Told> {
    let body = inbox.body(&record.stream, &record.event).await?;
    let body = body.context("its body is not there any more")?;
    let place = record.place().context("its time is not known")?;
    let at = place.position.time();
    Ok(Told::of(&body, record.event.event_type(), at))
}

impl Told {
    /// What a body tells; nothing if it is not what it should be.
    pub fn of(body: &[u8], event_type: &str, at: Timestamp) -> Self {
        let Ok(body) = serde_json::from_slice::<Body>(body) else {
            return Self::default();
        };
        let data = body.data;
        let is_edit = data.changes.contains_key("status_id");
        Self {
            is_unannounced: body.unannounced,
            changes_status: event_type.ends_with(".status_changed") || is_edit,
            // An edit names the status in its own way, which is not read here.
            status: data.status_id.filter(|_| !is_edit),
            previous_status: data.previous_status_id,
            at,
            unread: None,
        }
    }
}

/// How long AlgaPSA may send a status that has changed since.
const CACHED: SignedDuration = SignedDuration::from_mins(1);

/// Before which events a change of status may be missing: those that tell another previous status than the change before has
/// led to. What a change has led to is not known if another one came within a minute before it, or if it still carries the
/// old status: AlgaPSA sends what it has cached.
pub fn gaps(told: &[Told]) -> BTreeSet<usize> {
    let mut gaps = BTreeSet::new();
    let mut last: Option<(Timestamp, Option<&str>)> = None;
    let changes = told.iter().enumerate();
    for (number, told) in changes.filter(|(_, told)| told.changes_status) {
        let (previous, status) = (told.previous_status.as_deref(), told.status.as_deref());
        if let (Some((_, Some(led_to))), Some(previous)) = (last, previous)
            && led_to != previous
        {
            gaps.insert(number);
        }
        let is_fresh = last.is_none_or(|(at, _)| told.at.duration_since(at) > CACHED);
        let led_to = status.filter(|_| is_fresh && previous.is_some() && status != previous);
        last = Some((told.at, led_to));
    }
    gaps
}
