//! What waits, is reacted to, and fails.

use std::thread::sleep;
use std::time::Duration;

use algapsa::{Event, Ticket};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use support::cloud;
use support::template::parsed;
use support::{Alarm, Pipeline, Policy, Reply, SOON, Stack, wait_for, wait_until};

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn accept(pipeline: &Pipeline, events: &[Event]) {
    for event in events {
        pipeline.sender.deliver(event);
    }
}

/// An event whose reaction fails until its ticket is answered in another way.
fn failing(pipeline: &Pipeline, status: u16) -> (Ticket, Event) {
    let ticket = Ticket::new("Nobody home");
    let event = ticket.event("ticket.created", 0);
    pipeline.target.answer(&ticket.id, Reply::Status(status));
    accept(pipeline, std::slice::from_ref(&event));
    pipeline.target.wait_for_calls(&event.event_id, 1);
    (ticket, event)
}

fn fix(pipeline: &Pipeline, ticket: &Ticket, event: &Event) {
    pipeline.target.answer(&ticket.id, Reply::Status(200));
    pipeline.target.wait_for_reaction(event);
}

/// The local AWS measures no ages, but says when a doorbell was sent, and shows it for as long as nobody has answered it.
#[test]
fn doorbell_age_rings_when_the_reactor_has_not_run_for_15_minutes_and_ends_when_it_runs_again() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let stack = &pipeline.stack;
    let alarm = Alarm::of(stack, "doorbell-age");
    assert!(alarm.is_about(&stack.queue_url));
    let mut resources = cloud::resources(&stack.stack_name).expect("the stack is there");
    let source = resources.remove("ReactorDoorbell");
    let source = source.expect("the reactor has an event source");
    cloud::enable(&source, false).expect("it can be disabled");
    let event = Ticket::new("Nobody answers").event("ticket.created", 0);
    accept(&pipeline, std::slice::from_ref(&event));
    let oldest = || stack.receive(&stack.queue_url, 0).pop();
    let sent = wait_for("a doorbell", SOON, oldest).attributes["SentTimestamp"].parse();
    let sent = Timestamp::from_millisecond(sent.expect("milliseconds")).expect("a time");
    let age = |at: Timestamp| {
        let oldest = oldest().map(|_| at.duration_since(sent).as_secs_f64());
        oldest.unwrap_or_default()
    };
    alarm.measure(age(Timestamp::now()));
    assert!(!alarm.rings(), "it has just been sent");
    for (seconds, rings) in [(900, false), (901, true)] {
        let at = sent + SignedDuration::from_secs(seconds);
        alarm.remember((at, age(at)));
        assert_eq!(alarm.judged_at(at), rings, "after {seconds} s");
    }
    cloud::enable(&source, true).expect("it can be enabled");
    pipeline.target.wait_for_reaction(&event);
    wait_until("no doorbell to be left", SOON, || {
        stack.depth(&stack.queue_url) == 0
    });
    let at = sent + minutes(21);
    alarm.remember((at, age(at)));
    assert!(!alarm.judged_at(at));
}

/// AWS does not say whether a doorbell's age counts the hold.
#[test]
fn doorbell_age_does_not_ring_because_of_the_longest_hold() {
    let alarm = Alarm::of(&Stack::deploy(""), "doorbell-age");
    let template = include_str!("../../../template.yaml");
    let hold = &parsed(template)["Parameters"]["HoldSeconds"]["MaxValue"];
    let now = Timestamp::now();
    let and_then_answered = 60.0; // by a reactor that has others to answer first
    alarm.remember((now, hold.as_f64().expect("a number") + and_then_answered));
    assert!(!alarm.judged_at(now));
}

/// Each failed attempt says for how long the event has been failing; here the first failure is dated back.
#[test]
fn failing_rings_when_a_reaction_has_failed_for_15_minutes_and_ends_when_it_is_fixed() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let stack = &pipeline.stack;
    let alarm = Alarm::of(stack, "failing");
    let (ticket, event) = failing(&pipeline, 503);
    alarm.learn(stack, 1);
    assert!(!alarm.rings(), "it has just begun to fail");

    let long_ago = (Timestamp::now() - minutes(16)).as_millisecond();
    let since = json!({ "N": long_ago.to_string() });
    stack.set(&ticket.stream(), "watermark", "failing_since", &since);
    let calls = pipeline.target.calls(&event.event_id).len();
    pipeline.target.wait_for_calls(&event.event_id, calls + 1);
    alarm.learn(stack, 1);
    assert!(alarm.rings());
    let last = alarm.logged(stack).pop().expect("it was logged").1;
    assert!(last >= 960.0, "in seconds: {last}");

    fix(&pipeline, &ticket, &event);
    alarm.ends(None);
}

#[test]
fn aws_errors_rings_when_a_call_keeps_failing_and_the_event_loses_no_attempt() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let stack = &pipeline.stack;
    let alarm = Alarm::of(stack, "aws-errors");
    let policy = Policy::of(&stack.reactor_function, "reactor");
    policy.without("SettleEvents", "dynamodb:UpdateItem");
    let event = Ticket::new("Nobody may write").event("ticket.created", 0);
    accept(&pipeline, std::slice::from_ref(&event));
    alarm.learn(stack, 2);
    assert!(!alarm.rings(), "two are not enough");
    alarm.learn(stack, 1);
    assert!(alarm.rings());

    policy.restore();
    let call = pipeline.target.wait_for_reaction(&event);
    assert_eq!(call.header("x-alga-delivery-attempt"), "1");
    alarm.ends(None);
}

#[test]
fn reactor_throttles_rings_when_the_reactor_is_throttled_for_15_minutes() {
    let stack = Stack::deploy("");
    let alarm = Alarm::of(&stack, "reactor-throttles");
    assert!(alarm.is_about(&stack.reactor_function));
    cloud::reserve(&stack.reactor_function, Some(0)).expect("it can be reserved");
    let answer = cloud::invoke(&stack.reactor_function, &json!({ "sweep": true }));
    assert!(answer.is_err(), "{answer:?}");
    let (now, throttled) = (Timestamp::now(), alarm.recorded());
    assert!(throttled > 0.0);
    for (ago, rings) in [(12, false), (7, false), (2, true)] {
        alarm.remember((now - minutes(ago), throttled));
        assert_eq!(alarm.judged_at(now), rings, "and {ago} minutes ago");
    }
    cloud::reserve(&stack.reactor_function, None).expect("it can be given back");
    stack.sweep();
    assert!(!alarm.judged_at(now + minutes(5)));
}

#[test]
fn swept_rings_when_the_sweep_finds_anything_and_ends_when_it_finds_nothing() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let stack = &pipeline.stack;
    let alarm = Alarm::of(stack, "swept");
    let (ticket, event) = failing(&pipeline, 503);
    let long_ago = (Timestamp::now() - minutes(61)).as_millisecond();
    let key = format!("{}/{}", event.event_id, event.event_type);
    let kept_at = json!({ "N": long_ago.to_string() });
    stack.set(&ticket.stream(), &key, "kept_at", &kept_at);
    stack.sweep();
    alarm.learn(stack, 1);
    assert!(alarm.rings());

    fix(&pipeline, &ticket, &event);
    wait_until("the event to be settled", SOON, || {
        let kept = stack.kept(&ticket.stream(), &event);
        kept.is_some_and(|item| item.get("due").is_none())
    });
    stack.sweep();
    alarm.ends(None);
    let count = alarm.logged(stack).len();
    assert_eq!(count, 1, "the second sweep found nothing");
}

/// Sends the last of a ticket's three events, does `meanwhile`, and sends the other two. Gives the three values of `LateShare`.
fn overtaken(pipeline: &Pipeline, alarm: &Alarm, meanwhile: impl FnOnce(&Event)) -> Vec<f64> {
    let events = Ticket::new("Overtaken").comments(3);
    accept(pipeline, &events[2..]);
    meanwhile(&events[2]);
    accept(pipeline, &events[..2]);
    for event in &events {
        pipeline.target.wait_for_reaction(event);
    }
    let logged = wait_for("three reactions to be counted", SOON, || {
        Some(alarm.logged(&pipeline.stack)).filter(|points| points.len() == 3)
    });
    logged.into_iter().map(|(_, value)| value).collect()
}

#[test]
fn late_rings_when_events_come_late_in_two_hours_of_three_and_ends_with_a_longer_hold() {
    let hasty = Pipeline::deploy("HoldSeconds=0");
    let alarm = Alarm::of(&hasty.stack, "late");
    let late = overtaken(&hasty, &alarm, |last| {
        hasty.target.wait_for_reaction(last);
    });
    assert_eq!(late, [0.0, 1.0, 1.0]);
    let local = Alarm::of(&hasty.stack, "late");
    local.learn(&hasty.stack, 3);
    let seen = local.state();
    assert_eq!(seen, "ALARM", "the local AWS takes three hours for one");
    let now = Timestamp::now();
    for (ago, rings) in [(130, false), (10, true)] {
        for value in &late {
            alarm.remember((now - minutes(ago), *value));
        }
        assert_eq!(alarm.judged_at(now), rings, "and {ago} minutes ago");
    }
    let rings = alarm.judged_at(now + minutes(60));
    assert!(!rings, "only one hour is left of the three");

    let patient = Pipeline::deploy("HoldSeconds=20");
    let alarm = Alarm::of(&patient.stack, "late");
    // Not a wait: the events arrive a second apart, well within the hold.
    let in_order = overtaken(&patient, &alarm, |_| sleep(Duration::from_secs(1)));
    assert_eq!(in_order, [0.0, 0.0, 0.0]);
}

#[test]
fn late_does_not_ring_for_a_fifth_of_late_reactions() {
    let alarm = Alarm::of(&Stack::deploy(""), "late");
    let now = Timestamp::now();
    let hours = [5, 65];
    for ago in hours {
        for late in [1.0, 0.0, 0.0, 0.0, 0.0] {
            alarm.remember((now - minutes(ago), late));
        }
    }
    assert!(!alarm.judged_at(now), "one of five");
    for ago in hours {
        alarm.remember((now - minutes(ago), 1.0));
    }
    assert!(alarm.judged_at(now), "two of six");
}

#[test]
fn reactor_errors_rings_when_an_invocation_fails_and_ends_when_none_does() {
    let stack = Stack::deploy("");
    let alarm = Alarm::of(&stack, "reactor-errors");
    assert!(alarm.is_about(&stack.reactor_function));
    let policy = Policy::of(&stack.reactor_function, "reactor");
    policy.without("FindDueEvents", "dynamodb:Scan");
    let sweep = cloud::invoke(&stack.reactor_function, &json!({ "sweep": true }));
    assert!(sweep.expect("the reactor runs").1, "it should have failed");
    let now = Timestamp::now();
    alarm.remember((now, alarm.recorded()));
    assert!(alarm.judged_at(now));
    policy.restore();
    stack.sweep();
    assert!(!alarm.judged_at(now + minutes(5)));
}

#[test]
fn dead_letters_rings_for_a_parked_event_and_ends_when_it_is_redriven() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let stack = &pipeline.stack;
    let alarm = Alarm::of(stack, "dead-letters");
    assert!(alarm.is_about(&stack.dead_letter_queue_url));
    let (ticket, event) = failing(&pipeline, 422);
    let dead_letters = || f64::from(stack.depth(&stack.dead_letter_queue_url));
    wait_until("the event to be parked", SOON, || dead_letters() > 0.0);
    alarm.measure(dead_letters());
    assert!(alarm.rings());
    let seen = alarm.says("TreatMissingData");
    assert_eq!(seen, "ignore", "it rings on when SQS falls silent");

    pipeline.target.answer(&ticket.id, Reply::Status(200));
    let letter = wait_for("a dead letter", SOON, || {
        stack.receive(&stack.dead_letter_queue_url, 30).pop()
    });
    stack.redrive(&letter);
    pipeline.target.wait_for_reaction(&event);
    alarm.ends(Some(dead_letters()));
}
