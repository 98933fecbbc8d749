//! The `http` reaction as functions/reactor/README.md tells a user to answer it: its handlers, and its secret.

use std::io::{self, Write};
use std::process::Command;
use std::{env, fs};

use algapsa::{Event, Sender, Ticket};
use jiff::SignedDuration;
use serde_json::json;
use support::page::{block, blocks};
use support::{Stack, Target, cloud, put_secret};
use uuid::Uuid;

use crate::program::{Program, overtaken};

const PAGE: &str = include_str!("../../functions/reactor/README.md");
const SECRET: &str = "pBx4Yq0vN1sT7uWzL3kR9mHcEa2dGfJ5oQ8iVtXyZ6b";
const NEW_SECRET: &str = "U7rK2mWq9ZxP4vB6nT1sYc8dLhE3gJ5fA0oQiXtVzRk";

/// One of the page's handlers, running as a user would run it.
struct Handler {
    program: Program,
    url: String,
}

impl Handler {
    fn python(secrets: &str) -> Self {
        Self::start("exec python3 handler.py", secrets)
    }

    /// None where there is no Node.js, which is said even where passing tests say nothing.
    fn node(secrets: &str) -> Option<Self> {
        let there = Command::new("node").arg("--version").output().is_ok();
        if !there {
            say(
                "SKIPPED: the handler in Node.js was not run, because there is no node on the path",
            );
        }
        there.then(|| Self::start("exec node handler.mjs", secrets))
    }

    /// Starts one of the page's handlers, which are saved where the command runs.
    fn start(command: &str, secrets: &str) -> Self {
        let python = block(PAGE, "A handler in Python", "python");
        let node = block(PAGE, "A handler in Node.js", "js");
        let files = [("handler.py", python), ("handler.mjs", node)];
        let variables = [("REACTION_SECRETS", secrets), ("PORT", "0")];
        let program = Program::start(&files, command, &variables);
        let line = program.first_line();
        let port = line.strip_prefix("listening on port ");
        let port = port.expect("its first line");
        Self {
            url: format!("http://127.0.0.1:{port}/"),
            program,
        }
    }

    fn told(&self, event: &Event) -> Vec<String> {
        self.program.told(event)
    }

    /// The same, once it has told of an event that came after all others.
    fn told_by_now(&self, event: &Event) -> Vec<String> {
        let last = Ticket::new("The last one").event("ticket.created", 0);
        let answer = Sender::new(&self.url, SECRET).send(&last);
        assert_eq!(answer.status, 204);
        self.wait_for(&last);
        self.told(event)
    }

    fn wait_for(&self, event: &Event) -> String {
        self.program.wait_for(event)
    }
}

/// Says it past the test harness, which keeps what passing tests print.
fn say(what: &str) {
    let _ = writeln!(io::stderr(), "{what}");
}

/// A stack that reacts to a handler, signing with a secret that the handler was started with.
fn deploy(handler: &Handler) -> Stack {
    let stack = Stack::deploy(&format!("HoldSeconds=0 ReactionUrl={}", handler.url));
    put_secret(&stack.reaction_secret_id, SECRET);
    stack
}

/// Has the next reaction made by an instance that has read no secret yet.
fn forget_secret(stack: &Stack) {
    let change = json!({ "MemorySize": 300 });
    cloud::configure(&stack.reactor_function, &change).expect("it can be changed");
}

fn handles_each_event_once_and_in_order(handler: &Handler) {
    let stack = deploy(handler);
    let [created, closed, straggler] = overtaken(&stack, &Ticket::new("Handled"), &handler.program);
    assert_eq!(handler.told_by_now(&created), ["tell and apply"]);
    assert_eq!(handler.told_by_now(&closed), ["tell and apply"]);
    assert_eq!(handler.told_by_now(&straggler), ["tell"], "it came late");
}

fn refuses_what_is_not_proved(handler: &Handler) {
    let event = Ticket::new("Refused").event("ticket.created", 0);
    let sender = Sender::new(&handler.url, SECRET);
    let status = |delivery: algapsa::Delivery| delivery.send().status;
    let signed = |age: i64| {
        let age = SignedDuration::from_secs(age);
        status(sender.delivery(&event).aged(SECRET, age))
    };
    let with =
        |signature: &str| status(sender.delivery(&event).with("x-alga-signature", signature));
    let elsewhere = sender.delivery(&Ticket::new("Another").event("ticket.created", 0));
    let of_another_body = elsewhere.signature().expect("it is signed");
    assert_eq!(status(sender.delivery(&event).forged()), 401);
    assert_eq!(signed(301), 401, "stale");
    assert_eq!(signed(-600), 401, "ahead");
    assert_eq!(with(of_another_body), 401);
    let zeros = "0".repeat(64);
    for odd in [
        "",
        "t=1",
        &format!("t=,v1={zeros}"),
        &format!("t=²,v1={zeros}"),
    ] {
        assert_eq!(with(odd), 401, "{odd:?}");
    }
    let unsigned = sender.delivery(&event).without("x-alga-signature");
    assert_eq!(status(unsigned), 401);
    assert_eq!(handler.told_by_now(&event), [""; 0]);
    assert_eq!(signed(200), 204, "still fresh");
    assert_eq!(handler.told_by_now(&event).len(), 1);
}

fn drops_duplicates_and_nothing_else(handler: &Handler) {
    let event = Ticket::new("Twice").event("project.closed", 0);
    let alias = event.alias("project.completed");
    let sender = Sender::new(&handler.url, SECRET);
    for _ in 0..2 {
        assert_eq!(sender.send(&event).status, 204);
        assert_eq!(
            sender.send(&alias).status,
            204,
            "the same id is another event"
        );
    }
    for _ in 0..2 {
        let replay = sender.delivery(&event);
        let replay = replay.with("x-alga-replay", "2026-08-24T15:04:05.678Z");
        assert_eq!(replay.send().status, 204);
    }
    assert_eq!(handler.told_by_now(&event).len(), 2, "and one replay");
    assert_eq!(handler.told_by_now(&alias).len(), 1);
}

#[test]
fn the_handler_in_python_handles_each_event_once_and_in_order() {
    handles_each_event_once_and_in_order(&Handler::python(SECRET));
}

#[test]
fn the_handler_in_python_refuses_what_is_not_proved_and_drops_duplicates() {
    let handler = Handler::python(SECRET);
    refuses_what_is_not_proved(&handler);
    drops_duplicates_and_nothing_else(&handler);
}

#[test]
fn the_handler_in_node_handles_each_event_once_and_in_order() {
    if let Some(handler) = Handler::node(SECRET) {
        handles_each_event_once_and_in_order(&handler);
    }
}

#[test]
fn the_handler_in_node_refuses_what_is_not_proved_and_drops_duplicates() {
    if let Some(handler) = Handler::node(SECRET) {
        refuses_what_is_not_proved(&handler);
        drops_duplicates_and_nothing_else(&handler);
    }
}

/// The page's own order: the endpoint takes both, then the stack gets the new one; what either signs is handled.
#[test]
fn the_reaction_secret_is_rotated_without_a_refused_event() {
    let handlers = [Some(Handler::python(&both())), Handler::node(&both())];
    for handler in handlers.iter().flatten() {
        let front = Target::in_front_of(&handler.url);
        let stack = Stack::deploy(&format!("HoldSeconds=0 ReactionUrl={}", front.url));
        let ticket = Ticket::new("Rotated");
        for (second, secret) in (0..).zip([SECRET, NEW_SECRET]) {
            put_secret(&stack.reaction_secret_id, secret);
            forget_secret(&stack);
            let event = ticket.event("ticket.updated", second);
            stack.sender().deliver(&event);
            handler.wait_for(&event);
            let calls = front.calls(&event.event_id);
            assert!(calls.iter().all(|call| call.is_signed_with(secret)));
        }
        let failed = |line: &serde_json::Value| line["message"] == "a reaction failed";
        assert!(!stack.reactor_log().iter().any(failed));
    }
}

fn both() -> String {
    format!("{SECRET} {NEW_SECRET}")
}

#[test]
fn the_command_that_starts_a_handler_works_as_the_page_shows_it() {
    let file = env::temp_dir().join(Uuid::new_v4().to_string());
    fs::write(&file, format!("export REACTION_SECRET={SECRET}\n")).expect("it can be written");
    let command = block(PAGE, "A handler in Node.js", "sh");
    let command = command.replace("target/local/env-4566", file.to_str().expect("a name"));
    let command = command.replace("REACTION_SECRETS=", "exec env REACTION_SECRETS=");
    let handler = Handler::start(&command.replace("PORT=9000", "PORT=0"), "");
    let event = Ticket::new("By hand").event("ticket.created", 0);
    assert_eq!(Sender::new(&handler.url, SECRET).send(&event).status, 204);
    fs::remove_file(&file).expect("it is there");
}

/// The page's commands for the secret, on a stack with the parameters that the page gives to `make local`.
#[test]
fn the_commands_for_the_secret_work_as_the_page_shows_them() {
    let parameters = PAGE.split("`make local PARAMS=\"").nth(1);
    let parameters = parameters.and_then(|rest| rest.split('"').next());
    let stack = Stack::deploy(parameters.expect("the page says how to begin"));
    let mut commands = blocks(PAGE);
    commands.retain(|block| block.section == "The secret");
    let [read, rotate] = commands[..] else {
        panic!("the page reads and rotates the secret: {commands:?}");
    };
    let Some(told) = shell(&stack, read.text) else {
        return;
    };
    assert_eq!(told.trim(), stack.reaction_secret);
    let id = &stack.reaction_secret_id;
    let told = shell(&stack, &format!("REACTION_SECRET_ID={id}\n{}", rotate.text));
    let told = told.expect("it prints both secrets");
    let setting = told.lines().next().expect("a line");
    let both = shell(
        &stack,
        &format!("{setting}\nprintf %s \"$REACTION_SECRETS\""),
    );
    let both = both.expect("it is a setting");
    let (old, new) = both.split_once(' ').expect("two secrets");
    assert_eq!(old, stack.reaction_secret);
    assert_eq!((new.len(), new == old), (43, false));
    let input = json!({ "SecretId": id });
    let held = cloud::call("secretsmanager", "GetSecretValue", &input).expect("it can be read");
    assert_eq!(held["SecretString"], new);
}

#[test]
fn the_command_for_the_key_of_the_ticket_api_works_as_the_page_shows_it() {
    let stack = Stack::deploy("ReactionUrl=http://127.0.0.1:9/ TicketApiUrl=http://127.0.0.1:9");
    let id = &stack.ticket_api_secret_id;
    let command = block(PAGE, "Fresh tickets", "sh");
    let script = format!("TICKET_API_SECRET_ID={id}\nexec <<< 'the key'\n{command}");
    if shell(&stack, &script).is_some() {
        let input = json!({ "SecretId": id });
        let held = cloud::call("secretsmanager", "GetSecretValue", &input);
        assert_eq!(held.expect("it can be read")["SecretString"], "the key");
    }
}

/// Each is in a test that is named after what it shows; a new one belongs into a test too.
#[test]
fn the_page_has_no_block_that_no_test_knows() {
    let known = [
        ("The event", "json"),
        ("A handler in Python", "python"),
        ("A handler in Node.js", "js"),
        ("A handler in Node.js", "sh"),
        ("The secret", "sh"),
        ("The secret", "sh"),
        ("`eventbridge`", "json"),
        ("`eventbridge`", "sh"),
        ("`custom`", "rust"),
        ("Settings and secrets of your own", "diff"),
        ("Settings and secrets of your own", "sh"),
        ("Fresh tickets", "sh"),
    ];
    let blocks = blocks(PAGE).into_iter();
    let blocks: Vec<_> = blocks
        .map(|block| (block.section, block.language))
        .collect();
    assert_eq!(blocks, known);
}

/// What a script prints that uses the AWS CLI; nothing where that is missing, which is said.
pub fn shell(stack: &Stack, script: &str) -> Option<String> {
    if Command::new("aws").arg("--version").output().is_err() {
        say(
            "SKIPPED: commands of functions/reactor/README.md were not run, because there is no aws on the path",
        );
        return None;
    }
    let script = script.replace("alga-webhooks", &stack.stack_name);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut bash = Command::new("bash");
    bash.args(["-euc", &script]).current_dir(root);
    let ran = bash.output().expect("bash can be run");
    let trouble = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{script}\n{trouble}");
    Some(String::from_utf8(ran.stdout).expect("text"))
}
