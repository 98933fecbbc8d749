//! `alga-webhooks secret rotate`.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use algapsa::{Event, Sender, Ticket};
use serde_json::{Value, json};
use support::{SOON, Stack, wait_until};
use uuid::Uuid;

use crate::command::{Ran, cli};
use crate::offered::{checks, fresh, put, value};

/// Deliveries signed with that secret, one after the other: some before `meanwhile`, some during it, some after.
fn delivering(sender: &Sender, meanwhile: impl FnOnce() -> Ran) -> (Ran, Vec<String>) {
    const SOME: usize = 5;
    let (sent, enough) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
    let sent_more_than = |count| wait_until("deliveries", SOON, || sent.load(Relaxed) > count);
    let deliver = || {
        let mut outcomes = Vec::new();
        while outcomes.len() < enough.load(Relaxed) {
            let event = Ticket::new("Meanwhile").event("ticket.updated", 0);
            outcomes.push(sender.send(&event).outcome());
            sent.store(outcomes.len(), Relaxed);
        }
        outcomes
    };
    thread::scope(|scope| {
        let delivering = scope.spawn(deliver);
        sent_more_than(SOME);
        let ran = meanwhile();
        enough.store(sent.load(Relaxed) + SOME, Relaxed);
        (ran, delivering.join().expect("the sender goes on"))
    })
}

#[test]
fn a_rotation_refuses_no_delivery() {
    let stack = Stack::deploy("HoldSeconds=0");
    let old = stack.sender();
    let new = Sender {
        secret: fresh(),
        ..old.clone()
    };
    assert_eq!(old.send(&Event::test()).outcome(), "200 test");
    let (ran, outcomes) = delivering(&old, || put(&stack, "rotate", &new.secret).ends(0));
    let all = outcomes.iter().all(|outcome| outcome == "200 accepted");
    assert!(all, "{outcomes:?}");
    assert_eq!(checks(&ran), ["new true", "old true"]);
    assert!(ran.json()["previous_counts_until"].is_string(), "{ran:?}");
    ran.warns("Settings → Security → Webhooks → Outbound");
    assert_eq!(value(&stack), new.secret);

    // Another instance may still hold what it read before; it looks again at most every 30 s.
    assert_eq!(old.send(&Event::test()).outcome(), "200 test");
    wait_until("the new secret to count", SOON, || {
        new.send(&Event::test()).outcome() == "200 test"
    });
}

#[test]
fn the_same_secret_once_more_changes_nothing() {
    let stack = Stack::deploy("HoldSeconds=0");
    let secret = fresh();
    put(&stack, "rotate", &secret).ends(0);
    let again = put(&stack, "rotate", &secret).ends(0);
    assert_eq!(again.json()["changed"], json!(false));
    assert_eq!(checks(&again), ["new true"]);
    let again = cli(&stack, "secret rotate").hiding(&secret);
    again.input(&secret).ends(0).shows("nothing was put");
    let sent = stack.sender().send(&Event::test());
    assert_eq!(sent.outcome(), "200 test", "the old one still counts");
}

#[test]
fn a_second_rotation_within_the_hour_takes_force() {
    let stack = Stack::deploy("HoldSeconds=0");
    let (second, third) = (fresh(), fresh());
    put(&stack, "rotate", &second).ends(0);
    let ran = put(&stack, "rotate", &third).ends(1);
    ran.warns("nothing was put … --force");
    let (note, guide) = (ran.err.find("Note:"), ran.err.find("In AlgaPSA"));
    assert!(note.is_some() && note < guide, "{}", ran.err);
    assert_eq!(value(&stack), second);
    // Back to the one before: nothing ends by that.
    let back = put(&stack, "rotate", &stack.signing_secret).ends(0);
    assert_eq!(checks(&back), ["new true", "old true"]);
    put(&stack, "rotate --force", &third).ends(0);
    assert_eq!(value(&stack), third);
}

#[test]
fn one_of_several_webhooks_is_rotated_and_keeps_its_tenant() {
    let stack = Stack::deploy("HoldSeconds=0");
    let (first, second) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
    let (old, other, new) = (fresh(), fresh(), fresh());
    let with = |secret: &str| {
        json!({
            first.clone(): { "secret": secret, "tenant_id": "one" },
            second.clone(): { "secret": other },
        })
    };
    stack.put_secret(&with(&old).to_string());
    let unnamed = put(&stack, "rotate --force", &new).ends(1);
    unnamed.warns("--webhook-id");
    let unknown = format!("rotate --webhook-id {}", Uuid::new_v4());
    let unknown = put(&stack, &unknown, &new).ends(1);
    unknown.warns("alga-webhooks secret set --webhook-id");
    let rotate = format!("rotate --webhook-id {first} --force");
    let ran = put(&stack, &rotate, &new).hiding(&old).hiding(&other);
    let ran = ran.ends(0);
    assert_eq!(checks(&ran), ["new true", "old true"]);
    let seen = serde_json::from_str::<Value>(&value(&stack)).unwrap();
    assert_eq!(seen, with(&new));
}

#[test]
fn what_cannot_be_rotated_is_said_with_what_to_do() {
    let stack = Stack::deploy("HoldSeconds=0");
    let rotate = format!("rotate --webhook-id {}", Uuid::new_v4());
    let ran = put(&stack, &rotate, &fresh()).ends(1);
    ran.warns("leave --webhook-id out");
    stack.put_secret("");
    let ran = put(&stack, "rotate", &fresh()).ends(1);
    ran.warns("alga-webhooks secret set");
    // It is told before anybody goes there.
    assert!(!ran.err.contains("In AlgaPSA"), "{}", ran.err);
    put(&stack, "set --tenant t", "").ends(2);
}

#[test]
fn a_secret_that_the_receiver_does_not_accept_is_in_place_but_not_good() {
    let stack = Stack::deploy("HoldSeconds=0");
    let secret = fresh();
    let rotate = put(&stack, "rotate", &secret);
    let ran = rotate.env("WEBHOOK_URL", "http://127.0.0.1:1/").ends(1);
    ran.warns("although the secret is in place");
    assert_eq!(checks(&ran)[0], "new false");
    assert_eq!(value(&stack), secret);
}
