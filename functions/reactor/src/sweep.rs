//! The sweep: rings for what has waited so long that its doorbell must be gone.

use std::collections::BTreeMap;
use std::future::ready;

use anyhow::{Result, ensure};
use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use shared::event::Place;
use shared::inbox::Waiting;

use crate::Reactor;
use crate::report::Report;

/// From when on a waiting event is overdue.
const OVERDUE: SignedDuration = SignedDuration::from_hours(1);
/// How many doorbells are rung at the same time.
const AT_ONCE: usize = 10;

impl Reactor {
    /// One doorbell per stream, up to the last event that is overdue there. One too many does no harm, and one that
    /// cannot be rung does not keep the others from it.
    pub(crate) async fn sweep(&self, now: Timestamp, report: &Report) -> Result<()> {
        let before = now - OVERDUE;
        let (mut from, mut failed) = (None, 0);
        loop {
            let (waiting, rest) = self.drain.inbox.waiting(from).await?;
            let rung = stream::iter(overdue(waiting, before))
                .map(|(stream, due)| self.ring(Place { stream, due }, report))
                .buffer_unordered(AT_ONCE);
            failed += rung.filter(|rung| ready(!rung)).count().await;
            from = rest;
            if from.is_none() {
                ensure!(failed == 0, "could not ring for {failed} streams");
                return Ok(());
            }
        }
    }

    /// Whether it could be rung.
    async fn ring(&self, place: Place, report: &Report) -> bool {
        let stream = &place.stream;
        if let Err(error) = self.doorbells.ring(&place).await {
            tracing::error!(
                stream,
                error = format!("{error:#}"),
                "the sweep could not ring"
            );
            return false;
        }
        tracing::warn!(stream, "an event has waited for over an hour; rang for it");
        report.swept();
        true
    }
}

fn overdue(waiting: Vec<Waiting>, before: Timestamp) -> BTreeMap<String, String> {
    let mut last = BTreeMap::new();
    for Waiting { place, .. } in waiting
        .into_iter()
        .filter(|waiting| waiting.kept_at < before)
    {
        let due: &mut String = last.entry(place.stream).or_default();
        *due = place.due.max(std::mem::take(due));
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stream_is_rung_once_and_up_to_its_last_overdue_event() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let waiting = |stream: &str, due: &str, minutes: i64| Waiting {
            place: Place {
                stream: stream.into(),
                due: due.into(),
            },
            kept_at: now - SignedDuration::from_mins(minutes),
        };
        let found = overdue(
            vec![
                waiting("a", "2", 61),
                waiting("a", "1", 90),
                waiting("a", "3", 59),
                waiting("b", "1", 60),
                waiting("c", "1", 61),
            ],
            now - OVERDUE,
        );
        let rung: Vec<_> = found
            .iter()
            .map(|(stream, due)| (stream.as_str(), due.as_str()))
            .collect();
        assert_eq!(rung, [("a", "2"), ("c", "1")]);
    }
}
