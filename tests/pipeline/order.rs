//! In which order reactions come, and what is done when a doorbell never rings.

use std::sync::LazyLock;

use algapsa::{Event, Ticket};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use support::cloud::call;
use support::{Pipeline, SOON, wait_until};

/// A long hold, so that a burst is kept within it on a busy machine too.
static PIPELINE: LazyLock<Pipeline> = LazyLock::new(|| Pipeline::deploy("HoldSeconds=5"));

fn ids(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.event_id.clone()).collect()
}

fn placements(ticket: &Ticket) -> Vec<String> {
    let calls = PIPELINE.target.calls(&ticket.id);
    calls
        .iter()
        .map(|call| call.header("x-alga-placement").to_owned())
        .collect()
}

#[test]
fn promise_4_in_order() {
    let ticket = Ticket::new("Backwards");
    let events = ticket.comments(12);
    for event in events.iter().rev() {
        assert_eq!(PIPELINE.sender.send(event).outcome(), "200 accepted");
    }
    assert_eq!(
        PIPELINE.target.wait_for_reactions(&ticket, 12),
        ids(&events)
    );
    assert_eq!(placements(&ticket), ["next"; 12]);
}

#[test]
fn a_burst_comes_out_in_order_whatever_overtakes_what() {
    let tickets = ["One", "Two", "Three"].map(Ticket::new);
    let events: Vec<Vec<Event>> = tickets.iter().map(|ticket| ticket.comments(8)).collect();
    let mut burst: Vec<&Event> = events.iter().flatten().collect();
    burst.sort_by_key(|event| event.event_id.as_str());
    let answers = PIPELINE.sender.burst(burst);
    assert!(
        answers
            .iter()
            .all(|answer| answer.outcome() == "200 accepted"),
        "{answers:?}"
    );
    for (ticket, events) in tickets.iter().zip(&events) {
        assert_eq!(PIPELINE.target.wait_for_reactions(ticket, 8), ids(events));
        assert_eq!(placements(ticket), ["next"; 8]);
    }
}

#[test]
fn what_happens_at_one_moment_comes_in_causal_order() {
    let ticket = Ticket::new("All at once");
    let types = [
        "ticket.created",
        "ticket.updated",
        "ticket.assigned",
        "ticket.status_changed",
        "ticket.comment.added",
        "ticket.closed",
    ];
    let mut events = types.map(|event_type| ticket.event(event_type, 1));
    for (event, first) in events.iter_mut().zip(["f", "e", "d", "c", "b", "a"]) {
        event.event_id.replace_range(..1, first);
    }
    let answers = PIPELINE.sender.burst(events.iter().rev());
    assert!(
        answers
            .iter()
            .all(|answer| answer.outcome() == "200 accepted"),
        "{answers:?}"
    );
    assert_eq!(
        PIPELINE.target.wait_for_reactions(&ticket, types.len()),
        ids(&events)
    );
}

#[test]
fn a_late_comment_still_gets_its_reaction() {
    let ticket = Ticket::new("Better late");
    let (comment, closed) = (
        ticket.event("ticket.comment.added", 1),
        ticket.event("ticket.closed", 2),
    );
    assert_eq!(PIPELINE.sender.send(&closed).outcome(), "200 accepted");
    assert_eq!(
        PIPELINE
            .target
            .wait_for_reaction(&closed)
            .header("x-alga-placement"),
        "next"
    );
    assert_eq!(PIPELINE.sender.retry(&comment, 2).outcome(), "200 accepted");
    assert_eq!(
        PIPELINE
            .target
            .wait_for_reaction(&comment)
            .header("x-alga-placement"),
        "late"
    );
    let reopened = ticket.event("ticket.status_changed", 3);
    assert_eq!(PIPELINE.sender.send(&reopened).outcome(), "200 accepted");
    assert_eq!(
        PIPELINE
            .target
            .wait_for_reaction(&reopened)
            .header("x-alga-placement"),
        "next"
    );
}

/// An hour ahead: clamped to five minutes, it takes its ticket's head no further than that.
#[test]
fn a_clock_that_runs_ahead_does_not_freeze_a_ticket() {
    let ticket = Ticket::opened_at(
        Timestamp::now() + SignedDuration::from_hours(1),
        "From the future",
    );
    let ahead = ticket.event("ticket.updated", 0);
    assert_eq!(PIPELINE.sender.send(&ahead).outcome(), "200 accepted");
    let arrived = Timestamp::now();
    let kept = PIPELINE
        .stack
        .kept(&ticket.stream(), &ahead)
        .expect("it is kept");
    let due: Timestamp = kept["due"]["S"]
        .as_str()
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let distance = (due - arrived).as_secs();
    assert!(
        (290..=300).contains(&distance),
        "due {distance} s after its arrival"
    );
    assert_eq!(
        PIPELINE
            .target
            .wait_for_reaction(&ahead)
            .header("x-alga-placement"),
        "next"
    );
}

#[test]
fn a_doorbell_that_is_lost_for_good_is_made_good_by_the_sweep() {
    let pipeline = Pipeline::deploy("HoldSeconds=6");
    let stack = &pipeline.stack;
    let tickets = [Ticket::new("Forgotten"), Ticket::new("Forgotten just now")];
    let [forgotten, fresh] = [0, 1].map(|n: usize| tickets[n].event("ticket.created", 0));
    for event in [&forgotten, &fresh] {
        assert_eq!(pipeline.sender.send(event).outcome(), "200 accepted");
    }
    call("sqs", "PurgeQueue", &json!({ "QueueUrl": stack.queue_url }))
        .expect("the queue can be purged");
    assert_eq!(stack.depth(&stack.queue_url), 0, "both doorbells are gone");

    stack.sweep();
    assert_eq!(stack.depth(&stack.queue_url), 0, "nothing is overdue yet");
    let long_ago = Timestamp::now() - SignedDuration::from_secs(3601);
    let kept_at = json!({ "N": long_ago.as_millisecond().to_string() });
    stack.set(&tickets[0].stream(), &key(&forgotten), "kept_at", &kept_at);
    stack.sweep();
    assert_eq!(
        stack.depth(&stack.queue_url),
        1,
        "only what is overdue is rung for"
    );
    assert_eq!(
        pipeline.target.wait_for_reaction(&forgotten).body,
        forgotten.body()
    );
    assert!(
        pipeline.target.calls(&tickets[1].id).is_empty(),
        "nobody has rung for the other one"
    );
    let swept = |line: &serde_json::Value| line["Swept"] == json!(1);
    wait_until("the sweep's report", SOON, || {
        stack.reactor_log().iter().any(swept)
    });
}

fn key(event: &Event) -> String {
    format!("{}/{}", event.event_id, event.event_type)
}
