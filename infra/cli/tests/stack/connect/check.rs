//! `alga-webhooks connect --check`.

use algapsa::ticket_api::KEY;
use algapsa::{Event, Ticket};
use http::Method;
use serde_json::Value;
use support::{Reply, SOON, Stack, Target, wait_until};

use super::{connect, tickets};
use crate::command::{Ran, alone, by_name, cli};

/// What was found of one thing: whether it is right, and what is said.
#[track_caller]
fn finding(ran: &Ran, what: &str) -> (Option<bool>, String) {
    let findings = ran.json();
    let findings = findings.as_array().expect("a list");
    let finding = findings.iter().find(|one| one["what"] == what);
    let finding = finding.unwrap_or_else(|| panic!("nothing of {what}: {ran:?}"));
    let text = |name: &str| finding[name].as_str().unwrap_or_default();
    let told = format!("{} {}", text("says"), text("to_fix"));
    (finding["ok"].as_bool(), told)
}

#[track_caller]
fn is(ran: &Ran, what: &str, ok: Option<bool>, told: &str) {
    let seen = finding(ran, what);
    assert_eq!(seen.0, ok, "{what}: {}", seen.1);
    for text in told.split(" … ") {
        assert!(seen.1.contains(text), "no {text:?} in {}", seen.1);
    }
}

#[test]
fn nothing_is_wrong_with_a_stack_that_works() {
    let (target, api) = (Target::start(), tickets());
    let parameters = format!("ReactionUrl={} TicketApiUrl={}", target.url, api.url);
    let stack = Stack::deploy(&format!("HoldSeconds=0 ReconcileMinutes=60 {parameters}"));
    stack.put_ticket_api_key(KEY);
    by_name(&stack, "reconcile").hiding(KEY).ends(0);
    let event = Ticket::new("All is well").event("ticket.created", 0);
    stack.sender().deliver(&event);
    wait_until("its reaction", SOON, || {
        !target.calls(&event.event_id).is_empty()
    });
    let ran = connect(&stack, "--json connect --check")
        .hiding(KEY)
        .ends(0);
    for (what, told) in [
        ("stack", stack.webhook_url.as_str()),
        ("signing secret", "1 secret of AlgaPSA's form"),
        ("receiver", "accepts a signed test delivery"),
        ("deliveries", "ticket.created, accepted"),
        ("refused", "nothing within 24 h"),
        ("waiting events", "none for over 15 min"),
        ("parked events", "none"),
        ("dead letters", "none"),
        ("quarantine", "none"),
        ("reaction", &format!("{} answers", target.url)),
        ("key for tickets", "reads tickets before a reaction"),
        ("reconciler", "on, every 1 h; the last whole run was"),
    ] {
        is(&ran, what, Some(true), told);
    }
    is(
        &ran,
        "key to reconcile",
        None,
        "it takes the key for tickets",
    );
    let ran = connect(&stack, "connect --check").ends(0);
    ran.tells("✓ signing secret … – key to reconcile … Nothing is wrong.");
    let posted = target.everything();
    let posted = posted.iter().filter(|call| call.method == Method::POST);
    assert_eq!(posted.count(), 1, "that was the reaction");
}

#[test]
fn all_that_is_wrong_is_told_with_how_to_fix_it() {
    let (target, api) = (Target::start(), tickets());
    let stack = Stack::deploy(&format!(
        "HoldSeconds=0 ReactionUrl={} ReconcileMinutes=60 TicketApiUrl={}",
        target.url, api.url
    ));
    stack.put_ticket_api_key(KEY);
    let sender = stack.sender();
    let event = Ticket::new("Nothing is well").event("ticket.created", 0);
    target.answer(&event.event_id, Reply::Status(422));
    sender.deliver(&event);
    let unreadable = sender
        .delivery_of(r#"{"event_type":"ticket.created"}"#)
        .send();
    assert_eq!(unreadable.outcome(), "200 quarantined");
    assert_eq!(sender.delivery(&Event::test()).forged().send().status, 401);
    wait_until("the event is parked", SOON, || {
        by_name(&stack, "parked").run().code == 1
    });
    stack.put_ticket_api_key("a-wrong-key");
    let ran = connect(&stack, "--json connect --check")
        .hiding("a-wrong-key")
        .ends(1);
    let named = format!("alga-webhooks --stack {}", stack.stack_name);
    for (what, told) in [
        ("refused", "1 × signature mismatch"),
        ("refused", &format!("{named} secret rotate")),
        ("parked events", &format!("1 event … {named} redrive --all")),
        ("dead letters", &format!("1 letter … {named} redrive")),
        ("quarantine", &format!("1 body … {named} quarantine list")),
        (
            "key for tickets",
            "answered 401 … aws secretsmanager put-secret-value",
        ),
        ("reconciler", "no run has been whole yet"),
    ] {
        is(&ran, what, Some(false), told);
    }
    let ran = connect(&stack, "connect --check")
        .hiding("a-wrong-key")
        .ends(1);
    ran.tells("✗ refused … → See why with … things are wrong.");
    assert_eq!(sender.send(&Event::test()).outcome(), "200 test");
    let ran = connect(&stack, "--json connect --check").hiding("a-wrong-key");
    is(
        &ran.ends(1),
        "refused",
        Some(true),
        "1 × signature mismatch",
    );
}

#[test]
fn a_stack_without_a_secret_or_a_target_is_told_so() {
    let stack =
        Stack::deploy("HoldSeconds=0 ReactionUrl=http://127.0.0.1:9/?token=never-to-be-shown");
    stack.put_secret("");
    let ran = connect(&stack, "--json connect --check")
        .hiding("never-to-be-shown")
        .ends(1);
    let named = format!("alga-webhooks --stack {} connect", stack.stack_name);
    is(
        &ran,
        "signing secret",
        Some(false),
        &format!("none is set yet … {named}"),
    );
    is(&ran, "receiver", None, "no secret to sign with");
    is(
        &ran,
        "deliveries",
        Some(false),
        "none of AlgaPSA's within 7 days … Send test",
    );
    is(
        &ran,
        "reaction",
        Some(false),
        "http://127.0.0.1:9/ does not answer this machine … ReactionUrl",
    );
    is(&ran, "reconciler", None, "off");
    stack.put_secret("{\"a\":\"not-a-map-of-secrets\"}");
    let ran = connect(&stack, "--json connect --check")
        .hiding("not-a-map")
        .ends(1);
    is(&ran, "signing secret", Some(false), "it cannot be used");
}

#[test]
fn a_secret_that_the_receiver_does_not_know_is_told_with_its_answer() {
    let stack = Stack::deploy("HoldSeconds=0");
    let nobody = cli(&stack, "--json connect --check").env("WEBHOOK_URL", "http://127.0.0.1:9/");
    let nobody = nobody.env("RECEIVER_LOG_GROUP", &stack.receiver_log_group);
    let ran = nobody.ends(1);
    is(&ran, "receiver", Some(false), "no answer: … WebhookUrl");
    is(&ran, "reaction", None, "not known without --stack");
    is(&ran, "reconciler", None, "not known without --stack");
}

/// `make local` writes all of them down.
#[test]
fn the_variables_of_a_local_stack_tell_its_parameters() {
    let stack = Stack::deploy("HoldSeconds=0 ReconcileMinutes=30 TicketApiUrl=http://127.0.0.1:9");
    let local = |words: &str| {
        let tool = cli(&stack, words).env("RECEIVER_LOG_GROUP", &stack.receiver_log_group);
        let told = stack.others.iter();
        told.fold(tool, |tool, (name, value)| tool.env(name, value))
    };
    let ran = local("--json connect --check").ends(1);
    is(&ran, "reaction", Some(true), "written to the reactor's log");
    is(&ran, "reconciler", Some(false), "on, every 30 min");
    let without = Stack::deploy("HoldSeconds=0");
    let tool = cli(&without, "reconcile").env("TICKET_API_URL", &without.others["TICKET_API_URL"]);
    tool.ends(1).warns("has no TicketApiUrl");
}

/// Only a URL can be asked from here.
#[test]
fn a_reaction_that_is_no_url_is_named() {
    for (reaction, ok, told) in [
        ("log", Some(true), "written to the reactor's log"),
        ("eventbridge", None, "put onto the event bus t"),
        ("sqs", None, "sent to the queue arn:aws:sqs:"),
        ("custom", None, "handled by your own code"),
    ] {
        let stack = Stack::deploy(&format!("HoldSeconds=0 Reaction={reaction}"));
        let ran = connect(&stack, "--json connect --check").ends(1);
        is(&ran, "reaction", ok, told);
    }
}

#[test]
fn a_stack_that_is_not_there_is_the_only_finding() {
    let ran = alone("--stack not-there --json connect --check").ends(1);
    let findings: Value = ran.json();
    assert_eq!(findings.as_array().map(Vec::len), Some(1), "{findings}");
    is(
        &ran,
        "stack",
        Some(false),
        "there is no stack not-there … --stack and --region",
    );
}
