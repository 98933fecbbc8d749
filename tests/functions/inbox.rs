//! What the conditions of the inbox decide, on a real DynamoDB API.

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
use shared::inbox::Order;
use shared::inbox::{Admission, Inbox};
use support::in_process::{Item, Table};

const RETENTION: SignedDuration = SignedDuration::from_hours(24 * 35);

fn now() -> Timestamp {
    Timestamp::now()
}

async fn admit(inbox: &Inbox, event: &Event) -> Admission {
    inbox
        .admit(event, None, now())
        .await
        .expect("admission is decided")
}

async fn settle(inbox: &Inbox, place: &Place) {
    let kept = inbox.load(place).await.expect("the event can be loaded");
    let kept = kept.kept().expect("the event waits");
    let settled = inbox
        .settle(place, &kept, Order::InOrder, now(), RETENTION)
        .await;
    settled.expect("the event is settled");
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
    item.get(name)
        .map(|value| value.as_s().expect("a string").as_str())
}

fn number(item: &Item, name: &str) -> Option<i64> {
    item.get(name)
        .map(|value| value.as_n().expect("a number").parse().expect("an integer"))
}
