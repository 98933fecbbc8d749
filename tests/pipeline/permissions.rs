//! Each permission that the template gives is needed: taken away, its call is refused; given back, all is well.

use std::collections::BTreeSet;

use algapsa::ticket_api::{KEY, TicketApi};
use algapsa::{Answer, Event, Ticket};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};
use support::{Pipeline, Policy, Reply, SOON, Stack, cloud, wait_for, wait_until};

/// What the platform itself uses, and the local AWS does not check: logs, and taking doorbells from the queue.
const OF_THE_PLATFORM: [(&str, &str); 5] = [
    ("WriteLogs", "logs:CreateLogStream"),
    ("WriteLogs", "logs:PutLogEvents"),
    (ANSWER, "sqs:ReceiveMessage"),
    (ANSWER, "sqs:DeleteMessage"),
    (ANSWER, "sqs:ChangeMessageVisibility"),
];

const ANSWER: &str = "AnswerDoorbells";
const READ_SECRET: &str = "secretsmanager:GetSecretValue";

/// A permission, and what to do without it and with it again.
struct Case {
    sid: &'static str,
    action: &'static str,
    without: fn(&Pipeline, &Ticket),
    with: fn(&Pipeline, &Ticket),
}

/// How often a call was refused, as the function's own log tells it.
fn refusals(stack: &Stack, action: &str) -> usize {
    let refused = match action {
        // What a bus says may quote an event, so that only its code is logged.
        "events:PutEvents" => "the bus did not take the event: AccessDenied".to_owned(),
        _ => format!("not authorized to perform: {action}"),
    };
    stack
        .all_lines()
        .iter()
        .filter(|line| line.contains(&refused))
        .count()
}

/// Tries the cases, and finds what is left of the policy.
fn try_each(pipeline: &Pipeline, policy: &Policy, cases: &[Case]) -> Vec<(String, String)> {
    for case in cases {
        let (sid, action) = (case.sid, case.action);
        let ticket = Ticket::new(action);
        let before = refusals(&pipeline.stack, action);
        policy.without(sid, action);
        (case.without)(pipeline, &ticket);
        let what = format!("{sid} to be missed for {action}");
        wait_until(&what, SOON, || refusals(&pipeline.stack, action) > before);
        policy.restore();
        (case.with)(pipeline, &ticket);
    }
    let tried = cases.iter().map(|case| (case.sid, case.action));
    let known = tried.chain(OF_THE_PLATFORM);
    let known: BTreeSet<_> = known
        .map(|(sid, action)| (sid.into(), action.into()))
        .collect();
    policy.permissions().difference(&known).cloned().collect()
}

fn event(ticket: &Ticket) -> Event {
    let mut event = ticket.event("ticket.created", 0);
    event.event_id.clone_from(&ticket.id); // the same one, whenever it is asked for
    event
}

/// Shrinks to half its size at most, so that it is kept in parts.
fn large(ticket: &Ticket, seed: &str) -> Event {
    let block = |n: u32| hex::encode(Sha256::digest(format!("{seed}{n}")));
    let noise: String = (0..20_000).map(block).collect();
    event(ticket).with("comments", json!([{ "text": noise }]))
}

fn cold_start(function: &str) {
    cloud::configure(function, &json!({ "MemorySize": 256 })).expect("the function can be changed");
}

#[track_caller]
fn is_put_off(pipeline: &Pipeline, event: &Event) {
    let answer = pipeline.sender.send(event);
    let answered = (answer.status, answer.text.as_str());
    assert_eq!(answered, (503, r#"{"error":"unavailable"}"#));
}

fn heals(pipeline: &Pipeline, event: &Event) -> String {
    let outcome = wait_for("the retry to be accepted", SOON, || {
        let outcome = pipeline.sender.retry(event, 2).outcome();
        outcome.starts_with("200").then_some(outcome)
    });
    pipeline.target.wait_for_reaction(event);
    outcome
}

/// After a cold start of the reactor.
fn accept_cold(pipeline: &Pipeline, ticket: &Ticket) {
    cold_start(&pipeline.stack.reactor_function);
    accept(pipeline, ticket);
}

#[track_caller]
fn accept(pipeline: &Pipeline, ticket: &Ticket) {
    pipeline.sender.deliver(&event(ticket));
}

#[test]
fn each_permission_of_the_receiver_is_needed() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let policy = Policy::of(&pipeline.stack.receiver_function, "receiver");
    let cases = [
        Case {
            sid: "KeepEvents",
            action: "dynamodb:PutItem",
            without: |pipeline, ticket| is_put_off(pipeline, &event(ticket)),
            with: |pipeline, ticket| assert_eq!(heals(pipeline, &event(ticket)), "200 accepted"),
        },
        Case {
            sid: "KeepEvents",
            action: "dynamodb:GetItem",
            without: |pipeline, ticket| is_put_off(pipeline, &large(ticket, "a")),
            with: |pipeline, ticket| {
                assert_eq!(heals(pipeline, &large(ticket, "a")), "200 accepted");
            },
        },
        Case {
            sid: "KeepEvents",
            action: "dynamodb:DeleteItem",
            without: race_until_a_loser_cannot_clean_up,
            with: |_, _| (),
        },
        Case {
            sid: "RingDoorbells",
            action: "sqs:SendMessage",
            without: |pipeline, ticket| {
                is_put_off(pipeline, &event(ticket));
                let kept = pipeline.stack.kept(&ticket.stream(), &event(ticket));
                assert!(kept.is_some(), "kept, but without a doorbell");
            },
            with: |pipeline, ticket| assert_eq!(heals(pipeline, &event(ticket)), "200 duplicate"),
        },
        Case {
            sid: "RingDoorbells",
            action: "sqs:GetQueueAttributes",
            without: |pipeline, ticket| {
                cold_start(&pipeline.stack.receiver_function);
                accept(pipeline, ticket);
            },
            with: |pipeline, ticket| assert_eq!(heals(pipeline, &event(ticket)), "200 duplicate"),
        },
        Case {
            sid: "ReadSigningSecret",
            action: READ_SECRET,
            without: |pipeline, ticket| {
                cold_start(&pipeline.stack.receiver_function);
                is_put_off(pipeline, &event(ticket));
            },
            with: |pipeline, ticket| assert_eq!(heals(pipeline, &event(ticket)), "200 accepted"),
        },
    ];
    let untried = try_each(&pipeline, &policy, &cases);
    assert_eq!(untried, [], "permissions that no test has taken away");
}

/// Only who loses a race deletes, so they are run until one has.
fn race_until_a_loser_cannot_clean_up(pipeline: &Pipeline, ticket: &Ticket) {
    let action = "dynamodb:DeleteItem";
    let before = refusals(&pipeline.stack, action);
    let mut races = 0;
    wait_until("a loser", SOON, || {
        races += 1;
        let mut ticket = ticket.clone();
        ticket.id = format!("{}-{races}", ticket.id);
        let answers = pipeline
            .sender
            .burst(&["a", "b", "c"].map(|seed| large(&ticket, seed)));
        let mut outcomes = answers.iter().map(Answer::outcome);
        let accepted = outcomes.any(|outcome| outcome == "200 accepted");
        assert!(accepted, "{answers:?}");
        refusals(&pipeline.stack, action) > before
    });
}

#[test]
fn each_permission_of_the_reactor_is_needed() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let policy = Policy::of(&pipeline.stack.reactor_function, "reactor");
    let reaction: fn(&Pipeline, &Ticket) = |pipeline, ticket| {
        pipeline.target.wait_for_reaction(&event(ticket));
    };
    let needs = |sid, action, without| Case {
        sid,
        action,
        without,
        with: reaction,
    };
    let cases = [
        needs("SettleEvents", "dynamodb:UpdateItem", accept),
        needs("SettleEvents", "dynamodb:GetItem", accept),
        needs("FindDueEvents", "dynamodb:Query", accept),
        needs(ANSWER, "sqs:ChangeMessageVisibilityBatch", accept),
        needs(ANSWER, "sqs:GetQueueAttributes", accept_cold),
        needs("ReadReactionSecret", READ_SECRET, accept_cold),
        Case {
            sid: "WriteDeadLetters",
            action: "sqs:SendMessage",
            without: |pipeline, ticket| {
                pipeline.target.answer(&ticket.id, Reply::Status(422));
                accept(pipeline, ticket);
            },
            with: |pipeline, _| {
                let letters = || pipeline.stack.depth(&pipeline.stack.dead_letter_queue_url);
                wait_until("the event to be parked after all", SOON, || letters() == 1);
            },
        },
        Case {
            sid: "FindDueEvents",
            action: "dynamodb:Scan",
            without: sweep_fails,
            with: |pipeline, _| pipeline.stack.sweep(),
        },
        Case {
            sid: ANSWER,
            action: "sqs:SendMessage",
            without: cannot_ring,
            with: |pipeline, ticket| {
                pipeline.stack.sweep();
                pipeline.target.wait_for_reaction(&event(ticket));
            },
        },
    ];
    let untried = try_each(&pipeline, &policy, &cases);
    assert_eq!(untried, [], "permissions that no test has taken away");
}

/// What the reactor may do besides when it is asked to.
#[test]
fn each_permission_of_an_option_is_needed_and_is_only_there_with_it() {
    let api = TicketApi::start();
    let reaction = "HoldSeconds=0 Reaction=eventbridge";
    let pipeline = Pipeline::deploy(&format!("{reaction} TicketApiUrl={}", api.url));
    pipeline.stack.put_ticket_api_key(KEY);
    let policy = Policy::of(&pipeline.stack.reactor_function, "reactor");
    let settled: fn(&Pipeline, &Ticket) = |pipeline, ticket| {
        wait_until("the event to be settled", SOON, || {
            let kept = pipeline.stack.kept(&ticket.stream(), &event(ticket));
            kept.is_some_and(|item| item.get("settled_at").is_some())
        });
    };
    let cases = [
        Case {
            sid: "PublishEvents",
            action: "events:PutEvents",
            without: accept,
            with: settled,
        },
        Case {
            sid: "ReadTicketApiKey",
            action: READ_SECRET,
            without: accept_cold,
            with: settled,
        },
    ];
    let untried = try_each(&pipeline, &policy, &cases);
    let options = cases.map(|case| case.sid.to_owned());
    let plain = Pipeline::deploy("");
    let plain = Policy::of(&plain.stack.reactor_function, "reactor").permissions();
    for sid in &options {
        let all = plain.iter().all(|(plain, _)| plain != sid);
        assert!(all, "{sid} is always there");
    }
    for permission in untried {
        assert!(
            plain.contains(&permission),
            "{permission:?} is tried nowhere"
        );
    }
}

fn sweep_fails(pipeline: &Pipeline, _: &Ticket) {
    let sweep = cloud::invoke(&pipeline.stack.reactor_function, &json!({ "sweep": true }));
    let (answer, failed) = sweep.expect("the reactor runs");
    assert!(failed, "the sweep should have failed: {answer}");
}

/// An overdue event without a doorbell, as it is left by a receiver that died.
fn cannot_ring(pipeline: &Pipeline, ticket: &Ticket) {
    let receiver = Policy::of(&pipeline.stack.receiver_function, "receiver");
    receiver.without("RingDoorbells", "sqs:SendMessage");
    is_put_off(pipeline, &event(ticket));
    receiver.restore();
    let long_ago = Timestamp::now() - SignedDuration::from_mins(61);
    let key = format!("{}/ticket.created", ticket.id);
    let kept_at = json!({ "N": long_ago.as_millisecond().to_string() });
    pipeline
        .stack
        .set(&ticket.stream(), &key, "kept_at", &kept_at);
    sweep_fails(pipeline, ticket);
}
