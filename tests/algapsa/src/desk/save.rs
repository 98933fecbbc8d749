//! A save: what is written, and who follows.

use std::slice;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::announce::Saving;
use super::change::Making;
use super::field::Difference;
use super::happened::Happened;
use super::table::{Moves, Row};
use super::ticket::Ticket;
use super::way::{Act, Way};
use super::{Change, Desk, Draft, in_milliseconds};

/// How long before its commit a transaction of the API may have begun, in microseconds.
const LONGEST_TRANSACTION: u64 = 3_000_000;
/// How long any other takes at most.
const SHORT: u64 = 40_000;
/// How far a browser's clock is off at most.
const SKEW: u64 = 180_000_000;

impl Desk {
    /// Changes a ticket, so that it can be seen at that time, and gives what happened to it, and then to those that follow it.
    ///
    /// # Panics
    /// If the ticket is not there, or AlgaPSA has no such change by that way.
    #[track_caller]
    pub fn save(
        &mut self,
        way: Way,
        ticket_id: Uuid,
        changes: &[Change],
        at: Timestamp,
    ) -> Vec<Happened> {
        let saving = self.saving(way, ticket_id, changes, at);
        let is_deleted = saving.rows.iter().any(|row| row.act == Act::Delete);
        let mut happened = vec![self.happened(&saving, false)];
        if is_deleted {
            happened[0].differences = vec![Difference::of_existence(false)];
            self.remove(ticket_id);
            return happened;
        }
        let master = saving.after.master;
        self.keep(saving.after);
        happened.extend(match (way, master) {
            (Way::Ui | Way::Bulk | Way::AutoClose, None) => self.followers(ticket_id, changes, at),
            (Way::Portal | Way::Mail | Way::Api, Some(master)) => {
                self.reopened(master, changes, at)
            }
            _ => Vec::new(),
        });
        happened
    }

    /// The same, but the transaction is rolled back: what went out before stays out, and nothing has changed.
    #[track_caller]
    pub fn roll_back(
        &mut self,
        way: Way,
        ticket_id: Uuid,
        changes: &[Change],
        at: Timestamp,
    ) -> Happened {
        let saving = self.saving(way, ticket_id, changes, at);
        self.happened(&saving, true)
    }

    /// A new ticket.
    ///
    /// # Panics
    /// If AlgaPSA creates none by that way.
    #[track_caller]
    pub fn create(&mut self, way: Way, draft: Draft, at: Timestamp) -> Happened {
        let row = row(way, Act::Create);
        let begun_at = at - self.moment(SHORT);
        let ticket = Arc::new(self.opened(draft, begun_at));
        let saving = Saving {
            way,
            rows: vec![row],
            begun_at,
            at,
            before: Arc::clone(&ticket),
            after: ticket,
        };
        let mut happened = self.happened(&saving, false);
        happened.differences = vec![Difference::of_existence(true)];
        happened.moved_updated_at = true;
        self.keep(saving.after);
        happened
    }

    #[track_caller]
    fn saving(&mut self, way: Way, ticket_id: Uuid, changes: &[Change], at: Timestamp) -> Saving {
        let before = Arc::clone(self.ticket(ticket_id).expect("the ticket is there"));
        let acts = changes
            .iter()
            .map(|change| change.act(&before, self.catalogue()));
        let rows: Vec<_> = acts.map(|act| row(way, act)).collect();
        let is_long = rows.iter().any(|row| row.moves == Moves::ToStart);
        let begun_at = at - self.moment(if is_long { LONGEST_TRANSACTION } else { SHORT });
        let mut after = Ticket::clone(&before);
        for (change, row) in changes.iter().zip(&rows) {
            let making = Making {
                catalogue: &self.catalogue,
                closing: row.closing(),
                new_id: self.chance.uuid(),
                at: in_milliseconds(at),
            };
            change.make(&mut after, &making);
        }
        for row in &rows {
            after.updated_at = self
                .updated_at(row.moves, begun_at, at)
                .or(after.updated_at);
        }
        Saving {
            way,
            rows,
            begun_at,
            at,
            before,
            after: Arc::new(after),
        }
    }

    /// Where `updated_at` goes, if anywhere.
    fn updated_at(
        &mut self,
        moves: Moves,
        begun_at: Timestamp,
        at: Timestamp,
    ) -> Option<Timestamp> {
        match moves {
            Moves::No => None,
            Moves::Yes => Some(in_milliseconds(at)),
            Moves::ToStart => Some(begun_at),
            Moves::ToBrowser => {
                let skew = self.moment(2 * SKEW) - SignedDuration::from_micros(SKEW.cast_signed());
                Some(in_milliseconds(at + skew))
            }
        }
    }

    fn happened(&mut self, saving: &Saving, was_rolled_back: bool) -> Happened {
        let Saving { before, after, .. } = saving;
        let differences = Difference::between(before, after);
        let announced = self.announced(saving, &differences, was_rolled_back);
        Happened {
            at: saving.at,
            tenant_id: self.tenant_id,
            ticket_id: after.id,
            way: saving.way,
            acts: saving.rows.iter().map(|row| row.act).collect(),
            differences: if was_rolled_back {
                Vec::new()
            } else {
                differences
            },
            announced,
            moved_updated_at: !was_rolled_back && before.updated_at != after.updated_at,
            was_rolled_back,
        }
    }

    /// The children of a master get its new status, assignee and priority, and a copy of what the customer is told.
    fn followers(&mut self, master: Uuid, changes: &[Change], at: Timestamp) -> Vec<Happened> {
        let follows = |change: &&Change| match change {
            Change::Status(_) | Change::Assignee(_) | Change::Priority(_) => true,
            change => is_public(change),
        };
        let changes: Vec<_> = changes.iter().filter(follows).cloned().collect();
        let mut happened = Vec::new();
        for child in self.children(master).to_vec() {
            for change in &changes {
                if change.alters(&self.tickets[&child]) {
                    happened.extend(self.save(Way::Bundle, child, slice::from_ref(change), at));
                }
            }
        }
        happened
    }

    /// What a customer says on a child opens its master again.
    fn reopened(&mut self, master: Uuid, changes: &[Change], at: Timestamp) -> Vec<Happened> {
        let is_closed = self
            .ticket(master)
            .is_some_and(|master| !self.is_open(master));
        if !is_closed || !changes.iter().any(is_public) {
            return Vec::new();
        }
        let opened = Change::Status(self.catalogue.open[1]);
        self.save(Way::Bundle, master, &[opened], at)
    }
}

fn is_public(change: &Change) -> bool {
    let Change::Comment(words) = change else {
        return false;
    };
    !words.is_internal && words.scheduled_for.is_none()
}

#[track_caller]
fn row(way: Way, act: Act) -> &'static Row {
    Row::of(way, act).unwrap_or_else(|| panic!("{act:?} does not happen by the way {way:?}"))
}
