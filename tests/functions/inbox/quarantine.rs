//! Quarantine: a body is kept once, whole and for ever, and no reactor looks for it.

use sha2::{Digest, Sha256};
use shared::event::Unreadable;
use shared::inbox::{Part, body};
use support::in_process::Envelope;
use uuid::Uuid;

use super::{fresh, now, number, text};

#[tokio::test]
async fn an_unreadable_body_is_kept_once_whole_and_with_its_reason() {
    let (table, inbox) = fresh().await;
    let body = b"not json \xff\x00";
    let webhook_id = Uuid::new_v4();
    let first = now();
    for at in [first, first + std::time::Duration::from_mins(1)] {
        let why = Unreadable::NotAnEnvelope;
        let kept = inbox.quarantine(body, why, Some(webhook_id), at);
        kept.await.unwrap();
    }

    let items = table.items().await;
    assert_eq!(items.len(), 1);
    let item = &items[0];
    let stream = format!("quarantine/{}", hex::encode(Sha256::digest(body)));
    assert_eq!(text(item, "stream"), Some(stream.as_str()));
    assert_eq!(text(item, "event"), Some("quarantine"));
    assert_eq!(text(item, "why"), Some("the body is not a JSON envelope"));
    assert_eq!(number(item, "kept_at"), Some(first.as_millisecond()));
    let seen = item["webhook_id"].as_b().unwrap().as_ref();
    assert_eq!(seen, webhook_id.as_bytes());
    let seen = body::unpack(item["body"].as_b().unwrap().as_ref()).unwrap();
    assert_eq!(seen, &body[..]);
    assert_eq!(number(item, "expires_at"), None);
    let (waiting, _) = inbox.waiting(Part::ALL, None).await.unwrap();
    assert_eq!(waiting, [], "no doorbell leads to it");
}

#[tokio::test]
async fn a_body_of_five_megabytes_is_quarantined_whole_and_for_ever() {
    let (table, inbox) = fresh().await;
    let body = Envelope::new("ticket.created").with_noise(5_000_000, 1);
    let body = body.body().replace("event_id", "event");
    let why = Unreadable::Id("event_id");
    for _ in 0..2 {
        let kept = inbox.quarantine(body.as_bytes(), why, None, now());
        kept.await.unwrap();
    }

    let items = table.items().await;
    assert_eq!(items.len(), 1);
    assert_eq!(number(&items[0], "expires_at"), None);
    assert_eq!(table.objects().await.len(), 1, "the copy stored nothing");
    let hash = inbox.quarantined(None).await.unwrap().0.remove(0).hash;
    let kept = inbox.quarantined_body(&hash).await.unwrap();
    assert!(kept.unwrap() == body.as_bytes(), "another body");
}
