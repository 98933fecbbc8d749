//! Secrets: how they change without a lost delivery, and that they stay secret.

use std::time::Duration;

use algapsa::{Delivery, Event, Sender, Ticket};
use jiff::SignedDuration;
use serde_json::{Value, json};
use support::{Pipeline, Reply, SOON, wait_for, wait_until};
use uuid::Uuid;

/// How often the sender of this test tries again; the real one waits for a minute.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

fn with_secret(sender: &Sender, secret: &str) -> Sender {
    let mut sender = sender.clone();
    secret.clone_into(&mut sender.secret);
    sender
}

/// Retries as the sender does, until it is accepted; says how often it was refused before, and with what.
fn accepted_in_the_end(sender: &Sender, event: &Event) -> Vec<String> {
    let mut refusals = Vec::new();
    wait_for("the delivery to be accepted", SOON, || {
        let outcome = sender.send(event).outcome();
        if outcome.starts_with("200") {
            return Some(());
        }
        refusals.push(outcome);
        std::thread::sleep(AGAIN_AFTER);
        None
    });
    refusals
}

#[test]
fn a_secret_is_rotated_without_a_lost_delivery() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let old = &pipeline.sender;
    let new = with_secret(old, "the-secret-after-the-rotation-0123456789abc");
    let ticket = Ticket::new("Rotation");
    let events = ticket.comments(5);

    old.deliver(&events[0]);
    pipeline.stack.put_secret(&new.secret);
    // Under way with the old secret, before it is read again.
    old.deliver(&events[1]);
    for refusal in accepted_in_the_end(&new, &events[2]) {
        assert_eq!(refusal, "401 unauthorized");
    }
    new.deliver(&events[3]);
    // For an hour the old secret counts too.
    old.deliver(&events[4]);
    let outcome = old.delivery(&events[4]).forged().send().outcome();
    assert_eq!(outcome, "401 unauthorized");

    let mut reactions = pipeline.target.wait_for_reactions(&ticket, 5);
    let mut expected: Vec<String> = events.into_iter().map(|event| event.event_id).collect();
    reactions.sort();
    expected.sort();
    assert_eq!(reactions, expected);
}

#[test]
fn each_subscription_has_its_own_secret_and_speaks_for_its_own_tenant() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let subscription = |secret: &str| Sender::new(&pipeline.sender.url, secret);
    let first = subscription("the first secret");
    let second = subscription("the second secret");
    let secrets = json!({
        first.webhook_id.clone(): { "secret": first.secret, "tenant_id": algapsa::TENANT },
        second.webhook_id.clone(): { "secret": second.secret, "tenant_id": "another-tenant" },
    });
    pipeline.stack.put_secret(&secrets.to_string());
    let events = Ticket::new("Two subscriptions").comments(4);
    first.deliver(&events[0]);
    let unnamed = first.delivery(&events[1]).without("x-alga-webhook-id");
    assert!(unnamed.send().is_accepted());
    let misnamed = first.delivery(&events[2]);
    let misnamed = misnamed.with("x-alga-webhook-id", &second.webhook_id);
    assert!(misnamed.send().is_accepted());
    assert_eq!(second.send(&events[3]).outcome(), "401 unauthorized");
    let mut own = events[3].clone();
    own.tenant_id = "another-tenant".into();
    second.deliver(&own);
}

/// Strings that must not come out anywhere but at the target.
struct Canaries {
    secret: String,
    title: String,
    comment: String,
    header: String,
}

/// Everything that can become of a delivery, with a canary in every place that holds something private.
fn sing(pipeline: &Pipeline, canaries: &Canaries) -> Vec<String> {
    let sender = with_secret(&pipeline.sender, &canaries.secret);
    let private = |event: Event| {
        let event = event.with("title", json!(canaries.title));
        event.with("custom", json!([canaries.comment]))
    };
    let ticket = Ticket::new("Private");
    let fine = private(ticket.event("ticket.created", 0));
    let hopeless = private(Ticket::new("Refused").event("ticket.comment.added", 1));
    let unlucky = private(Ticket::new("Tried again").event("ticket.closed", 2));
    let target = &pipeline.target;
    target.answer(&hopeless.event_id, Reply::Status(422));
    target.answer(&unlucky.event_id, Reply::Status(500));
    let (hour, odd) = (SignedDuration::from_hours(1), sender.delivery(&fine));
    let mut unusable = fine.clone();
    unusable.event_id = format!("no id: {}", canaries.comment);
    let deliveries = [
        sender.delivery(&fine).with("x-custom", &canaries.header),
        sender.delivery(&fine).attempt(2),
        sender.delivery(&fine).forged(),
        sender.delivery(&fine).aged(&sender.secret, hour),
        odd.with("x-alga-signature", &canaries.header),
        sender.delivery(&hopeless),
        sender.delivery(&unlucky),
        sender.delivery(&private(Event::test())),
        sender.delivery_of(format!("{{\"event_id\": \"{}\"}}", canaries.comment)),
        sender.delivery_of(canaries.title.clone()),
        sender.delivery(&private(unusable)),
    ];
    let mac = |delivery: &Delivery| Some(delivery.signature()?.split_once("v1=")?.1.to_owned());
    let signatures = deliveries.iter().filter_map(mac).collect();
    for delivery in deliveries {
        let answer = delivery.send();
        let told = format!("{} {:?}", answer.text, answer.headers);
        let leak = canaries.all().find(|canary| told.contains(canary));
        assert_eq!(leak, None, "an answer tells: {told}");
    }
    target.wait_for_reaction(&fine);
    target.wait_for_calls(&hopeless.event_id, 1);
    target.wait_for_calls(&unlucky.event_id, 1);
    target.answer(&unlucky.event_id, Reply::Status(200));
    target.wait_for_reaction(&unlucky);
    signatures
}

impl Canaries {
    fn new() -> Self {
        let canary = |name: &str| format!("canary-{name}-{}", Uuid::new_v4().simple());
        Self {
            secret: canary("secret"),
            title: canary("title"),
            comment: canary("comment"),
            header: canary("header"),
        }
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        let all = [&self.secret, &self.title, &self.comment, &self.header];
        all.into_iter().map(String::as_str)
    }
}

#[test]
fn promise_6_private() {
    for reaction in ["http", "log"] {
        let pipeline =
            Pipeline::deploy(&format!("HoldSeconds=0 LogLevel=debug Reaction={reaction}"));
        let canaries = Canaries::new();
        pipeline.stack.put_secret(&canaries.secret);
        let signatures = match reaction {
            "http" => sing(&pipeline, &canaries),
            _ => log_only(&pipeline, &canaries),
        };
        let calls = pipeline.target.everything();
        let signed = calls.iter().map(|call| call.header("x-alga-signature"));
        let signed = signed.filter_map(|header| Some(header.split_once("v1=")?.1));
        let secret = pipeline.stack.reaction_secret.as_str();
        let private = canaries.all().chain(signatures.iter().map(String::as_str));
        let private: Vec<&str> = private.chain(signed).chain([secret]).collect();
        let complete = || reactions_logged(&pipeline) > 0;
        wait_until("the logs to be complete", SOON, complete);
        for line in pipeline.stack.all_lines() {
            let leak = private.iter().find(|canary| line.contains(**canary));
            assert_eq!(leak, None, "{line}");
        }
    }
}

fn log_only(pipeline: &Pipeline, canaries: &Canaries) -> Vec<String> {
    let sender = with_secret(&pipeline.sender, &canaries.secret);
    let event = Ticket::new("Logged").event("ticket.created", 0);
    let event = event.with("title", json!(canaries.title));
    let delivery = sender.delivery(&event);
    let signatures = vec![delivery.signature().unwrap_or_default().to_owned()];
    assert!(delivery.send().is_accepted());
    signatures
}

fn reactions_logged(pipeline: &Pipeline) -> usize {
    let log = pipeline.stack.reactor_log();
    let is_one = |line: &&Value| line.get("ReactionsInOrder").is_some();
    log.iter().filter(is_one).count()
}
