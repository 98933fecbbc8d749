//! The commands of each page, run in its order: one shell for each section.

use support::Stack;

use super::page::{Page, read};
use super::session::Session;

/// The statements of a section, and what must be there before.
struct Section {
    title: String,
    statements: String,
}

/// The `sh` blocks of a page, by section.
fn sections(page: &Page) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for block in page
        .blocks()
        .into_iter()
        .filter(|block| block.language == "sh")
    {
        match sections.last_mut() {
            Some(last) if last.title == block.section => last.statements += &block.text,
            _ => sections.push(Section {
                title: block.section,
                statements: block.text,
            }),
        }
    }
    sections
}

/// Runs sections one after the other, each with what must be there before; fails with what was printed.
fn work(session: &Session<'_>, sections: &[Section], before: &[(&str, &str)]) {
    for Section { title, statements } in sections {
        let before = before
            .iter()
            .filter(|(section, _)| section == title || *section == "*");
        let before: String = before
            .map(|(_, statements)| format!("{statements}\n"))
            .collect();
        if let Err(said) = session.run(&(before + statements)) {
            panic!("under {title:?}:\n{said}");
        }
    }
}

#[test]
fn the_readmes_commands_work() {
    let stack = Stack::deploy("HoldSeconds=0");
    let mut session = Session::on(&stack);
    session.expected = "*\talga-webhooks verify\n*\talga-webhooks parked";
    let captured =
        "printf 'POST / HTTP/1.1\\r\\nX-Alga-Signature: t=1,v1=00\\r\\n\\r\\n{}' >captured.txt";
    work(
        &session,
        &sections(&Page::named("README.md")),
        &[("*", captured)],
    );
}

#[test]
fn the_commands_of_infra_work() {
    let stack = Stack::deploy("HoldSeconds=0");
    work(
        &Session::on(&stack),
        &sections(&Page::named("infra/README.md")),
        &[],
    );
}

const EVENT: &str = "alga-webhooks send --ticket 3f2a9d64-… --type ticket.closed --tenant 7b1f…";

#[test]
fn the_commands_for_moving_over_work() {
    let stack = Stack::deploy("HoldSeconds=0");
    work(
        &Session::on(&stack),
        &sections(&Page::named("infra/MOVING.md")),
        &[("*", EVENT)],
    );
}

#[test]
fn the_commands_of_the_tests_exist() {
    let stack = Stack::deploy("");
    work(
        &Session::on(&stack),
        &sections(&Page::named("tests/README.md")),
        &[],
    );
}

const QUARANTINED: &str = "echo '{\"event_type\":\"ticket.created\"}' | alga-webhooks send --file -
HASH=$(alga-webhooks --json quarantine list | jq -r '.[0].hash')";

#[test]
fn the_tools_own_page_works() {
    let stack = Stack::deploy("HoldSeconds=0");
    let mut session = Session::on(&stack);
    session.expected =
        "*\talga-webhooks verify\n*\talga-webhooks quarantine\n*\talga-webhooks redrive";
    let mut sections = sections(&Page::named("infra/cli/README.md"));
    for section in &mut sections {
        section.statements = section
            .statements
            .replace("3fa9c1d2", "$HASH")
            .replace("~/", "");
    }
    let secrets = sections
        .iter()
        .position(|section| section.title == "The signing secret");
    let secrets = sections.remove(secrets.expect("it says how to put secrets"));
    let captured = "alga-webhooks send --print >body.json; cp body.json captured.txt";
    let before = [
        ("*", EVENT),
        ("Send, and check signatures", captured),
        ("Bring back", QUARANTINED),
        (
            "Completions",
            "mkdir -p .local/share/bash-completion/completions",
        ),
    ];
    work(&session, &sections, &before);
    let puts = secrets.statements.lines().filter(|line| !line.is_empty());
    puts.for_each(puts_a_secret);
}

/// Each in a stack of its own, since a secret that has been changed cannot be changed again within the hour.
fn puts_a_secret(line: &str) {
    let stack = Stack::deploy("HoldSeconds=0");
    let one = r#"{"7c1f…":{"secret":"7dNqzVt3cXyRkWm0HhUoJ2eLsPbGfA1iQ8vT5xYrZ4K"},"9d02…":{"secret":"3mQbWc8yTzKpXv1NfRhGdLoJ5sUeAi7k0YtVxZr2CqE"}}"#;
    let several = line.contains("--webhook-id") && !line.contains("--existing-is");
    let put = format!(
        "aws secretsmanager put-secret-value --secret-id $SECRET_ID --secret-string '{one}'"
    );
    let statements = if several {
        put + "\n" + line
    } else {
        line.to_owned()
    };
    if let Err(said) = Session::on(&stack).run(&statements) {
        panic!("{line}:\n{said}");
    }
}

const COMMANDS: [&str; 11] = [
    "alga-webhooks ",
    "aws ",
    "said ",
    "run ",
    "out ",
    "alarms",
    "curl ",
    "endpoint ",
    "echo ",
    "for ",
    "python3 ",
];

/// All commands of a section of the runbook in their order, those within sentences too.
fn commands(section: &str) -> String {
    let mut commands = String::new();
    for (nth, part) in section.split("```").enumerate() {
        match (nth % 2, part.strip_prefix("sh\n")) {
            (1, Some(block)) => commands += block,
            (0, _) => part
                .split("\n\n")
                .for_each(|paragraph| commands += &within(paragraph)),
            _ => {}
        }
    }
    commands
}

/// The commands within a paragraph's sentences.
fn within(paragraph: &str) -> String {
    let paragraph = paragraph.trim_start().replace('\n', " ");
    let spans = paragraph.split('`').skip(1).step_by(2);
    let is_command = |span: &&str| {
        COMMANDS.iter().any(|word| span.starts_with(word)) || span.starts_with("kill ")
    };
    let line = |span: &str| {
        let stays = span.starts_with("endpoint ") && !span.contains('&');
        format!("{span}{}\n", if stays { " &" } else { "" })
    };
    spans.filter(is_command).map(line).collect()
}

#[test]
fn the_runbooks_commands_work() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = free.local_addr().expect("it has an address").port();
    drop(free);
    let stack = Stack::deploy(&format!(
        "HoldSeconds=0 ReactionUrl=http://127.0.0.1:{port}/"
    ));
    let mut session = Session::on(&stack);
    session.typed = &stack.signing_secret;
    session.expected = "1\taws iam delete-role-policy\n*\talga-webhooks parked\n*\talga-webhooks redrive\n*\talga-webhooks quarantine\n*\taws lambda update-event-source-mapping";
    let runbook =
        read("infra/RUNBOOK.md").replace("127.0.0.1',9000", &format!("127.0.0.1',{port}"));
    let runbook = runbook.replace("'127.0.0.1', 9000", &format!("'127.0.0.1', {port}"));
    let mut parts = runbook.split("\n## ");
    let page = Page {
        path: String::new(),
        text: parts.next().expect("it begins").to_owned(),
    };
    let words: String = page.blocks().into_iter().map(|block| block.text).collect();
    let words = [("*", words.as_str()), ("quarantine", QUARANTINED)];
    let sections: Vec<Section> = parts
        .map(|part| Section {
            title: part.lines().next().unwrap_or_default().to_owned(),
            statements: commands(part),
        })
        .collect();
    assert!(sections.len() > 10, "the runbook has sections");
    work(&session, &sections, &words);
}
