//! What the receiver answers, and what it keeps: real bootstraps behind the Function URL.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use algapsa::{Answer, Data, Delivery, Event, TENANT, Ticket, signature};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::{Pipeline, Policy, SOON, Stack, wait_for, wait_until};

static PIPELINE: LazyLock<Pipeline> = LazyLock::new(|| Pipeline::deploy("HoldSeconds=1"));

const MINE: &str = "the-first-subscriptions-secret";
const OTHERS: &str = "the-secret-of-another-tenant";

/// The lines in which the receiver reports on requests, once there are `count` of them.
fn reports(stack: &Stack, count: usize) -> Vec<Value> {
    wait_for(&format!("{count} reports of the receiver"), SOON, || {
        let lines = stack.receiver_log().into_iter();
        let lines = lines.filter(|line| line.get("outcome").is_some());
        Some(lines.collect::<Vec<_>>()).filter(|lines| lines.len() >= count)
    })
}

/// Two subscriptions, one of which may speak for another tenant only.
fn two_tenants() -> (Stack, String) {
    let stack = Stack::deploy("HoldSeconds=0");
    let sender = stack.sender();
    let others = "0c9b8a76-5d4e-4f32-a1b0-9e8d7c6b5a43";
    let secrets = json!({
        sender.webhook_id.clone(): { "secret": MINE },
        others: { "secret": OTHERS, "tenant_id": "11111111-2222-4333-8444-555555555555" },
    });
    stack.put_secret(&secrets.to_string());
    (stack, others.to_owned())
}

#[test]
fn promise_1_nothing_unproven_gets_in() {
    let (stack, others) = two_tenants();
    let mut sender = stack.sender();
    sender.secret = MINE.into();
    let ticket = Ticket::new("Nobody may touch this");
    let event = ticket.event("ticket.created", 0);
    let delivery = || sender.delivery(&event);
    let minutes = SignedDuration::from_mins;
    let signed = delivery();
    let (_, mac) = signed.signature().unwrap().split_once("v1=").unwrap();
    let upper = mac.to_uppercase();
    let second = Timestamp::now().as_second();
    let claiming = |header: &str| delivery().with("x-alga-signature", header);
    let of_another = signature(MINE, second, b"another body");
    let by_others = delivery().with("x-alga-webhook-id", &others);
    let (malformed, stale) = ("malformed signature", "stale signature");
    let mismatch = "signature mismatch";
    let attempts = [
        ("missing signature", delivery().without("x-alga-signature")),
        (malformed, claiming("")),
        (malformed, claiming(&format!("t={second}"))),
        (malformed, claiming(&format!("t={second},v1={upper}"))),
        (stale, delivery().aged(MINE, minutes(6))),
        (stale, delivery().aged(MINE, minutes(-6))),
        (stale, delivery().aged("wrong too", minutes(6))),
        (mismatch, delivery().forged()),
        (mismatch, delivery().signed("", Timestamp::now())),
        (mismatch, claiming(&of_another)),
        ("wrong tenant", by_others.signed(OTHERS, Timestamp::now())),
    ];
    let (reasons, attempts): (Vec<_>, Vec<_>) = attempts.into_iter().unzip();
    let answers: Vec<Answer> = attempts.into_iter().map(Delivery::send).collect();

    for (answer, reason) in answers.iter().zip(&reasons) {
        let answered = (answer.status, answer.text.as_str());
        assert_eq!(answered, (401, r#"{"error":"unauthorized"}"#), "{reason}");
    }
    let reported = reports(&stack, reasons.len());
    let reported: Vec<Value> = reported.iter().map(|line| line["reason"].clone()).collect();
    assert_eq!(reported, reasons);
    assert_eq!(stack.items(&ticket.stream()), [Value::Null; 0]);
    sender.deliver(&event); // the same one, proven
}

#[test]
fn only_a_post_to_the_webhook_is_looked_at() {
    let event = Ticket::new("Where to?").event("ticket.created", 0);
    let delivery = || PIPELINE.sender.delivery(&event);
    for method in ["GET", "PUT", "PATCH", "DELETE", "HEAD"] {
        let answer = delivery().by(method.parse().unwrap()).send();
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.headers["allow"], "POST", "{method}");
    }
    let (slash, below) = ("/webhooks/alga/", "/webhooks/alga/x");
    for path in ["/webhooks", slash, below, "/favicon.ico"] {
        let outcome = delivery().to(path).send().outcome();
        assert_eq!(outcome, "404 not found", "{path}");
    }
    let answer = delivery().to("/webhooks/alga").send();
    assert!(answer.is_accepted(), "{answer:?}");
    assert_eq!(delivery().send().outcome(), "200 duplicate");
}

#[test]
fn an_answer_names_the_event_and_what_became_of_it() {
    let event = Ticket::new("What became of it?").event("ticket.created", 0);
    let answer = PIPELINE.sender.send(&event);
    assert!(answer.is_accepted(), "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/json");
    let body: Value = serde_json::from_str(&answer.text).unwrap();
    let expected = json!({ "status": answer.word(), "event_id": event.event_id });
    assert_eq!(body, expected);
}

#[test]
fn a_reaction_is_the_senders_own_request_signed_with_the_users_secret() {
    let event = Ticket::new("Byte for byte").event("ticket.updated", 0);
    PIPELINE.sender.deliver(&event);
    let call = PIPELINE.target.wait_for_reaction(&event);
    assert_eq!(call.body, event.body());
    let signed = call.is_signed_with(&PIPELINE.stack.reaction_secret);
    assert!(signed, "{:?}", call.headers);
    assert_eq!(call.method, Method::POST);
    let stream = format!("{TENANT}/ticket/{}", event.data.0[0].1.as_str().unwrap());
    for (name, value) in [
        ("content-type", "application/json"),
        ("x-alga-event-id", event.event_id.as_str()),
        ("x-alga-event-type", "ticket.updated"),
        ("x-alga-webhook-id", PIPELINE.sender.webhook_id.as_str()),
        ("x-alga-delivery-attempt", "1"),
        ("x-alga-order", "in-order"),
        ("x-alga-stream", &stream),
    ] {
        assert_eq!(call.header(name), value, "{name}");
    }
    assert_eq!(call.header("x-alga-delivery-id").len(), 36);
}

#[test]
fn a_test_delivery_is_answered_and_not_kept() {
    let stack = Stack::deploy("HoldSeconds=0");
    assert_eq!(stack.sender().send(&Event::test()).outcome(), "200 test");
    assert_eq!(reports(&stack, 1)[0]["outcome"], "test");
    assert_eq!(stack.scan(), Vec::<Value>::new());
    assert_eq!(stack.depth(&stack.queue_url), 0);
}

#[test]
fn what_is_not_watched_is_ignored() {
    let (watched, other) = (Ticket::new("Watched"), Ticket::new("Not watched"));
    let types = "WatchedTypes=ticket.closed,ticket.created HoldSeconds=0";
    let pipeline = Pipeline::deploy(&format!("WatchedIds={} {types}", watched.id));
    for event in [
        other.event("ticket.closed", 1),
        watched.event("ticket.updated", 1),
        Event::new("invoice.sent", Timestamp::now(), Data::default()),
    ] {
        let outcome = pipeline.sender.send(&event).outcome();
        assert_eq!(outcome, "200 ignored", "{}", event.event_type);
    }
    pipeline.sender.deliver(&watched.event("ticket.created", 0));
    pipeline.sender.deliver(&watched.event("ticket.closed", 2));
    pipeline.target.wait_for_reactions(&watched, 2);
    let kept = pipeline.stack.scan().into_iter();
    let kept: BTreeSet<String> = kept.map(|item| item["stream"]["S"].to_string()).collect();
    assert_eq!(kept.len(), 1, "only the watched ticket is kept: {kept:?}");
}

#[test]
fn an_authentic_body_that_cannot_be_read_is_kept_in_quarantine() {
    let stack = Stack::deploy("HoldSeconds=0");
    let good = Ticket::new("Broken").event("ticket.created", 0);
    let text = String::from_utf8(good.body().to_vec()).unwrap();
    let time = format!("{:.3}", good.occurred_at);
    let with = |text_of: &str, other: &str| text.replace(text_of, other);
    let long_type = with("ticket.created", &"x".repeat(129));
    let yesterday = with(&time, "yesterday");
    // In the order of the reasons.
    let bodies = [
        ("event_id is not a usable id", with(&good.event_id, "")),
        ("event_type is not a usable id", long_type),
        ("occurred_at is not a readable time", yesterday),
        ("tenant_id is not a usable id", with(TENANT, "Straße")),
        ("the body is not a JSON envelope", "not json".into()),
        ("the body is not a JSON envelope", String::new()),
    ];
    let expected = bodies.clone().map(|(why, _)| why);
    for (why, body) in bodies {
        let answer = stack.sender().delivery_of(body.clone()).send();
        assert_eq!(answer.outcome(), "200 quarantined", "{why}");
        let outcome = stack.sender().delivery_of(body).send().outcome();
        assert_eq!(outcome, "200 quarantined", "{why}, again");
    }
    let items = stack.scan();
    let kept = items.iter().map(|item| item["why"]["S"].as_str().unwrap());
    let mut kept: Vec<&str> = kept.collect();
    kept.sort_unstable();
    assert_eq!(kept, expected);
    let reports = reports(&stack, 12);
    let counted = reports.iter().map(|line| line["Quarantined"].as_u64());
    assert_eq!(counted.flatten().sum::<u64>(), 12);
}

#[test]
fn a_body_that_comes_as_base64_is_verified_as_bytes() {
    let binary = |body: &[u8]| {
        let delivery = PIPELINE.sender.delivery_of(body.to_vec());
        let delivery = delivery.with("content-type", "application/octet-stream");
        delivery.send()
    };
    assert_eq!(binary(b"\xff\x00 no text").outcome(), "200 quarantined");
    let event = Ticket::new("In base64").event("ticket.created", 0);
    let answer = binary(&event.body());
    assert!(answer.is_accepted(), "{answer:?}");
    assert_eq!(PIPELINE.target.wait_for_reaction(&event).body, event.body());
}

#[test]
fn whatever_comes_again_is_a_duplicate() {
    let ticket = Ticket::new("Again and again");
    let event = ticket.event("ticket.updated", 1);
    let delivery = |event: &Event| PIPELINE.sender.delivery(event);
    let copies = || {
        let (now, earlier) = (Timestamp::now(), Timestamp::UNIX_EPOCH);
        let unnamed = delivery(&event).without("x-alga-webhook-id");
        let earlier = delivery(&event.republished_at(earlier));
        [
            ("a retry", delivery(&event).attempt(2)),
            ("a replay", delivery(&event.with_reordered_keys())),
            ("published again, now", delivery(&event.republished_at(now))),
            ("published earlier", earlier),
            ("another subscription", unnamed),
        ]
    };
    PIPELINE.sender.deliver(&event);
    for (what, copy) in copies() {
        let outcome = copy.send().outcome();
        assert_eq!(outcome, "200 duplicate", "{what}, while it waits");
    }
    PIPELINE.target.wait_for_reaction(&event);
    for (what, copy) in copies() {
        let outcome = copy.send().outcome();
        assert_eq!(outcome, "200 duplicate", "{what}, after its reaction");
    }
    let last = ticket.event("ticket.closed", 2);
    PIPELINE.sender.deliver(&last);
    let body = PIPELINE.target.wait_for_reaction(&event).body;
    PIPELINE.target.wait_for_reaction(&last);
    let reactions = PIPELINE.target.reactions(&ticket);
    assert_eq!(reactions, [event.event_id.clone(), last.event_id.clone()]);
    assert_eq!(body, event.body(), "the first copy counts");
}

#[test]
fn promise_2_accepted_is_kept() {
    // Nothing may be reacted to before it is looked at.
    let pipeline = Pipeline::deploy("HoldSeconds=20");
    let (sender, stack) = (&pipeline.sender, &pipeline.stack);
    let policy = Policy::of(&stack.receiver_function, "receiver");
    let ticket = Ticket::new("Kept");
    let events = ticket.comments(6);
    let waits = |event: &Event| {
        let kept = stack.kept(&ticket.stream(), event);
        kept.is_some_and(|item| item.get("due").is_some())
    };
    for (event, rung) in events[..4].iter().zip(1..) {
        sender.deliver(event);
        assert!(waits(event), "acknowledged, but not in the inbox");
        let depth = stack.depth(&stack.queue_url);
        assert_eq!(depth, rung, "acknowledged, but without a doorbell");
    }

    policy.without("KeepEvents", "dynamodb:PutItem");
    let outcome = sender.delivery(&events[4]).once().outcome();
    assert_eq!(outcome, "503 unavailable", "the inbox cannot be reached");
    policy.without("RingDoorbells", "sqs:SendMessage");
    let outcome = sender.delivery(&events[5]).once().outcome();
    assert_eq!(outcome, "503 unavailable", "no doorbell can be rung");
    assert_eq!((waits(&events[4]), waits(&events[5])), (false, true));
    policy.restore();
    let answer = sender.retry(&events[4], 2);
    assert!(answer.is_accepted(), "{answer:?}");
    let outcome = sender.retry(&events[5], 2).outcome();
    assert_eq!(outcome, "200 duplicate", "kept before, and rung for now");

    assert_eq!(pipeline.target.wait_for_reactions(&ticket, 6).len(), 6);
    let settled = |event: &Event| {
        let item = stack.kept(&ticket.stream(), event).expect("it is kept");
        let has = ["expires_at", "due", "parked_at"].map(|name| item.get(name).is_some());
        has == [true, false, false]
    };
    wait_until("all six to be settled", SOON, || events.iter().all(settled));
}

#[test]
fn promise_3_once() {
    // On a busy machine a call to AWS may time out. Then the copy that was kept is answered "duplicate" or 503, and another
    // fifty are sent. The first fifty are reacted to once, too.
    let (ticket, event) = wait_for("fifty answers in time", SOON, || {
        let ticket = Ticket::new("Fifty at once");
        let event = ticket.event("ticket.created", 0);
        let answers = PIPELINE.sender.burst(std::iter::repeat_n(&event, 50));
        let outcomes: Vec<_> = answers.iter().map(Answer::outcome).collect();
        let count = |word: &str| outcomes.iter().filter(|outcome| *outcome == word).count();
        let (accepted, duplicate) = (count("200 accepted"), count("200 duplicate"));
        assert!(accepted <= 1, "{outcomes:?}");
        PIPELINE.target.wait_for_reaction(&event);
        ((accepted, duplicate) == (1, 49)).then_some((ticket, event))
    });
    let marker = ticket.event("ticket.closed", 1);
    PIPELINE.sender.deliver(&marker);
    PIPELINE.target.wait_for_reaction(&marker);
    wait_until("all doorbells to be heard", SOON, || {
        PIPELINE.stack.depth(&PIPELINE.stack.queue_url) == 0
    });
    let reactions = PIPELINE.target.reactions(&ticket);
    assert_eq!(reactions, [event.event_id, marker.event_id]);
}
