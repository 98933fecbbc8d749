//! Events that are too large for a message.

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::cloud;
use support::in_process::{Break, Envelope, Queue};
use tokio::task::spawn_blocking;

use super::{Choice, World, ids, queue, told, world};

/// SQS's limit for a message.
const MEGABYTE: usize = 1024 * 1024;

/// A world that stores what is too large in the bucket of the table.
async fn world_with_objects() -> (World, Queue) {
    let world = World::with(|settings, table| {
        let arn = Queue::arn(&table.event_queue_url);
        let choice = Choice::sqs(&arn, Some(table.bucket.clone()));
        settings.reaction = choice.expect("the ARN of a FIFO queue");
    });
    let world = world.await;
    let queue = queue(&world);
    (world, queue)
}

/// Lets the queue take messages of so many bytes at most.
async fn narrow(world: &World, bytes: usize) {
    let client = aws_sdk_sqs::Client::new(&world.table.config);
    let set = client.set_queue_attributes();
    let set = set.queue_url(&world.table.event_queue_url);
    let set = set.attributes(QueueAttributeName::MaximumMessageSize, bytes.to_string());
    set.send().await.expect("the queue can be changed");
}

#[tokio::test]
async fn an_event_too_large_for_a_message_is_parked_at_once_with_the_reason() {
    let (world, queue) = world().await;
    let large = Envelope::new("ticket.updated").with_noise(MEGABYTE, 1);
    let fits = large.clone().with_id("after").with_more("");
    let places = world.keep(&[large, fits]).await;
    world.serve(&places).await;
    assert_eq!(world.states(&places).await, ["parked", "settled"]);
    let why = world.why(&places[0]).await;
    assert!(why.starts_with("the event takes 10"), "{why}");
    assert!(
        why.ends_with("bytes, and SQS takes 1048576 at most"),
        "{why}"
    );
    assert_eq!(ids(&queue.receive(1).await), ["after"]);
}

/// It keeps what it was made with, which was 256 KiB at most for years.
#[tokio::test]
async fn an_event_too_large_for_a_queue_of_the_users_is_parked_at_once_with_the_reason() {
    let (world, _) = world().await;
    narrow(&world, 2_000).await;
    let large = Envelope::new("ticket.updated").with_noise(2_001, 1);
    let places = world.keep(&[large]).await;
    world.serve(&places).await;
    assert_eq!(world.states(&places).await, ["parked"]);
    let why = world.why(&places[0]).await;
    assert_eq!(why, "the event is too large for the queue");
}

async fn object(world: &World, name: &str) -> String {
    let bucket = world.table.bucket.clone();
    let name = name.to_owned();
    let got = spawn_blocking(move || cloud::object(&bucket, &name)).await;
    got.unwrap().expect("the object can be read")
}

#[tokio::test]
async fn an_event_too_large_for_a_message_becomes_an_object_that_the_message_names() {
    let (world, queue) = world_with_objects().await;
    narrow(&world, 2_000).await;
    let row = Envelope::row(3);
    let larger_than_any = row[0].clone().with_noise(MEGABYTE, 1);
    let larger_than_its = row[1].clone().with_noise(2_001, 2);
    let sent = [larger_than_any, larger_than_its, row[2].clone()];
    let places = world.keep(&sent).await;
    world.serve(&places).await;
    assert_eq!(world.states(&places).await, ["settled"; 3]);

    let arrived = queue.receive(3).await;
    assert_eq!(ids(&arrived), ["e0000", "e0001", "e0002"]);
    for (message, sent) in arrived.iter().zip(&sent[..2]) {
        let body: Value = serde_json::from_str(message.body().unwrap()).expect("JSON");
        let name = told(message, "object").expect("it names an object");
        let hash = hex::encode(Sha256::digest(sent.body()));
        assert_eq!(name, format!("events/{hash}"));
        assert_eq!(body, json!({ "bucket": world.table.bucket, "key": name }));
        assert_eq!(object(&world, &name).await, sent.body());
    }
    assert_eq!(arrived[2].body(), Some(sent[2].body().as_str()));
    assert_eq!(told(&arrived[2], "object"), None);
}

#[tokio::test]
async fn an_event_that_cannot_be_stored_for_the_queue_comes_again() {
    let (world, queue) = world_with_objects().await;
    let large = Envelope::new("ticket.updated").with_noise(MEGABYTE, 1);
    let places = world.keep(std::slice::from_ref(&large)).await;
    let messages = world.ring(&places).await;
    world.wire.cut("PutObject", "", Break::Refused);
    assert_eq!(world.hear(&messages).await.len(), 1);
    assert_eq!(world.states(&places).await, ["waiting"]);
    world.wire.repair();
    assert_eq!(world.hear(&messages).await, [""; 0]);
    assert_eq!(ids(&queue.receive(1).await), [large.event_id]);
}
