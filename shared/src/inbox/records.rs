//! What an operator sees of the inbox: events without their bodies, in whatever state.

use std::fmt;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::error::SdkError;
use bytes::Bytes;
use jiff::Timestamp;

use super::order::Order;
use super::table::{Cursor, Inbox, Item, Page, key, position, string, text, timestamp};
use super::write::names;
use crate::event::{EventKey, Place, Position, StreamId};

/// The attributes of an event, but for its body.
const SHOWN: &str = "#stream, #event, #due, #kept_at, #webhook_id, #parked_at, #parked_because, #parked_due, \
    #settled_at, #order, #moment, #replayed_at, #why";

/// What was found, how many items were looked at, and where the next page starts.
pub(super) type Found<T> = (Vec<T>, usize, Option<Cursor>);

/// An event in the inbox, without its body.
#[derive(Clone, Debug)]
pub struct Record {
    /// Where it belongs.
    pub stream: StreamId,
    /// Which event it is.
    pub event: EventKey,
    /// When it was kept.
    pub kept_at: Timestamp,
    /// What has become of it.
    pub state: State,
}

/// What has become of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for its reaction.
    Waiting {
        /// Where it stands in its stream.
        position: Position,
        /// When an operator asked for another reaction, if this is not the first.
        replayed_at: Option<Timestamp>,
    },
    /// It is set aside.
    Parked {
        /// Where it stands in its stream.
        position: Position,
        /// Since when.
        at: Timestamp,
        /// The reason.
        because: String,
    },
    /// It was reacted to.
    Settled {
        /// The time and rank of its position.
        moment: String,
        /// When.
        at: Timestamp,
        /// In order or late.
        order: Order,
        /// When an operator asked for this reaction, if it was not the first.
        replayed_at: Option<Timestamp>,
    },
}

/// What to look for in the whole table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Find<'a> {
    /// Every event.
    Events,
    /// Events that are parked.
    Parked,
    /// Events whose stream contains that text.
    About(&'a str),
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting { .. } => "waiting",
            Self::Parked { .. } => "parked",
            Self::Settled { .. } => "settled",
        })
    }
}

impl Record {
    /// `None` for a watermark, or what is in quarantine.
    fn of(item: &Item) -> Option<Self> {
        Some(Self {
            stream: StreamId::parse(text(item, "stream")?)?,
            event: EventKey::parse(text(item, "event")?)?,
            kept_at: timestamp(item, "kept_at")?,
            state: State::of(item)?,
        })
    }

    /// Its place; `None` if its position is not known.
    pub fn place(&self) -> Option<Place> {
        let position = match &self.state {
            State::Waiting { position, .. } | State::Parked { position, .. } => position.clone(),
            State::Settled { moment, .. } => Position::at(moment, &self.event)?,
        };
        let stream = self.stream.clone();
        Some(Place { stream, position })
    }
}

impl State {
    fn of(item: &Item) -> Option<Self> {
        let text = |name| text(item, name).map(str::to_owned);
        if let Some(position) = position(item, "due") {
            return Some(Self::Waiting {
                position,
                replayed_at: timestamp(item, "replayed_at"),
            });
        }
        if let Some(position) = position(item, "parked_due") {
            return Some(Self::Parked {
                position,
                at: timestamp(item, "parked_at")?,
                because: text("parked_because").unwrap_or_default(),
            });
        }
        Some(Self::Settled {
            moment: text("moment")?,
            at: timestamp(item, "settled_at")?,
            order: Order::of_word(&text("order")?)?,
            replayed_at: timestamp(item, "replayed_at"),
        })
    }
}

impl Inbox {
    /// One page of a stream's events, in no order, and where the next page starts.
    pub async fn stream(&self, stream: &StreamId, from: Option<Cursor>) -> Result<Page<Record>> {
        let query = self.client.query().table_name(&self.table);
        let page = query
            .key_condition_expression("#stream = :stream")
            .projection_expression(SHOWN)
            .set_expression_attribute_names(Some(names(SHOWN)))
            .expression_attribute_values(":stream", string(stream.as_str()))
            .consistent_read(true)
            .set_exclusive_start_key(from)
            .send()
            .await
            .map_err(SdkError::into_service_error)
            .with_context(|| format!("failed to read the stream {stream}"))?;
        let records = page.items().iter().filter_map(Record::of).collect();
        Ok((records, page.last_evaluated_key))
    }

    /// One page of the matching events of the whole table. All pages together read the whole table, and cost as much.
    pub async fn find(&self, what: Find<'_>, from: Option<Cursor>) -> Result<Found<Record>> {
        let (filter, sought) = match what {
            Find::Events => ("attribute_exists(#kept_at)", None),
            Find::Parked => ("attribute_exists(#parked_at)", None),
            Find::About(text) => ("contains(#stream, :sought)", Some(text)),
        };
        let (items, seen, rest) = self.scan(filter, sought, from).await?;
        Ok((items.iter().filter_map(Record::of).collect(), seen, rest))
    }

    pub(super) async fn scan(
        &self,
        filter: &str,
        sought: Option<&str>,
        from: Option<Cursor>,
    ) -> Result<Found<Item>> {
        let mut scan = self.client.scan().table_name(&self.table);
        if let Some(sought) = sought {
            scan = scan.expression_attribute_values(":sought", string(sought));
        }
        let page = scan
            .filter_expression(filter)
            .projection_expression(SHOWN)
            .set_expression_attribute_names(Some(names(SHOWN)))
            .set_exclusive_start_key(from)
            .send()
            .await
            .map_err(SdkError::into_service_error)
            .context("failed to look through the inbox")?;
        let seen = usize::try_from(page.scanned_count).unwrap_or_default();
        let items = page.items.unwrap_or_default();
        Ok((items, seen, page.last_evaluated_key))
    }

    /// The bytes of a kept event in any state, as they were delivered; `None` if it is not there.
    pub async fn body(&self, stream: &StreamId, event: &EventKey) -> Result<Option<Bytes>> {
        self.body_at(&key(stream, event.as_str())).await
    }

    pub(super) async fn body_at(&self, key: &Item) -> Result<Option<Bytes>> {
        match self.item(key).await? {
            Some(item) => self.unpacked(&item).await.map(Some),
            None => Ok(None),
        }
    }
}
