//! `alga-webhooks stream`, `waiting` and `parked`: what an operator sees.

use std::sync::LazyLock;

use crate::tool::{accept, cli, cli_by_name, field, ids, park, settled};
use algapsa::{TENANT, Ticket};
use serde_json::json;
use support::{Pipeline, Reply, SOON, Stack, wait_until};

static PIPELINE: LazyLock<Pipeline> = LazyLock::new(|| Pipeline::deploy("HoldSeconds=0"));

const REFUSED: &str = "the target answered 422 Unprocessable Entity";

/// A ticket with an event in every state: settled, settled late, parked, failing, and behind that one.
fn eventful() -> (Ticket, Vec<String>) {
    let ticket = Ticket::new("Everything happens to it");
    let events = ticket.comments(5);
    let straggler = ticket.event("ticket.created", 0);
    let (target, stack) = (&PIPELINE.target, &PIPELINE.stack);
    target.answer(&events[1].event_id, Reply::Status(422));
    target.answer(&events[2].event_id, Reply::Status(503));
    accept(&PIPELINE, &events[..1]);
    settled(&PIPELINE, &ticket, &events[..1]);
    accept(&PIPELINE, std::slice::from_ref(&straggler));
    settled(&PIPELINE, &ticket, std::slice::from_ref(&straggler));
    park(&PIPELINE, &ticket, &events[1..2]);
    accept(&PIPELINE, &events[2..4]);
    wait_until("the failure is noted", SOON, || {
        let watermark = stack.item(&ticket.stream(), "watermark");
        watermark.is_some_and(|watermark| watermark.get("failed_at").is_some())
    });
    let ids = [&[straggler], &events[..4]].concat();
    (ticket, crate::tool::ids(&ids))
}

#[test]
fn a_stream_shows_in_order_what_has_become_of_each_event() {
    let (ticket, expected) = eventful();
    let stream = ticket.stream();
    let told = cli(&PIPELINE.stack, &["--json", "stream", &stream]).ends(0);
    let rows = told.json();
    assert_eq!(field(&rows, "event_id"), expected);
    let seen = field(&rows, "state");
    assert_eq!(seen, ["settled", "settled", "parked", "waiting", "waiting"]);
    assert_eq!(field(&rows, "order"), ["late", "in-order", "", "", ""]);
    assert_eq!(rows[2]["parked_because"], REFUSED);
    assert!(rows[3]["attempts"].as_u64() >= Some(1), "{rows}");
    assert!(rows[3]["failed_at"].is_string(), "{rows}");
    let why = rows[3]["failed_because"].as_str().unwrap_or_default();
    assert!(why.starts_with("the target answered "), "{rows}");
    assert!(
        rows[4].get("attempts").is_none(),
        "it waits unattempted: {rows}"
    );

    cli(&PIPELINE.stack, &["stream", &stream]).ends(0).shows(&[
        &format!("{stream}, 5 events"),
        "settled late",
        "settled in order",
        &format!("parked: {REFUSED}"),
        "waiting, attempt ",
        " failed ",
        &format!("alga-webhooks redrive {stream}"),
    ]);
}

#[test]
fn a_stream_is_found_by_a_bare_id_and_faster_with_its_tenant() {
    let ticket = Ticket::new("Which tenant was it?");
    let events = ticket.comments(1);
    accept(&PIPELINE, &events);
    let (id, stream) = (&*ticket.id, ticket.stream());
    for arguments in [
        vec!["--json", "stream", id],
        vec!["--json", "stream", id, "--tenant", TENANT],
        vec![
            "--json", "stream", id, "--tenant", TENANT, "--kind", "ticket",
        ],
    ] {
        let told = cli(&PIPELINE.stack, &arguments).ends(0);
        assert_eq!(field(&told.json(), "stream"), [&*stream], "{arguments:?}");
        let searched = told.err.contains(&format!("alga-webhooks stream {stream}"));
        assert_eq!(searched, !arguments.contains(&"--tenant"), "{told:?}");
    }
    let of_a_project = ["stream", id, "--tenant", TENANT, "--kind", "project"];
    cli(&PIPELINE.stack, &of_a_project).ends(1);
}

#[test]
fn a_stream_that_nobody_knows_is_said_to_be_unknown() {
    let stack = &PIPELINE.stack;
    let unknown = format!("{TENANT}/ticket/nobody");
    for arguments in [
        vec!["stream", "nobody"],
        vec!["stream", "nobody", "--tenant", TENANT],
        vec!["stream", &unknown],
        // A part of an id, and a tenant, are no streams.
        vec!["stream", &TENANT[..8]],
        vec!["stream", TENANT],
    ] {
        let told = cli(stack, &arguments).ends(1);
        assert!(told.err.starts_with("Nothing is known about "), "{told:?}");
        assert_eq!(told.out, "");
    }
    let told = cli(stack, &["stream", &unknown, "--tenant", TENANT]).ends(1);
    assert!(told.err.contains("leave --tenant out"), "{told:?}");
    let told = cli(stack, &["stream", "TIC1001"]).ends(1);
    assert!(told.err.contains("UUIDs"), "{told:?}");
    cli(stack, &["stream", "a//b"]).ends(2);
    cli(stack, &["stream", "a", "--kind", "ticket"]).ends(2);
}

#[test]
fn waiting_shows_what_a_failing_target_holds_up() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let stack = &pipeline.stack;
    cli(stack, &["waiting"]).ends(0).shows(&["Nothing waits."]);

    let (failing, other) = (Ticket::new("Held up"), Ticket::new("Held up too"));
    for ticket in [&failing, &other] {
        pipeline.target.answer(&ticket.id, Reply::Later(503, 600));
        accept(&pipeline, &ticket.comments(2));
        pipeline.target.wait_for_calls(&ticket.id, 1);
    }
    let rows = cli(stack, &["--json", "waiting"]).ends(0).json();
    assert_eq!(field(&rows, "stream"), [failing.stream(), other.stream()]);
    assert_eq!(rows[0]["attempts"], json!(1));
    assert_eq!(rows[0]["events"].as_array().map(Vec::len), Some(2));
    let table = [
        "2 ",
        "ticket.comment.added",
        "attempt 1 ",
        "4 events waiting in 2 streams.",
    ];
    cli(stack, &["waiting"]).ends(0).shows(&table);
    let told = cli(stack, &["waiting"]).ends(0);
    let longest = told.out.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(210), "a pipe is no wider: {}", told.out);
    let words: Vec<_> = told.out.split_whitespace().collect();
    let words = words.join(" ");
    assert!(words.contains("; next in "), "{words}");
    assert!(words.contains(", parked in 1 h "), "{words}");
    let told = cli(stack, &["waiting", "--events"]).ends(0);
    let seen = told.out.matches(&failing.stream()).count();
    assert_eq!(seen, 2, "{}", told.out);
    let seen = told.out.matches("attempt 1 ").count();
    assert_eq!(seen, 2, "one each: {}", told.out);
}

#[test]
fn waiting_for_too_long_is_an_exit_code() {
    let stack = Stack::deploy("HoldSeconds=900");
    let ticket = Ticket::new("Held");
    let outcome = stack.sender();
    let outcome = outcome.send(&ticket.event("ticket.created", 0)).outcome();
    assert_eq!(outcome, "200 accepted");
    cli(&stack, &["waiting", "--older-than", "1h"])
        .ends(0)
        .shows(&["Nothing waits for that long."]);
    let told = cli(&stack, &["waiting", "--older-than", "0s"]).ends(1);
    told.shows(&[&ticket.stream(), "1 event waiting in 1 stream."]);
    cli(&stack, &["waiting", "--older-than", "soon"]).ends(2);
}

#[test]
fn parked_shows_why_and_how_to_go_on() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let stack = &pipeline.stack;
    cli_by_name(stack, &["parked"])
        .ends(0)
        .shows(&["Nothing is parked."]);

    let ticket = Ticket::new("Refused");
    let events = ticket.comments(2);
    pipeline
        .target
        .answer(&events[0].event_id, Reply::Status(422));
    park(&pipeline, &ticket, &events[..1]);
    accept(&pipeline, &events[1..]);
    settled(&pipeline, &ticket, &events[1..]);
    let rows = cli_by_name(stack, &["--json", "parked"]).ends(1).json();
    assert_eq!(field(&rows, "event_id"), ids(&events[..1]));
    assert_eq!(field(&rows, "parked_because"), [REFUSED]);
    let table = [
        &*ticket.stream(),
        REFUSED,
        "1 event parked.",
        "alga-webhooks redrive",
    ];
    cli(stack, &["parked"]).ends(1).shows(&table);
}

#[test]
fn a_stack_that_is_not_there_is_an_error_that_says_what_to_do() {
    let mut nowhere = PIPELINE.stack.clone();
    nowhere.stack_name = "no-such-stack".into();
    let told = cli_by_name(&nowhere, &["parked"]).ends(1);
    assert!(told.err.contains("name another by --stack"), "{told:?}");
}
