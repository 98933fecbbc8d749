//! Bodies that one item cannot hold.

use aws_sdk_dynamodb::types::AttributeValue;
use shared::event::{Event, Place};
use shared::inbox::{Admission, Inbox, Loaded};
use support::in_process::{Break, Envelope, Item, Table};

use super::{
    RETENTION, admit, fresh, item, large, load, now, number, park, settle, settle_at, text, wired,
};

const MEGABYTE: usize = 1_000_000;

async fn is_whole(inbox: &Inbox, event: &Event) -> bool {
    load(inbox, &event.place).await.body == event.body
}

/// How many parts the table holds.
async fn parts(table: &Table) -> usize {
    let items = table.items().await;
    items.iter().filter(|item| is_part(item)).count()
}

fn is_part(item: &Item) -> bool {
    text(item, "event").unwrap().split('/').count() == 4
}

#[tokio::test]
async fn five_megabytes_that_do_not_compress_come_back_byte_for_byte() {
    let inbox = Table::new().await.inbox();
    for size in [380_000, 520_000, 5 * MEGABYTE] {
        let event = large(size, 1);
        assert!(event.body.len() >= size);
        let admitted = admit(&inbox, &event).await;
        assert_eq!(admitted, Admission::New(event.place.clone()));
        assert!(is_whole(&inbox, &event).await, "{size} bytes");
    }
}

#[tokio::test]
async fn a_large_body_that_compresses_well_stays_in_one_item() {
    let table = Table::new().await;
    let text = "all work and no play ".repeat(100_000);
    let more = format!(r#","description":"{text}""#);
    let event = Envelope::new("ticket.updated").with_more(&more).event();
    admit(&table.inbox(), &event).await;
    assert!(is_whole(&table.inbox(), &event).await);
    assert_eq!(parts(&table).await, 0);
}

#[tokio::test]
async fn two_copies_of_the_same_large_body_at_the_same_time_leave_it_whole() {
    let inbox = Table::new().await.inbox();
    for round in 0..10 {
        let event = large(MEGABYTE, round);
        let (one, other) = tokio::join!(admit(&inbox, &event), admit(&inbox, &event));
        let new = Admission::New(event.place.clone());
        let won = (one == new) ^ (other == new);
        assert!(won, "round {round}: {one:?}, {other:?}");
        assert!(is_whole(&inbox, &event).await, "round {round}");
    }
}

#[tokio::test]
async fn of_two_bodies_for_one_event_the_first_stays_whole_and_the_others_parts_are_deleted() {
    let (table, inbox) = fresh().await;
    let sizes = [(700, 700), (700, 900), (900, 700), (1, 700), (700, 1)];
    for (round, (one, other)) in (0..).zip([sizes; 5].concat()) {
        let envelope = Envelope::new("ticket.updated");
        let [one, other] = [(one, 2 * round), (other, 2 * round + 1)]
            .map(|(kb, seed)| envelope.clone().with_noise(1_000 * kb, seed).event());
        let (first, second) = tokio::join!(admit(&inbox, &one), admit(&inbox, &other));
        let new = Admission::New(one.place.clone());
        let won = (first == new) ^ (second == new);
        assert!(won, "round {round}: {first:?}, {second:?}");
        let winner = if first == new { &one } else { &other };
        assert!(is_whole(&inbox, winner).await, "round {round}");
        assert_no_parts_but_those_of(&table, &one.place).await;
    }
}

async fn assert_no_parts_but_those_of(table: &Table, place: &Place) {
    let event = item(table, place).await;
    let parts = text(&event, "parts").unwrap_or("/0");
    let (hash, count) = parts.split_once('/').unwrap();
    let items = table.stream(&place.stream).await;
    let parts = items.iter().filter(|item| is_part(item));
    let parts: Vec<_> = parts.filter_map(|item| text(item, "event")).collect();
    assert_eq!(parts.len().to_string(), count, "{parts:?}");
    let all = parts.iter().all(|part| part.contains(hash));
    assert!(all, "{parts:?} and not only of {hash}");
}

#[tokio::test]
async fn a_copy_of_a_large_event_writes_no_parts_whether_it_waits_is_parked_or_settled() {
    let (_table, inbox, wire) = wired().await;
    let envelope = Envelope::new("ticket.updated");
    let event = envelope.clone().with_noise(MEGABYTE, 1).event();
    let copy = envelope.with_noise(MEGABYTE, 2).event();
    let place = &event.place;
    assert_eq!(admit(&inbox, &event).await, Admission::New(place.clone()));
    let puts = wire.calls("PutItem");

    let admitted = admit(&inbox, &copy).await;
    assert_eq!(admitted, Admission::Waiting(place.clone()));
    park(&inbox, place).await;
    assert_eq!(admit(&inbox, &copy).await, Admission::Parked(place.clone()));
    inbox.unpark(place).await.unwrap();
    assert!(is_whole(&inbox, &event).await);
    settle(&inbox, place).await;
    assert_eq!(admit(&inbox, &copy).await, Admission::Settled);
    assert_eq!(wire.calls("PutItem"), puts);
}

#[tokio::test]
async fn parts_expire_with_their_event_and_not_before_it_is_settled() {
    let (table, inbox) = fresh().await;
    let event = large(1_400_000, 1);
    admit(&inbox, &event).await;
    park(&inbox, &event.place).await;
    inbox.unpark(&event.place).await.unwrap();
    let expiries = async || {
        let items = table.items().await;
        assert_eq!(items.len(), 4, "the event and its three parts");
        let expiries = items.iter().map(|item| number(item, "expires_at"));
        expiries.collect::<Vec<_>>()
    };
    assert_eq!(expiries().await, [None; 4]);

    let kept = load(&inbox, &event.place).await;
    let at = now();
    settle_at(&inbox, &event.place, &kept, at).await;
    assert_eq!(expiries().await, [Some((at + RETENTION).as_second()); 4]);
}

#[tokio::test]
async fn a_damaged_part_is_an_error_and_not_another_body() {
    let (table, inbox) = fresh().await;
    let event = large(MEGABYTE, 1);
    admit(&inbox, &event).await;
    let items = table.items().await;
    let part = items.iter().find(|item| is_part(item));
    let mut emptied = part.unwrap().clone();
    emptied.insert("body".into(), AttributeValue::B(vec![1].into()));
    table.put(emptied).await;

    let loaded = inbox.load(&event.place).await.unwrap();
    let Loaded::Damaged(damaged) = loaded else {
        panic!("{loaded:?}")
    };
    assert_eq!(damaged.to_string(), "the parts of a body do not add up");
}

/// The SDK repeats the call and finds its own event. That is not another copy, whose parts would have to be deleted.
#[tokio::test]
async fn an_admission_whose_answer_was_lost_keeps_its_parts() {
    let (_table, inbox, wire) = wired().await;
    let event = large(MEGABYTE, 1);
    wire.cut_once("PutItem", "attribute_not_exists", Break::After);
    let admitted = admit(&inbox, &event).await;
    assert_eq!(admitted, Admission::Waiting(event.place.clone()));
    assert!(is_whole(&inbox, &event).await);
}

#[tokio::test]
async fn a_crash_between_the_parts_and_the_event_is_healed_by_the_retry() {
    let (table, inbox, wire) = wired().await;
    let event = large(MEGABYTE, 1);
    wire.cut("PutItem", "attribute_not_exists", Break::Before);
    inbox.admit(&event, None, now()).await.unwrap_err();
    let left = parts(&table).await;
    assert!(left > 0);

    wire.repair();
    let admitted = admit(&inbox, &event).await;
    assert_eq!(admitted, Admission::New(event.place.clone()));
    assert!(is_whole(&inbox, &event).await);
    assert_eq!(parts(&table).await, left);
}
