//! Watermarks: how far each stream has got, and how often its current event has been attempted.
//!
//! A stream's watermark is one item. Each announcement of an attempt writes a new name into it, and whatever is written
//! later about that attempt requires that name. So a write that lands late, after another announcement, changes nothing.

use anyhow::{Context, Result};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError as UpdateError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder as Update;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::order::Order;
use super::table::{Inbox, Item, binary, key, millis, number, string, text, timestamp, uuid};
use super::write::if_still_so;
use crate::event::{Place, Position, StreamId};

/// The key of a watermark in its stream; no event has such a key.
const WATERMARK: &str = "watermark";

/// How much of a reason a watermark keeps, in characters: with it the item still takes one write unit.
const LONGEST_REASON: usize = 200;

/// What came of announcing an attempt.
#[derive(Clone, Copy, Debug)]
pub enum Announcement {
    /// It may be made.
    Made(Announced),
    /// Another reactor is making one, and will be gone by then.
    Busy {
        /// When its invocation must have ended.
        until: Timestamp,
    },
}

/// An attempt that was announced, and is about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Announced {
    /// Whether the watermark moved up to the event. Then nobody has ever attempted it, so nobody can have settled it either.
    pub is_first: bool,
    /// Whether the event comes in its order.
    pub order: Order,
    /// Which attempt of the event this is, counted from 1.
    pub number: u32,
    /// When its first attempt failed, if one has.
    pub failing_since: Option<Timestamp>,
    name: Uuid,
}

/// What a stream's watermark says of the event that was attempted last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watermark {
    /// That event, unless it was parked.
    pub attempted: Option<Position>,
    /// How often it has been attempted.
    pub attempts: u32,
    /// When its last attempt ended without settling it. One that neither ended nor settled may have killed the function.
    pub failed_at: Option<Timestamp>,
    /// Why its last attempt failed.
    pub failed_because: Option<String>,
}

/// What Lambda lets a function take at most.
const LONGEST_INVOCATION: SignedDuration = SignedDuration::from_mins(15);

/// From when to when an attempt may be under way.
#[derive(Clone, Copy)]
struct Span {
    now: Timestamp,
    until: Timestamp,
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

    /// Announces an attempt before it is made. So an attempt that kills the function counts too, and its event is in order
    /// when it comes again, not late. If the announcement fails, the event must not be attempted. By `until` the attempt has
    /// ended, or the function is gone.
    pub async fn announce(
        &self,
        place: &Place,
        name: Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Announcement> {
        let span = Span { now, until };
        let announced = match self.move_to(place, name, span).await {
            Ok(()) => Ok(Some(Announcement::Made(Announced::first(name)))),
            Err(UpdateError::ConditionalCheckFailedException(seen)) => {
                let watermark = seen.item.unwrap_or_default();
                self.stay_at(place, name, &watermark, span).await
            }
            Err(err) => Err(err.into()),
        };
        announced
            .with_context(|| format!("failed to announce event {}", place.event()))?
            .with_context(|| format!("another reactor is serving {}", place.stream))
    }

    async fn move_to(&self, place: &Place, name: Uuid, span: Span) -> Result<(), UpdateError> {
        let announcement = self.announcement(
            place,
            "SET #reached = :position, #attempted = :position, #attempts = :one, #by = :by, \
             #until = :until, #expires_at = :expires_at REMOVE #failed_at, #failed_because, #failing_since",
            "attribute_not_exists(#reached) OR #reached < :position",
            name,
            span,
        );
        let announcement = announcement.expression_attribute_values(":one", number(1));
        let moved = announcement.send().await.map(drop);
        moved.map_err(SdkError::into_service_error)
    }

    /// For a watermark that is at the event or past it. `None` if another reactor has announced something since `seen`.
    async fn stay_at(
        &self,
        place: &Place,
        name: Uuid,
        seen: &Item,
        span: Span,
    ) -> Result<Option<Announcement>> {
        if uuid(seen, "by") == Some(name) {
            return Ok(Some(Announcement::Made(Announced::first(name)))); // the SDK repeated a call that had arrived
        }
        if let Some(until) = self.is_busy(place, seen, span.now).await? {
            return Ok(Some(Announcement::Busy { until }));
        }
        let announced = Announced::after(seen, place, name);
        let update = "SET #attempted = :position, #attempts = :attempts, #by = :by, #until = :until, \
             #expires_at = :expires_at REMOVE #failed_at, #failed_because";
        let afresh = format!("{update}, #failing_since");
        let goes_on = announced.failing_since.is_some();
        let announcement = self.announcement(
            place,
            if goes_on { update } else { &afresh },
            "#by = :before",
            name,
            span,
        );
        let before = binary(uuid(seen, "by").unwrap_or_default());
        let update = announcement
            .expression_attribute_values(":before", before)
            .expression_attribute_values(":attempts", number(announced.number.into()));
        match update.send().await.map_err(SdkError::into_service_error) {
            Ok(_) => Ok(Some(Announcement::Made(announced))),
            Err(UpdateError::ConditionalCheckFailedException(now)) => {
                let is_ours = now.item.is_some_and(|now| uuid(&now, "by") == Some(name));
                Ok(is_ours.then_some(Announcement::Made(announced)))
            }
            Err(err) => Err(err.into()),
        }
    }

    /// Until when another reactor may be at an event of the stream: it has announced an attempt, which has not ended, and the
    /// event still waits. An announcement of whichever event would hide that from the next one.
    async fn is_busy(
        &self,
        place: &Place,
        seen: &Item,
        now: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let Some((position, until)) = under_way(seen, now) else {
            return Ok(None);
        };
        let stream = place.stream.clone();
        let waits = self.inbox.waits(&Place { stream, position }).await?;
        Ok(waits.then_some(until))
    }

    /// Forgets the attempts of an event that is about to be parked, so that they start from 1 when it is brought back.
    pub async fn clear(&self, place: &Place, announced: Announced) -> Result<()> {
        self.clear_after(place, announced.name).await
    }

    /// Forgets the attempts of an event that is about to be replayed, whoever made them.
    pub async fn forget(&self, place: &Place) -> Result<()> {
        let watermark = self.inbox.item(&key(&place.stream, WATERMARK)).await?;
        let is_at = |item: &Item| text(item, "attempted") == Some(place.position.as_str());
        match watermark.filter(is_at).and_then(|item| uuid(&item, "by")) {
            Some(name) => self.clear_after(place, name).await,
            None => Ok(()),
        }
    }

    async fn clear_after(&self, place: &Place, name: Uuid) -> Result<()> {
        let update = self.as_announced(
            place,
            "REMOVE #attempted, #attempts, #failing_since",
            name,
            [],
        );
        let cleared = if_still_so(update).await;
        cleared.with_context(|| format!("failed to clear the watermark of {}", place.stream))
    }

    /// Notes that the attempt failed, and `why`. Until then it looks as if the attempt had killed the function.
    pub async fn failed(
        &self,
        place: &Place,
        announced: Announced,
        why: &str,
        now: Timestamp,
    ) -> Result<()> {
        let why: String = why.chars().take(LONGEST_REASON).collect();
        let update = "SET #failed_at = :now, #failed_because = :why, \
             #failing_since = if_not_exists(#failing_since, :now)";
        let values = [(":now", millis(now)), (":why", string(why))];
        let update = self.as_announced(place, update, announced.name, values);
        let noted = if_still_so(update).await;
        noted.with_context(|| format!("failed to note a failure of event {}", place.event()))
    }

    /// Takes the attempt of that name back, if it was announced: it did not happen, or its outcome could not be recorded,
    /// and the event is not to blame. The watermark gets another name, so that nothing is taken back twice.
    pub async fn take_back(&self, place: &Place, name: Uuid, now: Timestamp) -> Result<()> {
        let update = "SET #attempts = if_not_exists(#attempts, :one) - :one, #failed_at = :now, #by = :renamed";
        let renamed = (":renamed", binary(Self::name()));
        let values = [(":one", number(1)), (":now", millis(now)), renamed];
        let taken_back = if_still_so(self.as_announced(place, update, name, values)).await;
        taken_back
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

    /// An update of the watermark, on condition that the announcement of that name is still the last one.
    fn as_announced<const N: usize>(
        &self,
        place: &Place,
        update: &str,
        name: Uuid,
        values: [(&str, AttributeValue); N],
    ) -> Update {
        let key = key(&place.stream, WATERMARK);
        let update = self.inbox.update(key, update, "#by = :by", values);
        update.expression_attribute_values(":by", binary(name))
    }

    fn announcement(
        &self,
        place: &Place,
        update: &str,
        condition: &str,
        name: Uuid,
        Span { now, until }: Span,
    ) -> Update {
        let values = [
            (":position", string(place.position.as_str())),
            (":by", binary(name)),
            (":until", millis(until)),
            (":expires_at", number((now + self.retention).as_second())),
        ];
        let key = key(&place.stream, WATERMARK);
        let update = self.inbox.update(key, update, condition, values);
        update.return_values_on_condition_check_failure(AllOld)
    }
}

impl Announced {
    fn first(name: Uuid) -> Self {
        Self {
            is_first: true,
            order: Order::InOrder,
            number: 1,
            failing_since: None,
            name,
        }
    }

    /// The attempt that follows on the watermark `seen`.
    fn after(seen: &Item, place: &Place, name: Uuid) -> Self {
        let position = place.position.as_str();
        let is_past = text(seen, "reached").is_some_and(|reached| reached > position);
        let was_attempted = text(seen, "attempted") == Some(position);
        Self {
            is_first: false,
            order: if is_past { Order::Late } else { Order::InOrder },
            number: 1 + if was_attempted { attempts(seen) } else { 0 },
            failing_since: timestamp(seen, "failing_since").filter(|_| was_attempted),
            name,
        }
    }
}

/// The event of an attempt that may be under way, and until when: it was announced, and has not ended. A time that no
/// invocation can last to came from a clock that was wrong.
fn under_way(watermark: &Item, now: Timestamp) -> Option<(Position, Timestamp)> {
    let until = timestamp(watermark, "until")?;
    let may_run = until > now && until <= now + LONGEST_INVOCATION;
    let is_open = may_run && !watermark.contains_key("failed_at");
    let attempted = text(watermark, "attempted").and_then(Position::parse);
    attempted
        .filter(|_| is_open)
        .map(|position| (position, until))
}

fn attempts(watermark: &Item) -> u32 {
    let attempts = watermark.get("attempts");
    let attempts = attempts.and_then(|attempts| attempts.as_n().ok()?.parse().ok());
    attempts.unwrap_or(0)
}
