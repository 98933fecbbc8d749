//! `alga-webhooks connect`, next to an AlgaPSA that sends its test, and one whose API lets a key manage webhooks.

mod by_api;
mod check;
mod overlap;

use std::thread;
use std::time::Duration;

use algapsa::day::Day;
use algapsa::desk::Desk;
use algapsa::ticket_api::{Installation, KEY, TicketApi};
use algapsa::{Event, Sender, Ticket};
use jiff::Timestamp;
use serde_json::{Value, json};
use support::{Reply, SOON, Stack, Target, cloud, wait_until};
use uuid::Uuid;

use crate::command::{Cli, Ran, alone, by_name, cli};
use crate::terminal::{hidden, open};

/// A secret as AlgaPSA makes them: 43 characters of base64url.
pub fn fresh() -> String {
    let text = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    format!("_-{}", &text[..41])
}

/// The value of a secret that is there now.
pub fn value(secret_id: &str) -> String {
    let asked = json!({ "SecretId": secret_id });
    let answer = cloud::call("secretsmanager", "GetSecretValue", &asked).unwrap();
    answer["SecretString"].as_str().unwrap().to_owned()
}

/// The command, with the way to the receiver that the local AWS has: its host name leads nowhere.
pub fn connect(stack: &Stack, words: &str) -> Cli {
    by_name(stack, &format!("{words} --url {}", stack.webhook_url))
}

/// Runs the tool, and does something meanwhile.
fn meanwhile(tool: Cli, code: i32, does: impl FnOnce()) -> Ran {
    thread::scope(|scope| {
        let running = scope.spawn(move || tool.ends(code));
        does();
        running.join().expect("the tool ends")
    })
}

/// An admin has put the webhook's secret in by the tool, and presses *Send test* until it is taken.
fn sends_a_test(stack: &Stack, sender: &Sender) {
    wait_until("the secret is stored", SOON, || {
        value(&stack.secret_id) == sender.secret
    });
    wait_until("the test is taken", SOON, || {
        sender.send(&Event::test()).outcome() == "200 test"
    });
}

/// How many test deliveries of the tool's the receiver has logged. It sends one when it has looked for AlgaPSA's.
fn own_tests(stack: &Stack) -> usize {
    let is_own = |line: &&Value| {
        let id = line["event.id"].as_str().unwrap_or_default();
        id.starts_with("alga-webhooks-")
    };
    stack.receiver_log().iter().filter(is_own).count()
}

/// Runs the tool, and does something when it has begun to wait, or is about to.
fn while_it_waits(stack: &Stack, tool: Cli, code: i32, does: impl FnOnce()) -> Ran {
    let before = own_tests(stack);
    meanwhile(tool, code, || {
        wait_until("the tool has begun", SOON, || own_tests(stack) > before);
        does();
    })
}

/// An AlgaPSA with some tickets.
pub fn tickets() -> TicketApi {
    let now = Timestamp::now();
    let day = Day::idle(Desk::with_tickets(7, 10, now), now);
    TicketApi::serving(Installation::new([day]), Timestamp::now)
}

#[test]
fn a_new_stack_is_connected_by_its_secret_and_a_test_of_algapsas() {
    let stack = Stack::deploy("HoldSeconds=0 WatchedTypes=ticket.closed");
    stack.put_secret("");
    let sender = Sender::new(&stack.webhook_url, &fresh());
    let tool = connect(&stack, "connect").input(&sender.secret);
    let tool = tool.hiding(&sender.secret);
    let ran = meanwhile(tool, 0, || sends_a_test(&stack, &sender));
    ran.tells("1. The webhook in AlgaPSA … Settings → Security → Webhooks → Outbound");
    ran.tells(&format!(
        "{} … ticket.closed … but comments … 1000 a minute",
        stack.webhook_url
    ));
    assert!(
        !ran.out.contains("ticket.created"),
        "that is not watched: {}",
        ran.out
    );
    ran.tells("2. Its signing secret … The secret is in place");
    ran.tells("3. A test from AlgaPSA … It arrived at … its signature is right: a test delivery");
    ran.tells(&format!("the tenant {}", Event::test().tenant_id));
    ran.tells("4. Keys of AlgaPSA's API (optional) … without TicketApiUrl");
    ran.tells(&format!(
        "5. The first event … alga-webhooks --stack {} connect --watch",
        stack.stack_name
    ));
    is_done_already(&stack);
}

/// Nobody is asked a second time for what is done.
fn is_done_already(stack: &Stack) {
    let ran = connect(stack, "connect").ends(0);
    ran.tells("so the webhook is there … holds 1 secret … Done already: the last delivery came");
    assert!(!ran.out.contains("1000 a minute"), "{}", ran.out);
    let ran = connect(stack, "--json connect").ends(0).json();
    assert_eq!(ran["secret_changed"], false);
    assert_eq!(ran["proof"]["what"], "a test delivery");
}

#[test]
fn what_this_tool_sends_is_no_proof() {
    let stack = Stack::deploy("HoldSeconds=0");
    cli(&stack, "send").ends(0);
    cli(&stack, "send --type webhook.test").ends(0);
    let ran = connect(&stack, "connect --wait 4s").ends(1);
    ran.tells("Press Send test … Nothing came within 4 s … alga-webhooks");
    ran.tells(&format!("is the URL there {}", stack.webhook_url));
    let ran = connect(&stack, "--json connect --wait 0s").ends(1).json();
    assert_eq!(ran["proof"], Value::Null);
}

#[test]
fn a_refused_delivery_is_told_with_its_reason_while_the_test_is_waited_for() {
    let stack = Stack::deploy("HoldSeconds=0");
    let sender = stack.sender();
    let unsigned = sender.delivery(&Event::test());
    let unsigned = unsigned.without("x-alga-signature");
    assert_eq!(unsigned.send().status, 401);
    // A moment that is plainly over when the tool begins.
    thread::sleep(Duration::from_secs(3));
    let tool = connect(&stack, "connect");
    let ran = while_it_waits(&stack, tool, 0, || {
        wait_until("something is refused", SOON, || {
            sender.delivery(&Event::test()).forged().send().status == 401
        });
        wait_until("the refusal is in the log", SOON, || {
            let lines = stack.receiver_log();
            lines.iter().any(|line| line["outcome"] == "rejected")
        });
        assert_eq!(sender.send(&Event::test()).outcome(), "200 test");
    });
    ran.warns("A delivery was refused: signature mismatch");
    assert!(!ran.err.contains("proxy in between drops"), "{}", ran.err);
    ran.warns(&format!(
        "alga-webhooks --stack {} secret rotate",
        stack.stack_name
    ));
    ran.tells("It arrived at");
}

#[test]
fn the_first_event_is_shown_with_its_delays_and_its_reaction() {
    let target = Target::start();
    let url = format!("{}?token=a-token-of-the-target", target.url);
    let stack = Stack::deploy(&format!("HoldSeconds=0 ReactionUrl={url}"));
    let sender = stack.sender();
    assert_eq!(sender.send(&Event::test()).outcome(), "200 test");
    let ticket = Ticket::new("First of all");
    let event = ticket.event("ticket.closed", 0);
    let tool = connect(&stack, "connect --watch").hiding("a-token-of-the-target");
    let ran = while_it_waits(&stack, tool, 0, || sender.deliver(&event));
    ran.tells(&format!("ticket.closed of {} has arrived", ticket.stream()));
    ran.tells(&format!("posted to {} after", target.url));
    ran.tells("in order. … Connected.");
    assert_eq!(target.reactions(&ticket), [&*event.event_id]);
    let another = ticket.event("ticket.updated", 1);
    let tool = connect(&stack, "--json connect --watch");
    let ran = while_it_waits(&stack, tool, 0, || sender.deliver(&another)).json();
    let seen = ran["first_event"]["event_id"].as_str().unwrap_or_default();
    assert!(
        [&*event.event_id, &*another.event_id].contains(&seen),
        "{ran}"
    );
    assert_eq!(ran["first_event"]["state"], "settled");
}

#[test]
fn a_reaction_that_fails_for_good_is_told_with_what_to_do() {
    let target = Target::start();
    let stack = Stack::deploy(&format!("HoldSeconds=0 ReactionUrl={}", target.url));
    let event = Ticket::new("Not wanted").event("ticket.created", 0);
    target.answer(&event.event_id, Reply::Status(422));
    let sender = stack.sender();
    assert_eq!(sender.send(&Event::test()).outcome(), "200 test");
    let tool = connect(&stack, "connect --watch");
    let ran = while_it_waits(&stack, tool, 1, || sender.deliver(&event));
    ran.tells("it is parked: the target answered 422 … redrive --all");
    assert!(!ran.out.contains("Connected."), "{}", ran.out);
}

#[test]
fn at_a_terminal_everything_is_asked_and_no_secret_is_shown() {
    let api = tickets();
    let stack = Stack::deploy(&format!(
        "HoldSeconds=0 ReconcileMinutes=60 TicketApiUrl={}",
        api.url
    ));
    stack.put_secret("");
    let sender = Sender::new(&stack.webhook_url, &fresh());
    let event = Ticket::new("At a terminal").event("ticket.created", 0);
    let (secret, wrong, key) = (
        format!("{}\n", sender.secret),
        "a-wrong-key-of-the-api\n",
        format!("{KEY}\n"),
    );
    let tool = connect(&stack, "connect --wait 2m").at_a_terminal(&[
        hidden("Signing secret as AlgaPSA shows it", "\n"),
        hidden("Signing secret as AlgaPSA shows it", &secret),
        hidden("Key that reads tickets before a reaction", wrong),
        hidden("Key that reads tickets before a reaction", &key),
        hidden(
            "Key that reads the tickets that the reconciler compares",
            "\n",
        ),
        open("Watch for it now?", "\n"),
    ]);
    let tool = tool.hiding(&sender.secret).hiding(KEY).hiding(wrong.trim());
    let ran = meanwhile(tool, 0, || {
        sends_a_test(&stack, &sender);
        sender.deliver(&event);
    });
    ran.tells(
        "It was not stored. AlgaPSA's API answered 401 … It works, and is stored. … Left out.",
    );
    ran.tells("ticket.created of … written to the reactor's log after … Connected.");
    assert_eq!(value(&stack.secret_id), sender.secret);
    assert_eq!(value(&stack.ticket_api_secret_id), KEY);
    assert_eq!(value(&stack.reconcile_api_secret_id), "");
}

#[test]
fn an_interrupted_question_changes_nothing() {
    let stack = Stack::deploy("HoldSeconds=0");
    stack.put_secret("");
    let tool = connect(&stack, "connect");
    let interrupt = hidden("Signing secret as AlgaPSA shows it", "\u{3}");
    let ran = tool.at_a_terminal(&[interrupt]).ends(1);
    ran.tells("error: interrupted: nothing was changed");
    assert_eq!(value(&stack.secret_id), "");
}

#[test]
fn at_a_terminal_the_first_event_can_wait() {
    let stack = Stack::deploy("HoldSeconds=0");
    assert_eq!(stack.sender().send(&Event::test()).outcome(), "200 test");
    let tool = connect(&stack, "connect");
    let ran = tool
        .at_a_terminal(&[
            open("Watch for it now?", "perhaps\n"),
            open("Watch for it now?", "n\n"),
        ])
        .ends(0);
    ran.tells("To watch later, run: … Connected.");
}

#[test]
fn without_a_secret_on_standard_input_it_says_how_to_give_one() {
    let stack = Stack::deploy("HoldSeconds=0");
    stack.put_secret("");
    let ran = connect(&stack, "connect").ends(1);
    ran.warns("no secret was given");
    let named = format!("alga-webhooks --stack {} connect", stack.stack_name);
    ran.tells(&format!(
        "There is no terminal to ask at … pass show algapsa/webhook | {named}"
    ));
    assert_eq!(value(&stack.secret_id), "");
}

/// The last step that could be done is the last one that is begun.
#[test]
fn a_receiver_that_does_not_answer_ends_it_with_what_to_do() {
    let stack = Stack::deploy("HoldSeconds=0");
    let elsewhere = || by_name(&stack, "connect --url http://127.0.0.1:9/");
    let ran = elsewhere().ends(1);
    ran.tells("The stack holds a secret, but the receiver answered no answer: … connect --check");
    assert!(!ran.out.contains("A test from AlgaPSA"), "{}", ran.out);
    stack.put_secret("");
    let secret = fresh();
    let ran = elsewhere().input(&secret).hiding(&secret).ends(1);
    ran.warns("The secret is in place, but the receiver did not accept");
    assert!(!ran.out.contains("A test from AlgaPSA"), "{}", ran.out);
    assert_eq!(value(&stack.secret_id), secret);
}

#[test]
fn what_makes_no_sense_together_is_refused() {
    for words in [
        "connect --check --watch",
        "connect --check --webhook 7c1f0000-0d3e-4a86-9c1a-5e2f8d6b7a10",
        "connect --webhook seven",
        "connect --wait soon",
    ] {
        alone(words).ends(2).warns("error: ");
    }
}
