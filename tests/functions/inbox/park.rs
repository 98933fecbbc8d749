//! Settling, parking and un-parking: what is settled stays settled.

use shared::event::{Place, Position};
use shared::inbox::{Admission, Inbox};
use support::in_process::{Envelope, Table};

use super::{RETENTION, admit, fresh, item, load, now, number, park, settle, settle_at, text};

/// A table with one event that waits.
async fn one_kept() -> (Table, Inbox, Place) {
    let (table, inbox) = fresh().await;
    let event = Envelope::new("ticket.created").event();
    let admitted = admit(&inbox, &event).await;
    assert_eq!(admitted, Admission::New(event.place.clone()));
    (table, inbox, event.place)
}

#[tokio::test]
async fn a_settled_event_can_be_neither_parked_nor_un_parked() {
    let (table, inbox, place) = one_kept().await;
    settle(&inbox, &place).await;
    let settled = item(&table, &place).await;

    park(&inbox, &place).await;
    assert_eq!(item(&table, &place).await, settled, "parked");
    inbox.unpark(&place).await.unwrap();
    assert_eq!(item(&table, &place).await, settled, "un-parked");
}

#[tokio::test]
async fn a_second_settlement_changes_nothing() {
    let (table, inbox, place) = one_kept().await;
    let kept = load(&inbox, &place).await;
    settle_at(&inbox, &place, &kept, now()).await;
    let settled = item(&table, &place).await;
    settle_at(&inbox, &place, &kept, now() + RETENTION).await;
    assert_eq!(item(&table, &place).await, settled);
}

#[tokio::test]
async fn an_event_that_was_parked_in_the_meantime_is_not_settled() {
    let (table, inbox, place) = one_kept().await;
    let kept = load(&inbox, &place).await;
    park(&inbox, &place).await;
    let parked = item(&table, &place).await;
    settle_at(&inbox, &place, &kept, now()).await;
    assert_eq!(item(&table, &place).await, parked);
}

#[tokio::test]
async fn un_parking_does_not_change_an_event_that_waits() {
    let (table, inbox, place) = one_kept().await;
    let waiting = item(&table, &place).await;
    inbox.unpark(&place).await.unwrap();
    assert_eq!(item(&table, &place).await, waiting);
}

#[tokio::test]
async fn parking_and_un_parking_an_unknown_event_writes_nothing() {
    let table = Table::new().await;
    let place = Envelope::new("ticket.created").event().place;
    table.inbox().unpark(&place).await.unwrap();
    park(&table.inbox(), &place).await;
    assert_eq!(table.items().await, []);
}

#[tokio::test]
async fn a_parked_event_tells_when_and_why_and_is_due_again_as_it_was_once_it_is_un_parked() {
    let (table, inbox, place) = one_kept().await;
    let waiting = item(&table, &place).await;
    let at = now();
    inbox.park(&place, "tried 12 times", at).await.unwrap();
    let parked = item(&table, &place).await;
    assert_eq!(text(&parked, "due"), None);
    assert_eq!(text(&parked, "parked_because"), Some("tried 12 times"));
    assert_eq!(number(&parked, "parked_at"), Some(at.as_millisecond()));

    // A doorbell for a copy may name another position. The kept one counts.
    let mut copy = place.clone();
    let position = place.position.as_str().replacen("20", "19", 1);
    copy.position = Position::parse(&position).unwrap();
    inbox.unpark(&copy).await.unwrap();
    assert_eq!(item(&table, &place).await, waiting);
}

#[tokio::test]
async fn an_event_expires_after_the_retention_and_only_once_it_is_settled() {
    let (table, inbox, place) = one_kept().await;
    let expiry = async || number(&item(&table, &place).await, "expires_at");
    assert_eq!(expiry().await, None, "waiting");
    park(&inbox, &place).await;
    assert_eq!(expiry().await, None, "parked");
    inbox.unpark(&place).await.unwrap();

    let kept = load(&inbox, &place).await;
    let at = now();
    settle_at(&inbox, &place, &kept, at).await;
    assert_eq!(expiry().await, Some((at + RETENTION).as_second()));
}
