//! Each permission in the template is needed: without it a call is refused, and with it again all is well.

mod options;

use algapsa::{Answer, Event, Ticket};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::template::parsed;
use support::{Pipeline, Policy, Reply, SOON, Stack, cloud, wait_for, wait_until};

/// What the local AWS does not check: logs, taking doorbells from the queue, and what tells that an object is gone.
const UNCHECKED: [(&str, &str); 6] = [
    ("WriteLogs", "logs:CreateLogStream"),
    ("WriteLogs", "logs:PutLogEvents"),
    (ANSWER, "sqs:ReceiveMessage"),
    (ANSWER, "sqs:DeleteMessage"),
    (ANSWER, "sqs:ChangeMessageVisibility"),
    ("SeeMissingBodies", "s3:ListBucket"),
];

/// What takes an event may quote it when it refuses, so that these log only a code, or that they failed.
const CODES: [&str; 3] = [
    "the bus did not take the event: AccessDenied",
    "the queue did not take the event: AccessDenied",
    "the event could not be stored for the queue",
];

const KEEP: &str = "KeepEvents";
const STORE: &str = "StoreLargeBodies";
const RING: &str = "RingDoorbells";
const ANSWER: &str = "AnswerDoorbells";
const READ_SECRET: &str = "secretsmanager:GetSecretValue";

/// A permission (its statement and action), what to do without it, and what to do once it is given back.
type Case = (&'static str, &'static str, Step, Step);
type Step = fn(&Pipeline, &Ticket);

/// How often a call was refused, as the function's own log tells it.
fn refusals(stack: &Stack, action: &str) -> usize {
    let refused = format!("not authorized to perform: {action}");
    let lines = stack.all_lines();
    let is_told =
        |line: &&String| line.contains(&refused) || CODES.iter().any(|code| line.contains(code));
    lines.iter().filter(is_told).count()
}

/// Tries the cases, and finds what is left of the policy.
fn try_each(pipeline: &Pipeline, policy: &Policy, cases: &[Case]) -> Vec<(String, String)> {
    for &(sid, action, without, with) in cases {
        let ticket = Ticket::new(action);
        let before = refusals(&pipeline.stack, action);
        policy.without(sid, action);
        without(pipeline, &ticket);
        let what = format!("{sid} to be missed for {action}");
        wait_until(&what, SOON, || refusals(&pipeline.stack, action) > before);
        policy.restore();
        with(pipeline, &ticket);
    }
    let tried = cases.iter().map(|&(sid, action, ..)| (sid, action));
    let known = tried.chain(UNCHECKED);
    let known = known.map(|(sid, action)| (sid.into(), action.into()));
    let all = policy.permissions();
    all.difference(&known.collect()).cloned().collect()
}

fn event(ticket: &Ticket) -> Event {
    let mut event = ticket.event("ticket.created", 0);
    event.event_id.clone_from(&ticket.id); // the same one, whenever it is asked for
    event
}

/// Shrinks to half its size at most, so that its body is kept in the bucket.
fn large(ticket: &Ticket) -> Event {
    let block = |n: u32| hex::encode(Sha256::digest(n.to_string()));
    let noise: String = (0..200).map(block).collect();
    event(ticket).with("comments", json!([{ "text": noise }]))
}

fn cold_start(function: &str) {
    cloud::configure(function, &json!({ "MemorySize": 256 })).expect("the function can be changed");
}

#[track_caller]
fn is_put_off(pipeline: &Pipeline, event: &Event) {
    let answer = pipeline.sender.delivery(event).once();
    let answered = (answer.status, answer.text.as_str());
    assert_eq!(answered, (503, r#"{"error":"unavailable"}"#));
}

fn heals(pipeline: &Pipeline, event: &Event) -> Answer {
    let answer = wait_for("the retry to be accepted", SOON, || {
        Some(pipeline.sender.retry(event, 2)).filter(|answer| answer.status == 200)
    });
    pipeline.target.wait_for_reaction(event);
    answer
}

fn put_off(pipeline: &Pipeline, ticket: &Ticket) {
    is_put_off(pipeline, &event(ticket));
}

fn put_off_cold(pipeline: &Pipeline, ticket: &Ticket) {
    cold_start(&pipeline.stack.receiver_function);
    put_off(pipeline, ticket);
}

fn put_off_but_kept(pipeline: &Pipeline, ticket: &Ticket) {
    put_off(pipeline, ticket);
    let kept = pipeline.stack.kept(&ticket.stream(), &event(ticket));
    assert!(kept.is_some(), "kept, but without a doorbell");
}

fn heals_as_new(pipeline: &Pipeline, ticket: &Ticket) {
    assert!(heals(pipeline, &event(ticket)).is_accepted());
}

fn heals_as_a_duplicate(pipeline: &Pipeline, ticket: &Ticket) {
    let answer = heals(pipeline, &event(ticket));
    assert_eq!(answer.outcome(), "200 duplicate");
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
    let large_is_put_off: Step = |pipeline, ticket| is_put_off(pipeline, &large(ticket));
    let large_heals: Step = |pipeline, ticket| {
        assert!(heals(pipeline, &large(ticket)).is_accepted());
    };
    let starts_cold: Step = |pipeline, ticket| {
        cold_start(&pipeline.stack.receiver_function);
        accept(pipeline, ticket);
    };
    let cases: [Case; 6] = [
        (KEEP, "dynamodb:PutItem", put_off, heals_as_new),
        (KEEP, "dynamodb:GetItem", large_is_put_off, large_heals),
        (STORE, "s3:PutObject", large_is_put_off, large_heals),
        (
            RING,
            "sqs:SendMessage",
            put_off_but_kept,
            heals_as_a_duplicate,
        ),
        (
            RING,
            "sqs:GetQueueAttributes",
            starts_cold,
            heals_as_a_duplicate,
        ),
        ("ReadSigningSecret", READ_SECRET, put_off_cold, heals_as_new),
    ];
    let untried = try_each(&pipeline, &policy, &cases);
    assert_eq!(untried, [], "permissions that no test has taken away");
}

#[test]
fn each_permission_of_the_reactor_is_needed() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let policy = Policy::of(&pipeline.stack.reactor_function, "reactor");
    let reacts: Step = |pipeline, ticket| {
        pipeline.target.wait_for_reaction(&event(ticket));
    };
    let fails_for_good: Step = |pipeline, ticket| {
        pipeline.target.answer(&ticket.id, Reply::Status(422));
        accept(pipeline, ticket);
    };
    let parks: Step = |pipeline, _| {
        let letters = || pipeline.stack.depth(&pipeline.stack.dead_letter_queue_url);
        wait_until("the event to be parked after all", SOON, || letters() == 1);
    };
    let sweeps: Step = |pipeline, _| pipeline.stack.sweep();
    let sweeps_and_reacts: Step = |pipeline, ticket| {
        pipeline.stack.sweep();
        pipeline.target.wait_for_reaction(&event(ticket));
    };
    let fails: Step = |pipeline, ticket| {
        pipeline.target.answer(&ticket.id, Reply::Status(503));
        accept(pipeline, ticket);
    };
    let is_put_off_for_seconds: Step = |pipeline, _| {
        let ticket = Ticket::new("Another that fails");
        pipeline.target.answer(&ticket.id, Reply::Status(503));
        accept(pipeline, &ticket);
        pipeline.target.wait_for_calls(&ticket.id, 2);
    };
    let accept_large: Step = |pipeline, ticket| {
        pipeline.sender.deliver(&large(ticket));
    };
    let cases: [Case; 10] = [
        ("SettleEvents", "dynamodb:UpdateItem", accept, reacts),
        ("SettleEvents", "dynamodb:GetItem", accept_cold, reacts),
        ("ReadLargeBodies", "s3:GetObject", accept_large, reacts),
        ("FindDueEvents", "dynamodb:Query", accept, reacts),
        (
            ANSWER,
            "sqs:ChangeMessageVisibilityBatch",
            fails,
            is_put_off_for_seconds,
        ),
        (ANSWER, "sqs:GetQueueAttributes", accept_cold, reacts),
        ("ReadReactionSecret", READ_SECRET, accept_cold, reacts),
        ("WriteDeadLetters", "sqs:SendMessage", fails_for_good, parks),
        ("FindDueEvents", "dynamodb:Scan", sweep_fails, sweeps),
        (ANSWER, "sqs:SendMessage", cannot_ring, sweeps_and_reacts),
    ];
    let untried = try_each(&pipeline, &policy, &cases);
    assert_eq!(untried, [], "permissions that no test has taken away");
}

/// What the reconciler may do, and with what: statement, actions, and the last part of each resource.
const OF_THE_RECONCILER: [(&str, &[&str], &[&str]); 8] = [
    (KEEP, &["dynamodb:PutItem", "dynamodb:GetItem"], &["Inbox"]),
    ("FindEvents", &["dynamodb:Query"], &["Inbox"]),
    ("StoreObjects", &["s3:PutObject"], OBJECTS),
    ("ReadObjects", &["s3:GetObject"], OBJECTS),
    ("SeeMissingObjects", &["s3:ListBucket"], &["Bodies"]),
    (RING, &["sqs:SendMessage"], &["Doorbells"]),
    (
        "ReadApiKeys",
        &[READ_SECRET],
        &["ReconcileApiKey", "TicketApiKey"],
    ),
    (
        "WriteLogs",
        &["logs:CreateLogStream", "logs:PutLogEvents"],
        &["ReconcilerLogs"],
    ),
];
const OBJECTS: &[&str] = &["Bodies/bodies/*", "Bodies/reconciler/*"];

#[test]
fn the_reconciler_may_do_this_and_nothing_else() {
    let resources = parsed(include_str!("../../template.yaml"))["Resources"].take();
    let policy = &resources["ReconcilerRole"]["Properties"]["Policies"][0]["PolicyDocument"];
    let statements = policy["Statement"].as_array().expect("statements");
    let always = statements.iter().filter(|statement| statement.is_object());
    let found: Vec<Value> = always.cloned().collect();
    // What stands in the template as `!GetAtt Inbox.Arn`, `!GetAtt TicketApiKey.Id` or `!Sub "${Bodies.Arn}/bodies/*"`.
    let plain = |name: &Value| {
        let name = name
            .as_str()
            .expect("a name")
            .replace("${Bodies.Arn}", "Bodies");
        let name = name.trim_end_matches(".Arn").trim_end_matches(".Id");
        name.to_owned()
    };
    let list = |value: &Value| match value {
        Value::Array(several) => several.clone(),
        one => vec![one.clone()],
    };
    let expected =
        OF_THE_RECONCILER.map(|(sid, actions, resources)| json!([sid, actions, resources]));
    let found = found.iter().map(|statement| {
        let resources = list(&statement["Resource"]);
        let resources: Vec<String> = resources.iter().map(plain).collect();
        json!([statement["Sid"], list(&statement["Action"]), resources])
    });
    assert_eq!(found.collect::<Vec<_>>(), expected);
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
    let stream = ticket.stream();
    pipeline.stack.set(&stream, &key, "kept_at", &kept_at);
    sweep_fails(pipeline, ticket);
}
