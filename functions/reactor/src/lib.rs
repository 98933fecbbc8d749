//! The reactor: reads what is due in each stream that a doorbell names, reacts in order, and settles.

mod batch;
pub mod custom;
mod drain;
pub mod reaction;
mod report;
mod secret;
mod stale;
mod sweep;
pub mod tickets;
mod time;
mod visibility;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures_util::FutureExt;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use shared::aws::SdkConfig;
use shared::doorbell::Doorbells;
use shared::head::Heads;
use shared::inbox::Inbox;
use shared::settings;

use crate::batch::{Batch, Bell, Stream};
use crate::drain::{Drain, Drained};
use crate::reaction::{Choice, Reaction};
use crate::report::Report;
use crate::tickets::{Api, Tickets};
use crate::time::Time;
use crate::visibility::Visibility;

/// How we name ourselves to targets and APIs.
const USER_AGENT: &str = concat!("alga-webhooks/", env!("CARGO_PKG_VERSION"));

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
    /// `REACTION`, `REACTION_URL`, `REACTION_SECRET_ID` and `EVENT_BUS`.
    pub reaction: Choice,
    /// `TICKET_API_URL`, `TICKET_API_SECRET_ID` and `TICKET_API_TENANT`: where tickets are read before a reaction, if they are.
    pub tickets: Option<Api>,
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
        let reaction = Choice::from_env()?;
        Ok(Self {
            inbox_table: settings::required("INBOX_TABLE")?,
            queue_url: settings::required("QUEUE_URL")?,
            dead_letter_queue_url: settings::required("DEAD_LETTER_QUEUE_URL")?,
            retention: SignedDuration::from_hours(24 * days),
            tickets: tickets(&reaction)?,
            reaction,
        })
    }
}

/// A log line has no use for a ticket.
fn tickets(reaction: &Choice) -> Result<Option<Api>> {
    let url = settings::optional("TICKET_API_URL");
    let url = url.filter(|_| *reaction != Choice::Log);
    let Some(url) = url else {
        return Ok(None);
    };
    let api = Api::new(&url, settings::required("TICKET_API_SECRET_ID")?)?;
    Ok(Some(api.of_tenant(settings::optional("TICKET_API_TENANT"))))
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
                tickets: settings.tickets.map(|api| Tickets::new(config, api)),
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

    /// Serves one invocation, which begins `now` and ends at `deadline` whether it is done or not.
    ///
    /// # Errors
    /// When a sweep could not read, or not ring everywhere; the next one tries again. Doorbells fail as a whole only by a
    /// panic outside of their streams.
    pub async fn run(
        &self,
        invocation: Invocation,
        now: Timestamp,
        deadline: Timestamp,
    ) -> Result<SqsBatchResponse, lambda_runtime::Error> {
        let report = Report::start();
        let outcome = async {
            match invocation {
                Invocation::Doorbells(event) => Ok(self.hear(event, now, deadline, &report).await),
                Invocation::Sweep { .. } => self
                    .sweep(now, &report)
                    .await
                    .map(|()| SqsBatchResponse::default()),
            }
        };
        // The runtime would hand the message of a panic on, and that may quote what was being handled.
        let outcome = AssertUnwindSafe(outcome).catch_unwind().await;
        let outcome = outcome.unwrap_or_else(|_panic| Err(anyhow!("the reactor panicked")));
        report.finish();
        Ok(outcome?)
    }

    /// All streams at once; but those whose last try may have killed the function come after the others, one by one,
    /// so that the next crash counts against its cause only. Whoever is done by then lets go of its doorbells first:
    /// as long as they are hidden, SQS holds back what comes after them in their streams.
    async fn hear(
        &self,
        event: SqsEvent,
        now: Timestamp,
        deadline: Timestamp,
        report: &Report,
    ) -> SqsBatchResponse {
        let batch = Batch::of(event, report);
        let time = Time::start(now, deadline, batch.streams.len());
        let (ours, lost) = self.visibility.claim(batch.streams, time.left()).await;
        let mut response = SqsBatchResponse::default();
        for stream in &lost {
            report_left(&stream.bells_from(None), &mut response);
        }

        let (suspects, others) = self.suspects_apart(ours).await;
        let served = others
            .iter()
            .map(|stream| self.serve(stream, &time, report));
        for (stream, drained) in others.iter().zip(join_all(served).await) {
            report_drained(stream, &drained, &mut response);
            if !suspects.is_empty() && drained == Drained::Done {
                self.visibility.delete(&stream.bells).await;
            }
        }
        for stream in suspects {
            let drained = self.serve(&stream, &time, report).await;
            report_drained(&stream, &drained, &mut response);
            if drained == Drained::Done {
                self.visibility.delete(&stream.bells).await;
            }
        }
        response
    }

    /// Drains a stream, and says when what is left of it is to come again.
    async fn serve(&self, stream: &Stream, time: &Time, report: &Report) -> Drained {
        let drained = self.drain.drain(stream, time, report).await;
        if let Drained::Stopped { at, again_in } = &drained {
            let bells = stream.bells_from(at.as_ref());
            self.visibility.hide(&bells, *again_in).await;
        }
        drained
    }

    /// The streams that are to be served alone, least tried first, and the others.
    async fn suspects_apart(&self, streams: Vec<Stream>) -> (Vec<Stream>, Vec<Stream>) {
        if streams.len() < 2 {
            return (Vec::new(), streams);
        }
        let tries = join_all(streams.iter().map(|stream| self.unended_tries(stream))).await;
        let (mut suspects, mut others) = (Vec::new(), Vec::new());
        for (tries, stream) in tries.into_iter().zip(streams) {
            match tries {
                Some(tries) => suspects.push((tries, stream)),
                None => others.push(stream),
            }
        }
        suspects.sort_by_key(|(tries, _)| *tries);
        let suspects = suspects.into_iter().map(|(_, stream)| stream).collect();
        (suspects, others)
    }

    /// How often an event has been tried whose last try never came to an end.
    async fn unended_tries(&self, stream: &Stream) -> Option<u32> {
        if !stream.is_redelivered() {
            return None;
        }
        let asked = async {
            let head = self.drain.heads.read(stream.name()).await?;
            let Some(trying) = head.trying.filter(|_| head.failed_at.is_none()) else {
                return anyhow::Ok(None);
            };
            let waits = self.drain.inbox.waits(&trying).await?;
            Ok(waits.then_some(head.tries))
        };
        // One that cannot be asked about comes last.
        asked.await.unwrap_or(Some(u32::MAX))
    }
}

fn report_drained(stream: &Stream, drained: &Drained, response: &mut SqsBatchResponse) {
    if let Drained::Stopped { at, .. } = drained {
        report_left(&stream.bells_from(at.as_ref()), response);
    }
}

fn report_left(bells: &[&Bell], response: &mut SqsBatchResponse) {
    for bell in bells {
        response.add_failure(&bell.message_id);
    }
}

/// Waits for AWS and targets are counted in these.
pub(crate) fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}
