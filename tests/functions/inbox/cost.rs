//! What an event costs.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use shared::event::Event;
use shared::inbox::Watermarks;
use support::in_process::{Item, Wire};
use uuid::Uuid;

use super::{RETENTION, item, now, settle, wired};

/// A ticket event of 2,065 bytes.
const SAMPLE: &[u8] = include_bytes!("../../../shared/dictionary/sample.json");

/// DynamoDB's rules: names and strings in UTF-8 bytes, binaries as they are, numbers one byte for two digits and one.
fn size(item: &Item) -> usize {
    let value = |value: &AttributeValue| match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        other => panic!("{other:?}"),
    };
    let sizes = item.iter().map(|(name, held)| name.len() + value(held));
    sizes.sum()
}

#[tokio::test]
async fn an_event_of_two_kilobytes_costs_five_write_units_in_its_whole_life() {
    let (table, inbox, wire) = wired().await;
    let event = Event::parse(SAMPLE.into(), Timestamp::now()).unwrap();
    let place = event.place.clone();

    let admitted = inbox.admit(&event, Some(Uuid::new_v4()), now()).await;
    admitted.unwrap();
    let size = size(&item(&table, &place).await);
    assert!(size <= 1024, "{size} bytes");
    let both = "the item and its place in the index";
    assert_units(&wire, 2.0, 0.0, &format!("admission: {both}"));

    let watermarks = Watermarks::new(inbox.clone(), RETENTION);
    let announced = watermarks.announce(&place, Watermarks::name(), now(), now());
    announced.await.unwrap();
    assert_units(&wire, 2.0, 1.0, "the watermark");

    settle(&inbox, &place).await;
    assert_units(&wire, 2.0, 3.0, &format!("settlement: {both}"));
    assert_eq!(wire.calls("PutItem") + wire.calls("UpdateItem"), 3);
}

fn assert_units(wire: &Wire, put: f64, update: f64, what: &str) {
    let units = (wire.units("PutItem"), wire.units("UpdateItem"));
    assert!(
        (units.0 - put).abs() < 0.01 && (units.1 - update).abs() < 0.01,
        "{what}: {units:?} units so far, {put} and {update} are right"
    );
}

#[tokio::test]
async fn a_duplicate_costs_one_put() {
    let (_table, inbox, wire) = wired().await;
    let event = Event::parse(SAMPLE.into(), Timestamp::now()).unwrap();
    for calls in [1, 2, 3] {
        inbox.admit(&event, None, now()).await.unwrap();
        assert_eq!((wire.calls("PutItem"), wire.all_calls()), (calls, calls));
    }
}
