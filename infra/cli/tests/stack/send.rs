//! `alga-webhooks send`, against a stack.

use algapsa::Ticket;
use serde_json::{Value, json};
use support::{Pipeline, SOON, Stack, Target, wait_until};
use uuid::Uuid;

use crate::command::{alone, cli};

/// Status and word of each delivery.
fn outcomes(sent: &Value) -> Vec<(u64, String)> {
    let deliveries = sent["deliveries"].as_array().expect("there are deliveries");
    let outcome = |delivery: &Value| {
        let answer = delivery["answer"].as_str().unwrap_or_default();
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        let word = answer["status"].as_str().or(answer["error"].as_str());
        (
            delivery["status"].as_u64().unwrap_or_default(),
            word.unwrap_or_default().to_owned(),
        )
    };
    deliveries.iter().map(outcome).collect()
}

fn accepted() -> (u64, String) {
    (200, "accepted".into())
}

#[test]
fn a_sample_is_accepted_and_gets_its_reaction() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let ticket = Ticket::new("Sample");
    let arguments = ["send", "--type", "ticket.closed", "--ticket", &ticket.id];
    let ran = cli(&pipeline.stack, &arguments).run().with_code(0);
    for part in [
        "ticket.closed",
        "200",
        "accepted",
        &format!("alga-webhooks stream {}", ticket.id),
    ] {
        assert!(ran.out.contains(part), "no {part} in {}", ran.out);
    }
    pipeline.target.wait_for_reactions(&ticket, 1);
    let call = &pipeline.target.calls(&ticket.id)[0];
    let body: Value = serde_json::from_slice(&call.body).unwrap();
    assert_eq!(body["data"]["is_closed"], json!(true));
    assert_eq!(call.header("x-alga-event-type"), "ticket.closed");
}

#[test]
fn what_is_chosen_about_a_sample_is_in_the_event() {
    let stack = Stack::deploy("HoldSeconds=0");
    let (ticket, tenant, event) = ("my-ticket", "my-tenant", "my-event");
    let ran = cli(
        &stack,
        &[
            "--json",
            "send",
            "--ticket",
            ticket,
            "--tenant",
            tenant,
            "--event-id",
            event,
            "--occurred-at",
            "2026-08-24T15:04:05Z",
        ],
    );
    let sent = ran.run().with_code(0).json();
    assert_eq!(sent["stream"], json!("my-tenant/ticket/my-ticket"));
    assert_eq!(sent["subject_id"], json!(ticket));
    assert_eq!(sent["deliveries"][0]["event_id"], json!(event));
    let item = stack
        .item("my-tenant/ticket/my-ticket", "my-event/ticket.created")
        .expect("it is kept");
    assert!(item.get("body").is_some(), "{item}");
}

#[test]
fn a_repeated_event_is_accepted_once_and_then_a_duplicate() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let arguments = ["--json", "send", "--repeat", "3"];
    let sent = cli(&pipeline.stack, &arguments).run().with_code(0).json();
    let duplicate = || (200, "duplicate".to_owned());
    assert_eq!(outcomes(&sent), [accepted(), duplicate(), duplicate()]);
    let attempts = sent["deliveries"].as_array().unwrap();
    let attempts = attempts.iter().map(|delivery| delivery["attempt"].as_u64());
    assert!(attempts.eq([Some(1), Some(2), Some(3)]));
    let ran = cli(
        &pipeline.stack,
        &["send", "--repeat", "2", "--at-once", "2"],
    )
    .run()
    .with_code(0);
    ran.shows("2 deliveries: 1 × 200 accepted, 1 × 200 duplicate");
}

#[test]
fn many_events_of_one_ticket_are_reacted_to_in_their_order() {
    let pipeline = Pipeline::deploy("HoldSeconds=2");
    let ticket = Ticket::new("Many");
    let arguments = [
        "--json",
        "send",
        "--count",
        "5",
        "--type",
        "ticket.updated",
        "--ticket",
        &ticket.id,
    ];
    let sent = cli(&pipeline.stack, &arguments).run().with_code(0).json();
    assert_eq!(outcomes(&sent), [(); 5].map(|()| accepted()));
    let ids = sent["deliveries"].as_array().unwrap().iter();
    let ids: Vec<_> = ids
        .map(|delivery| delivery["event_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(pipeline.target.wait_for_reactions(&ticket, 5), ids);
}

#[test]
fn more_deliveries_than_anybody_reads_are_summed_up() {
    let target = Target::start();
    let ran = alone(&["send", "--count", "51", "--url", &target.url]);
    let ran = ran.env("SIGNING_SECRET", "s").run().with_code(0);
    ran.shows("51 deliveries: 51 × 200");
    assert!(ran.out.lines().count() < 10, "{}", ran.out);
    assert_eq!(target.everything().len(), 51);
}

#[test]
fn a_test_delivery_is_answered_as_one_and_kept_nowhere() {
    let stack = Stack::deploy("HoldSeconds=0");
    let ran = cli(&stack, &["send", "--type", "webhook.test"])
        .run()
        .with_code(0);
    assert!(
        ran.out.contains("test") && !ran.out.contains("alga-webhooks stream"),
        "{}",
        ran.out
    );
    assert_eq!(stack.scan(), [json!(null); 0]);
}

#[test]
fn what_must_be_refused_is_good_when_it_is_and_bad_when_it_is_not() {
    let stack = Stack::deploy("HoldSeconds=0");
    for arguments in [
        &["send", "--tamper"][..],
        &["send", "--age", "400"],
        &["send", "--age", "-400"],
    ] {
        let ran = cli(&stack, arguments).run().with_code(0);
        ran.shows("401 ");
        ran.shows("\nrefused, as it should be\n");
    }
    cli(&stack, &["send", "--age", "200"]).run().with_code(0);
    let everybody = Target::start();
    let ran = cli(&stack, &["send", "--tamper", "--url", &everybody.url])
        .run()
        .with_code(1);
    ran.warns("should have been 401");
    let call = &everybody.everything()[0];
    assert!(!call.is_signed_with(&stack.signing_secret));
    assert!(call.body.ends_with(b"} "));
}

#[test]
fn a_refusal_that_was_not_wished_for_is_explained() {
    let stack = Stack::deploy("HoldSeconds=0");
    let wrong = "a-wrong-secret-that-nobody-should-see";
    let ran = cli(&stack, &["send"]).env("SIGNING_SECRET", wrong);
    let ran = ran.hiding(wrong).run().with_code(1);
    ran.warns("answered 401: the receiver holds another secret than SIGNING_SECRET");
    ran.warns("unset SIGNING_SECRET");
    let elsewhere = format!("{}elsewhere", stack.webhook_url);
    let ran = cli(&stack, &["send", "--url", &elsewhere])
        .run()
        .with_code(1);
    ran.warns("is that the webhook URL?");
    stack.put_secret("");
    let ran = cli(&stack, &["send"]).run().with_code(1);
    ran.warns("alga-webhooks secret set");
}

#[test]
fn nobody_there_is_an_answer_too() {
    let ran = alone(&["send", "--url", "http://127.0.0.1:1/"]);
    let ran = ran.env("SIGNING_SECRET", "s").run().with_code(1);
    assert!(
        ran.out.contains("none") && ran.err.contains("no answer: connection refused: "),
        "{}{}",
        ran.out,
        ran.err
    );
    let ran = alone(&["send", "--url", "127.0.0.1"]);
    let ran = ran.env("SIGNING_SECRET", "s").run().with_code(1);
    ran.warns("is no URL");
}

#[test]
fn a_file_is_sent_byte_for_byte_and_signed() {
    let target = Target::start();
    let body = "{ \"event_id\":\"e1\",\n\"event_type\" : \"ticket.odd\" }\r\n";
    let path = std::env::temp_dir().join(format!("{}.json", Uuid::new_v4()));
    std::fs::write(&path, body).unwrap();
    let name = path.to_str().unwrap();
    for file in [name, "-"] {
        let cli = alone(&["send", "--url", &target.url, "--file", file]);
        cli.env("SIGNING_SECRET", "file-secret")
            .hiding("file-secret")
            .input(body)
            .run()
            .with_code(0);
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
    let ran = cli(&stack, &["send", "--file", "-"]);
    let ran = ran.input("not JSON").run().with_code(0);
    ran.shows("quarantined");
    let ran = cli(&stack, &["send", "--ticket", "a b"]).run().with_code(1);
    ran.warns("ticket_id is not a usable id");
}

#[test]
fn what_is_ignored_is_not_to_be_followed_and_the_list_is_named() {
    let stack = Stack::deploy("WatchedTypes=ticket.closed");
    let named = ["--stack", &stack.stack_name, "send"];
    let local = ["send"];
    for (arguments, list) in [
        (&named[..], "WatchedTypes does not list it"),
        (&local, "WatchedIds or WatchedTypes"),
    ] {
        let cli = cli(
            &stack,
            &[arguments, &["--url", &stack.webhook_url]].concat(),
        );
        let ran = cli.run().with_code(0);
        ran.shows("ignored");
        ran.shows(list);
        assert!(!ran.out.contains("follow it"), "{}", ran.out);
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
    let run = |arguments: &[&str]| {
        cli(&stack, arguments)
            .hiding("secret-one")
            .hiding("secret-two")
            .run()
    };
    let sent = run(&["--json", "send", "--webhook-id", &first, "--ticket", "t"])
        .with_code(0)
        .json();
    assert_eq!(sent["stream"], json!("one/ticket/t"));
    assert_eq!(sent["webhook_id"], json!(first));
    let target = Target::start();
    run(&["send", "--webhook-id", &second, "--url", &target.url]).with_code(0);
    let call = &target.everything()[0];
    assert!(call.is_signed_with("secret-two"));
    assert_eq!(call.header("x-alga-webhook-id"), second);
    run(&["send", "--webhook-id", &first, "--tenant", "two"]).with_code(1);
    run(&["send", "--webhook-id", &second, "--tenant", "two"]).with_code(0);
    let ran = run(&["send"]).with_code(1);
    ran.warns("--webhook-id");
    ran.warns(&first);
    let unknown = Uuid::new_v4().to_string();
    let ran = run(&["send", "--webhook-id", &unknown]).with_code(1);
    ran.warns("no secret for the webhook");
}

#[test]
fn a_named_stack_is_asked_for_its_own_secret() {
    let stack = Stack::deploy("HoldSeconds=0");
    let arguments = [
        "--stack",
        &stack.stack_name,
        "send",
        "--url",
        &stack.webhook_url,
    ];
    let ran = alone(&arguments).env("SIGNING_SECRET", "of-another-stack");
    let ran = ran.hiding(&stack.signing_secret).run().with_code(0);
    ran.shows("AWSCURRENT");
    let ran = alone(&["--stack", "nowhere", "send"]).run().with_code(1);
    ran.warns("nowhere");
    ran.warns("--stack");
    wait_until("the event to be kept", SOON, || !stack.scan().is_empty());
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for arguments in [
        &["send", "--file", "x", "--type", "ticket.created"][..],
        &["send", "--file", "x", "--count", "2"],
        &["send", "--event-id", "x", "--count", "2"],
        &["send", "--count", "0"],
        &["send", "--repeat", "10001"],
        &["send", "--at-once", "0"],
        &["send", "--age", "soon"],
        &["send", "--occurred-at", "yesterday"],
        &["send", "--webhook-id", "1"],
    ] {
        let ran = alone(arguments).run().with_code(2);
        let told = ran.err.contains("--help") || ran.err.contains("error:");
        assert!(told, "{}", ran.err);
    }
    let ran = alone(&[
        "send",
        "--url",
        "http://127.0.0.1:1/",
        "--file",
        "/nowhere/x",
    ])
    .env("SIGNING_SECRET", "s")
    .run()
    .with_code(1);
    ran.warns("failed to read /nowhere/x");
}
