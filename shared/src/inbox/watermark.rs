//! Watermarks: how far each stream has got, and how often its current event has been attempted.
//!
//! A stream's watermark is one item, and each announcement of an attempt gives it a new name. Whatever is written of the
//! attempt later is written on top of that name, so a write that lands late, when others have been here, changes nothing.

use anyhow::{Context, Result};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::order::Order;
use super::table::{Inbox, Item, key, millis, number, text, timestamp};
use super::write::if_still_so;
use crate::event::{Place, Position, StreamId};

/// The key of a watermark in its stream; no event has such a key.
const WATERMARK: &str = "watermark";

/// How much of a reason a watermark keeps, in characters: with it the item still takes one write unit.
const LONGEST_REASON: usize = 200;

/// An attempt that was announced, and is about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Announced {
    /// Whether the event comes in its order.
    pub order: Order,
    /// How often the event has been attempted, with this time.
    pub number: u32,
    name: Uuid,
}

/// What a stream's watermark says of the event that was attempted last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watermark {
    /// That event, unless it was parked.
    pub attempted: Option<Position>,
    /// How often it has been attempted.
    pub attempts: u32,
    /// When its last attempt ended without settling it. An attempt that neither ended nor settled its event may have killed
    /// the function.
    pub failed_at: Option<Timestamp>,
    /// Why its last attempt failed.
    pub failed_because: Option<String>,
}

/// The watermarks of all streams; they live in the inbox table.
#[derive(Clone, Debug)]
pub struct Watermarks {
    inbox: Inbox,
    retention: SignedDuration,
}

impl Watermarks {
    /// A watermark expires `retention` after its last announcement.
    pub fn new(inbox: Inbox, retention: SignedDuration) -> Self {
        Self { inbox, retention }
    }

    /// A name for the next announcement.
    pub fn name() -> Uuid {
        Uuid::new_v4()
    }

    /// Announces an attempt before it is made: an attempt that kills the function counts too, and an event that is
    /// redelivered after that is in order again, not late. If it fails, the event must not be attempted.
    pub async fn announce(&self, place: &Place, name: Uuid, now: Timestamp) -> Result<Announced> {
        let announced = match self.move_to(place, name, now).await {
            Ok(()) => Ok(Some(Announced::first(name))),
            Err(UpdateItemError::ConditionalCheckFailedException(seen)) => {
                let watermark = seen.item.unwrap_or_default();
                self.stay_at(place, name, &watermark, now).await
            }
            Err(err) => Err(err),
        };
        announced
            .with_context(|| format!("failed to announce event {}", place.event()))?
            .with_context(|| format!("another reactor serves {}", place.stream))
    }

    async fn move_to(
        &self,
        place: &Place,
        name: Uuid,
        now: Timestamp,
    ) -> Result<(), UpdateItemError> {
        self.announcement(place, name, now)
            .update_expression(
                "SET #reached = :position, #attempted = :position, #attempts = :one, #by = :by, \
                 #expires_at = :expires_at REMOVE #failed_at, #failed_because",
            )
            .condition_expression("attribute_not_exists(#reached) OR #reached < :position")
            .expression_attribute_names("#reached", "reached")
            .expression_attribute_values(":one", number(1))
            .send()
            .await
            .map(drop)
            .map_err(SdkError::into_service_error)
    }

    /// The watermark is at the event or beyond it. Nothing, if somebody else has announced something since it was seen.
    async fn stay_at(
        &self,
        place: &Place,
        name: Uuid,
        seen: &Item,
        now: Timestamp,
    ) -> Result<Option<Announced>, UpdateItemError> {
        if named(seen) == Some(name) {
            return Ok(Some(Announced::first(name))); // the SDK's own repetition of a call that had arrived
        }
        let announced = Announced::after(seen, place, name);
        let update = self
            .announcement(place, name, now)
            .update_expression(
                "SET #attempted = :position, #attempts = :attempts, #by = :by, #expires_at = :expires_at \
                 REMOVE #failed_at, #failed_because",
            )
            .condition_expression("#by = :before")
            .expression_attribute_values(":before", value(named(seen).unwrap_or_default()))
            .expression_attribute_values(":attempts", number(announced.number.into()))
            .send()
            .await;
        match update.map_err(SdkError::into_service_error) {
            Ok(_) => Ok(Some(announced)),
            Err(UpdateItemError::ConditionalCheckFailedException(now)) => {
                let is_ours = now.item.as_ref().and_then(named) == Some(name);
                Ok(is_ours.then_some(announced))
            }
            Err(err) => Err(err),
        }
    }

    /// Forgets the attempts of an event that is about to be parked, so that it starts afresh when it is brought back.
    pub async fn clear(&self, place: &Place, announced: Announced) -> Result<()> {
        self.clear_after(place, announced.name).await
    }

    /// Forgets the attempts of an event that is about to be replayed, whoever made them.
    pub async fn forget(&self, place: &Place) -> Result<()> {
        let watermark = self.inbox.item(&key(&place.stream, WATERMARK)).await?;
        let ours = watermark
            .filter(|item| text(item, "attempted") == Some(place.position.as_str()))
            .and_then(|item| named(&item));
        match ours {
            Some(name) => self.clear_after(place, name).await,
            None => Ok(()),
        }
    }

    async fn clear_after(&self, place: &Place, name: Uuid) -> Result<()> {
        let update = self
            .as_announced(place, name)
            .update_expression("REMOVE #attempted, #attempts")
            .expression_attribute_names("#attempted", "attempted")
            .expression_attribute_names("#attempts", "attempts");
        if_still_so(update)
            .await
            .with_context(|| format!("failed to clear the watermark of {}", place.stream))
    }

    /// Notes that the attempt has ended in failure, and `why`, as far as there is room for it. While this is not noted, it
    /// looks as if the attempt had killed the function.
    pub async fn failed(
        &self,
        place: &Place,
        announced: Announced,
        why: &str,
        now: Timestamp,
    ) -> Result<()> {
        let why: String = why.chars().take(LONGEST_REASON).collect();
        let update = self
            .as_announced(place, announced.name)
            .update_expression("SET #failed_at = :now, #failed_because = :why")
            .expression_attribute_names("#failed_at", "failed_at")
            .expression_attribute_names("#failed_because", "failed_because")
            .expression_attribute_values(":why", AttributeValue::S(why))
            .expression_attribute_values(":now", millis(now));
        if_still_so(update)
            .await
            .with_context(|| format!("failed to note a failure of event {}", place.event()))
    }

    /// Takes the attempt of that name back: it did not happen, or its outcome could not be recorded, and the event is not
    /// to blame. Does nothing if it was never announced. The watermark gets another name, so that nothing is taken back
    /// twice.
    pub async fn take_back(&self, place: &Place, name: Uuid, now: Timestamp) -> Result<()> {
        let update = self
            .as_announced(place, name)
            .update_expression(
                "SET #attempts = if_not_exists(#attempts, :one) - :one, #failed_at = :now, #by = :renamed",
            )
            .expression_attribute_names("#attempts", "attempts")
            .expression_attribute_names("#failed_at", "failed_at")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":now", millis(now))
            .expression_attribute_values(":renamed", value(Self::name()));
        if_still_so(update)
            .await
            .with_context(|| format!("failed to take back an attempt of event {}", place.event()))
    }

    /// The watermark of a stream as it is now.
    pub async fn read(&self, stream: &StreamId) -> Result<Watermark> {
        let item = self.inbox.item(&key(stream, WATERMARK)).await?;
        let item = item.unwrap_or_default();
        Ok(Watermark {
            attempted: text(&item, "attempted").and_then(Position::parse),
            attempts: attempts(&item),
            failed_at: timestamp(&item, "failed_at"),
            failed_because: text(&item, "failed_because").map(str::to_owned),
        })
    }

    fn update(&self, place: &Place) -> UpdateItemFluentBuilder {
        self.inbox
            .client
            .update_item()
            .table_name(&self.inbox.table)
            .set_key(Some(key(&place.stream, WATERMARK)))
            .expression_attribute_names("#by", "by")
    }

    /// An update of the watermark as the announcement of that name has left it.
    fn as_announced(&self, place: &Place, name: Uuid) -> UpdateItemFluentBuilder {
        self.update(place)
            .condition_expression("#by = :by")
            .expression_attribute_values(":by", value(name))
    }

    fn announcement(&self, place: &Place, name: Uuid, now: Timestamp) -> UpdateItemFluentBuilder {
        let position = place.position.to_string();
        self.update(place)
            .expression_attribute_names("#attempted", "attempted")
            .expression_attribute_names("#attempts", "attempts")
            .expression_attribute_names("#expires_at", "expires_at")
            .expression_attribute_names("#failed_at", "failed_at")
            .expression_attribute_names("#failed_because", "failed_because")
            .expression_attribute_values(":by", value(name))
            .expression_attribute_values(":position", AttributeValue::S(position))
            .expression_attribute_values(":expires_at", number((now + self.retention).as_second()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

impl Announced {
    fn first(name: Uuid) -> Self {
        Self {
            order: Order::InOrder,
            number: 1,
            name,
        }
    }

    /// The attempt that comes after what a watermark says.
    fn after(seen: &Item, place: &Place, name: Uuid) -> Self {
        let position = place.position.as_str();
        let is_past = text(seen, "reached").is_some_and(|reached| reached > position);
        let was_attempted = text(seen, "attempted") == Some(position);
        Self {
            order: if is_past { Order::Late } else { Order::InOrder },
            number: 1 + if was_attempted { attempts(seen) } else { 0 },
            name,
        }
    }
}

fn named(watermark: &Item) -> Option<Uuid> {
    Uuid::from_slice(watermark.get("by")?.as_b().ok()?.as_ref()).ok()
}

fn value(name: Uuid) -> AttributeValue {
    AttributeValue::B(Blob::new(name.as_bytes()))
}

fn attempts(watermark: &Item) -> u32 {
    watermark
        .get("attempts")
        .and_then(|attempts| attempts.as_n().ok()?.parse().ok())
        .unwrap_or(0)
}
