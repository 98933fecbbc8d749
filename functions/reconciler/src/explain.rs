//! Explaining differences by the events that were kept.

mod events;
mod taken_back;

use std::collections::VecDeque;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use shared::clock::Clock;
use shared::inbox::Inbox;

use self::events::Events;
use crate::difference::{Difference, What};
use crate::field::{self, Values};
use crate::margins::SAVE;
use crate::memory::{Memory, Spent};
use crate::telling::{Event, explanation};
use crate::threads::Threads;

/// How long it is remembered that an event has explained something: longer than two scans are apart.
const SPENT_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long a comment is kept waiting whose words cannot be read.
const UNREAD_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What has become of the differences of this run and of those that waited.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_field_names,
    reason = "the words for what becomes of one"
)]
pub struct Explained {
    /// To be announced.
    pub unexplained: Vec<Difference>,
    /// To be looked at again.
    pub waiting: Vec<Difference>,
    /// How many were explained by events.
    pub explained: usize,
    /// How many do not stand any more.
    pub superseded: usize,
    /// How many were told, and taken back before the scan could see them.
    pub taken_back: usize,
    pub spent: Vec<Spent>,
    /// What events have told of new tickets, and when: it counts as seen.
    pub told: Vec<(String, Timestamp, Values)>,
}

/// What differences are explained with.
pub struct Explainer<'a> {
    pub inbox: &'a Inbox,
    pub tenant_id: &'a str,
    /// How long an event that could explain a difference is waited for.
    pub grace: SignedDuration,
    /// With the comment mode: the comments that were read.
    pub threads: Option<&'a Threads>,
    pub now: Timestamp,
    /// What time it is meanwhile.
    pub clock: &'a Clock,
    /// When the run must have ended.
    pub deadline: Timestamp,
}

impl Explainer<'_> {
    /// Looks at new differences, and again at those whose grace is over. `stands` says whether one still is so. Of the `unchanged` it
    /// finds those that have changed and changed back.
    pub async fn explain(
        &self,
        memory: &Memory,
        mut new: Vec<Difference>,
        unchanged: Vec<Difference>,
        stands: impl Fn(&Difference) -> bool,
    ) -> Result<Explained> {
        let mut events = Events::new(self.inbox, self.tenant_id, self.threads.is_some());
        let mut explained = Explained {
            spent: memory.spent.clone(),
            ..Explained::default()
        };
        for difference in &memory.waiting {
            if !stands(difference) {
                explained.superseded += 1;
                // What told of it does not tell of what came next.
                let by = difference.until + SAVE;
                let is_told = difference.told_in.is_none()
                    && self
                        .is_explained(difference, by, &mut events, &mut explained)
                        .await?;
                let next = new.iter_mut().find(|new| new.is_about_the_same(difference));
                if let Some(next) = next.filter(|_| !is_told) {
                    next.follows = Some(Box::new(difference.clone()));
                }
            } else if self.has_to_wait(difference) {
                explained.waiting.push(difference.clone());
            } else if !self.can_tell(difference) {
                explained.superseded += 1;
                let ticket = &difference.ticket_id;
                tracing::warn!(
                    ticket,
                    "a comment could not be read for a week, and is given up"
                );
            } else if difference.told_in.is_some() {
                self.announce_taken_back(difference, &mut events, &mut explained)
                    .await?;
            } else if self
                .is_explained(
                    difference,
                    difference.latest_event(),
                    &mut events,
                    &mut explained,
                )
                .await?
            {
                explained.explained += 1;
            } else {
                let mut difference = difference.clone();
                let told = self
                    .told_before(&difference, &mut events, &mut explained)
                    .await?;
                difference.untold = told;
                if difference.previous() == &difference.after {
                    explained.superseded += 1; // all is as it was told last
                } else {
                    explained.unexplained.push(difference);
                }
            }
        }
        let mut new = VecDeque::from(new);
        while let Some(difference) = new.pop_front() {
            let by = difference.latest_event();
            if self
                .is_explained(&difference, by, &mut events, &mut explained)
                .await?
            {
                explained.explained += 1;
                if difference.what == What::Created {
                    new.extend(explained.since_creation(&difference));
                }
            } else {
                explained.waiting.push(difference);
            }
        }
        self.find_taken_back(unchanged, &mut events, &mut explained)
            .await?;
        let oldest = self.now - SPENT_FOR;
        explained.spent.retain(|spent| spent.occurred_at >= oldest);
        Ok(explained)
    }

    /// What was told last before a difference, if nobody was told of the value before.
    async fn told_before(
        &self,
        difference: &Difference,
        events: &mut Events<'_>,
        explained: &mut Explained,
    ) -> Result<Option<Value>> {
        let (mut earlier, mut told) = (difference.follows.as_deref(), None);
        while let Some(one) = earlier {
            if self.was_announced(one, events).await? {
                break;
            }
            let by = one.latest_event();
            if one.told_in.is_none() && self.is_explained(one, by, events, explained).await? {
                break;
            }
            told = Some(one.before.clone());
            earlier = one.follows.as_deref();
        }
        Ok(told)
    }

    /// Whether a run that died has announced it.
    async fn was_announced(
        &self,
        difference: &Difference,
        events: &mut Events<'_>,
    ) -> Result<bool> {
        let kept = events.of(&difference.ticket_id, difference.from).await?;
        Ok(kept.iter().any(|event| self.announces(event, difference)))
    }

    /// An event may still explain it, or what is to be told of it cannot be read yet.
    fn has_to_wait(&self, difference: &Difference) -> bool {
        let unread_for = self.now.duration_since(difference.until) - self.grace;
        self.now < difference.until + self.grace
            || !self.can_tell(difference) && unread_for < UNREAD_FOR
    }

    /// A comment is told by its words, which this run may not have read.
    fn can_tell(&self, difference: &Difference) -> bool {
        let What::Commented(id) = difference.what else {
            return true;
        };
        let told = self
            .threads
            .map(|threads| threads.told(&difference.ticket_id, id));
        told.flatten().is_some()
    }

    async fn is_explained(
        &self,
        difference: &Difference,
        by: Timestamp,
        events: &mut Events<'_>,
        explained: &mut Explained,
    ) -> Result<bool> {
        let of_ticket = events.of(&difference.ticket_id, difference.from).await?;
        let unspent: Vec<_> = of_ticket
            .into_iter()
            .filter(|event| !event.is_own && !explained.is_spent(event, difference))
            .collect();
        let tellers = match (difference.what, self.threads) {
            (What::Commented(id), Some(threads)) => threads
                .teller(difference, id, &unspent, &explained.spent)
                .map(|event| vec![event]),
            _ => explanation(difference, &unspent, by),
        };
        let Some(tellers) = tellers else {
            return Ok(false);
        };
        if let (What::Created, Some(created)) = (difference.what, tellers.first()) {
            let told = field::values(&created.data);
            let id = difference.ticket_id.clone();
            explained.told.push((id, created.occurred_at, told));
        }
        for event in tellers {
            explained.spend(event, difference);
        }
        Ok(true)
    }
}

impl Explained {
    /// Notes that an event has told of that field.
    fn spend(&mut self, event: &Event, difference: &Difference) {
        self.spent.push(Spent {
            ticket_id: difference.ticket_id.clone(),
            what: difference.what,
            event: event.key.clone(),
            occurred_at: event.occurred_at,
        });
    }

    /// Whether an event has explained a difference of the same field already.
    fn is_spent(&self, event: &Event, difference: &Difference) -> bool {
        self.spent.iter().any(|spent| {
            spent.event == event.key
                && spent.what.is_told_with(difference.what)
                && spent.ticket_id == difference.ticket_id
        })
    }

    /// What has changed between a creation that an event told of and the first sight of the ticket.
    fn since_creation(&self, created: &Difference) -> Vec<Difference> {
        let told = self.told.iter().rfind(|(id, ..)| *id == created.ticket_id);
        let (seen, Some((_, at, told))) = (created.values_after(), told) else {
            return Vec::new();
        };
        let changed = seen.into_iter().filter_map(|(field, after)| {
            let before = told.get(&field)?;
            (*before != after).then(|| Difference {
                what: What::Changed(field),
                before: before.clone(),
                after,
                from: *at,
                ..created.clone()
            })
        });
        changed.collect()
    }
}
