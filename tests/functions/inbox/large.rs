//! Bodies that are too large for an item: objects in a bucket.

use shared::event::Event;
use shared::inbox::{Admission, Inbox, Loaded};
use support::in_process::{Break, Envelope, Table};

use super::{admit, fresh, item, large, load, now, park, settle, text, wired};

const MEGABYTE: usize = 1_000_000;

async fn is_whole(inbox: &Inbox, event: &Event) -> bool {
    load(inbox, &event.place).await.body == event.body
}

#[tokio::test]
async fn five_megabytes_that_do_not_compress_come_back_byte_for_byte() {
    let table = Table::new().await;
    let inbox = table.inbox();
    for (size, objects) in [(2_000, 0), (6_000, 1), (380_000, 2), (5 * MEGABYTE, 3)] {
        let event = large(size, 1);
        assert!(event.body.len() >= size);
        let admitted = admit(&inbox, &event).await;
        assert_eq!(admitted, Admission::New(event.place.clone()));
        assert!(is_whole(&inbox, &event).await, "{size} bytes");
        assert_eq!(table.objects().await.len(), objects, "{size} bytes");
        let item = item(&table, &event.place).await;
        assert_ne!(item.contains_key("body"), item.contains_key("object"));
    }
}

/// Three write units, and as many in the index: from four on, an object is cheaper.
#[tokio::test]
async fn an_event_takes_three_write_units_at_most() {
    let (_table, inbox, wire) = wired().await;
    for size in (500..6_000).step_by(500) {
        let before = wire.units("PutItem");
        admit(&inbox, &large(size, 1)).await;
        let units = wire.units("PutItem") - before;
        assert!(units <= 6.0, "{size} bytes: {units} units");
    }
}

#[tokio::test]
async fn a_large_body_that_compresses_well_stays_in_its_item() {
    let table = Table::new().await;
    let text = "all work and no play ".repeat(10_000);
    let more = format!(r#","description":"{text}""#);
    let event = Envelope::new("ticket.updated").with_more(&more).event();
    admit(&table.inbox(), &event).await;
    assert!(is_whole(&table.inbox(), &event).await);
    assert_eq!(table.objects().await, [""; 0]);
}

#[tokio::test]
async fn copies_of_a_large_event_at_the_same_time_leave_the_winner_whole() {
    let inbox = Table::new().await.inbox();
    let sizes = [(700, 700), (700, 900), (900, 700), (1, 700), (700, 1)];
    for (round, (one, other)) in (0..).zip([sizes; 5].concat()) {
        let envelope = Envelope::new("ticket.updated");
        let seeds = [
            (one, round),
            (other, if round % 2 == 0 { round } else { 1_000 + round }),
        ];
        let [one, other] =
            seeds.map(|(kb, seed)| envelope.clone().with_noise(1_000 * kb, seed).event());
        let (first, second) = tokio::join!(admit(&inbox, &one), admit(&inbox, &other));
        let new = Admission::New(one.place.clone());
        let won = (first == new) ^ (second == new);
        assert!(won, "round {round}: {first:?}, {second:?}");
        let winner = if first == new { &one } else { &other };
        assert!(is_whole(&inbox, winner).await, "round {round}");
    }
}

#[tokio::test]
async fn a_copy_of_a_large_event_writes_nothing_whether_it_waits_is_parked_or_settled() {
    let (_table, inbox, wire) = wired().await;
    let envelope = Envelope::new("ticket.updated");
    let event = envelope.clone().with_noise(MEGABYTE, 1).event();
    let copy = envelope.with_noise(MEGABYTE, 2).event();
    let place = &event.place;
    assert_eq!(admit(&inbox, &event).await, Admission::New(place.clone()));
    let writes = || (wire.calls("PutItem"), wire.calls("PutObject"));
    assert_eq!(writes(), (1, 1));

    let admitted = admit(&inbox, &copy).await;
    assert_eq!(admitted, Admission::Waiting(place.clone()));
    park(&inbox, place).await;
    assert_eq!(admit(&inbox, &copy).await, Admission::Parked(place.clone()));
    inbox.unpark(place).await.unwrap();
    assert!(is_whole(&inbox, &event).await);
    settle(&inbox, place).await;
    assert_eq!(admit(&inbox, &copy).await, Admission::Settled);
    assert_eq!(writes(), (1, 1));
}

#[tokio::test]
async fn an_object_that_is_gone_or_altered_is_an_error_and_not_another_body() {
    let (table, inbox) = fresh().await;
    let event = large(MEGABYTE, 1);
    admit(&inbox, &event).await;
    let object = table.objects().await.remove(0);
    let found = async || match inbox.load(&event.place).await.unwrap() {
        Loaded::Damaged(damaged) => damaged.to_string(),
        other => panic!("{other:?}"),
    };
    table.put_object(&object, b"something else").await;
    assert_eq!(found().await, "a large body is not what was stored");
    table.delete_object(&object).await;
    assert_eq!(found().await, "a large body is gone from the bucket");
}

/// The SDK repeats the call, and finds its own event.
#[tokio::test]
async fn an_admission_whose_answer_was_lost_keeps_its_body() {
    let (_table, inbox, wire) = wired().await;
    let event = large(MEGABYTE, 1);
    wire.cut_once("PutObject", "", Break::After);
    wire.cut_once("PutItem", "attribute_not_exists", Break::After);
    let admitted = admit(&inbox, &event).await;
    assert_eq!(admitted, Admission::Waiting(event.place.clone()));
    assert!(is_whole(&inbox, &event).await);
}

#[tokio::test]
async fn a_crash_between_the_body_and_the_event_is_healed_by_the_retry() {
    let (table, inbox, wire) = wired().await;
    let event = large(MEGABYTE, 1);
    wire.cut("PutItem", "attribute_not_exists", Break::Before);
    inbox.admit(&event, None, now()).await.unwrap_err();
    let left = table.objects().await;
    assert_eq!(left.len(), 1);

    wire.repair();
    let admitted = admit(&inbox, &event).await;
    assert_eq!(admitted, Admission::New(event.place.clone()));
    assert!(is_whole(&inbox, &event).await);
    assert_eq!(table.objects().await, left);
}

/// S3 refuses, or does not answer: without its body the event must not be kept.
#[tokio::test]
async fn an_event_whose_body_cannot_be_stored_is_not_kept() {
    let (table, inbox, wire) = wired().await;
    for when in [Break::Before, Break::After, Break::Refused] {
        wire.cut("PutObject", "", when);
        let admitted = inbox.admit(&large(MEGABYTE, 1), None, now()).await;
        let error = format!("{:#}", admitted.unwrap_err());
        assert!(error.contains("failed to store a large body"), "{error}");
        wire.repair();
    }
    assert_eq!(table.items().await, []);
}

#[tokio::test]
async fn discarding_a_quarantined_body_leaves_the_event_that_it_was_released_as() {
    let (table, inbox) = fresh().await;
    let event = large(MEGABYTE, 1);
    let why = Event::parse("{}".into(), now()).unwrap_err();
    let quarantined = inbox.quarantine(&event.body, why, None, now()).await;
    quarantined.unwrap();
    admit(&inbox, &event).await;
    let hash = inbox.quarantined(None).await.unwrap().0.remove(0).hash;
    let body = inbox.quarantined_body(&hash).await.unwrap();
    assert_eq!(body, Some(event.body.clone()));

    inbox.forget_quarantined(&hash).await.unwrap();
    let left = table.objects().await;
    assert_eq!(
        left,
        [text(&item(&table, &event.place).await, "object").unwrap()]
    );
    assert!(is_whole(&inbox, &event).await);
}
