//! Admission: an event is kept if its identity was never kept before.

use anyhow::{Context, Result};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use jiff::Timestamp;
use uuid::Uuid;

use super::bodies::{self, LARGEST_INLINE};
use super::body;
use super::table::{Inbox, Item, binary, key_at, millis, position, string};
use crate::event::{Event, Place};

/// What admission found. Each place carries the position that was kept first.
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
    fn of(event: &Place, seen: &Item) -> Self {
        let stream = event.stream.clone();
        let place = |position| Place { stream, position };
        match (position(seen, "due"), position(seen, "parked_due")) {
            (Some(due), _) => Self::Waiting(place(due)),
            (None, Some(due)) => Self::Parked(place(due)),
            (None, None) => Self::Settled,
        }
    }
}

impl Inbox {
    /// Keeps an event if its identity was never kept before. The first copy wins, whatever the later ones say.
    pub async fn admit(
        &self,
        event: &Event,
        webhook_id: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Admission> {
        let packed = body::pack(&event.body)?;
        let mut item = key_at(&event.place);
        item.insert("due".into(), string(event.place.position.as_str()));
        let seen = self.keep(item, "bodies", packed, webhook_id, now).await;
        let failed = || format!("failed to admit event {}", event.place.event());
        Ok(match seen.with_context(failed)? {
            None => Admission::New(event.place.clone()),
            Some(seen) => Admission::of(&event.place, &seen),
        })
    }

    /// Puts `item` with its body, which lies in `folder` if it is large, or returns the item that was there before.
    pub(super) async fn keep(
        &self,
        mut item: Item,
        folder: &str,
        packed: Vec<u8>,
        webhook_id: Option<Uuid>,
        now: Timestamp,
    ) -> Result<Option<Item>> {
        item.insert("kept_at".into(), millis(now));
        if let Some(id) = webhook_id {
            item.insert("webhook_id".into(), binary(id.as_bytes()));
        }
        if packed.len() <= LARGEST_INLINE {
            item.insert("body".into(), binary(packed));
            self.put_once(item).await
        } else {
            self.keep_large(item, folder, packed).await
        }
    }

    /// Stores the body first and then puts the item, which names it, so that whoever finds the event finds its body. A look
    /// first avoids storing a large body again. If another copy comes first, what was stored here is named by nothing, and
    /// expires.
    async fn keep_large(
        &self,
        mut item: Item,
        folder: &str,
        packed: Vec<u8>,
    ) -> Result<Option<Item>> {
        let seen = self.item(&item).await?;
        if seen.is_some() {
            return Ok(seen);
        }
        let object = format!("{folder}/{}", bodies::hash(&packed));
        self.bodies.put(&object, packed).await?;
        item.insert("object".into(), string(object));
        self.put_once(item).await
    }

    async fn put_once(&self, item: Item) -> Result<Option<Item>> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#event)")
            .expression_attribute_names("#event", "event")
            .return_values_on_condition_check_failure(AllOld);
        match put.send().await.map_err(SdkError::into_service_error) {
            Ok(_) => Ok(None),
            Err(PutItemError::ConditionalCheckFailedException(seen)) => {
                let unsaid = "DynamoDB did not return the item that was there before";
                seen.item.context(unsaid).map(Some)
            }
            Err(err) => Err(err.into()),
        }
    }
}
