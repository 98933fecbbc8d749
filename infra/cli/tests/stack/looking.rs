//! `alga-webhooks stream`, `waiting` and `parked`: what an operator sees.

use std::slice::from_ref;

use algapsa::{TENANT, Ticket};
use serde_json::json;
use support::{Pipeline, Reply, SOON, Stack, wait_until};

use crate::command::{by_name, cli};
use crate::events::{PIPELINE, accept, field, ids, park, settled};

const REFUSED: &str = "the target answered 422 Unprocessable Entity";

/// A ticket with an event in every state: settled, settled late, parked, failing, and behind that one.
fn eventful() -> (Ticket, Vec<String>) {
    let ticket = Ticket::new("Everything happens to it");
    let events = ticket.comments(5);
    let straggler = ticket.event("ticket.created", 0);
    let (target, stack) = (&PIPELINE.target, &PIPELINE.stack);
    target.answer(&events[1].event_id, Reply::Status(422));
    target.answer(&events[2].event_id, Reply::Later(503, 600));
    accept(&PIPELINE, &events[..1]);
    settled(&PIPELINE, &ticket, &events[..1]);
    accept(&PIPELINE, from_ref(&straggler));
    settled(&PIPELINE, &ticket, from_ref(&straggler));
    park(&PIPELINE, &ticket, &events[1..2]);
    accept(&PIPELINE, &events[2..4]);
    wait_for_the_failure(stack, &ticket);
    let all = [&[straggler], &events[..4]].concat();
    (ticket, ids(&all))
}

/// Waits until a failed attempt is noted, which is a little after the target has answered.
fn wait_for_the_failure(stack: &Stack, ticket: &Ticket) {
    wait_until("the failure is noted", SOON, || {
        let watermark = stack.item(&ticket.stream(), "watermark");
        watermark.is_some_and(|watermark| watermark.get("failed_at").is_some())
    });
}

#[test]
fn a_stream_shows_in_order_what_has_become_of_each_event() {
    let (ticket, expected) = eventful();
    let stream = ticket.stream();
    let shown = |kind: &str| cli(&PIPELINE.stack, &format!("{kind} stream {stream}")).ends(0);
    let rows = shown("--json").json();
    assert_eq!(field(&rows, "event_id"), expected);
    let seen = field(&rows, "state");
    assert_eq!(seen, ["settled", "settled", "parked", "waiting", "waiting"]);
    assert_eq!(field(&rows, "order"), ["late", "in-order", "", "", ""]);
    assert_eq!(rows[2]["parked_because"], REFUSED);
    assert!(rows[3]["attempts"].as_u64() >= Some(1), "{rows}");
    assert!(rows[3]["failed_at"].is_string(), "{rows}");
    let why = rows[3]["failed_because"].as_str().unwrap_or_default();
    assert!(why.starts_with("the target answered "), "{rows}");
    assert_eq!(rows[4].get("attempts"), None, "it waits unattempted");
    let ran = shown("");
    ran.shows(&format!(
        "{stream}, 5 events … alga-webhooks redrive {stream}"
    ));
    ran.shows(&format!(
        "settled late … settled in order … parked: {REFUSED}"
    ));
    ran.shows("waiting, attempt  …  failed ");
}

#[test]
fn a_stream_is_found_by_a_bare_id_and_faster_with_its_tenant() {
    let ticket = Ticket::new("Which tenant was it?");
    accept(&PIPELINE, &ticket.comments(1));
    let (id, stream) = (&*ticket.id, ticket.stream());
    let of_tenant = format!("--tenant {TENANT}");
    for more in ["", &of_tenant, &format!("{of_tenant} --kind ticket")] {
        let ran = cli(&PIPELINE.stack, &format!("--json stream {id} {more}")).ends(0);
        assert_eq!(field(&ran.json(), "stream"), [&*stream], "{more}");
        let searched = ran.err.contains(&format!("alga-webhooks stream {stream}"));
        assert_eq!(searched, more.is_empty(), "{ran:?}");
    }
    let of_a_project = format!("stream {id} {of_tenant} --kind project");
    cli(&PIPELINE.stack, &of_a_project).ends(1);
}

#[test]
fn a_stream_that_nobody_knows_is_said_to_be_unknown() {
    let stack = &PIPELINE.stack;
    let unknown = format!("{TENANT}/ticket/nobody");
    let of_tenant = format!("nobody --tenant {TENANT}");
    // A part of an id, and a tenant, are no streams.
    for name in ["nobody", &of_tenant, &unknown, &TENANT[..8], TENANT] {
        let ran = cli(stack, &format!("stream {name}")).ends(1);
        assert!(ran.err.starts_with("Nothing is known about "), "{ran:?}");
        assert_eq!(ran.out, "");
    }
    let ran = cli(stack, &format!("stream {unknown} --tenant {TENANT}")).ends(1);
    ran.warns("leave --tenant out");
    for look in ["stream", "redrive"] {
        let ran = cli(stack, &format!("{look} TIC1001")).ends(1);
        ran.warns("TIC1001. AlgaPSA's ids are UUIDs");
    }
    cli(stack, "stream a//b").ends(2);
    cli(stack, "stream a --kind ticket").ends(2);
}

#[test]
fn waiting_shows_what_a_failing_target_holds_up() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let stack = &pipeline.stack;
    cli(stack, "waiting").ends(0).shows("Nothing waits.");

    let (failing, other) = (Ticket::new("Held up"), Ticket::new("Held up too"));
    for ticket in [&failing, &other] {
        pipeline.target.answer(&ticket.id, Reply::Later(503, 600));
        accept(&pipeline, &ticket.comments(2));
        wait_for_the_failure(stack, ticket);
    }
    let rows = cli(stack, "--json waiting").ends(0).json();
    assert_eq!(field(&rows, "stream"), [failing.stream(), other.stream()]);
    assert_eq!(rows[0]["attempts"], json!(1));
    assert!(rows[0]["next_attempt_at"].is_string(), "{rows}");
    assert!(rows[0]["would_be_parked_at"].is_string(), "{rows}");
    assert_eq!(rows[0]["events"].as_array().map(Vec::len), Some(2));
    let out = cli(stack, "waiting").ends(0).out;
    let longest = out.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(210), "a pipe is no wider: {out}");
    let ran = cli(stack, "waiting").ends(0);
    ran.shows("2  … ticket.comment.added … attempt 1  … 4 events waiting in 2 streams.");
    let words = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("; next "), "{words}"); // soon, or on a slow machine by now
    assert!(words.contains(", parked in 1 h "), "{words}");
    let ran = cli(stack, "redrive --all").ends(0);
    ran.shows("There was nothing to bring back.");
    ran.shows("4 events waiting in 2 streams. Each is tried again by itself … , the next ");
    let out = cli(stack, "waiting --events").ends(0).out;
    assert_eq!(out.matches(&failing.stream()).count(), 2, "{out}");
    assert_eq!(out.matches("attempt 1 ").count(), 2, "one each: {out}");
}

#[test]
fn waiting_for_too_long_is_an_exit_code() {
    let stack = Stack::deploy("HoldSeconds=600");
    let ticket = Ticket::new("Held");
    stack.sender().deliver(&ticket.event("ticket.created", 0));
    let ran = cli(&stack, "waiting --older-than 1h").ends(0);
    ran.shows("Nothing waits for that long.");
    let ran = cli(&stack, "waiting --older-than 0s").ends(1);
    ran.shows(&ticket.stream());
    ran.shows("1 event waiting in 1 stream.");
    cli(&stack, "waiting --older-than soon").ends(2);
}

#[test]
fn parked_shows_why_and_how_to_go_on() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let stack = &pipeline.stack;
    by_name(stack, "parked").ends(0).shows("Nothing is parked.");

    let ticket = Ticket::new("Refused");
    let events = ticket.comments(2);
    let first = &events[0].event_id;
    pipeline.target.answer(first, Reply::Status(422));
    park(&pipeline, &ticket, &events[..1]);
    accept(&pipeline, &events[1..]);
    settled(&pipeline, &ticket, &events[1..]);
    let rows = by_name(stack, "--json parked").ends(1).json();
    assert_eq!(field(&rows, "event_id"), [&**first]);
    assert_eq!(field(&rows, "parked_because"), [REFUSED]);
    let ran = cli(stack, "parked").ends(1);
    ran.shows(&format!("{} … {REFUSED}", ticket.stream()));
    ran.shows("1 event parked. … alga-webhooks redrive");
    let ran = by_name(stack, "parked").ends(1);
    let named = format!("--stack {}", stack.stack_name);
    ran.shows(&format!("alga-webhooks {named} redrive --all"));
}

#[test]
fn a_stack_that_is_not_there_is_an_error_that_says_what_to_do() {
    let mut nowhere = PIPELINE.stack.clone();
    nowhere.stack_name = "no-such-stack".into();
    let ran = by_name(&nowhere, "parked").ends(1);
    ran.warns("give another --stack");
}
