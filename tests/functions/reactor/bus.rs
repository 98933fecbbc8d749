//! The `eventbridge` reaction.

use algapsa::ticket_api::{self, TicketApi};
use serde_json::{Value, json};
use shared::event::Place;
use support::Rule;
use support::in_process::{Break, Envelope};
use tokio::task::spawn_blocking;

use super::replay::late_and_replayed;
use super::{Choice, World, bus, subject, tickets};

/// A world that publishes to its own bus, and a rule there.
async fn world() -> (World, Rule) {
    let world = World::on_a_bus().await;
    let rule = rule(&world).await;
    (world, rule)
}

async fn rule(world: &World) -> Rule {
    let bus = world.table.event_bus.clone();
    spawn_blocking(move || Rule::on(&bus)).await.unwrap()
}

async fn arrived(rule: Rule, count: usize) -> Vec<Value> {
    spawn_blocking(move || rule.wait_for(count)).await.unwrap()
}

#[tokio::test]
async fn an_event_on_the_bus_says_what_it_is_and_where_it_belongs() {
    let (world, rule) = world().await;
    let more = r#","is_closed":false,"title":"Zahnärzte 🦷""#;
    let closed = Envelope::new("ticket.closed").with_more(more);
    let places = world.keep(std::slice::from_ref(&closed)).await;
    world.serve(&places).await;

    let event = arrived(rule, 1).await.remove(0);
    assert_eq!(event["source"], "algapsa");
    assert_eq!(event["detail-type"], "ticket.closed");
    let envelope: Value = serde_json::from_str(&closed.body()).unwrap();
    let detail = json!({
        "order": "in-order",
        "stream": places[0].stream,
        "stale": true,
        "unannounced": false,
        "event": envelope,
    });
    assert_eq!(event["detail"], detail);
    let put = world.wire.requests("PutEvents").remove(0);
    let raw = put["Entries"][0]["Detail"].as_str().unwrap();
    assert!(raw.contains(&closed.body()), "byte for byte: {raw}");
    assert_eq!(world.states(&places).await, ["settled"]);
}

/// A bus takes what it gets again for another event.
#[tokio::test]
async fn an_event_whose_answer_was_lost_is_not_put_again_at_once() {
    let (world, _rule) = world().await;
    let places = world.ticket(1).await;
    world.wire.cut_once("PutEvents", "", Break::After);
    world.ring_in_vain(&places, 1).await;
    assert_eq!(world.wire.calls("PutEvents"), 1);
}

#[tokio::test]
async fn a_straggler_and_a_replay_say_so_on_the_bus() {
    let (world, rule) = world().await;
    let expected = late_and_replayed(&world).await;
    let told = arrived(rule, 3).await;
    let told = told.iter().map(|event| {
        let detail = &event["detail"];
        let id = &detail["event"]["event_id"];
        json!([id, detail["order"], detail["replay"]])
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn the_fresh_ticket_goes_along_on_the_bus() {
    let api = spawn_blocking(TicketApi::start).await.unwrap();
    let world = World::with(|settings, table| {
        settings.reaction = bus(table);
        settings.tickets = Some(tickets::api(&api.url, table));
    });
    let world = world.await;
    tickets::put_key(&world, ticket_api::KEY).await;
    let rule = rule(&world).await;
    let (here, gone) = (world.ticket(1).await, world.ticket(1).await);
    api.put(subject(&here[0]), json!({ "status_is_closed": true }));
    world.serve(&[here.clone(), gone.clone()].concat()).await;

    let told = arrived(rule, 2).await;
    let detail_of = |place: &Place| {
        let of = |event: &&Value| event["detail"]["stream"] == place.stream.as_str();
        &told.iter().find(of).unwrap()["detail"]
    };
    let expected = json!({ "ticket_id": subject(&here[0]), "status_is_closed": true });
    assert_eq!(detail_of(&here[0])["ticket"], expected);
    assert!(detail_of(&here[0])["ticket_read_at"].is_string());
    let gone = detail_of(&gone[0]).as_object().unwrap();
    assert_eq!(gone.get("ticket"), Some(&Value::Null));
}

#[tokio::test]
async fn an_event_too_large_for_the_bus_is_parked_at_once_with_the_reason() {
    let (world, _) = world().await;
    let large = Envelope::new("ticket.updated").with_noise(1024 * 1024, 1);
    let fits = large.clone().with_id("after").with_more("");
    let places = world.keep(&[large.clone(), fits]).await;
    world.serve(&places).await;
    assert_eq!(world.states(&places).await, ["parked", "settled"]);
    let why = world.why(&places[0]).await;
    assert!(why.starts_with("the event takes 10"), "{why}");
    let end = "bytes, and the bus takes 1048576 at most";
    assert!(why.ends_with(end), "{why}");
    let seen = world.wire.calls("PutEvents");
    assert_eq!(seen, 1, "the bus was only asked for the other");
}

#[tokio::test]
async fn what_the_bus_does_not_take_comes_again() {
    let (world, rule) = world().await;
    let places = world.ticket(2).await;
    let messages = world.ring(&places).await;
    world.wire.cut("PutEvents", "", Break::Refused);
    assert_eq!(world.hear(&messages).await.len(), 2);
    assert_eq!(world.states(&places).await, ["waiting", "waiting"]);
    assert_eq!(world.tries(&places[0]).await, 1);

    world.wire.repair();
    assert_eq!(world.hear(&messages).await, [""; 0]);
    let arrived = arrived(rule, 2).await;
    let ids = arrived
        .iter()
        .map(|event| &event["detail"]["event"]["event_id"]);
    let ids: Vec<_> = ids.collect();
    assert_eq!(ids, ["e0000", "e0001"]);
}

/// The call succeeds; its one entry does not.
#[tokio::test]
async fn the_result_of_the_entry_counts_and_not_that_of_the_call() {
    let bus = "arn:aws:events:us-east-1:999999999999:rule/no-bus".to_owned();
    let world = World::with(|settings, _| settings.reaction = Choice::EventBridge { bus }).await;
    let places = world.ticket(1).await;
    world.ring_in_vain(&places, 1).await;
    assert_eq!(world.states(&places).await, ["waiting"]);
}
