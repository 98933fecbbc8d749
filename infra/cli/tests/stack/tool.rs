//! The tool as an operator runs it: the binary, pointed at a stack.

use std::process::{Command, Output};

use algapsa::{Event, Ticket};
use serde_json::Value;
use support::{Pipeline, SOON, Stack, wait_until};

/// What a run of the tool printed, and how it ended.
#[derive(Debug)]
pub struct Told {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Told {
    /// With that exit code, or the test is over.
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// What was printed, as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Whether the tables and lines for people hold all of these.
    pub fn shows(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(
                self.out.contains(text),
                "{text:?} is missing in\n{}",
                self.out
            );
        }
        self
    }
}

/// Runs the tool on that stack, as after `. target/local/env-4566`.
pub fn cli(stack: &Stack, arguments: &[&str]) -> Told {
    told(&mut pointed(stack, arguments))
}

/// Runs the tool on that stack, whose queue of doorbells is not there: what rings, fails.
pub fn cli_without_queue(stack: &Stack, arguments: &[&str]) -> Told {
    let nowhere = format!("{}-gone", stack.queue_url);
    told(pointed(stack, arguments).env("QUEUE_URL", nowhere))
}

/// The tool, ready to be run on that stack.
pub fn pointed(stack: &Stack, arguments: &[&str]) -> Command {
    let mut command = alone(arguments);
    command
        .env("INBOX_TABLE", &stack.inbox_table)
        .env("QUEUE_URL", &stack.queue_url)
        .env("DEAD_LETTER_QUEUE_URL", &stack.dead_letter_queue_url)
        .env("SECRET_ID", &stack.secret_id)
        .env("WEBHOOK_URL", &stack.webhook_url);
    command
}

/// Runs the tool, which finds the stack by its name.
pub fn cli_by_name(stack: &Stack, arguments: &[&str]) -> Told {
    told(&mut alone(
        &[&["--stack", &stack.stack_name], arguments].concat(),
    ))
}

/// The tool without any stack.
pub fn alone(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alga-webhooks"));
    command.args(arguments);
    for variable in [
        "INBOX_TABLE",
        "QUEUE_URL",
        "DEAD_LETTER_QUEUE_URL",
        "WEBHOOK_URL",
        "SIGNING_SECRET",
    ] {
        command.env_remove(variable);
    }
    command
}

fn told(command: &mut Command) -> Told {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the tool can be run");
    Told {
        code: status.code().expect("it was not killed"),
        out: String::from_utf8(stdout).expect("it prints text"),
        err: String::from_utf8(stderr).expect("it prints text"),
    }
}

/// Sends events one after the other.
pub fn accept(pipeline: &Pipeline, events: &[Event]) {
    for event in events {
        assert_eq!(pipeline.sender.send(event).outcome(), "200 accepted");
    }
}

/// Sends events, which the target is to refuse for good, and waits until they are parked.
pub fn park(pipeline: &Pipeline, ticket: &Ticket, events: &[Event]) {
    accept(pipeline, events);
    for event in events {
        wait_until("an event is parked", SOON, || {
            state(&pipeline.stack, ticket, event) == "parked"
        });
    }
}

/// Waits until events are settled: a little later than their reactions are heard.
pub fn settled(pipeline: &Pipeline, ticket: &Ticket, events: &[Event]) {
    for event in events {
        wait_until("an event is settled", SOON, || {
            state(&pipeline.stack, ticket, event) == "settled"
        });
    }
}

/// What has become of an event, as its item in the table tells.
pub fn state(stack: &Stack, ticket: &Ticket, event: &Event) -> &'static str {
    let item = stack.kept(&ticket.stream(), event).expect("it is kept");
    match (item.get("due"), item.get("parked_at")) {
        (Some(_), _) => "waiting",
        (None, Some(_)) => "parked",
        (None, None) => "settled",
    }
}

/// The ids of events.
pub fn ids(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.event_id.clone()).collect()
}

/// One field of each row, in order.
pub fn field(rows: &Value, name: &str) -> Vec<String> {
    let rows = rows.as_array().expect("a list was printed").iter();
    let field = |row: &Value| row[name].as_str().unwrap_or_default().to_owned();
    rows.map(field).collect()
}
