//! The commands of each page, run in its order: one shell for each section.

use serde_json::json;
use support::Stack;

use super::page::{Page, read};
use super::session::{Session, Tickets, filled, free_port};

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
        let before: Vec<&str> = before.map(|(_, statements)| *statements).collect();
        let statements = before.join("\n") + "\n" + statements;
        if let Err(said) = session.run(&statements) {
            panic!("under {title:?}:\n{said}");
        }
    }
}

#[test]
fn the_readmes_commands_work() {
    let stack = Stack::deploy("HoldSeconds=0");
    let mut session = Session::on(&stack);
    session.expected =
        "*\talga-webhooks verify\n*\talga-webhooks parked\n1\talga-webhooks reconcile";
    let captured =
        "printf 'POST / HTTP/1.1\\r\\nX-Alga-Signature: t=1,v1=00\\r\\n\\r\\n{}' >captured.txt";
    work(
        &session,
        &sections(&Page::named("README.md")),
        &[("*", captured)],
    );
}

/// What brings the reconciler.
const RECONCILED: &str = "TicketApiUrl=http://127.0.0.1:9 ReconcileMinutes=60";

/// One in 64 of AlgaPSA's secrets begins like an option.
const LIKE_AN_OPTION: &str = "-9vXUq0cC6lH1m3tYw8zKfRbNe2aGdJ7pQxWiVoTh5E";

#[test]
fn the_commands_of_infra_work() {
    let stack = Stack::deploy(&format!("HoldSeconds=0 {RECONCILED}"));
    let mut session = Session::on(&stack);
    session.typed = LIKE_AN_OPTION;
    for page in ["infra/README.md", "infra/WATCHING.md"] {
        work(&session, &sections(&Page::named(page)), &[]);
    }
}

const EVENT: &str = "alga-webhooks send --ticket 3f2a9d64-… --type ticket.closed --tenant 7b1f…";

#[test]
fn the_commands_for_moving_over_work() {
    let tickets = Tickets::to_be_read();
    work(
        &Session::on(&tickets.stack),
        &sections(&Page::named("infra/MOVING.md")),
        &[("*", EVENT), ("*", &tickets.variables())],
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

#[test]
fn the_commands_for_contributing_exist() {
    let stack = Stack::deploy("");
    let page = Page::named(".github/CONTRIBUTING.md");
    work(&Session::on(&stack), &sections(&page), &[]);
}

/// With the functions that were built for this machine, in a stack of its own.
#[test]
fn the_commands_for_a_package_work() {
    let stack = Stack::deploy("");
    let architecture = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x86_64"
    };
    let mut sections = sections(&Page::named("infra/PACKAGE.md"));
    for section in &mut sections {
        let statements = section.statements.replace("arm64", architecture);
        let statements = statements.replace("--stack-name alga-webhooks", "--stack-name packaged");
        let statements = statements.replace("THE_SecretId", SECRET_OF_PACKAGED);
        section.statements = statements.replace("NAME_OF_YOUR_BUCKET", "packaged");
    }
    let [deploys] = &sections[..] else {
        panic!("one section has commands");
    };
    let makes = "\"$PYTHON\" \"$ROOT/infra/local\" package --local package && cd package";
    let session = Session::on(&stack);
    let said = session.run(&format!("{makes}\n{}", deploys.statements));
    let said = said.unwrap_or_else(|said| panic!("{said}"));
    assert!(said.contains("WebhookUrl"), "{said}");
}

const SECRET_OF_PACKAGED: &str = "$(aws cloudformation describe-stacks --stack-name packaged --query \
  \"Stacks[0].Outputs[?OutputKey=='SecretId'].OutputValue\" --output text)";

const QUARANTINED: &str = "echo '{\"event_type\":\"ticket.created\"}' | alga-webhooks send --file -
HASH=$(alga-webhooks --json quarantine list |
  python3 -c 'import json, sys; print(json.load(sys.stdin)[0][\"hash\"])')";

#[test]
fn the_tools_own_page_works() {
    let tickets = Tickets::to_be_read();
    let mut session = Session::on(&tickets.stack);
    session.expected =
        "*\talga-webhooks verify\n*\talga-webhooks quarantine\n*\talga-webhooks redrive
*\talga-webhooks connect --";
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
        ("*", &tickets.variables()),
        ("Connect", "(. target/local/env-4566 && algapsa --test)"),
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
    let session = Session::on(&stack);
    if line.ends_with("secret set") {
        stack.put_secret(""); // as if it were the first time
    }
    if line.contains("--webhook-id") && !line.contains("--existing-is") {
        stack.put_secret(&several(&stack.signing_secret, session.typed));
    }
    if let Err(said) = session.run(line) {
        panic!("{line}:\n{said}");
    }
}

/// A secret for two webhooks, by the ids of the page.
fn several(first: &str, second: &str) -> String {
    let of = |secret: &str| json!({ "secret": secret });
    json!({ filled("7c1f…"): of(first), filled("9d02…"): of(second) }).to_string()
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

/// All commands of a section of the runbook in their order, those within sentences too. An endpoint that is only named is
/// there at the end.
fn commands(section: &str) -> String {
    let (mut commands, mut endpoints) = (Vec::new(), Vec::new());
    for (nth, part) in section.split("```").enumerate() {
        match (nth % 2, part.strip_prefix("sh\n")) {
            (1, Some(block)) => commands.push(block.to_owned()),
            (0, _) => commands.extend(within(part)),
            _ => {}
        }
    }
    commands.retain(|command| {
        let is_named = command.starts_with("endpoint ") && !command.contains('&');
        endpoints.extend(is_named.then(|| format!("{} &\n", command.trim())));
        !is_named
    });
    commands.concat() + &endpoints.concat()
}

/// The commands within sentences.
fn within(prose: &str) -> Vec<String> {
    let spans = prose.split('`').skip(1).step_by(2);
    let is_command = |span: &&str| COMMANDS.iter().any(|word| span.starts_with(word));
    let line = |span: &str| span.replace('\n', " ") + "\n";
    spans.filter(is_command).map(line).collect()
}

/// What ends with something else than 0, as the runbook means it to.
const ENDS: &str = "1\taws iam delete-role-policy
*\talga-webhooks parked
*\talga-webhooks redrive
*\talga-webhooks quarantine";
const SOURCE: &str = "UUID=$(aws lambda list-event-source-mappings --function-name \"$(out ReactorFunction)\" \\
  --query 'EventSourceMappings[0].UUID' --output text)";

/// In two halves at the same time, on stacks of their own: together they take longest of all pages. The sections of the
/// reconciler have a stack with it.
#[test]
fn the_runbooks_commands_work() {
    let text = read("infra/RUNBOOK.md");
    let (preamble, sections) = text.split_once("\n## ").expect("it has sections");
    let sections: Vec<&str> = sections.split("\n## ").collect();
    let is_of_the_reconciler = |section: &&str| section.starts_with("reconciler-");
    let (its, others): (Vec<&str>, Vec<&str>) =
        sections.into_iter().partition(is_of_the_reconciler);
    assert!(
        others.len() > 10 && its.len() == 2,
        "the runbook has sections"
    );
    std::thread::scope(|scope| {
        for half in others.chunks(others.len().div_ceil(2)) {
            scope.spawn(move || alarms_work(preamble, half, ""));
        }
        scope.spawn(|| alarms_work(preamble, &its, RECONCILED));
    });
}

/// Runs sections of the runbook, whose endpoint listens at another port here.
fn alarms_work(preamble: &str, sections: &[&str], option: &str) {
    let port = free_port();
    let parameters = format!("HoldSeconds=0 ReactionUrl=http://127.0.0.1:{port}/ {option}");
    let stack = &Stack::deploy(&parameters);
    let (expected, typed) = (ENDS, stack.signing_secret.as_str());
    let session = Session {
        stack,
        expected,
        typed,
    };
    let (path, text) = (String::new(), preamble.to_owned());
    let words = Page { path, text }
        .blocks()
        .into_iter()
        .map(|block| block.text);
    let words = words
        .collect::<String>()
        .replace("', 9000)", &format!("', {port})"));
    let section = |text: &&str| Section {
        title: text.lines().next().unwrap_or_default().to_owned(),
        statements: commands(text),
    };
    let sections: Vec<Section> = sections.iter().map(section).collect();
    let before = [
        ("*", words.as_str()),
        ("quarantine", QUARANTINED),
        ("doorbell-age", SOURCE),
    ];
    work(&session, &sections, &before);
}
