//! Serving one event: look at its ticket, announce the attempt, react, settle or park.

use std::time::Duration;

use anyhow::Result;
use jiff::SignedDuration;
use shared::alga_api::{AlgaApi, Missing, Ticket};
use shared::clock::Clock;
use shared::event::{Event, Place};
use shared::inbox::{Announced, Inbox, Kept, Loaded, Order, Watermarks};
use shared::panics::caught;
use shared::queue::Queue;

use crate::failure::Failure;
use crate::reaction::{Attempt, Reaction};
use crate::retry::{self, MOST_ATTEMPTS};
use crate::stale::is_stale;

/// What it takes to serve an event.
pub struct Events {
    pub inbox: Inbox,
    pub watermarks: Watermarks,
    pub dead_letters: Queue,
    pub reaction: Reaction,
    pub api: Option<AlgaApi>,
    pub retention: SignedDuration,
}

/// What became of an event.
#[derive(Debug)]
pub enum Served {
    /// Reacted to, and settled.
    Settled(Reacted),
    /// Set aside, because no further attempt would help.
    Parked { why: String },
    /// It does not wait any more.
    Gone,
    /// The target's fault, or the ticket API's: the attempt counts.
    Failed {
        failure: Failure,
        attempt: u32,
        retry_in: Duration,
        /// Why the failure could not be noted, if so: it looks as if the attempt had killed the function.
        unnoted: Option<anyhow::Error>,
    },
    /// The ticket API's rate limit: nothing was attempted.
    PutOff { retry_in: Duration },
    /// AWS's trouble, or ours: no attempt of the event.
    Unavailable(anyhow::Error),
}

/// A reaction that was recorded.
#[derive(Debug)]
pub struct Reacted {
    pub order: Order,
    pub attempt: u32,
    pub stale: bool,
    pub replay: Option<String>,
    /// From when it occurred until it was settled.
    pub lag: Duration,
    /// Whether the reaction itself was a log line.
    pub is_logged: bool,
}

/// The ticket API's part in serving an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It was not asked, or may not be asked yet.
    NotRead,
    Read,
    ReadFailed,
}

impl Events {
    /// Attempts one event, unless it was attempted too often. Logs and counts nothing. Whatever happens, even a panic, is an
    /// outcome.
    pub async fn serve(
        &self,
        place: &Place,
        ticket: &mut Option<Ticket>,
        clock: &Clock,
    ) -> (Served, Look) {
        let looked = self.look(place, ticket, clock).await;
        let look = match &looked {
            Ok(true) => Look::Read,
            Err(Missing::Failed { .. }) => Look::ReadFailed,
            Ok(false) | Err(Missing::NotYet(_)) => Look::NotRead,
        };
        let ticket = match looked {
            Ok(_) => Ok(ticket.as_ref()),
            Err(Missing::Failed { why, retry_after }) => Err(Failure::Again {
                why,
                after: retry_after,
            }),
            Err(Missing::NotYet(wait)) => {
                let retry_in = retry::at_slot(wait);
                return (Served::PutOff { retry_in }, look);
            }
        };
        let served = caught(
            "serving an event",
            self.load_and_attempt(place, ticket, clock),
        )
        .await;
        let served = served.unwrap_or_else(|panicked| Served::Unavailable(panicked.into()));
        (served, look)
    }

    /// Reads the ticket that the event is about, unless that was done already. Comes before the announcement: who may not
    /// read yet has attempted nothing. Says whether it was read now.
    async fn look(
        &self,
        place: &Place,
        ticket: &mut Option<Ticket>,
        clock: &Clock,
    ) -> Result<bool, Missing> {
        let Some(api) = self.api.as_ref().filter(|_| ticket.is_none()) else {
            return Ok(false);
        };
        let Some(id) = api.readable(&place.stream) else {
            return Ok(false);
        };
        let read = caught("reading the ticket", api.ticket(id, clock)).await;
        *ticket = Some(read.map_err(anyhow::Error::from)??);
        Ok(true)
    }

    /// Loads before it announces: nothing is held against an event that could not be read.
    async fn load_and_attempt(
        &self,
        place: &Place,
        ticket: Result<Option<&Ticket>, Failure>,
        clock: &Clock,
    ) -> Served {
        let kept = match self.inbox.load(place).await {
            Ok(Loaded::Kept(kept)) => Ok(kept),
            Ok(Loaded::Damaged(damaged)) => Err(Failure::again(damaged)), // another release may read it
            Ok(Loaded::Gone) => return Served::Gone,
            Err(error) => return Served::Unavailable(error),
        };
        let name = Watermarks::name();
        let announced = self.watermarks.announce(place, name, clock.now()).await;
        let attempted = match announced {
            Ok(announced) => self.attempt(place, announced, kept, ticket, clock).await,
            Err(error) => Err(error),
        };
        match attempted {
            Ok(served) => served,
            // Whatever was announced has no outcome that is the event's fault.
            Err(error) => match self.watermarks.take_back(place, name, clock.now()).await {
                Ok(()) => Served::Unavailable(error),
                Err(_) => Served::Unavailable(error.context("and its attempt counts")),
            },
        }
    }

    async fn attempt(
        &self,
        place: &Place,
        announced: Announced,
        kept: Result<Kept, Failure>,
        ticket: Result<Option<&Ticket>, Failure>,
        clock: &Clock,
    ) -> Result<Served> {
        if announced.number > MOST_ATTEMPTS {
            let why = format!("attempted {MOST_ATTEMPTS} times");
            return self.park(place, announced, why, clock).await;
        }
        let reacted = async { self.react(place, announced, &kept?, ticket?, clock).await };
        match reacted.await {
            Ok(settled) => settled,
            Err(Failure::Final { why }) => self.park(place, announced, why, clock).await,
            Err(failure) => Ok(self.failed(place, announced, failure, clock).await),
        }
    }

    /// Reacts, and settles what was reacted to.
    async fn react(
        &self,
        place: &Place,
        announced: Announced,
        kept: &Kept,
        ticket: Option<&Ticket>,
        clock: &Clock,
    ) -> Result<Result<Served>, Failure> {
        let event = Event::kept(place.clone(), kept.body.clone()).map_err(Failure::last)?;
        let attempt = Attempt {
            event: &event,
            order: announced.order,
            number: announced.number,
            webhook_id: kept.webhook_id,
            stale: is_stale(&event),
            ticket,
            replayed_at: kept.replayed_at,
            at: clock.now(),
        };
        self.reaction.react(&attempt).await?;
        let settled = self
            .inbox
            .settle(place, kept, announced.order, clock.now(), self.retention)
            .await;
        let lag = clock.now().duration_since(event.occurred_at);
        let reacted = Reacted {
            order: attempt.order,
            attempt: attempt.number,
            stale: attempt.stale,
            replay: attempt.replay(),
            lag: lag.try_into().unwrap_or_default(),
            is_logged: matches!(self.reaction, Reaction::Log),
        };
        Ok(settled.map(|()| Served::Settled(reacted)))
    }

    async fn failed(
        &self,
        place: &Place,
        announced: Announced,
        failure: Failure,
        clock: &Clock,
    ) -> Served {
        let noted = self
            .watermarks
            .failed(place, announced, failure.why(), clock.now())
            .await;
        Served::Failed {
            attempt: announced.number,
            retry_in: retry::after_failure(announced.number, failure.asked_for()),
            failure,
            unnoted: noted.err(),
        }
    }

    /// The dead letter first: a crash in between leaves one too many, never a parked event without one.
    async fn park(
        &self,
        place: &Place,
        announced: Announced,
        why: String,
        clock: &Clock,
    ) -> Result<Served> {
        self.dead_letters.unpark(place).await?;
        self.watermarks.clear(place, announced).await?;
        self.inbox.park(place, &why, clock.now()).await?;
        Ok(Served::Parked { why })
    }
}
