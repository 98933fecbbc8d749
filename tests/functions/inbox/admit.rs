//! Admission: each event once.

use futures_util::future::join_all;
use shared::inbox::Admission;
use support::in_process::{Envelope, Table};
use uuid::Uuid;

use super::{admit, fresh, item, load, now, park, settle, text};

#[tokio::test]
async fn a_copy_finds_the_event_new_then_waiting_then_parked_then_waiting_again_then_settled() {
    let inbox = Table::new().await.inbox();
    let event = Envelope::new("ticket.created").event();
    let place = event.place.clone();

    assert_eq!(admit(&inbox, &event).await, Admission::New(place.clone()));
    let admitted = admit(&inbox, &event).await;
    assert_eq!(admitted, Admission::Waiting(place.clone()));
    park(&inbox, &place).await;
    let admitted = admit(&inbox, &event).await;
    assert_eq!(admitted, Admission::Parked(place.clone()));
    inbox.unpark(&place).await.unwrap();
    let admitted = admit(&inbox, &event).await;
    assert_eq!(admitted, Admission::Waiting(place.clone()));
    settle(&inbox, &place).await;
    assert_eq!(admit(&inbox, &event).await, Admission::Settled);
}

#[tokio::test]
async fn the_copy_that_was_kept_first_counts() {
    let (table, inbox) = fresh().await;
    let first = Envelope::new("ticket.created");
    let republished = first.clone().at("2026-01-01T00:00:00.000Z");
    let republished = republished.with_more(r#","title":"another""#);
    let (first, republished) = (first.event(), republished.event());
    assert_ne!(first.place.position, republished.place.position);

    let admitted = admit(&inbox, &first).await;
    assert_eq!(admitted, Admission::New(first.place.clone()));
    let admitted = admit(&inbox, &republished).await;
    assert_eq!(admitted, Admission::Waiting(first.place.clone()));
    let kept = load(&inbox, &first.place).await;
    assert_eq!(kept.body, first.body);

    park(&inbox, &first.place).await;
    let admitted = admit(&inbox, &republished).await;
    assert_eq!(admitted, Admission::Parked(first.place.clone()));
    inbox.unpark(&first.place).await.unwrap();
    settle(&inbox, &first.place).await;
    assert_eq!(admit(&inbox, &republished).await, Admission::Settled);
    assert_eq!(text(&item(&table, &first.place).await, "due"), None);
}

#[tokio::test]
async fn fifty_copies_at_the_same_time_are_kept_once() {
    let inbox = Table::new().await.inbox();
    let event = Envelope::new("ticket.created").event();
    let admissions = join_all((0..50).map(|_| admit(&inbox, &event))).await;
    let new = Admission::New(event.place.clone());
    let waiting = Admission::Waiting(event.place.clone());
    let count = |wanted: &Admission| admissions.iter().filter(|seen| *seen == wanted).count();
    assert_eq!((count(&new), count(&waiting)), (1, 49));
}

#[tokio::test]
async fn tenant_id_and_type_together_identify_an_event() {
    let (table, inbox) = fresh().await;
    let closed = Envelope::new("project.closed");
    let new_id = &Uuid::new_v4().to_string();
    let alias = closed.clone().with_type("project.completed");
    let elsewhere = closed.clone().of_tenant(new_id);
    let another = closed.clone().with_id(new_id);

    for envelope in [&closed, &alias, &elsewhere, &another] {
        let event = envelope.event();
        assert_eq!(admit(&inbox, &event).await, Admission::New(event.place));
    }
    assert_eq!(table.items().await.len(), 4);
}

#[tokio::test]
async fn what_is_kept_is_loaded_as_it_came() {
    let inbox = Table::new().await.inbox();
    let more = r#","comment":{"text":"größer als \u0000 ✓","author":null}"#;
    let envelope = Envelope::new("ticket.comment.added").with_more(more);
    let event = envelope.event();
    let webhook_id = Uuid::new_v4();
    let admitted = inbox.admit(&event, Some(webhook_id), now()).await.unwrap();
    assert_eq!(admitted, Admission::New(event.place.clone()));

    let kept = load(&inbox, &event.place).await;
    assert_eq!(kept.body, envelope.body());
    assert_eq!(kept.webhook_id, Some(webhook_id));
}

#[tokio::test]
async fn only_what_waits_is_loaded() {
    let inbox = Table::new().await.inbox();
    let [unknown, parked, settled] =
        ["ticket.created"; 3].map(|event_type| Envelope::new(event_type).event());
    for event in [&parked, &settled] {
        admit(&inbox, event).await;
    }
    park(&inbox, &parked.place).await;
    settle(&inbox, &settled.place).await;
    for event in [unknown, parked, settled] {
        assert!(inbox.load(&event.place).await.unwrap().kept().is_none());
    }
}
