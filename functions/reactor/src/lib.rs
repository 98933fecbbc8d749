//! The reactor: reads what is due in each stream that a doorbell names, reacts in order, and settles.

mod batch;
mod event;
pub mod failure;
mod lease;
pub mod payload;
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
use shared::inbox::{Bodies, Inbox, Watermarks};
use shared::panics::caught;
use shared::queue::Queue;

use crate::batch::{Batch, Bell, Stream};
use crate::event::Events;
use crate::lease::claim;
use crate::reaction::Reaction;
use crate::report::Report;
pub use crate::settings::Settings;
use crate::stream::{Drained, drain};
use crate::suspects::{Apart, apart};
use crate::sweep::sweep;
use crate::time::Time;

/// Why the reactor runs.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Invocation {
    /// SQS has doorbells.
    Doorbells(SqsEvent),
    /// The schedule asks for a sweep.
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
        let bodies = Bodies::new(config, &settings.bodies_bucket);
        let inbox = Inbox::new(config, settings.inbox_table, bodies);
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

    /// Opens the connections. It may fail: the first calls then open them.
    pub async fn warm_up(&self) {
        let (inbox, queue) = tokio::join!(self.events.inbox.warm_up(), self.queue.warm_up());
        warmed([inbox, queue]);
    }

    /// Serves one invocation, which begins `now` and which Lambda ends at `deadline`. A sweep fails if it could not read or
    /// ring everything. A batch of doorbells fails as a whole only if there is a panic outside of its streams.
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

    /// Claims the streams and drains them concurrently. Suspects, whose last attempt may have killed the function, come after
    /// the others and one by one, so that the next crash counts only against its cause.
    async fn hear(&self, event: SqsEvent, time: Time, report: &mut Report) -> SqsBatchResponse {
        let batch = Batch::of(event);
        report.unreadable(batch.unreadable);
        let shared = time.among(batch.streams.len());
        let claimed = claim(&self.queue, batch.streams, &time).await;
        report.aws_errors(&claimed.errors);
        let mut response = SqsBatchResponse::default();
        for stream in &claimed.lost {
            leave(&mut response, stream.bells_from(None));
        }

        let Apart {
            suspects,
            others,
            errors,
        } = apart(claimed.ours, &self.events).await;
        report.aws_errors(&errors);
        let lets_go = !suspects.is_empty();
        let serve = |stream, time| async move { (stream, self.serve(stream, time, lets_go).await) };
        let mut serving: FuturesUnordered<_> =
            others.iter().map(|stream| serve(stream, &shared)).collect();
        while let Some((stream, drained)) = serving.next().await {
            report.count(stream, &drained);
            leave(&mut response, drained.bells_left(stream));
        }
        // The others' time is up by then. The suspects have what is left of the invocation, the least attempted first.
        for stream in &suspects {
            let (stream, drained) = serve(stream, &time).await;
            report.count(stream, &drained);
            leave(&mut response, drained.bells_left(stream));
        }
        response
    }

    /// Drains a stream, and tells SQS when the doorbells that are left should come back. If suspects are still to be served
    /// (`lets_go`), a stream that is done deletes its doorbells at once: while they are hidden, SQS holds back the later ones
    /// of that stream.
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

/// Reports doorbells as failed, so that SQS keeps them.
fn leave<'a>(response: &mut SqsBatchResponse, bells: impl IntoIterator<Item = &'a Bell>) {
    for bell in bells {
        response.add_failure(&bell.message_id);
    }
}
