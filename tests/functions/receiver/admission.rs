//! What becomes of an authentic delivery.

use algapsa::signature;
use jiff::Timestamp;
use lambda_http::Body;
use receiver::filter::Filter;
use serde_json::{Value, json};
use shared::event::Place;
use shared::inbox::Order;
use shared::queue::Doorbell;
use support::in_process::Envelope;
use uuid::Uuid;

use super::{Answer, SECRET, World, post, put_secret, signed};

/// The doorbells that were rung, taken out of the queue.
async fn rung(world: &World, count: usize) -> Vec<Doorbell> {
    let mut bells = Vec::new();
    for message in world.queue.receive(count).await {
        bells.push(Doorbell::parse(message.body().unwrap()).unwrap());
        world.queue.delete(&message).await;
    }
    bells
}

fn bell(place: &Place, unpark: bool) -> Doorbell {
    Doorbell {
        place: place.clone(),
        unpark,
    }
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
    let kept = world
        .inbox
        .load(&event.place)
        .await
        .unwrap()
        .kept()
        .unwrap();
    assert_eq!(kept.body, envelope.body());

    let answer = world.send(&envelope).await;
    let answered = (answer.status, receipt(&answer));
    assert_eq!(answered, (200, duplicate.clone()), "waiting");
    assert_eq!(rung(&world, 1).await, [bell(&event.place, false)]);

    world
        .inbox
        .park(&event.place, "a test", Timestamp::now())
        .await
        .unwrap();
    let answer = world.send(&envelope).await;
    let answered = (answer.status, receipt(&answer));
    assert_eq!(answered, (200, duplicate.clone()), "parked");
    assert_eq!(rung(&world, 1).await, [bell(&event.place, true)]);
    world.inbox.unpark(&event.place).await.unwrap();

    let retention = jiff::SignedDuration::from_hours(24 * 35);
    world
        .inbox
        .settle(
            &event.place,
            &kept,
            Order::InOrder,
            Timestamp::now(),
            retention,
        )
        .await
        .unwrap();
    let answer = world.send(&envelope).await;
    let answered = (answer.status, receipt(&answer));
    assert_eq!(answered, (200, duplicate), "settled");
    let depth = world.queue.depth().await;
    assert_eq!(depth, (0, 0), "nothing is left to ring for");
}

#[tokio::test]
async fn a_doorbell_for_a_copy_names_the_due_that_was_kept() {
    let world = World::new().await;
    let envelope = Envelope::new("ticket.created");
    let place = envelope.event().place;
    let mut republished = envelope.clone();
    republished.occurred_at = "2026-01-01T00:00:00.000Z".into();
    let mut replayed = envelope.clone();
    replayed.more = r#","title":"other bytes""#.into();

    let mut answers = Vec::new();
    for envelope in [envelope, republished, replayed] {
        answers.push(world.send(&envelope).await.told());
    }
    assert_eq!(answers, ["200 accepted", "200 duplicate", "200 duplicate"]);
    let seen = rung(&world, 3).await;
    assert_eq!(seen, [const { &() }; 3].map(|()| bell(&place, false)));
}

#[tokio::test]
async fn the_subscription_is_kept_as_a_hint() {
    let world = World::new().await;
    for (header, kept) in [
        ("0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6", true),
        ("not an id", false),
    ] {
        let envelope = Envelope::new("ticket.created");
        let mut request = signed(envelope.body().as_bytes());
        request
            .headers_mut()
            .insert("x-alga-webhook-id", header.parse().unwrap());
        assert_eq!(world.receive(request).await.told(), "200 accepted");
        let loaded = world.inbox.load(&envelope.event().place).await;
        let loaded = loaded.unwrap().kept().unwrap();
        let seen = loaded.webhook_id;
        assert_eq!(seen, kept.then(|| header.parse::<Uuid>().unwrap()));
    }
}

#[tokio::test]
async fn unsigned_headers_are_not_believed() {
    let world = World::new().await;
    let envelope = Envelope::new("ticket.created");
    let mut request = signed(envelope.body().as_bytes());
    for name in ["x-alga-event-id", "x-alga-event-type", "x-alga-delivery-id"] {
        request
            .headers_mut()
            .insert(name, "webhook.test".parse().unwrap());
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
    let sign = |body: &[u8]| {
        post().header(
            "x-alga-signature",
            signature(SECRET, Timestamp::now().as_second(), body),
        )
    };
    // Lambda hands a base64 body over decoded, as binary.
    let body = envelope.body().into_bytes();
    let request = sign(&body).body(Body::Binary(body.clone())).unwrap();
    assert_eq!(world.receive(request).await.told(), "200 accepted");
    let kept = world.inbox.load(&envelope.event().place).await;
    let kept = kept.unwrap().kept().unwrap();
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
    let filter = Filter::new(
        &format!("T0, {}", watched.ticket_id),
        "ticket.closed,ticket.created",
    );
    let world = World::without_secret(filter).await;
    put_secret(&world.table, SECRET).await;
    world.receiver.warm_up(Timestamp::now()).await;
    let other_type = Envelope {
        event_type: "ticket.updated".into(),
        ..watched.clone()
    };
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
async fn what_cannot_be_sequenced_is_quarantined_and_answered_with_success() {
    let world = World::new().await;
    let good = Envelope {
        occurred_at: "2026-08-24T15:04:05.678Z".into(),
        ..Envelope::new("ticket.created")
    };
    let long = "x".repeat(129);
    let bodies = [
        ("not json", "the body is not a JSON envelope"),
        ("[1]", "the body is not a JSON envelope"),
        ("", "the body is not a JSON envelope"),
        ("{}", "event_id is not a usable id"),
    ];
    let mut bodies: Vec<_> = bodies.map(|(body, why)| (body.to_owned(), why)).into();
    for (event_id, why) in [
        ("", "event_id is not a usable id"),
        (&long, "event_id is not a usable id"),
    ] {
        bodies.push((
            Envelope {
                event_id: event_id.into(),
                ..good.clone()
            }
            .body(),
            why,
        ));
    }
    bodies.push((
        good.body().replace("T15:04:05.678Z", " at noon"),
        "occurred_at is not a readable time",
    ));
    for (body, why) in bodies {
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
    let envelope = Envelope {
        occurred_at: "2999-01-01T00:00:00.000Z".into(),
        ..Envelope::new("ticket.created")
    };
    let before = Timestamp::now() + shared::event::CLOCK_SKEW;
    assert_eq!(world.send(&envelope).await.told(), "200 accepted");
    let bells = rung(&world, 1).await;
    let (due, _) = bells[0].place.position.moment().split_once('/').unwrap();
    let due = due.parse::<Timestamp>().unwrap();
    assert!(
        due >= before && due <= Timestamp::now() + shared::event::CLOCK_SKEW,
        "{due}"
    );
}

#[tokio::test]
async fn five_megabytes_are_accepted_and_kept_whole() {
    let world = World::new().await;
    let envelope = Envelope::new("ticket.updated").with_noise(5_000_000, 1);
    assert_eq!(world.send(&envelope).await.told(), "200 accepted");
    let kept = world.inbox.load(&envelope.event().place).await;
    let kept = kept.unwrap().kept().unwrap();
    assert!(kept.body == envelope.body());
}
