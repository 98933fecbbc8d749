//! A ticket with very many events.

use std::time::Instant;

use algapsa::{Event, Ticket};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use shared::event::Event as Parsed;
use shared::inbox::{Bodies, Inbox};
use support::Pipeline;

use super::{deployed, http};

/// How long the last page of a long stream takes, and how much memory the tool then holds. By hand:
/// `make test ARGS="--test stack ten_thousand -- --ignored --nocapture"`.
#[test]
#[ignore = "a measurement"]
fn ten_thousand_events_of_a_ticket() {
    let (pipeline, console) = deployed();
    let ticket = Ticket::new("Busy");
    keep(&pipeline, ticket.comments(10_000));
    let before = console.memory();
    let started = Instant::now();
    let page = console
        .get(&format!("/ticket?of={}", http::encoded(&ticket.stream())))
        .page();
    let took = started.elapsed();
    assert!(
        page.contains("10000 events") && page.contains("Part 100 of 100"),
        "{page}"
    );
    let held = console.memory();
    println!(
        "The last of 10,000 events: {took:.1?}; the tool held {before} kB before, and {held} kB at most."
    );
}

/// Puts events straight into the inbox, as the receiver does, but without their doorbells.
fn keep(pipeline: &Pipeline, events: Vec<Event>) {
    let config = shared::aws::config().expect("the local AWS sets region and credentials");
    let bodies = Bodies::new(&config, &pipeline.stack.bodies_bucket);
    let inbox = &Inbox::new(&config, pipeline.stack.inbox_table.clone(), bodies);
    let kept = stream::iter(events).for_each_concurrent(16, |event| async move {
        let event = Parsed::parse(event.body(), Timestamp::now()).expect("it can be read");
        inbox
            .admit(&event, None, Timestamp::now())
            .await
            .expect("it is kept");
    });
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime
        .enable_all()
        .build()
        .expect("it can be made")
        .block_on(kept);
}
