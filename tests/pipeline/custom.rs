//! The user's own Rust: the example of functions/reactor/README.md as the reactor of a stack, with its own settings.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

use algapsa::{Event, Ticket};
use serde_json::{Value, json};
use support::page::block;
use support::template::lint;
use support::{Reply, SOON, Stack, Target, cloud, put_secret, wait_for, wait_until};
use uuid::Uuid;

use crate::eventbridge::card;
use crate::handlers::shell;

const PAGE: &str = include_str!("../../functions/reactor/README.md");
const EXAMPLE: &str = include_str!("../../functions/reactor/examples/chat.rs");
const TEMPLATE: &str = include_str!("../../template.yaml");

/// The repository's template with the page's lines in it, which are for Teams.
static CHANGED: LazyLock<PathBuf> = LazyLock::new(|| {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("custom.yaml");
    let hunks = block(PAGE, "Settings and secrets of your own", "diff").split("@@\n");
    let changed = hunks.fold(TEMPLATE.to_owned(), |template, hunk| {
        patched(&template, hunk)
    });
    fs::write(&file, changed).expect("a file can be written");
    file
});

/// The same for Slack.
static FOR_SLACK: LazyLock<PathBuf> = LazyLock::new(|| {
    let teams = fs::read_to_string(&*CHANGED).expect("it was written");
    let line = "CHAT: teams # or slack\n";
    assert_eq!(teams.matches(line).count(), 1, "the page says what else");
    let file = CHANGED.with_file_name("custom-slack.yaml");
    fs::write(&file, teams.replace(line, "CHAT: slack\n")).expect("a file can be written");
    file
});

/// A template with the lines of a hunk that have a plus, next to those that have none.
fn patched(template: &str, hunk: &str) -> String {
    let old = hunk.lines().filter_map(|line| line.strip_prefix(' '));
    let new = hunk.lines().filter_map(|line| line.get(1..));
    let [old, new] = [old.collect::<Vec<_>>(), new.collect()].map(|lines| lines.join("\n") + "\n");
    let old = format!("\n{old}");
    assert_eq!(
        template.matches(&old).count(),
        1,
        "where does {hunk} belong?"
    );
    template.replace(&old, &format!("\n{new}"))
}

/// A stack with the example as its reaction, and the chat that it tells; its URL is a secret.
struct World {
    stack: Stack,
    chat: Target,
    canary: String,
}

impl World {
    fn deploy(template: &Path) -> Self {
        let reactor = Path::new(env!("CARGO_BIN_EXE_chat"));
        let stack = Stack::deploy_changed("HoldSeconds=0 Reaction=custom", template, reactor);
        let chat = Target::start();
        let canary = format!("canary-{}", Uuid::new_v4());
        let world = Self {
            stack,
            chat,
            canary,
        };
        world.put_url(&format!("{}/{}", world.chat.url, world.canary));
        world
    }

    fn put_url(&self, url: &str) {
        let mut resources = cloud::resources(&self.stack.stack_name).expect("the stack is there");
        put_secret(&resources.remove("ChatUrl").expect("it has a secret"), url);
    }

    fn deliver(&self, ticket: &Ticket, priority: &str) -> Event {
        let created = ticket.event("ticket.created", 0);
        let created = created.with("priority_name", json!(priority));
        self.stack.sender().deliver(&created);
        created
    }

    fn wait_for_state(&self, ticket: &Ticket, event: &Event, attribute: &str) -> Value {
        wait_for(attribute, SOON, || {
            let kept = self.stack.kept(&ticket.stream(), event)?;
            kept.get(attribute).cloned()
        })
    }

    fn reasons(&self) -> Vec<String> {
        let log = self.stack.reactor_log();
        let reasons = log.iter().filter_map(|line| line["why"].as_str());
        reasons.map(str::to_owned).collect()
    }

    fn wait_for_reason(&self, why: &str) {
        wait_until(why, SOON, || self.reasons().iter().any(|told| told == why));
    }
}

#[test]
fn the_page_shows_lines_of_the_example() {
    assert!(EXAMPLE.contains(block(PAGE, "`custom`", "rust")));
}

#[test]
fn the_template_with_the_example_s_settings_is_clean_to_cfn_lint() {
    assert_eq!(lint(&CHANGED), None);
}

#[test]
fn the_example_tells_a_chat_and_its_failures_are_tried_again_or_parked() {
    let world = World::deploy(&CHANGED);
    let [urgent, other, refused, hopeless] =
        ["Urgent", "Not urgent", "Refused", "Hopeless"].map(Ticket::new);
    let settled = world.deliver(&other, "Low");
    world.wait_for_state(&other, &settled, "settled_at");
    let settled = world.deliver(&urgent, "High");
    world.wait_for_state(&urgent, &settled, "settled_at");
    let told = world.chat.take();
    assert_eq!(
        told.len(),
        1,
        "only of what has the priority of the setting"
    );
    let told: Value = serde_json::from_slice(&told[0].body).expect("JSON");
    assert_eq!(told, card(&format!("New: {}, High", urgent.number)));
    let left = urgent.event("ticket.status_changed", 1);
    world.stack.sender().deliver(&left);
    world.wait_for_state(&urgent, &left, "settled_at");
    let told = world.chat.take();
    let told: Value = serde_json::from_slice(&told[0].body).expect("JSON");
    let text = format!("No longer In Progress: {}, High", urgent.number);
    assert_eq!(told, card(&text));

    let any = ""; // what a chat is told names no event
    world.chat.answer(any, Reply::Status(503));
    let event = world.deliver(&refused, "High");
    world.wait_for_reason("the chat answered 503");
    world.chat.answer(any, Reply::Status(200));
    world.wait_for_state(&refused, &event, "settled_at");

    world.chat.answer(any, Reply::Status(410));
    let event = world.deliver(&hopeless, "High");
    let why = world.wait_for_state(&hopeless, &event, "parked_because");
    assert_eq!(why, cloud::text("the chat answered 410"));
    world.says_nothing_of_the_url();
}

#[test]
fn the_example_tells_slack_a_plain_text() {
    let world = World::deploy(&FOR_SLACK);
    let ticket = Ticket::new("Urgent");
    let settled = world.deliver(&ticket, "High");
    world.wait_for_state(&ticket, &settled, "settled_at");
    let told = world.chat.take();
    let told: Value = serde_json::from_slice(&told[0].body).expect("JSON");
    let text = format!("New: {}, High", ticket.number);
    assert_eq!(told, json!({ "text": text }));
}

#[test]
fn a_chat_that_cannot_be_reached_is_no_reason_to_tell_its_url() {
    let world = World::deploy(&CHANGED);
    world.put_url(&format!("http://127.0.0.1:9/{}", world.canary));
    world.deliver(&Ticket::new("Unheard"), "High");
    world.wait_for_reason("the chat could not be reached");
    world.says_nothing_of_the_url();
}

impl World {
    fn says_nothing_of_the_url(&self) {
        let lines = self.stack.all_lines();
        let leak = lines.iter().find(|line| line.contains(&self.canary));
        assert_eq!(leak, None);
    }
}

#[test]
fn the_command_for_the_example_s_secret_works_as_the_page_shows_it() {
    let world = World::deploy(&CHANGED);
    let command = block(PAGE, "Settings and secrets of your own", "sh");
    let url = format!("{}/by-hand", world.chat.url);
    let Some(_) = shell(&world.stack, &format!("exec <<< '{url}'\n{command}")) else {
        return;
    };
    world.deliver(&Ticket::new("By hand"), "High");
    wait_until("the chat to be told", SOON, || world.chat.count() == 1);
}
