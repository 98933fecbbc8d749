//! What people and programs do on a day, to which tickets.

use std::iter;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::Day;
use super::later::Deed;
use crate::desk::{Act, Change, Ticket, Way};

/// How many tickets are looked at for one to which something can be done.
const LOOKS: usize = 50;

impl Day {
    /// Somebody does something; what belongs to it is put off for a moment.
    pub(super) fn act(&mut self, at: Timestamp) {
        for _ in 0..LOOKS {
            let (way, act) = self.mix.pick(&mut self.chance);
            if self.acts(way, act, at) {
                return;
            }
        }
    }

    /// Whether there was a ticket to which it could be done.
    fn acts(&mut self, way: Way, act: Act, at: Timestamp) -> bool {
        match (way, act) {
            (Way::Bulk, _) => self.bulk(act, at),
            (Way::Import, _) => self.import(at),
            (_, Act::Create) => self.opens(way, at),
            _ => {
                let Some((ticket, change)) = self.some_ticket(way, act, at) else {
                    return false;
                };
                self.saves(way, &ticket, change, at);
            }
        }
        true
    }

    /// A ticket to which it can be done, and what exactly. Rarely one that is closed, unless that is the point.
    fn some_ticket(&mut self, way: Way, act: Act, at: Timestamp) -> Option<(Arc<Ticket>, Change)> {
        for _ in 0..LOOKS {
            let place = self.chance.place(self.desk.len());
            let ticket = self.desk.at(place)?.clone();
            let is_in_use = self.desk.is_open(&ticket) || self.chance.one_in(10);
            let change = self.change(way, act, &ticket, at);
            if let Some(change) = change.filter(|_| is_in_use || act == Act::Reopen) {
                return Some((ticket, change));
            }
        }
        None
    }

    fn saves(&mut self, way: Way, ticket: &Ticket, change: Change, at: Timestamp) {
        if way == Way::AutoClose {
            let said = self.change(way, Act::Reply, ticket, at);
            let said = said.map(|said| self.desk.save(way, ticket.id, &[said], at));
            self.ready.extend(said.into_iter().flatten());
        }
        let changes = self.together(way, ticket, change, at);
        if self.fails(way) {
            let happened = self.desk.roll_back(way, ticket.id, &changes, at);
            if !happened.announced.is_empty() {
                self.ready.push_back(happened);
                return;
            }
        }
        self.commits(way, ticket.id, &changes, at);
    }

    /// What is saved with it: a mail that reopens a ticket says something, and a form may have one more field.
    fn together(
        &mut self,
        way: Way,
        ticket: &Ticket,
        change: Change,
        at: Timestamp,
    ) -> Vec<Change> {
        const FORM: [Act; 5] = [
            Act::Assign,
            Act::Priority,
            Act::Category,
            Act::Title,
            Act::DueDate,
        ];
        let act = change.act(ticket, self.desk.catalogue());
        let is_of_a_form =
            FORM.contains(&act) || matches!(act, Act::Status | Act::Close | Act::Reopen);
        let more = match way {
            Way::Mail if act == Act::Reopen => Some(Act::Reply),
            Way::Ui | Way::Api if is_of_a_form && self.chance.one_in(self.mix.second_in) => {
                Some(self.chance.pick(&FORM)).filter(|second| *second != act)
            }
            _ => None,
        };
        let more = more.and_then(|act| self.change(way, act, ticket, at));
        iter::once(change).chain(more).collect()
    }

    fn fails(&mut self, way: Way) -> bool {
        let can_fail = matches!(way, Way::Ui | Way::Api | Way::Portal);
        can_fail && self.chance.one_in(self.mix.rolled_back_in)
    }

    pub(super) fn change(
        &mut self,
        way: Way,
        act: Act,
        ticket: &Ticket,
        at: Timestamp,
    ) -> Option<Change> {
        self.desk
            .some_change(&mut self.chance, (way, act), ticket, at)
    }

    pub(super) fn commits(&mut self, way: Way, ticket_id: Uuid, changes: &[Change], at: Timestamp) {
        let happened = self.desk.save(way, ticket_id, changes, at);
        let is_told = !happened[0].announced.is_empty();
        for change in changes {
            if let Change::Comment(words) = change
                && let Some(due) = words.scheduled_for
            {
                self.later.add(due, Deed::Publish(ticket_id));
            }
        }
        if is_told {
            self.mails(ticket_id, at);
        }
        self.ready.extend(happened);
    }

    /// Some announced changes are followed by a mail, some seconds later.
    fn mails(&mut self, ticket_id: Uuid, at: Timestamp) {
        let Some(mailed_in) = self.mix.mailed_in else {
            return;
        };
        if self.chance.one_in(mailed_in) {
            let seconds = 2 + self.chance.below(28);
            let sent_at = at + SignedDuration::from_secs(seconds.cast_signed());
            self.later.add(
                sent_at,
                Deed::Save(Way::Notifier, ticket_id, Change::Mailed),
            );
        }
    }

    fn opens(&mut self, way: Way, at: Timestamp) {
        let draft = self.desk.draft(&mut self.chance);
        let happened = self.desk.create(way, draft, at);
        let ticket_id = happened.ticket_id;
        if way == Way::Rmm && self.chance.one_in(2) {
            let minutes = 5 + self.chance.below(60);
            let closes_at = at + SignedDuration::from_mins(minutes.cast_signed());
            self.later.add(closes_at, Deed::Resolve(ticket_id));
        }
        self.ready.push_back(happened);
        self.mails(ticket_id, at);
    }

    /// Many tickets get the same, one after the other; that many moments of the day are used up.
    fn bulk(&mut self, act: Act, at: Timestamp) {
        let count = self.batch();
        let Some((_, change)) = self.some_ticket(Way::Bulk, act, at) else {
            return;
        };
        for number in 0..count {
            let place = self.chance.place(self.desk.len());
            if let Some(ticket) = self.desk.at(place).cloned()
                && self.desk.is_open(&ticket)
                && change.alters(&ticket)
            {
                let saved_at = at + SignedDuration::from_millis(15 * number);
                self.later
                    .add(saved_at, Deed::Save(Way::Bulk, ticket.id, change.clone()));
            }
        }
    }

    /// Many tickets at once, with one time of entry.
    fn import(&mut self, at: Timestamp) {
        for _ in 0..self.batch() {
            let mut draft = self.desk.draft(&mut self.chance);
            draft.entered_at = Some(at);
            let happened = self.desk.create(Way::Import, draft, at);
            self.ready.push_back(happened);
        }
    }

    /// How many a bulk change or an import has, and no more than are left of the day.
    fn batch(&mut self) -> i64 {
        let (least, most) = self.mix.batch;
        let wanted = least + self.chance.below(most - least + 1);
        let taken = (1..wanted).map_while(|_| self.moments.pop_front()).count();
        i64::try_from(taken + 1).expect("it is a small number")
    }
}
