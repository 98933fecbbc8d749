//! What the bodies of a stream's events tell besides their content: which were never announced, and where a change is missing.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
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
    Ok(Told::of(&body, record.event.event_type()))
}

impl Told {
    /// What a body tells; nothing if it is not what it should be.
    pub fn of(body: &[u8], event_type: &str) -> Self {
        let Ok(body) = serde_json::from_slice::<Body>(body) else {
            return Self::default();
        };
        let Data {
            status_id,
            previous_status_id,
        } = body.data;
        Self {
            is_unannounced: body.unannounced,
            changes_status: event_type.ends_with(".status_changed"),
            status: status_id,
            previous_status: previous_status_id,
            unread: None,
        }
    }
}

/// Before which events a change of status is missing: those that tell another previous status than the change before has
/// led to. A change that carries the old status, as AlgaPSA sometimes sends it, does not tell what it led to.
pub fn gaps(told: &[Told]) -> BTreeSet<usize> {
    let mut gaps = BTreeSet::new();
    let mut last: Option<&str> = None;
    for (number, told) in told
        .iter()
        .enumerate()
        .filter(|(_, told)| told.changes_status)
    {
        let (previous, status) = (told.previous_status.as_deref(), told.status.as_deref());
        if let (Some(last), Some(previous)) = (last, previous)
            && last != previous
        {
            gaps.insert(number);
        }
        last = status.filter(|_| status != previous);
    }
    gaps
}
