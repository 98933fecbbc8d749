//! `alga-webhooks quarantine`: what could not be read is looked at, let in after a fix, or thrown away.

use std::slice::from_ref;

use algapsa::{Event, Ticket};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::event::{Event as Parsed, Unreadable};
use shared::inbox::{Bodies, Inbox};
use support::{Pipeline, Reply, cloud};
use uuid::Uuid;

use crate::command::{cli, without_queue};
use crate::events::{accept, field, ids, park, settled};

const RELEASE: &str = "--json quarantine release --all";
const UNUSABLE: &str = "event_id is not a usable id";

/// An event that no release can read: its id is too long for a key.
fn unreadable(title: &str) -> Event {
    let mut event = Ticket::new(title).event("ticket.created", 0);
    event.event_id = "x".repeat(129);
    event
}

fn quarantine(pipeline: &Pipeline, event: &Event) {
    assert_eq!(pipeline.sender.send(event).outcome(), "200 quarantined");
}

/// Puts a body there that can be read, as an older release would have that could not read it.
fn quarantine_readable(pipeline: &Pipeline, body: &[u8], webhook_id: Uuid) {
    let config = shared::aws::config().expect("the local AWS sets region and credentials");
    let bodies = Bodies::new(&config, &pipeline.stack.bodies_bucket);
    let inbox = Inbox::new(&config, pipeline.stack.inbox_table.clone(), bodies);
    let why = Parsed::parse("{".into(), Timestamp::now()).expect_err("it is no JSON");
    assert_eq!(why, Unreadable::NotAnEnvelope);
    let kept = inbox.quarantine(body, why, Some(webhook_id), Timestamp::now());
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().expect("it can be made");
    runtime.block_on(kept).expect("the inbox takes it");
}

fn list(pipeline: &Pipeline, code: i32) -> Value {
    let list = cli(&pipeline.stack, "--json quarantine list");
    list.ends(code).json()
}

#[test]
fn what_is_in_quarantine_is_listed_shown_and_discarded() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let stack = &pipeline.stack;
    assert_eq!(list(&pipeline, 0), json!([]));
    let events = ["Nobody should read this", "Nor this"].map(unreadable);
    for event in &events {
        quarantine(&pipeline, event);
    }
    let listed = list(&pipeline, 1);
    assert_eq!(field(&listed, "why"), [UNUSABLE; 2]);
    assert_eq!(listed[0]["webhook_id"], pipeline.sender.webhook_id);
    let hashes = field(&listed, "hash");
    let (first, second) = (&*hashes[0], &*hashes[1]);
    let ran = cli(stack, "quarantine list").ends(1);
    assert!(!ran.out.contains("Nobody"), "no content: {}", ran.out);
    ran.shows(&format!("{} … {UNUSABLE} … 2 in quarantine.", &first[..8]));

    for hash in [first, &first[..8]] {
        let ran = cli(stack, &format!("quarantine show {hash}")).ends(0);
        assert_eq!(ran.out, events[0].body(), "byte for byte");
    }
    let ran = cli(stack, &format!("--json quarantine show {second}")).ends(0);
    let seen = ran.json()["body"].as_str().map(str::to_owned);
    assert_eq!(seen.unwrap_or_default(), events[1].body());

    let ran = cli(stack, &format!("quarantine discard {first}")).ends(1);
    ran.warns("add --yes");
    let discard = format!("quarantine discard {} --yes", &first[..10]);
    let ran = cli(stack, &discard).ends(0);
    ran.shows("Discarded 1.");
    assert_eq!(field(&list(&pipeline, 1), "hash"), hashes[1..]);
    for hash in [first, "nonsense"] {
        let ran = cli(stack, &format!("quarantine show {hash}")).ends(1);
        ran.warns("see alga-webhooks quarantine list");
    }
}

#[test]
fn what_can_be_read_now_is_let_in_and_what_cannot_stays() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let stack = &pipeline.stack;
    let ticket = Ticket::new("Ahead of its time");
    let event = ticket.event("ticket.created", 0);
    let webhook_id = Uuid::new_v4();
    quarantine_readable(&pipeline, &event.body(), webhook_id);
    quarantine(&pipeline, &unreadable("For ever"));

    let ran = cli(stack, "quarantine release --all --dry-run").ends(1);
    ran.shows("readable … Released 0; 2 left");
    ran.shows(&ticket.stream());
    assert_eq!(field(&list(&pipeline, 1), "hash").len(), 2);
    assert!(stack.items(&ticket.stream()).is_empty());

    let ran = cli(stack, RELEASE).ends(1);
    let mut told: Vec<Value> = serde_json::from_str(&ran.out).expect("it prints JSON");
    told.sort_by_key(|one| one["outcome"].to_string());
    assert_eq!(told[0]["outcome"], "accepted");
    assert_eq!(told[0]["stream"], ticket.stream());
    assert_eq!(told[1]["outcome"], "stays");
    assert_eq!(told[1]["why"], UNUSABLE);

    let call = pipeline.target.wait_for_reaction(&event);
    assert_eq!(call.body, event.body());
    assert_eq!(call.header("x-alga-webhook-id"), webhook_id.to_string());
    let left = field(&list(&pipeline, 1), "hash");
    assert_eq!(left, [told[1]["hash"].as_str().unwrap_or_default()]);
    let ran = cli(stack, "quarantine release --all").ends(1);
    ran.shows("stays … Released 0; 1 left in quarantine.");
    ran.shows(UNUSABLE);
}

#[test]
fn what_was_kept_before_is_not_kept_twice_but_revived_if_it_is_parked() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let stack = &pipeline.stack;
    let ticket = Ticket::new("Came twice");
    let events = ticket.comments(2);
    let target = &pipeline.target;
    target.answer(&events[1].event_id, Reply::Status(422));
    accept(&pipeline, &events[..1]);
    settled(&pipeline, &ticket, &events[..1]);
    park(&pipeline, &ticket, &events[1..]);
    target.answer(&events[1].event_id, Reply::Status(200));
    for event in &events {
        // The bytes of a replay by an admin are others, and so is their hash.
        let body = event.with_reordered_keys().body();
        quarantine_readable(&pipeline, &body, Uuid::new_v4());
    }
    let told = cli(stack, RELEASE).ends(0).json();
    assert_eq!(field(&told, "outcome"), ["duplicate", "duplicate"]);
    settled(&pipeline, &ticket, &events);
    assert_eq!(target.reactions(&ticket), ids(&events));
    assert_eq!(list(&pipeline, 0), json!([]));
    let ran = cli(stack, "quarantine release --all").ends(0);
    ran.shows("Nothing is in quarantine.");
}

/// Quarantines a body that is kept in the bucket, and loses it.
fn quarantine_damaged(pipeline: &Pipeline) {
    let noise: String = (0..500).map(|_| Uuid::new_v4().to_string()).collect();
    quarantine_readable(pipeline, noise.as_bytes(), Uuid::new_v4());
    let bucket = &pipeline.stack.bodies_bucket;
    let objects = cloud::objects(bucket).expect("the bucket can be listed");
    assert_eq!(objects.len(), 1, "so much noise needs an object");
    let deleted = cloud::delete_object(bucket, &objects[0]);
    deleted.expect("the object can be lost");
}

#[test]
fn a_damaged_body_does_not_keep_the_others_in() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let stack = &pipeline.stack;
    quarantine_damaged(&pipeline);
    let damaged = field(&list(&pipeline, 1), "hash").remove(0);
    let ticket = Ticket::new("Behind a damaged one");
    let events = ticket.comments(2);
    for event in &events {
        quarantine_readable(&pipeline, &event.body(), Uuid::new_v4());
    }
    let told = cli(stack, RELEASE).ends(1).json();
    let expected = ["failed", "accepted", "accepted"];
    assert_eq!(field(&told, "outcome"), expected, "the oldest comes first");
    assert_eq!(told[0]["why"], "a large body is gone from the bucket");
    assert_eq!(field(&list(&pipeline, 1), "hash"), [damaged]);
    settled(&pipeline, &ticket, &events);
    let ran = cli(stack, "quarantine release --all").ends(1);
    ran.shows("failed … Released 0; 1 left in quarantine.");
}

#[test]
fn a_body_leaves_quarantine_only_once_its_doorbell_has_rung() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let ticket = Ticket::new("Unheard at first");
    let event = ticket.event("ticket.created", 0);
    quarantine_readable(&pipeline, &event.body(), Uuid::new_v4());
    let told = without_queue(&pipeline.stack, RELEASE).ends(1).json();
    assert_eq!(field(&told, "outcome"), ["failed"]);
    assert_eq!(field(&list(&pipeline, 1), "hash").len(), 1);

    let told = cli(&pipeline.stack, RELEASE).ends(0).json();
    assert_eq!(field(&told, "outcome"), ["duplicate"]);
    settled(&pipeline, &ticket, from_ref(&event));
    assert_eq!(pipeline.target.reactions(&ticket), [event.event_id]);
    list(&pipeline, 0);
}

#[test]
fn a_test_delivery_is_not_let_in() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    quarantine_readable(&pipeline, &Event::test().body(), Uuid::new_v4());
    let hash = field(&list(&pipeline, 1), "hash").remove(0);
    let release = format!("quarantine release {}", &hash[..12]);
    let ran = cli(&pipeline.stack, &release).ends(1);
    ran.shows("it is a test delivery: discard it");
    list(&pipeline, 1);
}

#[test]
fn a_hash_is_needed_to_do_anything() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    for words in ["", "show", "release", "release --all abc", "discard --yes"] {
        cli(&pipeline.stack, &format!("quarantine {words}")).ends(2);
    }
}
