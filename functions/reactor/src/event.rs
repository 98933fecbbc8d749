//! Serving one event: look at its ticket, announce the attempt, react, settle or park.

use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use shared::alga_api::{AlgaApi, Missing, Ticket};
use shared::event::{Event, Place};
use shared::inbox::{Announced, Announcement, Due, Inbox, Kept, Loaded, Order, Watermarks};
use shared::panics::caught;
use shared::queue::Queue;
use shared::retry::MOST_ATTEMPTS;
use uuid::Uuid;

use crate::failure::Failure;
use crate::lease;
use crate::reaction::{Attempt, Reaction};
use crate::retry;
use crate::stale::is_stale;
use crate::time::Time;

/// How long a settlement that AWS refused waits before it is written again.
const SETTLE_AGAIN_AFTER: Duration = Duration::from_secs(2);

pub struct Events {
    pub inbox: Inbox,
    pub watermarks: Watermarks,
    pub dead_letters: Queue,
    pub reaction: Reaction,
    pub api: Option<AlgaApi>,
    pub retention: SignedDuration,
}

#[derive(Debug)]
pub enum Served {
    /// Reacted to, and settled.
    Settled(Reacted),
    /// Set aside, because no further attempt would help.
    Parked { why: String },
    /// It no longer waits.
    Gone,
    /// The target's fault, or the ticket API's: the attempt counts.
    Failed {
        failure: Failure,
        attempt: u32,
        retry_in: Duration,
        /// For how long the event has been failing.
        failing_for: SignedDuration,
        /// Why the failure could not be noted, if so. It then looks as if the attempt had killed the function.
        unnoted: Option<anyhow::Error>,
    },
    /// The ticket API's rate limit: nothing was attempted.
    PutOff { retry_in: Duration },
    /// Another reactor is attempting it: Lambda has handed out the batch twice, or a lease has ended early.
    Busy { retry_in: Duration },
    /// AWS's trouble, or a bug of ours: it does not count as an attempt.
    Unavailable(anyhow::Error),
}

#[derive(Debug)]
pub struct Reacted {
    pub order: Order,
    pub attempt: u32,
    pub stale: bool,
    pub unannounced: bool,
    pub replay: Option<String>,
    /// The time from its occurrence to its settlement.
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

struct Serving<'a> {
    events: &'a Events,
    due: &'a Due,
    place: &'a Place,
    time: &'a Time,
}

/// The event as it was kept, and its ticket if that is read; or why one of the two is missing.
type Content<'a> = Result<(Kept, Option<&'a Ticket>), Failure>;

impl Events {
    /// Attempts one event, unless it was attempted too often. Logs and counts nothing; even a panic is an outcome.
    pub async fn serve(
        &self,
        due: &Due,
        ticket: &mut Option<Ticket>,
        time: &Time,
    ) -> (Served, Look) {
        let serving = Serving {
            events: self,
            due,
            place: &due.place,
            time,
        };
        let looked = serving.look(ticket).await;
        let look = match &looked {
            Ok(true) => Look::Read,
            Err(Missing::Failed { .. }) => Look::ReadFailed,
            Ok(false) | Err(Missing::NotYet(_) | Missing::Unavailable(_)) => Look::NotRead,
        };
        let ticket = match looked {
            Ok(_) => Ok(ticket.as_ref()),
            Err(Missing::Failed { why, after, .. }) => Err(Failure::Again { why, after }),
            Err(Missing::NotYet(wait)) => {
                let retry_in = retry::at_slot(wait);
                return (Served::PutOff { retry_in }, look);
            }
            Err(Missing::Unavailable(error)) => return (Served::Unavailable(error), look),
        };
        let served = caught("serving an event", serving.announce_and_attempt(ticket)).await;
        let served = served.unwrap_or_else(|panicked| Served::Unavailable(panicked.into()));
        (served, look)
    }
}

impl Serving<'_> {
    fn now(&self) -> Timestamp {
        self.time.clock.now()
    }

    /// Reads the event's ticket, unless that was done already, and says whether it did. It comes before the announcement,
    /// because waiting for the rate limit is no attempt.
    async fn look(&self, ticket: &mut Option<Ticket>) -> Result<bool, Missing> {
        let api = self.events.api.as_ref().filter(|_| ticket.is_none());
        let readable = api.and_then(|api| Some((api, api.readable(&self.place.stream)?)));
        let Some((api, id)) = readable else {
            return Ok(false);
        };
        let read = caught("reading the ticket", api.ticket(id, &self.time.clock)).await;
        *ticket = Some(read.map_err(anyhow::Error::from)??);
        Ok(true)
    }

    async fn announce_and_attempt(&self, ticket: Result<Option<&Ticket>, Failure>) -> Served {
        let (place, watermarks) = (self.place, &self.events.watermarks);
        let name = Watermarks::name();
        match self.attempt_as(name, ticket).await {
            Ok(served) => served,
            // The event is not to blame, so an attempt that was announced is taken back.
            Err(error) => match watermarks.take_back(place, name, self.now()).await {
                Ok(()) => Served::Unavailable(error),
                Err(_) => Served::Unavailable(error.context("its attempt could not be taken back")),
            },
        }
    }

    /// Announces before it loads, so that it sees a settlement by another reactor. What nobody has attempted before cannot
    /// have been settled: then what the list shows is enough, which saves a call.
    async fn attempt_as(
        &self,
        name: Uuid,
        ticket: Result<Option<&Ticket>, Failure>,
    ) -> Result<Served> {
        let (events, place) = (self.events, self.place);
        let (now, until) = (self.now(), self.time.ends_at());
        let announced = match events.watermarks.announce(place, name, now, until).await? {
            Announcement::Made(announced) => announced,
            Announcement::Busy { until } => {
                let retry_in = lease::after(until, now);
                return Ok(Served::Busy { retry_in });
            }
        };
        let loaded = if announced.is_first {
            events.inbox.content(self.due).await?
        } else {
            events.inbox.load(place).await?
        };
        let content = match loaded {
            Loaded::Kept(kept) => ticket.map(|ticket| (kept, ticket)),
            Loaded::Damaged(damaged) => Err(Failure::again(damaged.to_string())), // another release may read it
            Loaded::Gone => return Ok(Served::Gone),
        };
        self.attempt(announced, content).await
    }

    async fn attempt(&self, announced: Announced, content: Content<'_>) -> Result<Served> {
        if announced.number > MOST_ATTEMPTS {
            let why = format!("attempted {MOST_ATTEMPTS} times");
            return self.park(announced, why).await;
        }
        let reacted = async { self.react(announced, content?).await };
        match reacted.await {
            Ok(settled) => settled,
            Err(Failure::Final { why }) => self.park(announced, why).await,
            Err(Failure::Unavailable { why }) => Err(anyhow::Error::msg(why)),
            Err(failure) => Ok(self.failed(announced, failure).await),
        }
    }

    /// Reacts, and settles what was reacted to.
    async fn react(
        &self,
        announced: Announced,
        (kept, ticket): (Kept, Option<&Ticket>),
    ) -> Result<Result<Served>, Failure> {
        let (place, events) = (self.place, self.events);
        let event = Event::kept(place.clone(), kept.body.clone())
            .map_err(|unreadable| Failure::last(unreadable.to_string()))?;
        let attempt = Attempt {
            event: &event,
            order: announced.order,
            number: announced.number,
            webhook_id: kept.webhook_id,
            stale: is_stale(&event),
            unannounced: event.is_unannounced(),
            ticket,
            replayed_at: kept.replayed_at,
            at: self.now(),
        };
        events.reaction.react(&attempt).await?;
        let settled = self.settle(&kept, announced.order).await;
        let lag = self.now().duration_since(event.occurred_at);
        let reacted = Reacted {
            order: attempt.order,
            attempt: attempt.number,
            stale: attempt.stale,
            unannounced: attempt.unannounced,
            replay: attempt.replay(),
            lag: lag.try_into().unwrap_or_default(),
            is_logged: matches!(events.reaction, Reaction::Log),
        };
        Ok(settled.map(|()| Served::Settled(reacted)))
    }

    /// A reaction that cannot be recorded is repeated, so this is tried for longer than any other call.
    async fn settle(&self, kept: &Kept, order: Order) -> Result<()> {
        let (place, events) = (self.place, self.events);
        let settle = || {
            let (replayed_at, now) = (kept.replayed_at, self.now());
            events
                .inbox
                .settle(place, replayed_at, order, now, events.retention)
        };
        if settle().await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(SETTLE_AGAIN_AFTER).await;
        settle().await
    }

    async fn failed(&self, announced: Announced, failure: Failure) -> Served {
        let (watermarks, now) = (&self.events.watermarks, self.now());
        let noted = watermarks.failed(self.place, announced, failure.why(), now);
        Served::Failed {
            unnoted: noted.await.err(),
            failing_for: now.duration_since(announced.failing_since.unwrap_or(now)),
            attempt: announced.number,
            retry_in: retry::after_failure(announced.number, failure.asked_for()),
            failure,
        }
    }

    /// The dead letter goes first: a crash in between leaves a letter too many, never a parked event without one.
    async fn park(&self, announced: Announced, why: String) -> Result<Served> {
        let (place, events) = (self.place, self.events);
        events.dead_letters.unpark(place).await?;
        events.watermarks.clear(place, announced).await?;
        events.inbox.park(place, &why, self.now()).await?;
        Ok(Served::Parked { why })
    }
}
