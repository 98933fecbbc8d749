//! What happens to an authentic delivery.

use algapsa::signature;
use jiff::Timestamp;
use lambda_http::Body;
use serde_json::{Value, json};
use shared::filter::Filter;

use shared::inbox::Order;
use shared::queue::Doorbell;
use support::in_process::Envelope;
use uuid::Uuid;

use super::{Answer, SECRET, World, post, signed};
use crate::{bell, parsed};

/// The doorbells that were rung, taken out of the queue.
async fn rung(world: &World, count: usize) -> Vec<Doorbell> {
    let messages = world.queue.receive(count).await;
    for message in &messages {
        world.queue.delete(message).await;
    }
    messages.iter().map(parsed).collect()
}

fn receipt(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).expect("an answer is JSON")
}

#[tokio::test]
async fn an_event_is_accepted_once_and_rung_for_until_it_is_settled() {
    let world = World::new().await;
    let envelope = Envelope::new("ticket.created");
    let event = envelope.event();
    let accepted = json!({ "status": "accepted", "event_id": event.event_id() });
    let duplicate = json!({ "status": "duplicate", "event_id": event.event_id() });

    let answer = world.send(&envelope).await;
    assert_eq!((answer.status, receipt(&answer)), (200, accepted));
    assert_eq!(rung(&world, 1).await, [bell(&event.place, false)]);
    let kept = world.kept(&event.place).await;
    assert_eq!(kept.body, envelope.body());

    let answer = world.send(&envelope).await;
    let answered = (answer.status, receipt(&answer));
    assert_eq!(answered, (200, duplicate.clone()), "waiting");
    assert_eq!(rung(&world, 1).await, [bell(&event.place, false)]);

    let parked = world.inbox.park(&event.place, "a test", Timestamp::now());
    parked.await.unwrap();
    let answer = world.send(&envelope).await;
    let answered = (answer.status, receipt(&answer));
    assert_eq!(answered, (200, duplicate.clone()), "parked");
    assert_eq!(rung(&world, 1).await, [bell(&event.place, true)]);
    world.inbox.unpark(&event.place).await.unwrap();

    let (place, now) = (&event.place, Timestamp::now());
    let retention = jiff::SignedDuration::from_hours(24 * 35);
    let inbox = &world.inbox;
    let settled = inbox.settle(place, None, Order::InOrder, now, retention);
    settled.await.unwrap();
    let answer = world.send(&envelope).await;
    let answered = (answer.status, receipt(&answer));
    assert_eq!(answered, (200, duplicate), "settled");
    let depth = world.queue.depth().await;
    assert_eq!(depth, (0, 0), "nothing is left to ring for");
}

#[tokio::test]
async fn a_doorbell_for_a_copy_names_the_position_that_was_kept() {
    let world = World::new().await;
    let envelope = Envelope::new("ticket.created");
    let place = envelope.event().place;
    let republished = envelope.clone().at("2026-01-01T00:00:00.000Z");
    let replayed = envelope.clone().with_more(r#","title":"other bytes""#);

    let mut answers = Vec::new();
    for envelope in [envelope, republished, replayed] {
        answers.push(world.send(&envelope).await.told());
    }
    assert_eq!(answers, ["200 accepted", "200 duplicate", "200 duplicate"]);
    let seen = rung(&world, 3).await;
    assert_eq!(seen, [const { &() }; 3].map(|()| bell(&place, false)));
}

/// The key holds the stream. The sender never moves an event to another ticket: shared/README.md says what that buys.
#[tokio::test]
async fn a_copy_that_names_another_ticket_is_another_event() {
    let world = World::new().await;
    let envelope = Envelope::new("ticket.created");
    let moved = envelope.clone().about("T2");
    let mut answers = Vec::new();
    for envelope in [&envelope, &moved, &envelope, &moved] {
        answers.push(world.send(envelope).await.told());
    }
    let once = ["200 accepted", "200 accepted"];
    let again = ["200 duplicate", "200 duplicate"];
    assert_eq!(answers, [once, again].concat());
    let mut seen = rung(&world, 4).await;
    let [first, second] = [&envelope, &moved].map(|envelope| envelope.event().place);
    seen.retain(|doorbell| *doorbell != bell(&first, false));
    assert_eq!(seen, [bell(&second, false), bell(&second, false)]);
    for envelope in [&envelope, &moved] {
        let kept = world.kept(&envelope.event().place).await;
        assert_eq!(kept.body, envelope.body());
    }
}

#[tokio::test]
async fn the_webhook_id_is_kept_if_it_is_a_uuid() {
    let world = World::new().await;
    let id = "0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6";
    for (header, kept) in [(id, true), ("not an id", false)] {
        let envelope = Envelope::new("ticket.created");
        let mut request = signed(envelope.body().as_bytes());
        let hint = header.parse().unwrap();
        request.headers_mut().insert("x-alga-webhook-id", hint);
        assert_eq!(world.receive(request).await.told(), "200 accepted");
        let loaded = world.kept(&envelope.event().place).await;
        let seen = loaded.webhook_id;
        assert_eq!(seen, kept.then(|| header.parse::<Uuid>().unwrap()));
    }
}

#[tokio::test]
async fn the_subscription_whose_secret_proved_it_counts_more_than_the_header() {
    let [own, other] = [
        "0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6",
        "9d02b1f5-3c5b-4a8e-8e55-1f2a3b4c5d6e",
    ];
    let secrets = format!(r#"{{"{own}": {{"secret": "{SECRET}"}}}}"#);
    let world = World::holding(&secrets, Filter::default()).await;
    for header in [None, Some(own), Some(other)] {
        let envelope = Envelope::new("ticket.created");
        let mut request = signed(envelope.body().as_bytes());
        if let Some(header) = header {
            let header = header.parse().unwrap();
            request.headers_mut().insert("x-alga-webhook-id", header);
        }
        assert_eq!(world.receive(request).await.told(), "200 accepted");
        let kept = world.kept(&envelope.event().place).await;
        assert_eq!(kept.webhook_id, Some(own.parse().unwrap()), "{header:?}");
    }
}

#[tokio::test]
async fn unsigned_headers_are_not_believed() {
    let world = World::new().await;
    let envelope = Envelope::new("ticket.created");
    let mut request = signed(envelope.body().as_bytes());
    for name in ["x-alga-event-id", "x-alga-event-type", "x-alga-delivery-id"] {
        let header = "webhook.test".parse().unwrap();
        request.headers_mut().insert(name, header);
    }
    let answer = world.receive(request).await;
    assert_eq!(receipt(&answer)["event_id"], envelope.event_id.as_str());
    let seen = rung(&world, 1).await;
    assert_eq!(seen, [bell(&envelope.event().place, false)]);
}

#[tokio::test]
async fn a_body_in_base64_is_verified_and_kept_as_the_bytes_that_it_stands_for() {
    let world = World::new().await;
    let envelope = Envelope::new("ticket.created");
    let second = Timestamp::now().as_second();
    let sign = |body: &[u8]| post().header("x-alga-signature", signature(SECRET, second, body));
    // Lambda hands a base64 body over decoded, as binary.
    let body = envelope.body().into_bytes();
    let request = sign(&body).body(Body::Binary(body.clone())).unwrap();
    assert_eq!(world.receive(request).await.told(), "200 accepted");
    let kept = world.kept(&envelope.event().place).await;
    assert_eq!(kept.body, body);

    let body = b"\xff\xfe\x00".to_vec();
    let request = sign(&body).body(Body::Binary(body)).unwrap();
    assert_eq!(world.receive(request).await.told(), "200 quarantined");
}

#[tokio::test]
async fn a_test_delivery_is_answered_and_leaves_nothing() {
    let world = World::new().await;
    let calls = world.wire.all_calls();
    let answer = world.send(&Envelope::new("webhook.test")).await;
    assert_eq!(answer.body, r#"{"status":"test"}"#);
    assert_eq!(world.wire.all_calls(), calls);
    assert_eq!(world.table.items().await, []);
}

#[tokio::test]
async fn what_is_not_watched_is_answered_and_costs_no_call() {
    let watched = Envelope::new("ticket.closed");
    let subjects = format!("T0, {}", watched.ticket_id);
    let filter = Filter::new(&subjects, "ticket.closed,ticket.created");
    let world = World::holding(SECRET, filter).await;
    let other_type = watched.clone().with_type("ticket.updated");
    let other_ticket = Envelope::new("ticket.closed");

    let calls = world.wire.all_calls();
    for envelope in [other_type, other_ticket] {
        let answer = world.send(&envelope).await;
        let ignored = json!({ "status": "ignored", "event_id": envelope.event_id });
        assert_eq!((answer.status, receipt(&answer)), (200, ignored));
    }
    assert_eq!(world.wire.all_calls(), calls);
    assert_eq!(world.send(&watched).await.told(), "200 accepted");
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_quarantined_and_answered_200() {
    let world = World::new().await;
    let good = Envelope::new("ticket.created").at("2026-08-24T15:04:05.678Z");
    let id = |id: &str| good.clone().with_id(id).body();
    let at_noon = good.body().replace("T15:04:05.678Z", " at noon");
    for (body, why) in [
        ("not json".into(), "the body is not a JSON envelope"),
        ("[1]".into(), "the body is not a JSON envelope"),
        (String::new(), "the body is not a JSON envelope"),
        ("{}".into(), "event_id is not a usable id"),
        (id(""), "event_id is not a usable id"),
        (id(&"x".repeat(129)), "event_id is not a usable id"),
        (at_noon, "occurred_at is not a readable time"),
    ] {
        let answer = world.receive(signed(body.as_bytes())).await;
        assert_eq!(answer.body, r#"{"status":"quarantined"}"#, "{body}");
        let items = world.table.items().await;
        let reasons = items.iter().filter_map(|item| item["why"].as_s().ok());
        let reasons = reasons.filter(|kept| *kept == why);
        assert!(reasons.count() > 0, "{body}");
    }
    assert_eq!(world.table.items().await.len(), 7);
    assert_eq!(world.queue.depth().await, (0, 0));
}

#[tokio::test]
async fn a_senders_clock_that_runs_ahead_is_accepted() {
    let world = World::new().await;
    let envelope = Envelope::new("ticket.created").at("2999-01-01T00:00:00.000Z");
    let before = Timestamp::now() + shared::event::CLOCK_SKEW;
    assert_eq!(world.send(&envelope).await.told(), "200 accepted");
    let bells = rung(&world, 1).await;
    let (due, _) = bells[0].place.position.moment().split_once('/').unwrap();
    let due = due.parse::<Timestamp>().unwrap();
    let after = Timestamp::now() + shared::event::CLOCK_SKEW;
    assert!((before..=after).contains(&due), "{due}");
}

#[tokio::test]
async fn five_megabytes_are_accepted_and_kept_whole() {
    let world = World::new().await;
    let envelope = Envelope::new("ticket.updated").with_noise(5_000_000, 1);
    assert_eq!(world.send(&envelope).await.told(), "200 accepted");
    let kept = world.kept(&envelope.event().place).await;
    assert!(kept.body == envelope.body());
}
