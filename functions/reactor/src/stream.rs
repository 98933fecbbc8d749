//! Draining a stream: every event that is due, in order, until one fails or the time is up.

use std::time::Duration;

use anyhow::Result;
use shared::event::{Place, Position};
use shared::panics::caught;

use crate::batch::{Bell, Stream};
use crate::event::{Events, Look, Served};
use crate::retry;
use crate::time::Time;

/// How many events are listed at a time.
const PAGE: i32 = 50;

/// What became of a stream's events, and how it was left.
#[derive(Debug, Default)]
pub struct Drained {
    pub events: Vec<(Place, Served, Look)>,
    /// Calls to AWS that failed for the stream as a whole.
    pub errors: Vec<anyhow::Error>,
    /// What is still to be done, if anything.
    pub left: Option<Left>,
}

impl Drained {
    /// The doorbells that are still needed.
    pub fn bells_left<'a>(&self, stream: &'a Stream) -> Vec<&'a Bell> {
        let left = self.left.as_ref();
        left.map_or_else(Vec::new, |left| stream.bells_from(left.from.as_ref()))
    }
}

#[derive(Debug)]
pub struct Left {
    /// The first event that is left; `None` if everything is.
    pub from: Option<Position>,
    pub retry_in: Duration,
}

/// Serves a stream up to the greatest position that its doorbells name. What goes wrong in it, even a panic, stays in it.
pub async fn drain(stream: &Stream, events: &Events, time: &Time) -> Drained {
    let mut drained = Drained::default();
    let walk = walk(stream, events, time, &mut drained);
    let walked = caught("serving a stream", walk).await;
    if let Err(error) = walked.map_err(Into::into).flatten() {
        drained.errors.push(error);
        let (from, retry_in) = (None, retry::after_receives(stream.receives()));
        drained.left = Some(Left { from, retry_in });
    }
    drained
}

async fn walk(stream: &Stream, events: &Events, time: &Time, drained: &mut Drained) -> Result<()> {
    for place in stream.to_unpark() {
        events.inbox.unpark(place).await?;
    }
    let mut from = None;
    loop {
        let (listed, rest) = events.inbox.due(stream.up_to(), from, PAGE).await?;
        // All events of this page were kept before now, so one reading of the ticket is fresh enough for all of them.
        let mut ticket = None;
        for due in listed {
            let retry_in = if time.is_enough() {
                let (served, look) = events.serve(&due, &mut ticket, time).await;
                let retry_in = stops(&served, stream);
                drained.events.push((due.place.clone(), served, look));
                retry_in
            } else {
                Some(Duration::ZERO)
            };
            if let Some(retry_in) = retry_in {
                let from = Some(due.place.position);
                drained.left = Some(Left { from, retry_in });
                return Ok(());
            }
        }
        from = rest;
        if from.is_none() {
            return Ok(());
        }
    }
}

/// How long the stream has to wait, if it stops here.
fn stops(served: &Served, stream: &Stream) -> Option<Duration> {
    match served {
        Served::Settled(_) | Served::Parked { .. } | Served::Gone => None,
        Served::Failed { retry_in, .. }
        | Served::PutOff { retry_in }
        | Served::Busy { retry_in } => Some(*retry_in),
        Served::Unavailable(_) => Some(retry::after_receives(stream.receives())),
    }
}
