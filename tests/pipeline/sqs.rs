//! The `sqs` reaction as functions/reactor/SQS.md tells a user to take it up: its consumer, and a queue of their own.

use std::fs;

use algapsa::{Event, Ticket};
use serde_json::{Value, json};
use support::page::{block, blocks};
use support::template::parsed;
use support::{SOON, Stack, cloud, wait_for, wait_until};

use crate::program::{Program, overtaken};
use crate::template::refused;

const PAGE: &str = include_str!("../../functions/reactor/SQS.md");

/// The page's consumer, started as the page says.
fn consumer(queue_url: &str) -> Program {
    started(queue_url, block(PAGE, "A consumer", "python"))
}

fn started(queue_url: &str, consumer: &str) -> Program {
    let file = std::env::temp_dir().join(format!("env-{}", uuid::Uuid::new_v4()));
    let variables = format!("export EVENT_QUEUE_URL={queue_url}\n");
    fs::write(&file, variables).expect("a file can be written");
    let command = block(PAGE, "A consumer", "sh");
    let command = command.replace("target/local/env-4566", file.to_str().expect("a name"));
    let python = support::template::python(); // which has boto3
    let command = command.replace("python3", &format!("exec {python}"));
    Program::start(&[("consumer.py", consumer)], &command, &[])
}

/// A FIFO queue that no stack has made, as URL and ARN.
fn queue_of_the_users(name: &str) -> (String, String) {
    let attributes = json!({ "FifoQueue": "true" });
    let input = json!({ "QueueName": format!("{name}.fifo"), "Attributes": attributes });
    let made = cloud::call("sqs", "CreateQueue", &input).expect("a queue can be made");
    let url = made["QueueUrl"].as_str().expect("it has a URL").to_owned();
    let input = json!({ "QueueUrl": url, "AttributeNames": ["QueueArn"] });
    let asked = cloud::call("sqs", "GetQueueAttributes", &input).expect("it can be asked");
    let arn = &asked["Attributes"]["QueueArn"];
    (url, arn.as_str().expect("it has an ARN").to_owned())
}

fn text(event: &Event) -> String {
    String::from_utf8(event.body().to_vec()).expect("JSON is text")
}

fn is_settled(stack: &Stack, ticket: &Ticket, event: &Event) -> bool {
    let kept = stack.kept(&ticket.stream(), event);
    kept.is_some_and(|item| item.get("settled_at").is_some())
}

/// Receives one message with its attributes, and hides it.
fn receive(queue_url: &str) -> Value {
    let input = json!({ "QueueUrl": queue_url, "MessageAttributeNames": ["All"], "AttributeNames": ["All"] });
    wait_for("a message in the queue", SOON, || {
        let mut answer = cloud::call("sqs", "ReceiveMessage", &input).expect("it can be read");
        answer["Messages"].get_mut(0).map(Value::take)
    })
}

#[test]
fn the_consumer_handles_each_event_once_and_in_order() {
    let stack = Stack::deploy("HoldSeconds=0 Reaction=sqs");
    let consumer = consumer(&stack.event_queue_url);
    let ticket = Ticket::new("Handled");
    let handled = overtaken(&stack, &ticket, &consumer);
    let last = ticket.event("ticket.updated", 3);
    stack.sender().deliver(&last);
    consumer.wait_for(&last);
    let told = handled.map(|event| consumer.told(&event));
    assert_eq!(
        told,
        [vec!["tell and apply"], vec!["tell and apply"], vec!["tell"]]
    );
    wait_until("every message to be deleted", SOON, || {
        stack.depth(&stack.event_queue_url) == 0
    });
}

#[test]
fn the_consumer_drops_what_it_has_handled_and_takes_a_replay() {
    let (url, _) = queue_of_the_users(&format!("twice-{}", uuid::Uuid::new_v4()));
    let consumer = consumer(&url);
    let event = Ticket::new("Twice").event("ticket.created", 0);
    let last = Ticket::new("The last one").event("ticket.created", 0);
    let value = |value: &str| json!({ "DataType": "String", "StringValue": value });
    let send = |event: &Event, id: &str, replay: Option<&str>| {
        let mut attributes = json!({ "order": value("in-order") });
        if let Some(replay) = replay {
            attributes["replay"] = value(replay);
        }
        let input = json!({ "QueueUrl": url, "MessageBody": text(event), "MessageAttributes": attributes,
            "MessageGroupId": "one", "MessageDeduplicationId": id });
        cloud::call("sqs", "SendMessage", &input).expect("it can be sent");
    };
    send(&event, "1", None);
    send(&event, "2", None); // as if five minutes had passed
    send(&event, "3", Some("2026-08-24T15:04:05.678Z"));
    send(&last, "4", None);
    consumer.wait_for(&last);
    assert_eq!(consumer.told(&event).len(), 2, "the event, and its replay");
}

#[test]
fn a_consumer_that_fails_is_started_again_and_nothing_of_its_ticket_overtakes() {
    let (url, arn) = queue_of_the_users(&format!("fails-{}", uuid::Uuid::new_v4()));
    let stack = Stack::deploy(&format!("HoldSeconds=0 Reaction=sqs EventQueue={arn}"));
    let ticket = Ticket::new("Fails at first");
    let [created, closed] = [("created", 0), ("closed", 1)]
        .map(|(what, second)| ticket.event(&format!("ticket.{what}"), second));
    for event in [&created, &closed] {
        stack.sender().deliver(event);
        wait_until("it to be sent", SOON, || is_settled(&stack, &ticket, event));
    }
    let consumer_of_the_page = block(PAGE, "A consumer", "python");
    let sound = "    print(\"tell\" if late";
    let flawed = consumer_of_the_page.replace(sound, &format!("    1 / 0\n{sound}"));
    // What it has taken comes back soon; the other one has its time.
    let wait = "WaitTimeSeconds=20";
    let flawed = flawed.replace(wait, &format!("{wait}, VisibilityTimeout=1"));
    assert!(flawed.contains("1 / 0") && flawed.contains("VisibilityTimeout=1"));
    let failing = started(&url, &flawed);
    wait_until("it to take a message and to end", SOON, || {
        failing.has_ended()
    });
    let restarted = consumer(&url);
    restarted.wait_for(&closed);
    let told = [&created, &closed].map(|event| restarted.told(event));
    assert_eq!(told, [["tell and apply"], ["tell and apply"]]);
    assert_eq!(failing.told(&closed), [""; 0]);
}

/// Nobody else may send there either: the right is for that queue alone, and there is no queue of the stack's.
#[test]
fn an_existing_queue_can_be_named() {
    let (url, arn) = queue_of_the_users(&format!("own-{}", uuid::Uuid::new_v4()));
    let stack = Stack::deploy(&format!("HoldSeconds=0 Reaction=sqs EventQueue={arn}"));
    assert_eq!(
        (&*stack.event_queue_arn, &*stack.event_queue_url),
        (&*arn, "")
    );
    let resources = cloud::resources(&stack.stack_name).expect("the stack is there");
    assert_eq!(resources.get("MadeEventQueue"), None);
    let ticket = Ticket::new("Any queue will do");
    let event = ticket.event("ticket.created", 0);
    stack.sender().deliver(&event);
    let message = receive(&url);
    assert_eq!(message["Body"], text(&event));
    let shown = |name: &str| message["MessageAttributes"][name]["StringValue"].clone();
    assert_eq!(shown("stream"), ticket.stream());
    wait_until("it to be settled", SOON, || {
        is_settled(&stack, &ticket, &event)
    });
}

#[test]
fn a_large_event_becomes_an_object_if_that_is_asked_for() {
    let stack = Stack::deploy("HoldSeconds=0 Reaction=sqs LargeEvents=object");
    let ticket = Ticket::new("Large");
    let comment = "all work and no play ".repeat(60_000);
    let event = ticket.event("ticket.created", 0);
    let event = event.with("comments", json!([{ "text": comment }]));
    stack.sender().deliver(&event);
    let message = receive(&stack.event_queue_url);
    let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).expect("JSON");
    let shown: Value = serde_json::from_str(block(PAGE, "Large events", "json")).expect("JSON");
    let names = |object: &Value| {
        object
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&body), names(&shown));
    assert_eq!(body["bucket"], stack.bodies_bucket.as_str());
    let key = body["key"].as_str().expect("a name");
    let object = cloud::object(&stack.bodies_bucket, key).expect("it can be read");
    assert_eq!(object, text(&event));
}

/// The local AWS cannot show it: it speaks no TLS, and is deployed to without this policy.
#[test]
fn the_queue_that_the_stack_makes_is_encrypted_goes_over_tls_only_and_outlives_it() {
    let template = parsed(include_str!("../../template.yaml"));
    let queue = &template["Resources"]["MadeEventQueue"];
    let policy = &template["Resources"]["MadeEventQueuePolicy"];
    for resource in [queue, policy] {
        assert_eq!(resource["DeletionPolicy"], "RetainExceptOnCreate");
        assert_eq!(resource["UpdateReplacePolicy"], "Retain");
    }
    let settings = &queue["Properties"];
    assert_eq!(settings["SqsManagedSseEnabled"], true);
    assert_eq!(settings["FifoThroughputLimit"], "perMessageGroupId");
    let days = settings["MessageRetentionPeriod"]
        .as_u64()
        .map(|seconds| seconds / 86_400);
    assert_eq!(days, Some(14));
    let timeout = &settings["VisibilityTimeout"];
    assert!(PAGE.contains(&format!(
        "visibility timeout, {timeout} s if the stack made it"
    )));
    let statement = &policy["Properties"]["PolicyDocument"]["Statement"][0];
    assert_eq!(statement["Effect"], "Deny");
    assert_eq!(statement["Action"], "sqs:*");
    let condition = json!({ "Bool": { "aws:SecureTransport": "false" } });
    assert_eq!(statement["Condition"], condition);
}

#[test]
fn a_queue_needs_the_reaction_that_sends_to_it_and_has_to_be_a_fifo_queue() {
    let arn = "arn:aws:sqs:eu-central-1:123456789012:tickets.fifo";
    for (parameters, why) in [
        (
            format!("EventQueue={arn}"),
            Some("EventQueue needs Reaction sqs."),
        ),
        (
            "LargeEvents=object".into(),
            Some("LargeEvents needs Reaction sqs."),
        ),
        (
            format!("Reaction=sqs EventQueue={arn}0"),
            Some("EventQueue"),
        ),
        (
            "Reaction=sqs EventQueue=tickets.fifo".into(),
            Some("EventQueue"),
        ),
        (
            format!("Reaction=sqs EventQueue={arn} LargeEvents=object"),
            None,
        ),
    ] {
        let said = refused(&parameters);
        let is_told = |why| said.as_ref().is_some_and(|said| said.contains(why));
        assert!(
            why.map_or(said.is_none(), is_told),
            "{parameters}: {said:?}"
        );
    }
}

/// Each is in a test that is named after what it shows; a new one belongs into a test too.
#[test]
fn the_page_of_the_queue_has_no_block_that_no_test_knows() {
    let known = [
        ("A consumer", "python"),
        ("A consumer", "sh"),
        ("Large events", "json"),
    ];
    let blocks = blocks(PAGE).into_iter();
    let blocks: Vec<_> = blocks
        .map(|block| (block.section, block.language))
        .collect();
    assert_eq!(blocks, known);
}
