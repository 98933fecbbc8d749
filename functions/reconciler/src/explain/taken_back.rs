//! What was told and then taken back before a scan could see it: a ticket is closed, and a customer's mail opens it again. No two
//! scans differ, but whoever listens takes it for closed.

use anyhow::Result;
use shared::event::StreamId;

use super::events::Events;
use super::{Explained, Explainer};
use crate::difference::Difference;
use crate::margins::{OVERLAP, RETRIED_FOR};
use crate::telling;

impl Explainer<'_> {
    /// Adds to what waits the fields that are as they were, though an event told another value last. What waits already is left.
    pub(super) async fn find_taken_back(
        &self,
        unchanged: Vec<Difference>,
        events: &mut Events,
        explained: &mut Explained,
    ) -> Result<()> {
        for one in unchanged {
            let mut waiting = explained.waiting.iter().chain(&explained.unexplained);
            if waiting.any(|waiting| waiting.is_about_the_same(&one)) {
                continue;
            }
            let Some(stream) = StreamId::of_ticket(self.tenant_id, &one.ticket_id) else {
                continue;
            };
            let looked_at = one.from + RETRIED_FOR;
            if !events
                .has_come(self.inbox, &stream, looked_at - OVERLAP)
                .await?
            {
                continue;
            }
            let of_ticket = events.of(self.inbox, stream, &one).await?;
            let (own, sent): (Vec<_>, Vec<_>) =
                of_ticket.into_iter().partition(|event| event.is_own);
            let Some((teller, value)) = telling::taken_back(&one, &sent) else {
                continue;
            };
            let is_told_since =
                |event: &_| telling::tells(&one, event) && event.occurred_at >= teller.occurred_at;
            if own.iter().any(is_told_since) || explained.is_spent(teller, &one) {
                continue;
            }
            explained.taken_back += 1;
            explained.waiting.push(Difference {
                before: value,
                from: teller.occurred_at,
                told_in: Some(teller.key.clone()),
                ..one
            });
        }
        Ok(())
    }
}
