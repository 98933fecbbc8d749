//! Events as an operator names, finds and sees them.

pub mod name;
pub mod seen;

use anyhow::Result;
use shared::inbox::{Find, Inbox, Record};

use crate::progress;

/// How many streams are asked about, or worked on, at the same time.
pub const AT_ONCE: usize = 8;

/// All events of a stream, in due order.
pub async fn stream(inbox: &Inbox, stream: &str) -> Result<Vec<Record>> {
    let (mut records, mut from) = (Vec::new(), None);
    loop {
        let (page, rest) = inbox.stream(stream, from).await?;
        records.extend(page);
        from = rest;
        if from.is_none() {
            records.sort_by_key(Record::place);
            return Ok(records);
        }
    }
}

/// Goes through the whole table for the events that are looked for and wanted, and puts them in order.
pub async fn search(
    inbox: &Inbox,
    what: Find<'_>,
    wanted: impl Fn(&Record) -> bool,
) -> Result<Vec<Record>> {
    let bar = progress::looking("Looking through the inbox");
    let (mut records, mut from) = (Vec::new(), None);
    loop {
        let (page, looked_at, rest) = inbox.find(what, from).await?;
        bar.inc(looked_at as u64);
        records.extend(page.into_iter().filter(&wanted));
        from = rest;
        if from.is_none() {
            bar.finish_and_clear();
            records.sort_by_key(Record::place);
            return Ok(records);
        }
    }
}

/// The stream about that ticket, project or task. Goes through the table until it comes by one.
pub async fn stream_about(inbox: &Inbox, id: &str) -> Result<Option<String>> {
    let bar = progress::looking("Looking for its stream");
    let mut from = None;
    loop {
        let (page, looked_at, rest) = inbox.find(Find::About(id), from).await?;
        bar.inc(looked_at as u64);
        let about_it = |record: &Record| record.stream.rsplit('/').next() == Some(id);
        let found = page.into_iter().find(about_it);
        from = rest;
        if found.is_some() || from.is_none() {
            bar.finish_and_clear();
            return Ok(found.map(|record| record.stream));
        }
    }
}

/// So many of them, with the noun in its right form.
pub fn count(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
