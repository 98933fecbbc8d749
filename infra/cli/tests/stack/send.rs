//! `alga-webhooks send`: which event it makes, what it warns of, and what a stack makes of it.

use algapsa::Ticket;
use serde_json::{Value, json};
use support::{Pipeline, SOON, Stack, Target, wait_for, wait_until};
use uuid::Uuid;

use crate::command::{Cli, Ran, alone, by_name, cli};
use crate::events::field;

/// Without any stack, and with a secret to sign with.
fn signing(words: &str) -> Cli {
    alone(words).env("SIGNING_SECRET", "s")
}

/// Status and word of each delivery.
fn outcomes(sent: &Value) -> Vec<String> {
    let deliveries = sent["deliveries"].as_array().expect("there are deliveries");
    let outcome = |delivery: &Value| {
        let answer = delivery["answer"].as_str().unwrap_or_default();
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        let word = answer["status"].as_str().or(answer["error"].as_str());
        format!("{} {}", delivery["status"], word.unwrap_or_default())
    };
    deliveries.iter().map(outcome).collect()
}

/// Whether a call to AWS timed out, as it may on a busy machine: the first delivery may then be a duplicate of itself.
fn has_timed_out(sent: &Value) -> bool {
    let outcomes = outcomes(sent);
    outcomes[0] == "200 duplicate" || outcomes.contains(&"503 unavailable".into())
}

#[test]
fn a_sample_is_accepted_and_gets_its_reaction() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let ticket = Ticket::new("Sample");
    let send = format!("send --type ticket.closed --ticket {}", ticket.id);
    let ran = cli(&pipeline.stack, &send).ends(0);
    ran.shows("ticket.closed … 200 … accepted");
    ran.shows(&format!("alga-webhooks stream {}", ticket.id));
    pipeline.target.wait_for_reactions(&ticket, 1);
    let call = &pipeline.target.calls(&ticket.id)[0];
    let body: Value = serde_json::from_slice(&call.body).unwrap();
    assert_eq!(body["data"]["is_closed"], json!(true));
    assert_eq!(call.header("x-alga-event-type"), "ticket.closed");
}

#[test]
fn what_is_chosen_about_a_sample_is_in_the_event() {
    let stack = Stack::deploy("HoldSeconds=0");
    let words = "--json send --ticket my-ticket --tenant my-tenant --event-id my-event";
    let words = format!("{words} --occurred-at 2026-08-24T15:04:05Z");
    let sent = cli(&stack, &words).ends(0).json();
    let stream = "my-tenant/ticket/my-ticket";
    assert_eq!(sent["stream"], json!(stream));
    assert_eq!(sent["subject_id"], json!("my-ticket"));
    assert_eq!(sent["deliveries"][0]["event_id"], json!("my-event"));
    let item = stack.item(stream, "my-event/ticket.created");
    assert!(item.expect("it is kept").get("body").is_some());
}

#[test]
fn a_repeated_event_is_accepted_once_and_then_a_duplicate() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let sent = wait_for("answers in time", SOON, || {
        let sent = cli(&pipeline.stack, "--json send --repeat 3").run().json();
        (!has_timed_out(&sent)).then_some(sent)
    });
    let expected = ["200 accepted", "200 duplicate", "200 duplicate"];
    assert_eq!(outcomes(&sent), expected);
    let attempts = sent["deliveries"].as_array().unwrap();
    let attempts = attempts.iter().map(|delivery| delivery["attempt"].as_u64());
    assert!(attempts.eq([Some(1), Some(2), Some(3)]));
    wait_until("answers in time", SOON, || {
        let ran = cli(&pipeline.stack, "send --repeat 2 --at-once 2").run();
        let both = "2 deliveries: 1 × 200 accepted, 1 × 200 duplicate";
        ran.code == 0 && ran.out.contains(both)
    });
}

#[test]
fn many_events_of_one_ticket_are_reacted_to_in_their_order() {
    let pipeline = Pipeline::deploy("HoldSeconds=2");
    let ticket = Ticket::new("Many");
    let words = "--json send --count 5 --type ticket.updated --ticket";
    let sent = cli(&pipeline.stack, words).word(&ticket.id).ends(0).json();
    assert_eq!(outcomes(&sent).len(), 5);
    let ids = field(&sent["deliveries"], "event_id");
    assert_eq!(pipeline.target.wait_for_reactions(&ticket, 5), ids);
}

#[test]
fn more_deliveries_than_anybody_reads_are_summed_up() {
    let target = Target::start();
    let ran = signing(&format!("send --count 51 --url {}", target.url)).ends(0);
    ran.shows("51 deliveries: 51 × 200");
    assert!(ran.out.lines().count() < 10, "{}", ran.out);
    assert_eq!(target.everything().len(), 51);
}

#[test]
fn a_test_delivery_is_answered_as_one_and_kept_nowhere() {
    let stack = Stack::deploy("HoldSeconds=0");
    let ran = cli(&stack, "send --type webhook.test").ends(0);
    ran.shows("test");
    assert!(!ran.out.contains("alga-webhooks stream"), "{ran:?}");
    assert_eq!(stack.scan(), [json!(null); 0]);
}

#[test]
fn what_must_be_refused_is_good_when_it_is_and_bad_when_it_is_not() {
    let stack = Stack::deploy("HoldSeconds=0");
    for arguments in ["send --tamper", "send --age 400", "send --age -400"] {
        let ran = cli(&stack, arguments).ends(0);
        ran.shows("401  … \nRefused, as it should be.\n");
    }
    cli(&stack, "send --age 200").ends(0);
    let everybody = Target::start();
    let ran = cli(&stack, &format!("send --tamper --url {}", everybody.url)).ends(1);
    ran.warns("should have been 401");
    let call = &everybody.everything()[0];
    assert!(!call.is_signed_with(&stack.signing_secret));
    assert!(call.body.ends_with(b"} "));
}

#[test]
fn a_refusal_that_was_not_wished_for_is_explained() {
    let stack = Stack::deploy("HoldSeconds=0");
    let wrong = "a-wrong-secret-that-nobody-should-see";
    let ran = cli(&stack, "send").env("SIGNING_SECRET", wrong);
    let ran = ran.hiding(wrong).ends(1);
    ran.warns("The answer was 401: the receiver has another secret than SIGNING_SECRET");
    ran.warns("unset SIGNING_SECRET");
    let elsewhere = format!("{}elsewhere", stack.webhook_url);
    let ran = cli(&stack, &format!("send --url {elsewhere}")).ends(1);
    ran.warns("is that the webhook URL?");
    stack.put_secret("");
    let ran = cli(&stack, "send").ends(1);
    ran.warns("alga-webhooks secret set");
}

#[test]
fn nobody_there_is_an_answer_too() {
    let ran = signing("send --url http://127.0.0.1:1/").ends(1);
    ran.shows("none");
    ran.warns("no answer: connection refused: ");
    let ran = signing("send --url 127.0.0.1").ends(1);
    ran.warns("is not a URL");
}

#[test]
fn a_file_is_sent_byte_for_byte_and_signed() {
    let target = Target::start();
    let body = "{ \"event_id\":\"e1\",\n\"event_type\" : \"ticket.odd\" }\r\n";
    let path = std::env::temp_dir().join(format!("{}.json", Uuid::new_v4()));
    std::fs::write(&path, body).unwrap();
    let name = path.to_str().unwrap();
    for file in [name, "-"] {
        let cli = alone(&format!("send --url {} --file {file}", target.url));
        let cli = cli.env("SIGNING_SECRET", "file-secret");
        cli.hiding("file-secret").input(body).ends(0);
    }
    std::fs::remove_file(path).unwrap();
    let calls = target.everything();
    assert_eq!(calls.len(), 2);
    for call in calls {
        assert_eq!(call.body, body);
        assert!(call.is_signed_with("file-secret"));
        assert_eq!(call.header("x-alga-event-id"), "e1");
        assert_eq!(call.header("x-alga-event-type"), "ticket.odd");
        assert_eq!(call.header("x-alga-delivery-attempt"), "1");
        assert_eq!(call.header("content-type"), "application/json");
    }
}

#[test]
fn what_cannot_be_read_goes_to_quarantine() {
    let stack = Stack::deploy("HoldSeconds=0");
    let sent = cli(&stack, "send --file -").input("not JSON");
    sent.ends(0).shows("quarantined");
    let ran = cli(&stack, "send --ticket").word("a b").ends(1);
    ran.warns("ticket_id is not a usable id");
}

#[test]
fn what_is_ignored_is_not_to_be_followed_and_the_list_is_named() {
    let stack = Stack::deploy("WatchedTypes=ticket.closed");
    let named = format!("--stack {}", stack.stack_name);
    for (named, list) in [
        (&*named, "WatchedTypes does not list ticket.created"),
        (
            "",
            "WatchedTypes does not list ticket.created, or WatchedIds",
        ),
    ] {
        let send = format!("{named} send --url {}", stack.webhook_url);
        let ran = cli(&stack, &send).ends(0);
        ran.shows(&format!("ignored … {list}"));
        assert!(!ran.out.contains("alga-webhooks stream"), "{}", ran.out);
    }
}

#[test]
fn a_webhook_signs_with_its_own_secret_for_its_own_tenant() {
    let stack = Stack::deploy("HoldSeconds=0");
    let (first, second) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
    let secrets = json!({
        first.clone(): { "secret": "secret-one", "tenant_id": "one" },
        second.clone(): { "secret": "secret-two" },
    });
    stack.put_secret(&secrets.to_string());
    let run = |words: &str, code| {
        let cli = cli(&stack, &format!("--json send {words}"));
        cli.hiding("secret-one").hiding("secret-two").ends(code)
    };
    let sent = run(&format!("--webhook-id {first} --ticket t"), 0).json();
    assert_eq!(sent["stream"], json!("one/ticket/t"));
    assert_eq!(sent["webhook_id"], json!(first));
    let target = Target::start();
    run(&format!("--webhook-id {second} --url {}", target.url), 0);
    let call = &target.everything()[0];
    assert!(call.is_signed_with("secret-two"));
    assert_eq!(call.header("x-alga-webhook-id"), second);
    run(&format!("--webhook-id {first} --tenant two"), 1);
    run(&format!("--webhook-id {second} --tenant two"), 0);
    let ran = run("", 1);
    ran.warns(&format!("--webhook-id … {first}"));
    let ran = run(&format!("--webhook-id {}", Uuid::new_v4()), 1);
    ran.warns("no secret for the webhook");
}

#[test]
fn a_named_stack_is_asked_for_its_own_secret() {
    let stack = Stack::deploy("HoldSeconds=0");
    let sent = by_name(&stack, &format!("send --url {}", stack.webhook_url));
    let ran = sent.env("SIGNING_SECRET", "of-another-stack").ends(0);
    ran.shows("AWSCURRENT");
    let ran = alone("--stack nowhere send").ends(1);
    ran.warns("nowhere … --stack");
    wait_until("the event to be kept", SOON, || !stack.scan().is_empty());
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for words in [
        "--file x --type ticket.created",
        "--file x --count 2",
        "--event-id x --count 2",
        "--count 0",
        "--repeat 10001",
        "--at-once 0",
        "--age soon",
        "--occurred-at yesterday",
        "--webhook-id 1",
    ] {
        let ran = alone(&format!("send {words}")).ends(2);
        let told = ran.err.contains("--help") || ran.err.contains("error:");
        assert!(told, "{}", ran.err);
    }
    let ran = signing("send --url http://127.0.0.1:1/ --file /nowhere/x").ends(1);
    ran.warns("failed to read /nowhere/x");
}

fn printed(words: &str) -> Value {
    alone(&format!("send --print {words}")).ends(0).json()
}

/// Sends a file to a target that takes everything.
fn sent(file: &str) -> Ran {
    let target = Target::start();
    let sent = signing(&format!("send --url {} --file -", target.url));
    sent.input(file).ends(0)
}

#[test]
fn a_sample_is_printed_to_be_edited_and_sends_nothing() {
    let event = printed("--type ticket.closed --ticket t --event-id e");
    assert_eq!(event["event_type"], "ticket.closed");
    assert_eq!(event["event_id"], "e");
    assert_eq!(event["data"]["ticket_id"], "t");
    assert_eq!(event["data"]["is_closed"], true);
    let time = printed("--occurred-at 2026-08-24")["occurred_at"].clone();
    assert_eq!(time, "2026-08-24T00:00:00.000Z");
}

#[test]
fn a_field_of_the_sample_can_be_set() {
    let event = printed("--set priority_name=Urgent --set is_closed=true");
    assert_eq!(event["data"]["priority_name"], "Urgent");
    assert_eq!(event["data"]["is_closed"], true);
    alone("send --set priority_name").ends(2);
}

#[test]
fn a_type_that_algapsa_does_not_have_is_probably_a_mistake() {
    let ran = alone("send --print --type ticket.clsed").ends(0);
    ran.warns("no event type ticket.clsed … ticket.closed");
    let ran = alone("send --print --type ticket.closed").run();
    assert_eq!(ran.err, "");
}

#[test]
fn a_file_that_is_not_json_is_probably_a_mistake() {
    sent("{\"a\":").warns("is not JSON: ");
    assert_eq!(sent("{}").err, "");
}
