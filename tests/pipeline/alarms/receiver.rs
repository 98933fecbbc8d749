//! Alarms about what arrives, and whether it is kept.

use algapsa::{Event, Sender, Ticket};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::cloud::{self, call};
use support::{Alarm, Policy, SOON, Stack, subscribe, wait_for, wait_until};

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// Sends an event until it is accepted: what AlgaPSA does with its retries.
fn is_accepted(sender: &Sender) {
    let event = Ticket::new("Once more").event("ticket.created", 0);
    wait_until("a delivery to be accepted", SOON, || {
        sender.send(&event).outcome() == "200 accepted"
    });
}

#[test]
fn silence_rings_after_silence_hours_without_a_delivery_and_ends_with_the_next_one() {
    let stack = Stack::deploy("HoldSeconds=0 SilenceHours=2");
    let alarm = Alarm::of(&stack, "silence");
    assert!(alarm.judged_at(Timestamp::now()), "nothing has ever come");
    let delivered = |count: usize| {
        wait_for("a delivery to be counted", SOON, || {
            alarm.logged(&stack).get(count - 1).copied()
        })
    };
    is_accepted(&stack.sender());
    let (at, count) = delivered(1);
    alarm.remember((at, count));
    for (after, rings) in [(0, false), (1, false), (2, true), (5, true)] {
        assert_eq!(alarm.judged_at(at + hours(after)), rings, "{after} h");
    }
    let test = Event::test();
    assert_eq!(stack.sender().send(&test).outcome(), "200 test");
    let (_, count) = delivered(2);
    alarm.remember((at + hours(6), count));
    assert!(!alarm.judged_at(at + hours(6)), "a test delivery ends it");
}

#[test]
fn there_is_no_silence_alarm_unless_asked_for() {
    let stack = Stack::deploy("");
    let names = Alarm::all(&stack);
    let watches = |alarm: &Value| alarm["MetricName"] == "Deliveries";
    assert!(!names.iter().any(watches), "{names:?}");
}

#[test]
fn rejected_rings_after_a_rotation_and_ends_when_the_new_secret_is_put_in() {
    let stack = Stack::deploy("HoldSeconds=0");
    let alarm = Alarm::of(&stack, "rejected");
    let rotated = Sender::new(&stack.webhook_url, "the-secret-after-a-rotation");
    let event = Ticket::new("Rotated").event("ticket.created", 0);
    for attempt in 1..=4 {
        assert_eq!(rotated.retry(&event, attempt).status, 401);
    }
    alarm.learn(&stack, 4);
    assert!(!alarm.rings(), "four are not enough");
    assert_eq!(rotated.send(&event).status, 401);
    alarm.learn(&stack, 1);
    assert!(alarm.rings());

    stack.put_secret(&rotated.secret);
    is_accepted(&rotated);
    alarm.ends(None);
}

#[test]
fn refused_rings_for_three_4xx_answers_and_ends_when_no_more_come() {
    let stack = Stack::deploy("HoldSeconds=0");
    let alarm = Alarm::of(&stack, "refused");
    assert!(alarm.is_about(&stack.receiver_function));
    let event = Ticket::new("To nowhere").event("ticket.created", 0);
    for answered in 1..=3 {
        let answer = stack.sender().delivery(&event).to("/elsewhere").send();
        assert_eq!(answer.status, 404);
        alarm.measure(1.0); // the local AWS does not count what a function URL answers
        assert_eq!(alarm.rings(), answered == 3, "{answered} of them");
    }
    is_accepted(&stack.sender());
    alarm.ends(None);
}

/// The local AWS counts throttles and errors only of functions that are run by hand, and its alarms mix up functions.
fn rings_by_its_own_record(alarm: &Alarm) -> bool {
    let now = Timestamp::now();
    alarm.remember((now, alarm.recorded()));
    let rings = alarm.judged_at(now);
    let later = alarm.judged_at(now + hours(1));
    assert!(!later, "an hour without any ends it");
    rings
}

#[test]
fn receiver_throttles_rings_when_an_invocation_is_throttled_and_has_ended_an_hour_later() {
    let stack = Stack::deploy("HoldSeconds=0");
    let alarm = Alarm::of(&stack, "receiver-throttles");
    assert!(alarm.is_about(&stack.receiver_function));
    assert!(!rings_by_its_own_record(&alarm));
    cloud::reserve(&stack.receiver_function, Some(0)).expect("it can be reserved");
    let answer = cloud::invoke(&stack.receiver_function, &json!({}));
    assert!(answer.is_err(), "{answer:?}");
    assert!(rings_by_its_own_record(&alarm));
    cloud::reserve(&stack.receiver_function, None).expect("it can be given back");
    is_accepted(&stack.sender());
}

#[test]
fn receiver_errors_rings_when_it_cannot_start_and_ends_when_it_can() {
    let stack = Stack::deploy("HoldSeconds=0");
    let alarm = Alarm::of(&stack, "receiver-errors");
    assert!(alarm.is_about(&stack.receiver_function));
    assert!(!rings_by_its_own_record(&alarm));
    let receiver = &stack.receiver_function;
    let settings = cloud::configuration(receiver).expect("it has settings")["Environment"].clone();
    let none = json!({ "Environment": { "Variables": {} } });
    cloud::configure(receiver, &none).expect("its settings can be taken away");
    let (answer, failed) = cloud::invoke(receiver, &json!({})).expect("it is run");
    assert!(failed, "{answer}");
    assert!(rings_by_its_own_record(&alarm));
    cloud::configure(receiver, &json!({ "Environment": settings })).expect("they can be put back");
    is_accepted(&stack.sender());
}

/// A queue that gets what an alarm's topic is told.
fn mailbox(stack: &Stack, alarm: &Alarm) -> String {
    let statement = json!({
        "Effect": "Allow",
        "Principal": { "Service": "sns.amazonaws.com" },
        "Action": "sqs:SendMessage",
        "Resource": "*",
    });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
    let input = json!({
        "QueueName": format!("{}-mailbox", stack.stack_name),
        "Attributes": { "Policy": policy.to_string() },
    });
    let queue = call("sqs", "CreateQueue", &input).expect("a queue can be made");
    let url = queue["QueueUrl"].as_str().expect("it has a URL").to_owned();
    let topic = alarm.says("AlarmActions")[0].as_str();
    let queue = stack.attributes(&url)["QueueArn"].clone();
    let queue = queue.as_str().expect("it has an ARN");
    subscribe(topic.expect("it has a topic"), queue);
    url
}

#[test]
fn unavailable_rings_while_nothing_can_be_kept_and_tells_the_topic_of_its_beginning_and_end() {
    let stack = Stack::deploy("HoldSeconds=0 AlarmEmail=somebody@example.com");
    let alarm = Alarm::of(&stack, "unavailable");
    let mailbox = mailbox(&stack, &alarm);
    let mail = || {
        wait_for("a mail", SOON, || {
            let mails = stack.receive(&mailbox, 3600).into_iter();
            let of_it = |mail: &String| mail.contains(&alarm.name);
            mails.map(|mail| mail.body).find(of_it)
        })
    };
    // The topic tells of every alarm of the stack.
    let another = Alarm::of(&stack, "quarantine").name;
    let rings = json!({ "AlarmName": another, "StateValue": "ALARM", "StateReason": "a test" });
    call("monitoring", "SetAlarmState", &rings).expect("its state can be set");
    let policy = Policy::of(&stack.receiver_function, "receiver");
    policy.without("KeepEvents", "dynamodb:PutItem");
    let event = Ticket::new("Not now").event("ticket.created", 0);
    assert_eq!(stack.sender().delivery(&event).once().status, 503);
    alarm.learn(&stack, 1);
    assert!(alarm.rings());
    let begun = mail();
    assert!(begun.contains("infra/RUNBOOK.md#unavailable"), "{begun}");

    policy.restore();
    is_accepted(&stack.sender());
    alarm.ends(None);
    let ended = mail();
    assert!(ended.contains("OK: "), "{ended}");
}

#[test]
fn quarantine_rings_for_a_body_that_cannot_be_read_and_ends_when_no_more_come() {
    let stack = Stack::deploy("HoldSeconds=0");
    let alarm = Alarm::of(&stack, "quarantine");
    let mut event = Ticket::new("When was it?").event("ticket.created", 0);
    event.event_id = String::new();
    assert_eq!(stack.sender().send(&event).outcome(), "200 quarantined");
    alarm.learn(&stack, 1);
    assert!(alarm.rings());
    alarm.ends(None);
}
