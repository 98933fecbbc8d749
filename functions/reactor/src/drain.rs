//! Draining a stream: every event that is due, in order, until one fails or the time is up.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use anyhow::{Result, anyhow};
use futures_util::FutureExt;
use jiff::SignedDuration;
use shared::doorbell::Doorbells;
use shared::event::{Event, Place};
use shared::head::{Heads, Turn};
use shared::inbox::Inbox;

use crate::batch::Stream;
use crate::reaction::{Attempt, Failure, Reaction};
use crate::report::Report;
use crate::stale::is_stale;
use crate::tickets::{Missing, Ticket, Tickets};
use crate::time::Time;

/// How often an event is tried before it is parked; with the delays below that takes about 80 minutes.
pub const MOST_TRIES: u32 = 12;
/// The delay after the first failure. It doubles with each further one.
const FIRST_DELAY: Duration = Duration::from_secs(5);
/// The longest delay, also if a target asks for more.
pub const LONGEST_DELAY: Duration = Duration::from_mins(15);
/// How many events are listed at a time.
const PAGE: i32 = 50;

/// What it takes to drain a stream.
pub struct Drain {
    pub inbox: Inbox,
    pub heads: Heads,
    pub dead_letters: Doorbells,
    pub reaction: Reaction,
    pub tickets: Option<Tickets>,
    pub retention: SignedDuration,
}

/// How a stream was left.
#[derive(Debug, PartialEq, Eq)]
pub enum Drained {
    /// Nothing is left of what the doorbells called for.
    Done,
    /// The event at that place, and whatever is after it, is still to be done; if no place is known, everything is.
    Stopped {
        at: Option<Place>,
        again_in: Duration,
    },
}

impl Drain {
    /// Serves a stream up to the greatest due that its doorbells name. Whatever happens in it, even a panic, stays in it.
    pub async fn drain(&self, stream: &Stream, time: &Time, report: &Report) -> Drained {
        let walked = AssertUnwindSafe(self.walk(stream, time, report)).catch_unwind();
        let walked = walked.await;
        match walked.unwrap_or_else(|_panic| Err(anyhow!("serving the stream panicked"))) {
            Ok(drained) => drained,
            Err(error) => {
                tracing::error!(
                    stream = stream.name(),
                    error = format!("{error:#}"),
                    "could not serve a stream"
                );
                Drained::Stopped {
                    at: None,
                    again_in: FIRST_DELAY,
                }
            }
        }
    }

    async fn walk(&self, stream: &Stream, time: &Time, report: &Report) -> Result<Drained> {
        for place in stream.to_unpark() {
            self.inbox.unpark(place).await?;
        }
        let mut from = None;
        loop {
            let due = self.inbox.due(stream.up_to(), from, PAGE).await?;
            // Whatever this page lists was kept before: one read of the ticket is fresh for all of it.
            let mut ticket = None;
            for place in due.places {
                let again_in = if time.is_enough() {
                    self.serve(&place, &mut ticket, time, report).await.err()
                } else {
                    Some(Duration::ZERO)
                };
                if let Some(again_in) = again_in {
                    return Ok(Drained::Stopped {
                        at: Some(place),
                        again_in,
                    });
                }
            }
            from = due.rest;
            if from.is_none() {
                return Ok(Drained::Done);
            }
        }
    }

    /// Tries one event. Settled or parked, the stream goes on; otherwise it stops for as long as the error says.
    async fn serve(
        &self,
        place: &Place,
        ticket: &mut Option<Ticket>,
        time: &Time,
        report: &Report,
    ) -> Result<(), Duration> {
        let looked = match self.look(place, ticket, report).await {
            Err(Missing::NotYet(wait)) => return Err(put_off(place, wait)),
            Err(Missing::Failed(failure)) => Err(failure),
            Ok(()) => Ok(ticket.as_ref()),
        };
        let turn = match self.heads.advance(place, time.now()).await {
            Ok(turn) => turn,
            Err(error) => return Err(again_in(place, 1, &error.into(), report)),
        };
        let Err(failure) = self.take(place, turn, looked, time, report).await else {
            return Ok(());
        };
        let noted = self.heads.failed(place, turn, failure.why(), time.now());
        if let Err(error) = noted.await {
            tracing::warn!(error = format!("{error:#}"), "a failure looks like a crash");
        }
        Err(again_in(place, turn.tries, &failure, report))
    }

    /// Reads the ticket that the event is about, unless that was done already. Comes before the head moves: who may
    /// not read yet has tried nothing.
    async fn look(
        &self,
        place: &Place,
        ticket: &mut Option<Ticket>,
        report: &Report,
    ) -> Result<(), Missing> {
        let Some(tickets) = self.tickets.as_ref().filter(|_| ticket.is_none()) else {
            return Ok(());
        };
        if let Some(id) = tickets.readable(place) {
            let read = AssertUnwindSafe(tickets.read(id)).catch_unwind().await;
            let read =
                read.unwrap_or_else(|_panic| Err(anyhow!("reading the ticket panicked").into()));
            report.ticket_read(&read);
            *ticket = Some(read?);
        }
        Ok(())
    }

    async fn take(
        &self,
        place: &Place,
        turn: Turn,
        ticket: Result<Option<&Ticket>, Failure>,
        time: &Time,
        report: &Report,
    ) -> Result<(), Failure> {
        if turn.tries > MOST_TRIES {
            let why = format!("tried {MOST_TRIES} times");
            return self.park(place, turn, &why, time, report).await;
        }
        match self.attempt(place, turn, ticket?, time, report).await {
            Err(Failure::Final { why }) => self.park(place, turn, &why, time, report).await,
            outcome => outcome,
        }
    }

    async fn attempt(
        &self,
        place: &Place,
        turn: Turn,
        ticket: Option<&Ticket>,
        time: &Time,
        report: &Report,
    ) -> Result<(), Failure> {
        let Some(kept) = self.inbox.load(place).await? else {
            return Ok(());
        };
        let event = Event::kept(place.clone(), kept.body.clone()).map_err(Failure::last)?;
        let attempt = Attempt {
            event: &event,
            turn,
            webhook_id: kept.webhook_id,
            stale: is_stale(&event),
            ticket,
            replayed_at: kept.replayed_at,
        };
        self.reaction.react(&attempt).await?;
        self.inbox
            .settle(place, &kept, turn.placement, time.now(), self.retention)
            .await?;
        report.reacted(&attempt, time.now());
        Ok(())
    }

    /// The dead letter first: a crash in between leaves one too many, never a parked event without one.
    async fn park(
        &self,
        place: &Place,
        turn: Turn,
        why: &str,
        time: &Time,
        report: &Report,
    ) -> Result<(), Failure> {
        self.dead_letters.revive(place).await?;
        self.heads.clear(place, turn).await?;
        self.inbox.park(place, why, time.now()).await?;
        tracing::error!(
            stream = place.stream,
            event = place.event(),
            why,
            "parked an event"
        );
        report.parked();
        Ok(())
    }
}

fn again_in(place: &Place, tries: u32, failure: &Failure, report: &Report) -> Duration {
    report.failed();
    let again_in = delay(tries, failure.asked_for());
    let (stream, event, again_in_s) = (&place.stream, place.event(), again_in.as_secs());
    tracing::warn!(
        stream,
        event,
        tries,
        again_in_s,
        why = failure.why(),
        "a reaction failed"
    );
    again_in
}

fn put_off(place: &Place, wait: Duration) -> Duration {
    let again_in = turn(wait);
    let (stream, again_in_s) = (&place.stream, again_in.as_secs());
    tracing::info!(stream, again_in_s, "no ticket may be read yet");
    again_in
}

/// SQS takes whole seconds. Who would have to wait for very long looks again before.
fn turn(wait: Duration) -> Duration {
    Duration::from_secs(wait.as_secs() + 1).min(LONGEST_DELAY)
}

/// What a target asks for counts when it is longer than the back-off; a shorter wish would use up the tries too soon.
fn delay(tries: u32, asked_for: Option<Duration>) -> Duration {
    let back_off = FIRST_DELAY.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
    back_off
        .max(asked_for.unwrap_or_default())
        .min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_delay_doubles_from_5_s_to_15_min() {
        let delays = [1, 2, 3, 7, 8, 9, 12, 13, u32::MAX].map(|tries| delay(tries, None).as_secs());
        assert_eq!(delays, [5, 10, 20, 320, 640, 900, 900, 900, 900]);
    }

    #[test]
    fn a_target_may_ask_for_more_time_but_not_for_less_nor_for_ever() {
        for (tries, asked_for, expected) in [
            (1, 0, 5),
            (1, 4, 5),
            (1, 60, 60),
            (3, 10, 20),
            (1, 900, 900),
            (1, 901, 900),
        ] {
            assert_eq!(
                delay(tries, Some(secs(asked_for))),
                secs(expected),
                "try {tries}, asked for {asked_for} s"
            );
        }
    }

    #[test]
    fn whose_turn_comes_later_comes_back_no_sooner_and_at_last_after_fifteen_minutes() {
        for (wait, expected) in [(0, 1), (1, 2), (898, 899), (899, 900), (9000, 900)] {
            assert_eq!(turn(secs(wait)), secs(expected), "{wait} s");
        }
        assert_eq!(turn(Duration::from_millis(1500)), secs(2));
    }

    #[test]
    fn an_event_is_tried_for_about_an_hour() {
        let total: Duration = (1..=MOST_TRIES).map(|tries| delay(tries, None)).sum();
        assert!((secs(3600)..secs(5400)).contains(&total), "{total:?}");
    }
}
