//! Doing a replay.

use anyhow::{Context as _, Result};
use futures_util::{StreamExt, stream};
use indicatif::ProgressBar;
use jiff::Timestamp;
use serde::Serialize;
use shared::event::Place;
use shared::inbox::{Record, Watermarks};

use super::plan::{self, Plan};
use crate::context::Stack;
use crate::events::AT_ONCE;
use crate::output::{self, Time, count, progress};

#[derive(Debug, Serialize)]
pub struct Done {
    /// The time that names the replay.
    replay: Time,
    replayed: usize,
    streams: usize,
    /// Not settled any more, since somebody else was faster.
    changed_meanwhile: usize,
}

impl Done {
    /// What was done, in a line or two.
    pub fn told(&self) -> String {
        let (events, streams) = (count(self.replayed, "event"), count(self.streams, "stream"));
        let done = format!(
            "{events} in {streams} will be reacted to once more, as the replay of {}.",
            self.replay
        );
        match self.changed_meanwhile {
            0 => done,
            changed => format!(
                "{done}\n{} skipped: changed in the meantime, or about to expire.",
                count(changed, "event")
            ),
        }
    }
}

/// All streams, several at a time. One that fails does not stop the others.
pub async fn run(stack: &Stack, plan: Plan, replay: Timestamp) -> Result<Done> {
    let time = Time(replay);
    output::note(format_args!(
        "If this is interrupted, run the same command again with --resume {time}"
    ));
    let run = Run {
        stack,
        watermarks: stack.watermarks(),
        replay,
        bar: progress::towards(plan.summary().events, "Replaying"),
    };
    let streams = plan.streams.into_values().map(|stream| run.stream(stream));
    let ended: Vec<_> = stream::iter(streams)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    run.bar.finish_and_clear();

    let failures = ended.iter().filter(|ended| ended.is_err()).count();
    let mut done = Done {
        replay: time,
        replayed: 0,
        streams: ended.len(),
        changed_meanwhile: 0,
    };
    for ended in ended {
        let (replayed, changed) = ended.with_context(|| {
            let unfinished = count(failures, "stream");
            format!("{unfinished} not replayed completely; to continue, add --resume {time}")
        })?;
        done.replayed += replayed;
        done.changed_meanwhile += changed;
    }
    Ok(done)
}

struct Run<'a> {
    stack: &'a Stack,
    watermarks: Watermarks,
    replay: Timestamp,
    bar: ProgressBar,
}

impl Run<'_> {
    /// Lets the events wait again, in order, and then rings once for all of them, even if one failed. Returns how many it
    /// was, and how many were not settled any more.
    async fn stream(&self, stream: plan::Stream) -> Result<(usize, usize)> {
        let (mut last, mut replayed, mut changed) = (stream.waiting, 0, 0);
        let mut trouble = Ok(());
        for record in &stream.events {
            match self.unsettle(record).await {
                Ok(Some(place)) => {
                    replayed += 1;
                    last = last.max(Some(place));
                }
                Ok(None) => changed += 1,
                Err(error) => {
                    trouble = Err(error);
                    break;
                }
            }
            self.bar.inc(1);
        }
        if let Some(last) = last {
            let rung = self.stack.doorbells.ring(&last).await;
            rung.context(
                "its events wait again, but the doorbell could not be sent; the sweep does that within an hour",
            )?;
        }
        trouble.map(|()| (replayed, changed))
    }

    /// The attempts at its first reaction are forgotten: otherwise the twelfth replay would park it.
    async fn unsettle(&self, record: &Record) -> Result<Option<Place>> {
        if let Some(place) = record.place() {
            self.watermarks.forget(&place).await?;
        }
        self.stack.inbox.replay(record, self.replay).await
    }
}
