//! Doorbells on a real SQS API.

use sha2::{Digest, Sha256};
use shared::event::{Place, StreamId};
use shared::queue::Queue as Doorbells;
use support::in_process::{Envelope, Queue, Table};

use crate::{bell, parsed};

async fn doorbells() -> (Doorbells, Queue) {
    let table = Table::new().await;
    let doorbells = Doorbells::new(&table.config, table.queue_url.clone());
    (doorbells, Queue::new(&table.config, &table.queue_url))
}

fn place() -> Place {
    Envelope::new("ticket.created").event().place
}

#[tokio::test]
async fn every_ring_is_heard_also_for_the_same_place_within_five_minutes() {
    let (doorbells, queue) = doorbells().await;
    let place = place();
    for _ in 0..3 {
        doorbells.ring(&place).await.unwrap();
        let heard = queue.receive_one().await;
        assert_eq!(parsed(&heard), bell(&place, false));
        queue.delete(&heard).await;
    }
    doorbells.ring(&place).await.unwrap();
    doorbells.ring(&place).await.unwrap();
    assert_eq!(queue.receive(2).await.len(), 2);
}

#[tokio::test]
async fn a_doorbell_that_un_parks_says_so() {
    let (doorbells, queue) = doorbells().await;
    let place = place();
    doorbells.unpark(&place).await.unwrap();
    let heard = queue.receive_one().await;
    assert_eq!(parsed(&heard), bell(&place, true));
}

#[tokio::test]
async fn the_doorbells_of_a_stream_are_one_group_and_those_of_another_stream_another() {
    let (doorbells, queue) = doorbells().await;
    let (first, mut second, other) = (place(), place(), place());
    second.stream.clone_from(&first.stream);
    for place in [&first, &second, &other] {
        doorbells.ring(place).await.unwrap();
    }
    let mut groups: Vec<_> = queue.receive(3).await.iter().map(Queue::group).collect();
    let group = |stream: &StreamId| hex::encode(Sha256::digest(stream.as_str()));
    let mut expected = [&first, &first, &other].map(|place| group(&place.stream));
    groups.sort();
    expected.sort();
    assert_eq!(groups, expected);
}
