//! The reactor: reads what is due in each stream that a doorbell names, reacts in order, and settles.

mod batch;
pub mod custom;
mod drain;
pub mod reaction;
mod report;
mod sweep;
mod time;
mod visibility;

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde::Deserialize;
use shared::aws::SdkConfig;
use shared::doorbell::Doorbells;
use shared::head::Heads;
use shared::inbox::Inbox;
use shared::settings;

use crate::batch::{Batch, Stream};
use crate::drain::{Drain, Drained};
use crate::reaction::{Choice, Reaction};
use crate::report::Report;
use crate::time::Time;
use crate::visibility::Visibility;

/// Why the reactor runs.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Invocation {
    /// SQS has doorbells.
    Doorbells(SqsEvent),
    /// The schedule asks to look for what no doorbell has called for.
    Sweep {
        /// Present, and true.
        sweep: bool,
    },
}

/// Everything that lives as long as the execution environment.
pub struct Reactor {
    drain: Drain,
    doorbells: Doorbells,
    visibility: Visibility,
}

/// What the template sets, in environment variables of the same names in capitals.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `INBOX_TABLE`: the name of the inbox table.
    pub inbox_table: String,
    /// `QUEUE_URL`: the FIFO queue of doorbells.
    pub queue_url: String,
    /// `DEAD_LETTER_QUEUE_URL`: the FIFO queue of dead letters.
    pub dead_letter_queue_url: String,
    /// `RETENTION_DAYS`: how long a settled event is remembered.
    pub retention: SignedDuration,
    /// `REACTION`, `REACTION_URL` and `REACTION_SECRET_ID`.
    pub reaction: Choice,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// When a setting is missing or makes no sense.
    pub fn from_env() -> Result<Self> {
        let days = settings::required("RETENTION_DAYS")?;
        let days: i64 = days
            .parse()
            .with_context(|| format!("RETENTION_DAYS is not a number: {days}"))?;
        Ok(Self {
            inbox_table: settings::required("INBOX_TABLE")?,
            queue_url: settings::required("QUEUE_URL")?,
            dead_letter_queue_url: settings::required("DEAD_LETTER_QUEUE_URL")?,
            retention: SignedDuration::from_hours(24 * days),
            reaction: Choice::from_env()?,
        })
    }
}

impl Reactor {
    /// A reactor whose connections are not open yet.
    #[must_use]
    pub fn new(config: &SdkConfig, settings: Settings) -> Self {
        let inbox = Inbox::new(config, settings.inbox_table);
        Self {
            drain: Drain {
                heads: Heads::new(inbox.clone(), settings.retention),
                inbox,
                dead_letters: Doorbells::new(config, settings.dead_letter_queue_url),
                reaction: Reaction::new(config, settings.reaction),
                retention: settings.retention,
            },
            doorbells: Doorbells::new(config, settings.queue_url.clone()),
            visibility: Visibility::new(config, settings.queue_url),
        }
    }

    /// Opens the connections. It need not succeed.
    pub async fn warm_up(&self) {
        let (inbox, doorbells) = tokio::join!(self.drain.inbox.warm_up(), self.doorbells.warm_up());
        for cold in [inbox, doorbells].into_iter().filter_map(Result::err) {
            tracing::warn!(
                error = format!("{cold:#}"),
                "could not warm up a connection"
            );
        }
    }

    /// Serves one invocation, which ends at `deadline` whether it is done or not.
    ///
    /// # Errors
    /// When a sweep could not be finished; the next one goes on. Doorbells never fail as a whole.
    pub async fn run(
        &self,
        invocation: Invocation,
        deadline: SystemTime,
    ) -> Result<SqsBatchResponse, lambda_runtime::Error> {
        let report = Report::start();
        let outcome = match invocation {
            Invocation::Doorbells(event) => Ok(self.hear(event, deadline, &report).await),
            Invocation::Sweep { .. } => self
                .sweep(&report)
                .await
                .map(|()| SqsBatchResponse::default()),
        };
        report.finish();
        Ok(outcome?)
    }

    async fn hear(
        &self,
        event: SqsEvent,
        deadline: SystemTime,
        report: &Report,
    ) -> SqsBatchResponse {
        let batch = Batch::of(event, report);
        let time = Time::start(deadline, batch.streams.len());
        let (ours, lost) = self.visibility.claim(batch.streams, time.left()).await;
        let mut response = SqsBatchResponse::default();
        for bell in lost.iter().flat_map(|stream| &stream.bells) {
            response.add_failure(&bell.message_id);
        }

        for (stream, drained) in self.serve(ours, &time, report).await {
            let Drained::Stopped { at, again_in } = drained else {
                continue;
            };
            let left = stream.bells_from(at.as_ref());
            for bell in &left {
                response.add_failure(&bell.message_id);
            }
            self.visibility.hide(&left, again_in).await;
        }
        response
    }

    /// All streams at once; but after a crash one by one, so that the next crash counts against its cause only, and
    /// those that have been tried least first, so that the others are done before it.
    async fn serve(
        &self,
        streams: Vec<Stream>,
        time: &Time,
        report: &Report,
    ) -> Vec<(Stream, Drained)> {
        if streams.len() == 1 || !streams.iter().any(Stream::is_redelivered) {
            let drains = streams
                .iter()
                .map(|stream| self.drain.drain(stream, time, report));
            let drained = join_all(drains).await;
            return streams.into_iter().zip(drained).collect();
        }
        let mut served = Vec::with_capacity(streams.len());
        for stream in self.least_tried_first(streams).await {
            let drained = self.drain.drain(&stream, time, report).await;
            served.push((stream, drained));
        }
        served
    }

    async fn least_tried_first(&self, streams: Vec<Stream>) -> Vec<Stream> {
        let tries = join_all(streams.iter().map(async |stream| {
            // A stream that cannot be asked about is not going to be served now either.
            if stream.is_redelivered() {
                self.drain
                    .heads
                    .tries(stream.name())
                    .await
                    .unwrap_or(u32::MAX)
            } else {
                0
            }
        }));
        let mut ordered: Vec<_> = tries.await.into_iter().zip(streams).collect();
        ordered.sort_by_key(|(tries, _)| *tries);
        ordered.into_iter().map(|(_, stream)| stream).collect()
    }
}

/// Waits for AWS and targets are counted in these.
pub(crate) fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}
