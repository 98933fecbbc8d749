//! Whether tickets change, and are announced, as on an AlgaPSA. No clock.

mod announced;
mod bundles;
mod saves;
mod table;

use std::sync::Arc;

use algapsa::Chance;
use algapsa::desk::{Act, Change, Desk, Happened, Ticket, Way};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

const SEED: u64 = 7;

fn start() -> Timestamp {
    "2026-08-24T15:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

/// A desk and its tickets, to one of which something is done every ten seconds.
struct World {
    desk: Desk,
    chance: Chance,
    seconds: i64,
}

impl World {
    fn new() -> Self {
        Self {
            desk: Desk::with_tickets(SEED, 40, start()),
            chance: Chance::new(SEED),
            seconds: 0,
        }
    }

    fn now(&mut self) -> Timestamp {
        self.seconds += 10;
        after(self.seconds)
    }

    /// A ticket that is so.
    fn ticket(&self, is: impl Fn(&Desk, &Ticket) -> bool) -> Arc<Ticket> {
        let found = self.desk.tickets().find(|ticket| is(&self.desk, ticket));
        found.expect("there is one").clone()
    }

    /// An open one.
    fn open(&self) -> Arc<Ticket> {
        self.ticket(Desk::is_open)
    }

    fn change(&mut self, way: Way, act: Act, id: Uuid) -> Change {
        let (at, ticket) = (after(self.seconds), self.desk.ticket(id).unwrap().clone());
        let change = self
            .desk
            .some_change(&mut self.chance, (way, act), &ticket, at);
        change.unwrap_or_else(|| panic!("{act:?} can be done"))
    }

    /// Does that to a ticket, for which it must be possible.
    fn does(&mut self, way: Way, act: Act, id: Uuid) -> Happened {
        let (change, at) = (self.change(way, act, id), self.now());
        self.desk.save(way, id, &[change], at).remove(0)
    }
}
