//! What has been begun and happens later: mails, scheduled comments, the rest of a bulk change.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::Day;
use crate::desk::{Act, Change, Row, Way};

/// What will be done to one ticket, if it can still be done then.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    Save(Way, Uuid, Change),
    /// Its next scheduled comment is published.
    Publish(Uuid),
    /// The alert is over, which closes the ticket if nobody has touched it.
    Resolve(Uuid),
}

/// Deeds by their time.
#[derive(Clone, Debug, Default)]
pub(super) struct Later {
    deeds: BTreeMap<(Timestamp, u64), Deed>,
    added: u64,
}

impl Later {
    pub(super) fn add(&mut self, at: Timestamp, deed: Deed) {
        self.added += 1;
        self.deeds.insert((at, self.added), deed);
    }

    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.deeds.first_key_value().map(|((at, _), _)| *at)
    }

    fn take(&mut self) -> Option<Deed> {
        self.deeds.pop_first().map(|(_, deed)| deed)
    }
}

impl Day {
    /// Does what is due next.
    pub(super) fn falls_due(&mut self) {
        let at = self.now;
        match self.later.take() {
            Some(Deed::Save(way, ticket_id, change))
                if self.makes_sense(way, ticket_id, &change) =>
            {
                self.commits(way, ticket_id, &[change], at);
            }
            Some(Deed::Publish(ticket_id)) => self.does(Way::Scheduler, Act::Publish, ticket_id),
            Some(Deed::Resolve(ticket_id)) => self.does(Way::Rmm, Act::Close, ticket_id),
            Some(Deed::Save(..)) | None => {}
        }
    }

    /// Others may have done it, or removed the ticket.
    fn makes_sense(&self, way: Way, ticket_id: Uuid, change: &Change) -> bool {
        let ticket = self.desk.ticket(ticket_id);
        ticket.is_some_and(|ticket| {
            let act = change.act(ticket, self.desk.catalogue());
            Row::of(way, act).is_some() && change.alters(ticket)
        })
    }

    fn does(&mut self, way: Way, act: Act, ticket_id: Uuid) {
        let Some(ticket) = self.desk.ticket(ticket_id).cloned() else {
            return;
        };
        let change = self.change(way, act, &ticket, self.now);
        if let Some(change) = change {
            self.commits(way, ticket_id, &[change], self.now);
        }
    }
}
