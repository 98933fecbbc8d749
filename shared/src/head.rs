//! Heads: how far the reactions of each stream have reached, and which event is being tried for the how-manieth time.

use anyhow::{Context, Result};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::event::Place;
use crate::inbox::Inbox;
use crate::inbox::table::{Item, key, millis, number, text, timestamp};

/// How much of a reason a head keeps, in characters: with it a head still takes one write unit.
const LONGEST_REASON: usize = 200;

/// Whether an event comes in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Placement {
    /// Nothing after it in its stream has been tried before.
    Next,
    /// The head was already past it: an event after it has been tried before.
    Late,
}

impl Placement {
    /// The word for it in logs and headers.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Late => "late",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        [Self::Next, Self::Late]
            .into_iter()
            .find(|placement| placement.word() == word)
    }
}

/// One try of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Whether it comes in its order.
    pub placement: Placement,
    /// How often it has been tried, with this time.
    pub tries: u32,
    /// Names the announcement, and so the state of the head that it has made: a write that depends on that state and
    /// lands late, when others have been here, changes nothing.
    pub announced_as: Uuid,
}

/// What a stream's head says of the event that was tried last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// That event, unless it was parked.
    pub trying: Option<Place>,
    /// How often it has been tried.
    pub tries: u32,
    /// When its last try ended in failure. A try that neither failed nor settled its event may have killed the function.
    pub failed_at: Option<Timestamp>,
    /// Why its last try has failed.
    pub failed_because: Option<String>,
}

/// The heads of all streams; they live in the inbox table.
#[derive(Clone, Debug)]
pub struct Heads {
    inbox: Inbox,
    retention: SignedDuration,
}

impl Heads {
    /// A head expires `retention` after its last advance.
    #[must_use]
    pub fn new(inbox: Inbox, retention: SignedDuration) -> Self {
        Self { inbox, retention }
    }

    /// Announces a try, before it is made: a try that kills the function counts too, and an event that is redelivered
    /// after that is `Next` again, not late.
    ///
    /// # Errors
    /// When DynamoDB could not be told, or another reactor announces in this stream; then the event must not be tried.
    pub async fn advance(&self, place: &Place, now: Timestamp) -> Result<Turn> {
        let announced_as = Uuid::new_v4();
        let turn = match self.move_to(place, announced_as, now).await {
            Ok(()) => Ok(Some(first(announced_as))),
            Err(UpdateItemError::ConditionalCheckFailedException(seen)) => {
                let head = seen.item.unwrap_or_default();
                self.try_again(place, announced_as, &head, now).await
            }
            Err(err) => Err(err),
        };
        let turn = turn.with_context(|| {
            format!(
                "failed to advance {} to event {}",
                place.stream,
                place.event()
            )
        })?;
        turn.with_context(|| format!("another reactor serves {}", place.stream))
    }

    async fn move_to(
        &self,
        place: &Place,
        announced_as: Uuid,
        now: Timestamp,
    ) -> Result<(), UpdateItemError> {
        self.update(place, announced_as, now)
            .update_expression(
                "SET #reached = :due, #trying = :due, #tries = :one, #by = :by, #expires_at = :expires_at REMOVE #failed_at, #failed_because",
            )
            .condition_expression("attribute_not_exists(#reached) OR #reached < :due")
            .expression_attribute_names("#reached", "reached")
            .expression_attribute_values(":one", number(1))
            .send()
            .await
            .map(drop)
            .map_err(SdkError::into_service_error)
    }

    /// The head is at the event or beyond it. Writes only on top of the head that was seen: an announcement that is
    /// late itself must not count as a try. Nothing, if somebody else has announced something since.
    async fn try_again(
        &self,
        place: &Place,
        announced_as: Uuid,
        head: &Item,
        now: Timestamp,
    ) -> Result<Option<Turn>, UpdateItemError> {
        if announcement(head) == Some(announced_as) {
            return Ok(Some(first(announced_as))); // the SDK's own repetition of a call that had arrived
        }
        let turn = again(place, announced_as, head);
        let before = announcement(head).unwrap_or_default();
        let update = self
            .update(place, announced_as, now)
            .update_expression(
                "SET #trying = :due, #tries = :tries, #by = :by, #expires_at = :expires_at REMOVE #failed_at, #failed_because",
            )
            .condition_expression("#by = :before")
            .expression_attribute_values(":before", name(before))
            .expression_attribute_values(":tries", number(turn.tries.into()))
            .send()
            .await;
        match update.map_err(SdkError::into_service_error) {
            Ok(_) => Ok(Some(turn)),
            Err(UpdateItemError::ConditionalCheckFailedException(seen)) => {
                let seen = seen.item.as_ref().and_then(announcement);
                Ok((seen == Some(announced_as)).then_some(turn))
            }
            Err(err) => Err(err),
        }
    }

    /// Forgets the tries of an event that is about to be parked, so that it starts afresh when it is revived.
    ///
    /// # Errors
    /// When DynamoDB could not be told.
    pub async fn clear(&self, place: &Place, turn: Turn) -> Result<()> {
        self.clear_after(place, turn.announced_as).await
    }

    /// Forgets the tries of an event that is about to be replayed, whoever made them.
    ///
    /// # Errors
    /// When DynamoDB could not be told.
    pub async fn forget(&self, place: &Place) -> Result<()> {
        let head = self.inbox.item(&key(&place.stream, "head")).await?;
        let head = head.filter(|head| text(head, "trying") == Some(&place.due));
        match head.as_ref().and_then(announcement) {
            Some(announced_as) => self.clear_after(place, announced_as).await,
            None => Ok(()),
        }
    }

    async fn clear_after(&self, place: &Place, announced_as: Uuid) -> Result<()> {
        let update = self
            .announced(place, announced_as)
            .update_expression("REMOVE #trying, #tries")
            .expression_attribute_names("#trying", "trying")
            .expression_attribute_names("#tries", "tries");
        crate::inbox::if_still_so(update)
            .await
            .with_context(|| format!("failed to clear the head of {}", place.stream))
    }

    /// Notes that the announced try has ended, if only in failure, and `why`, as far as a head has room for it.
    ///
    /// # Errors
    /// When DynamoDB could not be told; then it looks as if the try had killed the function.
    pub async fn failed(&self, place: &Place, turn: Turn, why: &str, now: Timestamp) -> Result<()> {
        let why: String = why.chars().take(LONGEST_REASON).collect();
        let update = self
            .announced(place, turn.announced_as)
            .update_expression("SET #failed_at = :now, #failed_because = :why")
            .expression_attribute_names("#failed_at", "failed_at")
            .expression_attribute_names("#failed_because", "failed_because")
            .expression_attribute_values(":why", AttributeValue::S(why))
            .expression_attribute_values(":now", millis(now));
        crate::inbox::if_still_so(update)
            .await
            .with_context(|| format!("failed to note a failure of event {}", place.event()))
    }

    /// The head of a stream as it is now.
    ///
    /// # Errors
    /// When DynamoDB could not be asked.
    pub async fn read(&self, stream: &str) -> Result<Head> {
        let head = self.inbox.item(&key(stream, "head")).await?;
        let head = head.unwrap_or_default();
        Ok(Head {
            trying: text(&head, "trying").map(|due| Place {
                stream: stream.to_owned(),
                due: due.to_owned(),
            }),
            tries: tries(&head),
            failed_at: timestamp(&head, "failed_at"),
            failed_because: text(&head, "failed_because").map(str::to_owned),
        })
    }

    fn head(&self, place: &Place) -> UpdateItemFluentBuilder {
        self.inbox
            .client
            .update_item()
            .table_name(&self.inbox.table)
            .set_key(Some(key(&place.stream, "head")))
    }

    /// An update of the head as that announcement has left it.
    fn announced(&self, place: &Place, announced_as: Uuid) -> UpdateItemFluentBuilder {
        self.head(place)
            .condition_expression("#by = :by")
            .expression_attribute_names("#by", "by")
            .expression_attribute_values(":by", name(announced_as))
    }

    fn update(&self, place: &Place, announced_as: Uuid, now: Timestamp) -> UpdateItemFluentBuilder {
        self.head(place)
            .expression_attribute_names("#by", "by")
            .expression_attribute_names("#trying", "trying")
            .expression_attribute_names("#tries", "tries")
            .expression_attribute_names("#expires_at", "expires_at")
            .expression_attribute_names("#failed_at", "failed_at")
            .expression_attribute_names("#failed_because", "failed_because")
            .expression_attribute_values(":by", name(announced_as))
            .expression_attribute_values(":due", AttributeValue::S(place.due.clone()))
            .expression_attribute_values(":expires_at", number((now + self.retention).as_second()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

fn first(announced_as: Uuid) -> Turn {
    Turn {
        placement: Placement::Next,
        tries: 1,
        announced_as,
    }
}

/// The try that comes after what the head says.
fn again(place: &Place, announced_as: Uuid, head: &Item) -> Turn {
    let is_beyond = text(head, "reached").is_some_and(|reached| reached > place.due.as_str());
    let was_tried = text(head, "trying") == Some(&place.due);
    Turn {
        placement: if is_beyond {
            Placement::Late
        } else {
            Placement::Next
        },
        tries: if was_tried { tries(head) } else { 0 } + 1,
        announced_as,
    }
}

fn announcement(head: &Item) -> Option<Uuid> {
    Uuid::from_slice(head.get("by")?.as_b().ok()?.as_ref()).ok()
}

fn name(announcement: Uuid) -> AttributeValue {
    AttributeValue::B(Blob::new(announcement.as_bytes()))
}

fn tries(head: &Item) -> u32 {
    head.get("tries")
        .and_then(|tries| tries.as_n().ok()?.parse().ok())
        .unwrap_or(0)
}
