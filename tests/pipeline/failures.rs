//! Targets that fail, hang or kill the function: what waits, what is parked, and how it comes back.

use std::sync::LazyLock;
use std::time::Duration;

use algapsa::{Event, Ticket};
use jiff::Timestamp;
use serde_json::json;
use support::cloud::{self, call};
use support::{Message, Pipeline, Reply, SOON, Stack, wait_for, wait_until, within_the_hold};
use uuid::Uuid;

static PIPELINE: LazyLock<Pipeline> = LazyLock::new(|| Pipeline::deploy("HoldSeconds=3"));
const HOLD: Duration = Duration::from_secs(3);
const ATTEMPT: &str = "x-alga-delivery-attempt";

fn ids(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.event_id.clone()).collect()
}

/// `count` comments on a new ticket, kept within the hold. `answer` tells the target beforehand how to answer.
fn burst(title: &str, count: i64, answer: fn(&Ticket, &[Event])) -> (Ticket, Vec<Event>) {
    within_the_hold(HOLD, || {
        let ticket = Ticket::new(title);
        let events = ticket.comments(count);
        answer(&ticket, &events);
        PIPELINE.sender.deliver_all(&events);
        (ticket, events)
    })
}

fn parked_because(stack: &Stack, ticket: &Ticket, event: &Event) -> Option<String> {
    let item = stack.kept(&ticket.stream(), event).expect("it is kept");
    let why = item.get("parked_because")?;
    Some(why["S"].as_str().unwrap_or_default().to_owned())
}

/// The dead letters for one ticket; the others come back at once.
fn dead_letters(stack: &Stack, ticket: &Ticket) -> Vec<Message> {
    let letters = stack.receive(&stack.dead_letter_queue_url, 0);
    let mine = letters
        .into_iter()
        .filter(|letter| letter.body.contains(&ticket.id));
    mine.collect()
}

/// Moves a ticket's dead letter back, and gives its deduplication id.
fn redrive(stack: &Stack, ticket: &Ticket) -> String {
    let letter = wait_for("a dead letter", SOON, || dead_letters(stack, ticket).pop());
    stack.redrive(&letter);
    letter.attributes["MessageDeduplicationId"].clone()
}

#[test]
fn promise_5_a_failure_stays_in_its_stream() {
    let (failing, held_up) = burst("Nobody home", 3, |ticket, _| {
        PIPELINE.target.answer(&ticket.id, Reply::Status(503));
    });
    PIPELINE.target.wait_for_calls(&held_up[0].event_id, 1);
    let (healthy, flowing) = burst("All is well", 3, |_, _| ());
    let reactions = PIPELINE.target.wait_for_reactions(&healthy, 3);
    assert_eq!(reactions, ids(&flowing), "the other ticket does not wait");
    assert!(PIPELINE.target.reactions(&failing).is_empty());

    PIPELINE.target.wait_for_calls(&held_up[0].event_id, 2);
    let calls = PIPELINE.target.calls(&held_up[1].event_id);
    assert!(calls.is_empty(), "what comes after it waits for it");
    PIPELINE.target.answer(&failing.id, Reply::Status(204));
    let reactions = PIPELINE.target.wait_for_reactions(&failing, 3);
    assert_eq!(reactions, ids(&held_up), "it recovers in order");
    let calls = PIPELINE.target.calls(&failing.id);
    let tries: Vec<&str> = calls.iter().map(|call| call.header(ATTEMPT)).collect();
    assert_eq!(tries[..2], ["1", "2"]);
    let neighbours = &tries[tries.len() - 2..];
    assert_eq!(neighbours, ["1", "1"], "each is tried once");
    let parked = dead_letters(&PIPELINE.stack, &failing);
    assert_eq!(parked.len(), 0, "nothing was parked");
}

#[test]
fn the_next_try_waits_for_as_long_as_the_target_asks() {
    let ticket = Ticket::new("Not now");
    let event = ticket.event("ticket.created", 0);
    PIPELINE.target.answer(&ticket.id, Reply::Later(429, 9));
    PIPELINE.sender.deliver_all([&event]);
    PIPELINE.target.wait_for_calls(&event.event_id, 1);
    PIPELINE.target.answer(&ticket.id, Reply::Status(200));
    let calls = PIPELINE.target.wait_for_calls(&event.event_id, 2);
    let waited = calls[1].at - calls[0].at;
    assert!(waited >= Duration::from_secs(9), "{waited:?}");
}

#[test]
fn a_target_that_hangs_holds_up_others_by_ten_seconds_at_most() {
    let pipeline = Pipeline::deploy("HoldSeconds=1");
    let (hanging, healthy) = (Ticket::new("Hello?"), Ticket::new("Still here"));
    pipeline.target.answer(&hanging.id, Reply::Nothing);
    let [lost, heard] = [&hanging, &healthy].map(|ticket| ticket.event("ticket.created", 0));
    pipeline.sender.deliver_all([&lost]);
    let started = pipeline.target.wait_for_calls(&lost.event_id, 1)[0].at;
    pipeline.sender.deliver_all([&heard]);
    let held_up = pipeline.target.wait_for_reaction(&heard).at - started;
    // Ten, and what a busy machine takes; without the timeout it would be the whole minute that the function has.
    assert!(held_up < Duration::from_secs(50), "{held_up:?}");
    pipeline.target.answer(&hanging.id, Reply::Status(200));
    pipeline.target.wait_for_reaction(&lost);
}

#[test]
fn of_ten_events_behind_an_outage_only_the_first_is_ever_parked() {
    let (ticket, events) = burst("Too much for it", 10, |_, events| {
        let first = &events[0].event_id;
        PIPELINE.target.answer(first, Reply::Status(422));
    });
    let reactions = PIPELINE.target.wait_for_reactions(&ticket, 9);
    assert_eq!(reactions, ids(&events[1..]));
    let count = PIPELINE.target.calls(&events[0].event_id).len();
    assert_eq!(count, 1, "a final answer is not asked for twice");
    let why = parked_because(&PIPELINE.stack, &ticket, &events[0]);
    let expected = "the target answered 422 Unprocessable Entity";
    assert_eq!(why.as_deref(), Some(expected));
    for event in &events[1..] {
        assert_eq!(parked_because(&PIPELINE.stack, &ticket, event), None);
    }
    assert_eq!(dead_letters(&PIPELINE.stack, &ticket).len(), 1);
}

#[test]
fn a_parked_event_is_redriven_twice_within_five_minutes() {
    // With its own dead letters: once another test has received a letter, the receipt that this one has is void.
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let (stack, target) = (&pipeline.stack, &pipeline.target);
    let ticket = Ticket::new("Third time lucky");
    let event = ticket.event("ticket.created", 0);
    target.answer(&event.event_id, Reply::Status(400));
    pipeline.sender.deliver(&event);
    target.wait_for_calls(&event.event_id, 1);
    let first = redrive(stack, &ticket);
    target.wait_for_calls(&event.event_id, 2);
    target.answer(&event.event_id, Reply::Status(200));
    let second = redrive(stack, &ticket);
    // A queue swallows a repeated id for five minutes.
    assert_ne!(first, second);
    let call = target.wait_for_reaction(&event);
    let order = call.header("x-alga-order");
    assert_eq!(order, "in-order", "nothing has overtaken it");
    let seen = call.header("x-alga-delivery-attempt");
    assert_eq!(seen, "1", "its attempts are counted from 1 again");
    assert_eq!(parked_because(stack, &ticket, &event), None);
    assert!(dead_letters(stack, &ticket).is_empty());
}

#[test]
fn a_retry_of_the_sender_revives_what_is_parked_and_a_stale_doorbell_does_not() {
    let (ticket, events) = burst("Parked", 2, |_, events| {
        let first = &events[0].event_id;
        PIPELINE.target.answer(first, Reply::Status(415));
    });
    PIPELINE.target.wait_for_reaction(&events[1]);
    let first = &events[0].event_id;
    PIPELINE.target.answer(first, Reply::Status(200));

    let outcome = PIPELINE.sender.retry(&events[1], 2).outcome();
    assert_eq!(outcome, "200 duplicate");
    ring_again(&PIPELINE.stack, &ticket, &events[0]);
    ring_again(&PIPELINE.stack, &ticket, &events[1]);
    let marker = ticket.event("ticket.closed", 9);
    PIPELINE.sender.deliver_all([&marker]);
    PIPELINE.target.wait_for_reaction(&marker);
    let seen = PIPELINE.target.reactions(&ticket);
    assert_eq!(seen, [ids(&events[1..]), vec![marker.event_id]].concat());

    let outcome = PIPELINE.sender.retry(&events[0], 2).outcome();
    assert_eq!(outcome, "200 duplicate");
    let call = PIPELINE.target.wait_for_reaction(&events[0]);
    assert_eq!(call.header("x-alga-order"), "late");
}

/// A doorbell from long ago, which only asks for a look.
fn ring_again(stack: &Stack, ticket: &Ticket, event: &Event) {
    let message = json!({
        "QueueUrl": stack.queue_url,
        "MessageBody": json!({ "stream": ticket.stream(), "position": position(event) }).to_string(),
        "MessageGroupId": group(ticket),
        "MessageDeduplicationId": Uuid::new_v4().to_string(),
    });
    call("sqs", "SendMessage", &message).expect("a doorbell can be rung");
}

/// Of a comment.
fn position(event: &Event) -> String {
    let (at, id, event_type) = (event.occurred_at, &event.event_id, &event.event_type);
    let told = Timestamp::from_millisecond(at.as_millisecond()).expect("a time");
    format!("{told:.9}/4/{id}/{event_type}")
}

fn group(ticket: &Ticket) -> String {
    hex::encode(<sha2::Sha256 as sha2::Digest>::digest(ticket.stream()))
}

/// The reactor dies with the event in hand; its doorbells come back when the lease has ended, here after a minute.
#[cfg(target_os = "linux")]
#[test]
fn an_event_that_kills_the_process_is_parked_alone() {
    let pipeline = Pipeline::deploy("HoldSeconds=10");
    let stack = &pipeline.stack;
    let timeout = json!({ "Timeout": 45 }); // one event may take 40
    cloud::configure(&stack.reactor_function, &timeout).expect("it can be changed");
    let (deadly, bystander) = (Ticket::new("Poison"), Ticket::new("In the same batch"));
    let (events, others) = (deadly.comments(3), bystander.comments(2));
    pipeline.target.answer(&events[0].event_id, Reply::Kill);
    tried_before(stack, &deadly, &events[0], 11);
    pipeline.sender.deliver_all(events.iter().chain(&others));

    // Its reaction may be repeated: the function died before it could be recorded.
    wait_until("the bystander in the same batch", 3 * SOON, || {
        distinct(pipeline.target.reactions(&bystander)) == ids(&others)
    });
    wait_until("the neighbours of the deadly event", 3 * SOON, || {
        pipeline.target.reactions(&deadly).len() == 2
    });
    assert_eq!(pipeline.target.reactions(&deadly), ids(&events[1..]));
    let count = pipeline.target.calls(&events[0].event_id).len();
    assert_eq!(count, 1, "the twelfth try is the last");
    let why = parked_because(stack, &deadly, &events[0]);
    assert_eq!(why.as_deref(), Some("attempted 12 times"));
    assert_eq!(dead_letters(stack, &deadly).len(), 1);
    let depth = stack.depth(&stack.dead_letter_queue_url);
    assert_eq!(depth, 1, "and nothing else is parked");
}

/// As after `tries` crashes: the watermark says that the event was being tried.
fn tried_before(stack: &Stack, ticket: &Ticket, event: &Event, tries: u32) {
    let position = cloud::text(&position(event));
    let watermark = json!({
        "stream": cloud::text(&ticket.stream()),
        "event": cloud::text("watermark"),
        "reached": position,
        "attempted": position,
        "attempts": { "N": tries.to_string() },
        "by": { "B": "AAAAAAAAAAAAAAAAAAAAAA==" }, // 16 bytes, as every name of an attempt
    });
    let put = json!({ "TableName": stack.inbox_table, "Item": watermark, "ConditionExpression": "attribute_not_exists(attempts)" });
    call("dynamodb", "PutItem", &put).expect("nothing has happened yet");
}

fn distinct(mut ids: Vec<String>) -> Vec<String> {
    ids.dedup();
    ids
}
