//! What becomes of an event after it is kept: settled, parked, brought back, replayed, each by one conditional write.

use anyhow::{Context, Result};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use jiff::{SignedDuration, Timestamp};

use super::table::{Inbox, Item, key_at, millis, number, string};
use super::write::if_still_so;
use super::{Order, Record, State};
use crate::event::Place;

impl Inbox {
    /// Marks an event as reacted to, for the first time or in the replay of `replayed_at`, and lets it expire after `retention`. The time and rank of its position stay, so that a
    /// look at the stream still shows its order. The whole position would no longer fit into one write unit.
    pub async fn settle(
        &self,
        place: &Place,
        replayed_at: Option<Timestamp>,
        order: Order,
        now: Timestamp,
        retention: SignedDuration,
    ) -> Result<()> {
        // A settlement of the first reaction that lands late must not settle the replay.
        let condition = match replayed_at {
            None => "attribute_exists(#due) AND attribute_not_exists(#replayed_at)",
            Some(_) => "attribute_exists(#due) AND #replayed_at = :replayed_at",
        };
        let values = [
            (":expires_at", number((now + retention).as_second())),
            (":now", millis(now)),
            (":order", string(order.word())),
            (":moment", string(place.position.moment())),
        ];
        let mut update = self.update(
            key_at(place),
            "SET #expires_at = :expires_at, #settled_at = :now, #order = :order, #moment = :moment \
             REMOVE #due",
            condition,
            values,
        );
        if let Some(replayed_at) = replayed_at {
            update = update.expression_attribute_values(":replayed_at", millis(replayed_at));
        }
        let settled = if_still_so(update).await;
        settled.with_context(|| format!("failed to settle event {}", place.event()))
    }

    /// Sets a waiting event aside.
    pub async fn park(&self, place: &Place, why: &str, now: Timestamp) -> Result<()> {
        let update = self.update(
            key_at(place),
            "SET #parked_at = :now, #parked_because = :why, #parked_due = #due REMOVE #due",
            "attribute_exists(#due)",
            [(":now", millis(now)), (":why", string(why))],
        );
        let parked = if_still_so(update).await;
        parked.with_context(|| format!("failed to park event {}", place.event()))
    }

    /// Lets a parked event wait again, at the position that it was kept with. Does nothing to an event that is not parked.
    pub async fn unpark(&self, place: &Place) -> Result<()> {
        let update = self.update(
            key_at(place),
            "SET #due = #parked_due REMOVE #parked_due, #parked_at, #parked_because",
            "attribute_exists(#parked_at)",
            [],
        );
        let waiting = if_still_so(update).await;
        waiting.with_context(|| format!("failed to un-park event {}", place.event()))
    }

    /// Lets a settled event wait again, marked as a replay. Until somebody rings for it, only the sweep finds it. Returns its
    /// place, or `None` if it is no longer settled.
    pub async fn replay(&self, record: &Record, now: Timestamp) -> Result<Option<Place>> {
        if !matches!(record.state, State::Settled { .. }) {
            return Ok(None);
        }
        let unknown = || format!("the position of event {} is not known", record.event);
        let place = record.place().with_context(unknown)?;
        let update = self.update(
            key_at(&place),
            "SET #due = :due, #replayed_at = :now REMOVE #expires_at, #settled_at, #order, #moment",
            "attribute_exists(#moment) AND attribute_not_exists(#due) AND attribute_not_exists(#parked_at)",
            [(":due", string(place.position.as_str())), (":now", millis(now))],
        );
        let update = update.return_values_on_condition_check_failure(AllOld);
        let found = match update.send().await.map_err(SdkError::into_service_error) {
            Ok(_) => return Ok(Some(place)),
            Err(UpdateItemError::ConditionalCheckFailedException(found)) => found.item,
            Err(err) => {
                return Err(err)
                    .with_context(|| format!("failed to replay event {}", place.event()));
            }
        };
        // Perhaps the SDK's own repetition of a call that had arrived: somebody must ring for it.
        let waits_so =
            |item: &Item| item.contains_key("due") && item.get("replayed_at") == Some(&millis(now));
        Ok(found.is_some_and(|item| waits_so(&item)).then_some(place))
    }
}
