//! What was told and then taken back before a scan could see it: a ticket is closed, and a customer's mail opens it again. No two
//! scans differ, but whoever listens takes it for closed.

use std::ops::RangeInclusive;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::events::Events;
use super::{Explained, Explainer};
use crate::announce::event_id;
use crate::difference::Difference;
use crate::margins::{BEFORE, OVERLAP, RETRIED_FOR};
use crate::telling::{self, Event};

/// What is left for the rest of a run when the last ticket may be looked at.
const RESERVE: SignedDuration = SignedDuration::from_secs(30);

impl Explainer<'_> {
    /// Adds to what waits the fields that are as they were, though an event told another value last. An event of the last minutes
    /// may have been sent from a transaction that is still open: the next run looks at it.
    pub(super) async fn find_taken_back(
        &self,
        unchanged: Vec<Difference>,
        events: &mut Events<'_>,
        explained: &mut Explained,
    ) -> Result<()> {
        for one in unchanged {
            if self.clock.now() + RESERVE > self.deadline {
                tracing::warn!(
                    "no time was left to look at all tickets that something has touched"
                );
                break;
            }
            let mut waiting = explained.waiting.iter().chain(&explained.unexplained);
            if waiting.any(|waiting| waiting.is_about_the_same(&one)) {
                continue;
            }
            if !events.has_come(&one.ticket_id, one.from - OVERLAP).await? {
                continue;
            }
            let within = one.from - RETRIED_FOR..=one.until - BEFORE;
            let told = self.told_otherwise(&one, within, events, explained).await?;
            if let Some((teller, value)) = told {
                explained.taken_back += 1;
                explained.waiting.push(Difference {
                    before: value,
                    from: teller.occurred_at,
                    told_in: Some(teller.key),
                    ..one
                });
            }
        }
        Ok(())
    }

    /// Decides about one whose grace is over: is it still not as that event told? What a later one told waits for as long.
    pub(super) async fn announce_taken_back(
        &self,
        difference: &Difference,
        events: &mut Events<'_>,
        explained: &mut Explained,
    ) -> Result<()> {
        let unchanged = Difference {
            before: difference.after.clone(),
            until: self.now,
            ..difference.clone()
        };
        let within = difference.from - BEFORE..=self.now;
        let told = self
            .told_otherwise(&unchanged, within, events, explained)
            .await?;
        let Some((teller, before)) = told else {
            explained.explained += 1;
            return Ok(());
        };
        if difference.told_in.as_ref() == Some(&teller.key) {
            explained.spend(&teller, difference);
            explained.unexplained.push(difference.clone());
        } else {
            explained.waiting.push(Difference {
                before,
                from: teller.occurred_at,
                told_in: Some(teller.key),
                until: self.now,
                ..difference.clone()
            });
        }
        Ok(())
    }

    /// Whether an event of our own is what that difference is announced by.
    pub(super) fn announces(&self, own: &Event, difference: &Difference) -> bool {
        let id = event_id(self.tenant_id, difference, &own.event_type);
        own.is_own && own.key == format!("{id}/{}", own.event_type)
    }

    /// The event that told last of a field in that time, and its value, if the field is another and nobody has told of that since.
    async fn told_otherwise(
        &self,
        unchanged: &Difference,
        within: RangeInclusive<Timestamp>,
        events: &mut Events<'_>,
        explained: &Explained,
    ) -> Result<Option<(Event, Value)>> {
        let of_ticket = events.of(&unchanged.ticket_id, *within.start()).await?;
        let (own, sent): (Vec<_>, Vec<_>) = of_ticket.into_iter().partition(|event| event.is_own);
        let told = telling::contradiction(unchanged, &sent, within);
        // A run that died may have kept what announces just this. It is announced again, so that it is rung for.
        let announces_this = |own: &Event| self.announces(own, unchanged);
        let told = told.filter(|(teller, _)| {
            let mut since = own
                .iter()
                .filter(|own| own.occurred_at >= teller.occurred_at && !announces_this(own));
            let is_told = since.any(|own| telling::is_about(unchanged.what, own));
            !is_told && !explained.is_spent(teller, unchanged)
        });
        Ok(told.map(|(teller, value)| (teller.clone(), value)))
    }
}
