//! The order of reactions, and what happens when a doorbell is lost.

use std::sync::LazyLock;
use std::time::Duration;

use algapsa::{Data, Event, Ticket};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use support::cloud::call;
use support::{Pipeline, SOON, wait_until, within_the_hold};

static PIPELINE: LazyLock<Pipeline> = LazyLock::new(|| Pipeline::deploy("HoldSeconds=5"));
const HOLD: Duration = Duration::from_secs(5);

fn ids(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.event_id.clone()).collect()
}

fn orders(ticket: &Ticket) -> Vec<String> {
    let calls = PIPELINE.target.calls(&ticket.id);
    let orders = calls.iter().map(|call| call.header("x-alga-order"));
    orders.map(str::to_owned).collect()
}

#[test]
fn promise_4_in_order() {
    let (ticket, events) = within_the_hold(HOLD, || {
        let ticket = Ticket::new("Backwards");
        let events = ticket.comments(12);
        for event in events.iter().rev() {
            PIPELINE.sender.deliver(event);
        }
        (ticket, events)
    });
    let reactions = PIPELINE.target.wait_for_reactions(&ticket, 12);
    assert_eq!(reactions, ids(&events));
    assert_eq!(orders(&ticket), ["in-order"; 12]);
}

#[test]
fn a_burst_comes_out_in_order_whatever_overtakes_what() {
    let tickets = within_the_hold(HOLD, || {
        let tickets = ["One", "Two", "Three"].map(Ticket::new);
        let tickets = tickets.map(|ticket| (ticket.comments(8), ticket));
        let mut burst: Vec<&Event> = tickets.iter().flat_map(|(events, _)| events).collect();
        burst.sort_by_key(|event| event.event_id.as_str());
        PIPELINE.sender.deliver_all(burst);
        tickets
    });
    for (events, ticket) in &tickets {
        assert_eq!(PIPELINE.target.wait_for_reactions(ticket, 8), ids(events));
        assert_eq!(orders(ticket), ["in-order"; 8]);
    }
}

#[test]
fn what_happens_at_one_moment_comes_in_causal_order() {
    let types = [
        "created",
        "updated",
        "assigned",
        "status_changed",
        "comment.added",
        "closed",
    ];
    let (ticket, events) = within_the_hold(HOLD, || {
        let ticket = Ticket::new("All at once");
        let mut events = types.map(|name| ticket.event(&format!("ticket.{name}"), 1));
        for (event, first) in events.iter_mut().zip(["f", "e", "d", "c", "b", "a"]) {
            event.event_id.replace_range(..1, first);
        }
        PIPELINE.sender.deliver_all(events.iter().rev());
        (ticket, events)
    });
    let reactions = PIPELINE.target.wait_for_reactions(&ticket, types.len());
    assert_eq!(reactions, ids(&events));
}

#[test]
fn two_types_with_one_id_are_two_events() {
    let [closed, completed] = within_the_hold(HOLD, || {
        let project = json!("3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31");
        let name = json!("Office move");
        let data = Data::from([("project_id", project), ("project_name", name)]);
        let closed = Event::new("project.closed", Timestamp::now(), data);
        let completed = closed.alias("project.completed");
        PIPELINE.sender.deliver(&completed);
        PIPELINE.sender.deliver(&closed);
        [closed, completed]
    });
    for event in [&closed, &completed] {
        let outcome = PIPELINE.sender.send(event).outcome();
        assert_eq!(outcome, "200 duplicate", "{}", event.event_type);
    }
    PIPELINE.target.wait_for_reaction(&completed);
    let calls = PIPELINE.target.calls(&closed.event_id);
    let types = calls.iter().map(|call| call.header("x-alga-event-type"));
    assert!(types.eq(["project.closed", "project.completed"]));
}

#[test]
fn a_late_comment_still_gets_its_reaction() {
    let ticket = Ticket::new("Better late");
    let order = |event: &Event| {
        let call = PIPELINE.target.wait_for_reaction(event);
        call.header("x-alga-order").to_owned()
    };
    let comment = ticket.event("ticket.comment.added", 1);
    let closed = ticket.event("ticket.closed", 2);
    PIPELINE.sender.deliver(&closed);
    assert_eq!(order(&closed), "in-order");
    let answer = PIPELINE.sender.retry(&comment, 2);
    assert!(answer.is_accepted(), "{answer:?}");
    assert_eq!(order(&comment), "late");
    let reopened = ticket.event("ticket.status_changed", 3);
    PIPELINE.sender.deliver(&reopened);
    assert_eq!(order(&reopened), "in-order");
}

/// The event is an hour ahead. It is clamped to five minutes, and so is its ticket's watermark.
#[test]
fn a_clock_that_runs_ahead_does_not_freeze_a_ticket() {
    let in_an_hour = Timestamp::now() + SignedDuration::from_hours(1);
    let ticket = Ticket::opened_at(in_an_hour, "From the future");
    let ahead = ticket.event("ticket.updated", 0);
    let sent_at = Timestamp::now();
    PIPELINE.sender.deliver(&ahead);
    let arrived_at = [sent_at, Timestamp::now()];
    let kept = PIPELINE.stack.kept(&ticket.stream(), &ahead);
    let kept = kept.expect("it is kept")["due"]["S"].take();
    let (due, _) = kept.as_str().unwrap().split_once('/').unwrap();
    let due: Timestamp = due.parse().unwrap();
    let [earliest, latest] = arrived_at.map(|at| at + SignedDuration::from_mins(5));
    assert!((earliest..=latest).contains(&due), "{due}");
    let call = PIPELINE.target.wait_for_reaction(&ahead);
    assert_eq!(call.header("x-alga-order"), "in-order");
}

#[test]
fn the_sweep_rings_for_an_event_whose_doorbell_is_lost() {
    // Both doorbells must still be held when they are purged.
    let pipeline = Pipeline::deploy("HoldSeconds=20");
    let stack = &pipeline.stack;
    let tickets = [Ticket::new("Forgotten"), Ticket::new("Forgotten just now")];
    let [forgotten, fresh] = [0, 1].map(|n: usize| tickets[n].event("ticket.created", 0));
    pipeline.sender.deliver_all([&forgotten, &fresh]);
    let queue = json!({ "QueueUrl": stack.queue_url });
    call("sqs", "PurgeQueue", &queue).expect("the queue can be purged");
    assert_eq!(stack.depth(&stack.queue_url), 0, "both doorbells are gone");

    stack.sweep();
    assert_eq!(stack.depth(&stack.queue_url), 0, "nothing is overdue yet");
    let long_ago = Timestamp::now() - SignedDuration::from_secs(3601);
    let kept_at = json!({ "N": long_ago.as_millisecond().to_string() });
    stack.set(&tickets[0].stream(), &key(&forgotten), "kept_at", &kept_at);
    stack.sweep();
    let depth = stack.depth(&stack.queue_url);
    assert_eq!(depth, 1, "only what is overdue is rung for");
    let call = pipeline.target.wait_for_reaction(&forgotten);
    assert_eq!(call.body, forgotten.body());
    let calls = pipeline.target.calls(&tickets[1].id).len();
    assert_eq!(calls, 0, "there is no doorbell for the other one");
    let swept = |line: &serde_json::Value| line["Swept"] == json!(1);
    wait_until("the sweep's report", SOON, || {
        stack.reactor_log().iter().any(swept)
    });
}

fn key(event: &Event) -> String {
    format!("{}/{}", event.event_id, event.event_type)
}
