//! The `sqs` reaction.

mod large;

use std::collections::BTreeMap;

use algapsa::ticket_api::{self, TicketApi};
use aws_sdk_sqs::types::Message;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::in_process::{Break, Envelope, Queue, Table};
use tokio::task::spawn_blocking;

use super::replay::late_and_replayed;
use super::{Choice, World, id, subject, tickets};

/// That reaction, to the queue of the table.
pub fn to_its_queue(table: &Table) -> Choice {
    let arn = Queue::arn(&table.event_queue_url);
    Choice::sqs(&arn, None).expect("the ARN of a FIFO queue")
}

/// A world that sends to its own queue, and that queue.
async fn world() -> (World, Queue) {
    let world = World::with(|settings, table| settings.reaction = to_its_queue(table)).await;
    let queue = queue(&world);
    (world, queue)
}

fn queue(world: &World) -> Queue {
    Queue::new(&world.table.config, &world.table.event_queue_url)
}

/// The part of a request that only requests to that queue have.
fn its_name(world: &World) -> &str {
    let name = world.table.event_queue_url.rsplit('/').next();
    name.expect("a URL")
}

fn told(message: &Message, name: &str) -> Option<String> {
    Queue::told(message).remove(name)
}

fn ids(messages: &[Message]) -> Vec<String> {
    let ids = messages.iter().map(|message| told(message, "event_id"));
    ids.flatten().collect()
}

#[tokio::test]
async fn a_message_is_the_envelope_byte_for_byte_and_says_what_it_is() {
    let (world, queue) = world().await;
    let more = r#","is_closed":false,"title":"Zahnärzte 🦷 \ud83e \u0000""#;
    let closed = Envelope::new("ticket.closed").with_more(more).unannounced();
    let places = world.keep(std::slice::from_ref(&closed)).await;
    world.serve(&places).await;

    let message = queue.receive_one().await;
    assert_eq!(message.body(), Some(closed.body().as_str()));
    let stream = places[0].stream.as_str();
    let expected = [
        ("attempt", "1"),
        ("event_id", &closed.event_id),
        ("event_type", "ticket.closed"),
        ("order", "in-order"),
        ("stale", "true"),
        ("stream", stream),
        ("unannounced", "true"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(Queue::told(&message), BTreeMap::from(expected));
    let kind = message.message_attributes().unwrap()["attempt"].data_type();
    assert_eq!(kind, "Number");
    assert_eq!(Queue::group(&message), hex::encode(Sha256::digest(stream)));
    assert_eq!(world.states(&places).await, ["settled"]);
}

/// SQS refuses them, or replaces them: what it documents of that has changed.
#[tokio::test]
async fn an_event_with_characters_that_sqs_does_not_carry_arrives_and_reads_the_same() {
    let (world, queue) = world().await;
    let odd = Envelope::new("ticket.updated").with_more(",\"title\":\"\u{fffe}\u{ffff}\"");
    let places = world.keep(std::slice::from_ref(&odd)).await;
    world.serve(&places).await;
    let message = queue.receive_one().await;
    let [sent, arrived]: [Value; 2] = [&odd.body(), message.body().expect("a text")]
        .map(|json| serde_json::from_str(json).expect("JSON"));
    assert_eq!(sent, arrived);
    assert_eq!(sent["data"]["title"], "\u{fffe}\u{ffff}");
}

/// In a group SQS hands out nothing as long as something earlier is out.
#[tokio::test]
async fn a_tickets_events_come_in_order_in_a_group_of_their_own() {
    let (world, queue) = world().await;
    let (one, other) = (world.ticket(3).await, world.ticket(2).await);
    world.serve(&[one.clone(), other.clone()].concat()).await;
    let messages = queue.receive(5).await;
    for ticket in [one, other] {
        let group = shared::queue::group(&ticket[0].stream);
        let mut its = messages.clone();
        its.retain(|message| Queue::group(message) == group);
        assert_eq!(ids(&its), ticket.iter().map(id).collect::<Vec<_>>());
    }
}

/// Lost for all of the SDK's own attempts, and then for the one after the back-off.
#[tokio::test]
async fn an_event_whose_answer_was_lost_is_in_the_queue_once() {
    let (world, queue) = world().await;
    let places = world.ticket(2).await;
    let messages = world.ring(&places).await;
    world
        .wire
        .cut("SendMessage", its_name(&world), Break::After);
    assert_eq!(world.hear(&messages).await.len(), 2);
    assert_eq!(world.wire.calls("SendMessage"), 4);
    assert_eq!(world.states(&places).await, ["waiting", "waiting"]);

    world.wire.repair();
    assert_eq!(world.hear(&messages).await, [""; 0]);
    assert_eq!(world.tries(&places[1]).await, 1);
    let arrived = queue.receive(2).await;
    assert_eq!(ids(&arrived), ["e0000", "e0001"]);
}

/// Within five minutes SQS would drop it, if it were sent under the id of the first reaction.
#[tokio::test]
async fn a_straggler_and_a_replay_say_so_and_a_replay_comes_at_once() {
    let (world, queue) = world().await;
    let expected = late_and_replayed(&world).await;
    let arrived = queue.receive(3).await;
    let told = arrived.iter().map(|message| {
        let [id, order, replay] = ["event_id", "order", "replay"].map(|name| told(message, name));
        json!([id, order, replay])
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn the_fresh_ticket_goes_along_in_an_attribute() {
    let api = spawn_blocking(TicketApi::start).await.unwrap();
    let world = World::with(|settings, table| {
        settings.reaction = to_its_queue(table);
        settings.tickets = Some(tickets::api(&api.url, table));
    });
    let world = world.await;
    tickets::put_key(&world, ticket_api::KEY).await;
    let (here, gone) = (world.ticket(1).await, world.ticket(1).await);
    let title = format!("{} Zahnärzte \u{ffff}", "x".repeat(10_000)); // more than a header takes
    api.put(subject(&here[0]), json!({ "title": title }));
    world.serve(&[here.clone(), gone.clone()].concat()).await;

    let arrived = queue(&world).receive(2).await;
    let ticket_of = |stream: &str| -> Value {
        let mut its = arrived.iter();
        let its = its.find(|message| told(message, "stream").as_deref() == Some(stream));
        let ticket = told(its.expect("it arrived"), "ticket").expect("it goes along");
        assert!(!ticket.contains('\u{ffff}'), "which SQS does not carry");
        serde_json::from_str(&ticket).expect("JSON")
    };
    let seen = ticket_of(here[0].stream.as_str());
    let expected = json!({ "ticket_id": subject(&here[0]), "title": title });
    assert_eq!(seen["ticket"], expected);
    assert!(seen["ticket_read_at"].is_string());
    let gone = ticket_of(gone[0].stream.as_str());
    assert_eq!(gone.get("ticket"), Some(&Value::Null));
}

#[tokio::test]
async fn what_the_queue_does_not_take_comes_again() {
    let (world, queue) = world().await;
    let places = world.ticket(2).await;
    let messages = world.ring(&places).await;
    world
        .wire
        .cut("SendMessage", its_name(&world), Break::Refused);
    assert_eq!(world.hear(&messages).await.len(), 2);
    assert_eq!(world.states(&places).await, ["waiting", "waiting"]);
    assert_eq!(world.tries(&places[0]).await, 1);

    world.wire.repair();
    assert_eq!(world.hear(&messages).await, [""; 0]);
    let arrived = queue.receive(2).await;
    assert_eq!(ids(&arrived), ["e0000", "e0001"]);
    assert_eq!(told(&arrived[0], "attempt"), Some("2".into()));
}

#[tokio::test]
async fn a_queue_that_is_not_there_may_still_be_made() {
    let world = World::with(|settings, table| {
        let arn = Queue::arn(&table.event_queue_url).replace(".fifo", "-none.fifo");
        settings.reaction = Choice::sqs(&arn, None).expect("the ARN of a FIFO queue");
    });
    let world = world.await;
    let places = world.ticket(1).await;
    world.ring_in_vain(&places, 1).await;
    assert_eq!(world.states(&places).await, ["waiting"]);
    let watermark = world.table.item(&places[0].stream, "watermark").await;
    let why = watermark.unwrap()["failed_because"].as_s().unwrap().clone();
    let start = "the queue did not take the event: ";
    assert!(
        why.starts_with(start) && why.ends_with("NonExistentQueue"),
        "{why}"
    );
}
