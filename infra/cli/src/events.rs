//! Events as an operator names, finds and sees them.

pub mod name;
pub mod retry;
pub mod view;

use anyhow::Result;
use shared::event::StreamId;
use shared::inbox::{Cursor, Find, Inbox, Record};

use crate::output::progress;

/// How many streams are asked about, or worked on, at the same time.
pub const AT_ONCE: usize = 8;

/// Some of what is looked for, how many items were looked at, and where the next page starts.
pub type Page<T> = (Vec<T>, usize, Option<Cursor>);

/// All pages, one after the other. `looks` is what a person is told meanwhile.
pub async fn pages<T, P>(looks: &str, mut page: impl FnMut(Option<Cursor>) -> P) -> Result<Vec<T>>
where
    P: Future<Output = Result<Page<T>>>,
{
    let bar = progress::looking(looks);
    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let (some, looked_at, rest) = page(from).await?;
        bar.inc(looked_at as u64);
        found.extend(some);
        from = rest;
        if from.is_none() {
            bar.finish_and_clear();
            return Ok(found);
        }
    }
}

pub async fn stream(inbox: &Inbox, stream: &StreamId) -> Result<Vec<Record>> {
    let page = |from| async move {
        let (records, rest) = inbox.stream(stream, from).await?;
        let count = records.len();
        Ok((records, count, rest))
    };
    let mut records = pages("Reading the stream", page).await?;
    records.sort_by_key(Record::place);
    Ok(records)
}

/// Searches the whole table for the wanted events, and puts them in order.
pub async fn search(
    inbox: &Inbox,
    what: Find<'_>,
    wanted: impl Fn(&Record) -> bool + Sync,
) -> Result<Vec<Record>> {
    let wanted = &wanted;
    let page = |from| async move {
        let (mut records, looked_at, rest) = inbox.find(what, from).await?;
        records.retain(wanted);
        Ok((records, looked_at, rest))
    };
    let mut records = pages("Looking through the inbox", page).await?;
    records.sort_by_key(Record::place);
    Ok(records)
}

/// The stream about that ticket, project or task. Searches the table until it finds one.
pub async fn stream_about(inbox: &Inbox, id: &str) -> Result<Option<StreamId>> {
    let end = &format!("/{id}");
    let page = |from| async move {
        let (records, looked_at, rest) = inbox.find(Find::About(id), from).await?;
        let streams = records.into_iter().map(|record| record.stream);
        let found = streams.filter(|stream| stream.as_str().ends_with(end));
        let found: Vec<StreamId> = found.take(1).collect();
        let rest = rest.filter(|_| found.is_empty());
        Ok((found, looked_at, rest))
    };
    Ok(pages("Looking for its stream", page).await?.pop())
}
