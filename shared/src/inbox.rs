//! The inbox: every authentic event, kept once, and what has become of it.
//!
//! One item per event. It holds `due` exactly while it waits, so the sparse index `due` is the work to do; it holds
//! `parked_at` exactly while it is parked; with neither it is settled, and only then does it expire.

mod outcome;
mod parts;
mod quarantine;
mod record;
pub(crate) mod table;

use anyhow::{Context, Result, bail};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use bytes::Bytes;
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) use self::outcome::if_still_so;
use self::parts::Parts;
pub use self::quarantine::Quarantined;
pub use self::record::{Find, Record, State};
pub use self::table::{INDEX, Inbox};
use self::table::{Item, key_at, millis, text, timestamp};
use crate::body;
use crate::event::{Event, Place};

/// The largest packed body that is stored inside its item; an item holds 400 kB with keys and names.
const LARGEST_INLINE: usize = 380_000;

/// Where a list goes on.
pub type Cursor = Item;

/// What admission found. Each place carries the due that was kept first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Kept now.
    New(Place),
    /// Kept before, and not reacted to yet.
    Waiting(Place),
    /// Kept before, and set aside after its reaction failed for good.
    Parked(Place),
    /// Kept before, and reacted to.
    Settled,
}

impl Admission {
    fn of(stream: &str, seen: &Item) -> Self {
        let place = |due: &str| Place {
            stream: stream.to_owned(),
            due: due.to_owned(),
        };
        match (text(seen, "due"), text(seen, "parked_due")) {
            (Some(due), _) => Self::Waiting(place(due)),
            (None, Some(due)) => Self::Parked(place(due)),
            (None, None) => Self::Settled,
        }
    }
}

/// A waiting event's content.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The delivered bytes.
    pub body: Bytes,
    /// The `X-Alga-Webhook-Id` that it came with; unsigned, so no more than a hint.
    pub webhook_id: Option<Uuid>,
    /// When an operator asked for its reaction once more; nothing for a first reaction.
    pub replayed_at: Option<Timestamp>,
    parts: Option<Parts>,
}

/// A place in the due list, and since when it waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Where.
    pub place: Place,
    /// When the event was kept.
    pub kept_at: Timestamp,
}

/// Part of the due list of one stream, in order.
#[derive(Clone, Debug)]
pub struct Due {
    /// The next events.
    pub places: Vec<Place>,
    /// Where the list goes on, if it does.
    pub rest: Option<Cursor>,
}

impl Inbox {
    /// Keeps an event if its identity was never kept before. Who comes first wins, whatever a copy says.
    ///
    /// # Errors
    /// When DynamoDB could not say what became of it; then nothing may be acknowledged.
    pub async fn admit(
        &self,
        event: &Event,
        webhook_id: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Admission> {
        let packed = body::pack(&event.body)?;
        let mut item = key_at(&event.place);
        item.insert("due".into(), AttributeValue::S(event.place.due.clone()));
        let seen = self.keep(item, packed, webhook_id, now).await;
        Ok(
            match seen.with_context(|| format!("failed to admit event {}", event.place.event()))? {
                None => Admission::New(event.place.clone()),
                Some(seen) => Admission::of(&event.place.stream, &seen),
            },
        )
    }

    /// Puts `item` with its body, or returns the item that was there before.
    async fn keep(
        &self,
        mut item: Item,
        packed: Vec<u8>,
        webhook_id: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Option<Item>> {
        item.insert("kept_at".into(), millis(now));
        if let Some(id) = webhook_id {
            item.insert(
                "webhook_id".into(),
                AttributeValue::B(Blob::new(id.as_bytes())),
            );
        }
        if packed.len() <= LARGEST_INLINE {
            item.insert("body".into(), AttributeValue::B(Blob::new(packed)));
            self.put_once(item).await
        } else {
            self.keep_in_parts(item, &packed).await
        }
    }

    /// Parts first, the event last, naming them: whoever sees the event sees its body. A look before saves a copy of
    /// a large body the writing. Who comes second takes its own parts away again, also those of an attempt that died.
    async fn keep_in_parts(&self, mut item: Item, packed: &[u8]) -> Result<Option<Item>> {
        let parts = Parts::of(packed);
        let mut seen = self.item(&item).await?;
        if seen.is_none() {
            self.put_parts(&item, &parts, packed).await?;
            item.insert("parts".into(), AttributeValue::S(parts.to_string()));
            seen = self.put_once(item.clone()).await?;
        }
        if seen
            .as_ref()
            .is_some_and(|seen| Parts::named_in(seen).as_ref() != Some(&parts))
        {
            self.delete_parts(&item, &parts).await?;
        }
        Ok(seen)
    }

    async fn put_once(&self, item: Item) -> Result<Option<Item>> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#event)")
            .expression_attribute_names("#event", "event")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match put.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => Ok(None),
            Err(PutItemError::ConditionalCheckFailedException(seen)) => Ok(Some(
                seen.item
                    .context("DynamoDB did not return the item that was there before")?,
            )),
            Err(err) => Err(err.into()),
        }
    }

    /// The waiting events of a stream up to and including `up_to`, in order, `limit` at a time.
    ///
    /// # Errors
    /// When DynamoDB could not be asked.
    pub async fn due(&self, up_to: &Place, from: Option<Cursor>, limit: i32) -> Result<Due> {
        let page = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX)
            .key_condition_expression("#stream = :stream AND #due <= :due")
            .expression_attribute_names("#stream", "stream")
            .expression_attribute_names("#due", "due")
            .expression_attribute_values(":stream", AttributeValue::S(up_to.stream.clone()))
            .expression_attribute_values(":due", AttributeValue::S(up_to.due.clone()))
            .consistent_read(true)
            .limit(limit)
            .set_exclusive_start_key(from)
            .send()
            .await
            .map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
            .with_context(|| format!("failed to read what is due in {}", up_to.stream))?;
        let places = page.items().iter().filter_map(table::place).collect();
        Ok(Due {
            places,
            rest: page.last_evaluated_key,
        })
    }

    /// A waiting event's content; nothing if it does not wait any more.
    ///
    /// # Errors
    /// When DynamoDB could not be asked, or the stored body is damaged.
    pub async fn load(&self, place: &Place) -> Result<Option<Kept>> {
        let Some(item) = self.item(&key_at(place)).await? else {
            return Ok(None);
        };
        if !item.contains_key("due") {
            return Ok(None);
        }
        let parts = Parts::named_in(&item);
        let packed = match (&parts, item.get("body")) {
            (Some(parts), _) => self.read_parts(&key_at(place), parts).await?,
            (None, Some(AttributeValue::B(packed))) => packed.clone().into_inner(),
            _ => bail!("event {} has no body", place.event()),
        };
        let body = body::unpack(&packed)?;
        Ok(Some(Kept {
            body,
            webhook_id: webhook_id(&item),
            replayed_at: timestamp(&item, "replayed_at"),
            parts,
        }))
    }

    /// Whether the event at that place still waits.
    ///
    /// # Errors
    /// When DynamoDB could not be asked.
    pub async fn waits(&self, place: &Place) -> Result<bool> {
        let item = self.item(&key_at(place)).await?;
        Ok(item.is_some_and(|item| item.contains_key("due")))
    }

    /// One page of everything that waits, in no order, and where the next page starts.
    ///
    /// # Errors
    /// When DynamoDB could not be asked.
    pub async fn waiting(&self, from: Option<Cursor>) -> Result<(Vec<Waiting>, Option<Cursor>)> {
        let page = self
            .client
            .scan()
            .table_name(&self.table)
            .index_name(INDEX)
            .set_exclusive_start_key(from)
            .send()
            .await
            .map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
            .context("failed to read what waits in the inbox")?;
        let waiting = |item: &Item| {
            Some(Waiting {
                place: table::place(item)?,
                kept_at: timestamp(item, "kept_at")?,
            })
        };
        Ok((
            page.items().iter().filter_map(waiting).collect(),
            page.last_evaluated_key,
        ))
    }
}

fn webhook_id(item: &Item) -> Option<Uuid> {
    Uuid::from_slice(item.get("webhook_id")?.as_b().ok()?.as_ref()).ok()
}
