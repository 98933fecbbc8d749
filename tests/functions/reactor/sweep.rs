//! The sweep rings for what has waited too long.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures_util::StreamExt;
use futures_util::stream::iter;
use jiff::{SignedDuration, Timestamp};
use reactor::Invocation;
use shared::event::{Place, Position, StreamId};

use support::in_process::{Break, Item, Table, reports};
use support::{SOON, until};

use super::{MINUTE, World, in_order};
use crate::parsed;

async fn sweep(world: &World, now: Timestamp) -> Result<(), String> {
    let invocation = serde_json::from_str(r#"{"sweep": true}"#).expect("as the template has it");
    assert!(matches!(invocation, Invocation::Sweep { .. }));
    let swept = world.reactor.run(invocation, now, now + MINUTE).await;
    let swept = swept.map_err(|error| error.to_string())?;
    assert!(swept.batch_item_failures.is_empty());
    Ok(())
}

/// An event that waits.
fn waiting(place: &Place, kept_at: Timestamp) -> Item {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let kept_at = kept_at.as_millisecond();
    Item::from([
        ("stream".into(), text(place.stream.as_str())),
        ("event".into(), text(place.event().as_str())),
        ("due".into(), text(place.position.as_str())),
        ("kept_at".into(), AttributeValue::N(kept_at.to_string())),
    ])
}

async fn put_all(table: &Table, items: Vec<Item>) {
    let put = |item: &Item| {
        let put = PutRequest::builder().set_item(Some(item.clone())).build();
        let put = put.expect("it has an item");
        WriteRequest::builder().put_request(put).build()
    };
    let batches = items.chunks(25).map(|some| {
        let write = table.dynamodb.batch_write_item();
        let write = write.request_items(&table.name, some.iter().map(put).collect());
        write.send()
    });
    let written = iter(batches).buffer_unordered(4);
    written
        .for_each(async |written| drop(written.expect("the items can be put")))
        .await;
}

#[tokio::test]
async fn a_sweep_without_time_ends_in_order_and_others_begin_elsewhere() {
    let world = World::new().await;
    let places = world.ticket(1).await;
    let later = Timestamp::now() + SignedDuration::from_hours(2);
    let invocation = Invocation::Sweep { sweep: true };
    let soon = later + Duration::from_secs(4);
    let cut_short = world.reactor.run(invocation, later, soon).await;
    cut_short.expect("that is no failure");
    assert_eq!(world.wire.calls("SendMessage"), 0);
    for _ in 0..20 {
        sweep(&world, later).await.expect("it is swept");
    }
    assert_eq!(world.wire.calls("SendMessage"), 20);
    let scans = world.wire.requests("Scan");
    let first: BTreeSet<_> = scans
        .iter()
        .step_by(8)
        .map(|scan| scan["Segment"].as_i64())
        .collect();
    assert!(
        first.len() > 1,
        "each of 20 begins at the same of 8 parts: {first:?}"
    );
    assert_eq!(world.heard(&places[0]), [""; 0]);
}

#[tokio::test]
async fn the_sweep_rings_for_exactly_the_streams_in_which_something_waits_for_over_an_hour() {
    let world = World::new().await;
    // Long ids, so that the index takes more than one page of 1 MB.
    let long = "x".repeat(110);
    let place = |stream: usize, n: usize| Place {
        stream: StreamId::of_ticket(&format!("{long}{stream}"), &long).unwrap(),
        position: Position::parse(&format!(
            "2026-01-01T00:00:{n:02}.000000000Z/7/{long}{n}/{long}"
        ))
        .unwrap(),
    };
    let now = Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap();
    let an_hour_ago = now - 60 * MINUTE;
    let just_before = an_hour_ago - Duration::from_millis(1);
    let mut items = Vec::new();
    let mut overdue = BTreeMap::new();
    for stream in 0..60 {
        for n in 0..30 {
            // Of every third stream the first twenty are overdue.
            let is_overdue = stream % 3 == 0 && n < 20;
            let kept_at = if is_overdue { just_before } else { an_hour_ago };
            items.push(waiting(&place(stream, n), kept_at));
        }
        if stream % 3 == 0 {
            overdue.insert(place(stream, 19).stream, place(stream, 19).position);
        }
    }
    put_all(&world.table, items).await;
    let _ = reports::take();
    sweep(&world, now).await.unwrap();
    let pages = world.wire.calls("Scan");
    assert!(pages > 1, "one page: the test proves less than it should");
    let swept = reports::sum(&reports::take(), "Swept");
    assert!((20..25).contains(&swept), "{swept} rings");

    let mut rung = BTreeMap::<StreamId, Position>::new();
    let mut count = 0;
    until("all doorbells are heard", SOON, async || {
        for message in world.queue.poll().await {
            let bell = parsed(&message);
            assert!(!bell.unpark, "the sweep revives nothing");
            let Place { stream, position } = bell.place;
            let last = rung.entry(stream).or_insert(position.clone());
            *last = position.max(last.clone());
            count += 1;
            world.queue.delete(&message).await;
        }
        (count == swept).then_some(())
    })
    .await;
    let seen = rung.keys().collect::<BTreeSet<_>>();
    assert_eq!(seen, overdue.keys().collect());
    assert_eq!(rung, overdue);
}

#[tokio::test]
async fn the_sweep_rings_for_events_that_have_lost_their_doorbells() {
    let (world, places) = World::with_ticket(2).await;
    let now = Timestamp::now();
    sweep(&world, now).await.unwrap();
    let depth = world.queue.depth().await;
    assert_eq!(depth, (0, 0), "it has not waited for long");
    sweep(&world, now + 61 * MINUTE).await.unwrap();
    let messages = world.queue.receive(1).await;
    assert_eq!(world.hear(&messages).await, [""; 0]);
    assert_eq!(world.heard(&places[0]), in_order(&places));
}

#[tokio::test]
async fn nothing_settled_or_parked_is_swept() {
    let (world, places) = World::with_ticket(2).await;
    world.serve(&places[..1]).await;
    let now = Timestamp::now();
    let parked = world.inbox.park(&places[1], "a test", now).await;
    parked.unwrap();
    for place in &places {
        let mut item = world.item(place).await;
        item.insert("kept_at".into(), AttributeValue::N("0".into()));
        world.table.put(item).await;
    }
    sweep(&world, now).await.unwrap();
    assert_eq!(world.queue.depth().await, (0, 0));
}

#[tokio::test]
async fn a_sweep_that_could_not_finish_says_so() {
    let world = World::new().await;
    world.wire.cut("Scan", "", Break::Before);
    let error = sweep(&world, Timestamp::now()).await.unwrap_err();
    let expected = "failed to read what waits in the inbox";
    assert!(error.contains(expected), "{error}");
}
