//! What the conditions in the inbox's expressions decide, on a real DynamoDB API.

mod admit;
mod cost;
mod doorbells;
mod due;
mod large;
mod park;
mod quarantine;
mod replay;
mod watermarks;

use jiff::{SignedDuration, Timestamp};
use shared::event::{Event, Place};
use shared::inbox::{Admission, Inbox, Kept, Order};
use support::in_process::{Envelope, Item, Table, Wire};

const RETENTION: SignedDuration = SignedDuration::from_hours(24 * 35);

fn now() -> Timestamp {
    Timestamp::now()
}

async fn admit(inbox: &Inbox, event: &Event) -> Admission {
    let admitted = inbox.admit(event, None, now()).await;
    admitted.expect("admission is decided")
}

async fn load(inbox: &Inbox, place: &Place) -> Kept {
    let loaded = inbox.load(place).await.expect("the event can be loaded");
    loaded.kept().expect("the event waits")
}

async fn settle(inbox: &Inbox, place: &Place) {
    let kept = load(inbox, place).await;
    settle_at(inbox, place, &kept, now()).await;
}

async fn settle_at(inbox: &Inbox, place: &Place, kept: &Kept, at: Timestamp) {
    let settled = inbox.settle(place, kept.replayed_at, Order::InOrder, at, RETENTION);
    settled.await.expect("it can be settled");
}

/// An event whose body hardly compresses.
fn large(size: usize, seed: u64) -> Event {
    let envelope = Envelope::new("ticket.updated");
    envelope.with_noise(size, seed).event()
}

async fn fresh() -> (Table, Inbox) {
    let table = Table::new().await;
    let inbox = table.inbox();
    (table, inbox)
}

/// A table, and an inbox that reaches it over a network that a test can break.
async fn wired() -> (Table, Inbox, Wire) {
    let table = Table::new().await;
    let (config, wire) = Wire::to(&table.config);
    let inbox = table.inbox_over(&config);
    (table, inbox, wire)
}

async fn park(inbox: &Inbox, place: &Place) {
    let parked = inbox.park(place, "the target answered 400", now()).await;
    parked.expect("the event is parked");
}

async fn item(table: &Table, place: &Place) -> Item {
    let item = table.item(&place.stream, place.event()).await;
    item.expect("the event is in the table")
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    let value = item.get(name)?;
    Some(value.as_s().expect("a string"))
}

fn number(item: &Item, name: &str) -> Option<i64> {
    let digits = item.get(name)?.as_n().expect("a number");
    Some(digits.parse().expect("an integer"))
}
