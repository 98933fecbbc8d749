//! The reactor: reads what is due in each stream that a doorbell names, reacts in order, and settles.

mod batch;
mod event;
pub mod failure;
mod lease;
pub mod reaction;
mod report;
mod retry;
mod settings;
mod stale;
mod stream;
mod suspects;
mod sweep;
mod time;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use serde::Deserialize;
use shared::alga_api::AlgaApi;
use shared::aws::{SdkConfig, warmed};
use shared::inbox::{Inbox, Watermarks};
use shared::panics::caught;
use shared::queue::Queue;

use crate::batch::{Batch, Bell, Stream};
use crate::event::Events;
use crate::lease::claim;
use crate::reaction::Reaction;
use crate::report::Report;
pub use crate::settings::Settings;
use crate::stream::{Drained, drain};
use crate::suspects::apart;
use crate::sweep::sweep;
use crate::time::Time;

/// Why the reactor runs.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Invocation {
    /// SQS has doorbells.
    Doorbells(SqsEvent),
    /// The schedule asks to look for what no doorbell has called for.
    Sweep { sweep: bool },
}

/// Everything that lives as long as the execution environment.
pub struct Reactor {
    queue: Queue,
    events: Events,
}

impl Reactor {
    /// A reactor whose connections are not open yet.
    pub fn new(config: &SdkConfig, settings: Settings) -> Self {
        let inbox = Inbox::new(config, settings.inbox_table);
        Self {
            queue: Queue::new(config, settings.queue_url),
            events: Events {
                watermarks: Watermarks::new(inbox.clone(), settings.retention),
                inbox,
                dead_letters: Queue::new(config, settings.dead_letter_queue_url),
                reaction: Reaction::new(config, settings.reaction),
                api: settings.tickets.map(|at| AlgaApi::new(config, at)),
                retention: settings.retention,
            },
        }
    }

    /// Opens the connections. It need not succeed.
    pub async fn warm_up(&self) {
        let (inbox, queue) = tokio::join!(self.events.inbox.warm_up(), self.queue.warm_up());
        warmed([inbox, queue]);
    }

    /// Serves one invocation, which begins `now` and ends at `deadline` whether it is done or not. Fails when a sweep could
    /// not read, or not ring everywhere; doorbells fail as a whole only by a panic outside of their streams.
    pub async fn run(
        &self,
        invocation: Invocation,
        now: Timestamp,
        deadline: Timestamp,
    ) -> Result<SqsBatchResponse, lambda_runtime::Error> {
        let mut report = Report::start();
        let time = Time::start(now, deadline);
        let outcome = caught("the reactor", async {
            match invocation {
                Invocation::Doorbells(event) => Ok(self.hear(event, time, &mut report).await),
                Invocation::Sweep { .. } => {
                    let swept = sweep(&self.events.inbox, &self.queue, now, &time).await;
                    report.swept(swept).map(|()| SqsBatchResponse::default())
                }
            }
        });
        let outcome = outcome.await;
        report.finish();
        Ok(outcome.map_err(anyhow::Error::from)??)
    }

    /// Claims the streams and drains them, all at once; but those whose last attempt may have killed the function come after
    /// the others, one by one, so that the next crash counts against its cause only.
    async fn hear(&self, event: SqsEvent, time: Time, report: &mut Report) -> SqsBatchResponse {
        let batch = Batch::of(event);
        report.unreadable(batch.unreadable);
        let shared = time.among(batch.streams.len());
        let claimed = claim(&self.queue, batch.streams, time.left()).await;
        report.aws_errors(&claimed.errors);
        let mut response = SqsBatchResponse::default();
        for stream in &claimed.lost {
            leave(&mut response, stream.bells_from(None));
        }

        let (suspects, others) = apart(claimed.ours, &self.events).await;
        let lets_go = !suspects.is_empty();
        let serve = |stream, time| async move { (stream, self.serve(stream, time, lets_go).await) };
        let mut serving: FuturesUnordered<_> =
            others.iter().map(|stream| serve(stream, &shared)).collect();
        while let Some((stream, drained)) = serving.next().await {
            report.count(stream, &drained);
            leave(&mut response, drained.bells_left(stream));
        }
        // The others' time is up by then, and nobody else waits: a suspect has what is left of the invocation.
        for stream in &suspects {
            let (stream, drained) = serve(stream, &time).await;
            report.count(stream, &drained);
            leave(&mut response, drained.bells_left(stream));
        }
        response
    }

    /// Drains a stream, and says when what is left of it is to come back. One that is done lets go of its doorbells at once
    /// if others are still to be served alone: as long as they are hidden, SQS holds back what comes after them.
    async fn serve(&self, stream: &Stream, time: &Time, lets_go: bool) -> Drained {
        let mut drained = drain(stream, &self.events, time).await;
        if let Some(left) = &drained.left {
            let bells = stream.bells_from(left.from.as_ref());
            let receipts: Vec<&str> = bells.iter().map(|bell| bell.receipt.as_str()).collect();
            let hidden = self.queue.hide(&receipts, left.retry_in).await;
            drained.errors.extend(hidden.errors);
        } else if lets_go {
            let deleted = join_all(stream.receipts().map(|receipt| self.queue.delete(receipt)));
            let refused = deleted.await.into_iter().filter_map(Result::err);
            drained.errors.extend(refused); // Lambda still deletes them after the invocation
        }
        drained
    }
}

/// Tells SQS that these doorbells are to come back.
fn leave<'a>(response: &mut SqsBatchResponse, bells: impl IntoIterator<Item = &'a Bell>) {
    for bell in bells {
        response.add_failure(&bell.message_id);
    }
}
