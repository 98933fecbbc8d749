//! What infra/README.md says of settings and rights, held against the template.

use std::collections::{BTreeMap, BTreeSet};

use algapsa::Ticket;
use serde_json::Value;
use support::Stack;
use support::template::parsed;

use super::page::{Page, read};

/// The first block of that language in a section of the page.
fn block(section: &str, language: &str) -> String {
    let blocks = Page::named("infra/README.md").blocks().into_iter();
    let mut found = blocks.filter(|block| block.section == section && block.language == language);
    found.next().expect("the page has such a block").text
}

/// Parameter, default, variable: as the page's table has them.
fn rows() -> Vec<[String; 3]> {
    let page = read("infra/README.md");
    let table = page
        .split("\n| parameter |")
        .nth(1)
        .expect("it has a table");
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let cell = |row: &str, nth| {
        let cell = row.split('|').nth(nth).unwrap_or_default();
        cell.trim().trim_matches('`').to_owned()
    };
    rows.map(|row| [1, 2, 4].map(|nth| cell(row, nth)))
        .collect()
}

#[test]
fn the_table_of_settings_has_every_parameter_with_its_default() {
    let template = parsed(&read("template.yaml"));
    let parameters = template["Parameters"]
        .as_object()
        .expect("it has parameters");
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let expected: BTreeMap<String, String> = parameters
        .iter()
        .map(|(name, parameter)| (name.clone(), text(&parameter["Default"])))
        .collect();
    let rows = rows();
    assert_eq!(rows.len(), expected.len());
    let in_words = |default: String| match &*default {
        "all" | "none" | "one is made" => String::new(),
        _ => default,
    };
    let told = rows
        .into_iter()
        .map(|[name, default, _]| (name, in_words(default)));
    assert_eq!(told.collect::<BTreeMap<_, _>>(), expected);
}

/// The variables of the functions whose value names the parameter.
fn variables(template: &str, parameter: &str) -> BTreeSet<String> {
    let words = |text: &str| {
        let words = text.split(|letter: char| !(letter.is_alphanumeric() || "!_".contains(letter)));
        words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let is_variable = |name: &str| {
        name.chars()
            .all(|letter| letter.is_ascii_uppercase() || letter == '_')
    };
    let set = template
        .lines()
        .filter_map(|line| line.trim().split_once(": "));
    let set = set.filter(|(name, value)| {
        let words = words(value);
        is_variable(name) && words.windows(2).any(|pair| pair == ["!Ref", parameter])
    });
    set.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn the_table_of_settings_names_the_variable_that_each_parameter_sets() {
    let template = read("template.yaml");
    for [parameter, _, variable] in rows() {
        let told: BTreeSet<String> = [variable]
            .into_iter()
            .filter(|name| !name.is_empty())
            .collect();
        assert_eq!(told, variables(&template, &parameter), "{parameter}");
    }
}

/// Services that a resource type needs rights for; SAM makes a function's event sources too.
fn services(kind: &str) -> Vec<String> {
    let service = kind
        .split("::")
        .nth(1)
        .expect("a type names its service")
        .to_lowercase();
    match &*service {
        "serverless" => vec!["lambda".into(), "scheduler".into()],
        _ => vec![service],
    }
}

#[test]
fn the_deploying_policy_covers_all_that_the_template_makes() {
    let policy: Value = serde_json::from_str(&block("AWS rights", "json")).expect("it is JSON");
    assert_eq!(policy["Version"], "2012-10-17");
    let mut allowed = BTreeSet::new();
    for statement in policy["Statement"].as_array().expect("it has statements") {
        assert_eq!(statement["Effect"], "Allow", "{statement}");
        assert!(!statement["Resource"].is_null(), "{statement}");
        let actions = match &statement["Action"] {
            Value::Array(actions) => actions.clone(),
            action => vec![action.clone()],
        };
        for action in actions {
            let action = action.as_str().expect("an action is text").to_owned();
            let (service, _) = action.split_once(':').expect("it names a service");
            allowed.insert(service.to_owned());
        }
    }
    let template = parsed(&read("template.yaml"));
    let resources = template["Resources"].as_object().expect("it has resources");
    let kinds = resources
        .values()
        .filter_map(|resource| resource["Type"].as_str());
    let mut needed: BTreeSet<String> = kinds.flat_map(services).collect();
    needed.extend(["cloudformation", "s3"].map(str::to_owned)); // SAM's own
    assert_eq!(allowed, needed);
}

#[test]
fn the_secret_of_several_webhooks_is_taken() {
    let stack = Stack::deploy("HoldSeconds=0");
    let printed = block("Several webhooks or tenants", "json");
    let secret = stack.signing_secret.as_str();
    let ticket = Ticket::new("One of several");
    let event = ticket.event("ticket.created", 0);
    let filled = printed.replace("\"secret\": \"…\"", &format!("\"secret\": \"{secret}\""));
    stack.put_secret(&filled.replace("7b1f…", &event.tenant_id));
    support::wait_until("the secret to be taken", support::SOON, || {
        stack.sender().send(&event).status == 200
    });
}

/// The line that the page shows goes into the file of SAM's answers, and is read back by what `make deploy` reads it with.
#[test]
fn what_sam_is_told_can_be_read() {
    let printed = block("Change a setting", "toml");
    let read_back = "import sys, json; sys.path.insert(0, 'infra/local'); import answers
told = answers.toml(sys.argv[1])
print(json.dumps(answers.overrides(told)))";
    let mut python = std::process::Command::new(support::template::python());
    let python = python
        .args(["-B", "-c", read_back, &printed])
        .current_dir(super::page::root());
    let said = python.output().expect("python runs");
    let told: Value = serde_json::from_slice(&said.stdout).expect("it prints JSON");
    assert_eq!(told["Architecture"], "arm64");
    assert_eq!(told["WatchedTypes"], "ticket.created,ticket.closed");
}

#[test]
fn a_type_that_algapsa_is_not_known_to_send_is_warned_of_but_taken() {
    let warned = |parameters: &str| {
        let check =
            "import sys; sys.path.insert(0, 'infra/local'); import stack; stack.check(sys.argv[1])";
        let mut python = std::process::Command::new(support::template::python());
        let python = python.args(["-B", "-c", check, parameters]);
        let said = python.current_dir(super::page::root()).output();
        let said = said.expect("python runs");
        let warning = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.success(), "{warning}");
        warning
    };
    assert_eq!(warned("HoldSeconds=0"), "");
    assert_eq!(
        warned("WatchedTypes='ticket.closed, project.task.completed'"),
        ""
    );
    let warning = warned("WatchedTypes=ticket.closed,ticket.reopened");
    let names = "warning: WatchedTypes names ticket.reopened, which AlgaPSA is not known to send.";
    assert!(warning.starts_with(names), "{warning}");
}

#[test]
fn make_deploy_says_what_is_missing_before_it_builds() {
    let without_sam = std::env::temp_dir(); // a folder without programs
    let mut python = std::process::Command::new(support::template::python());
    let python = python
        .args(["-B", "infra/local", "to-aws"])
        .current_dir(super::page::root());
    let said = python
        .env("PATH", without_sam)
        .stdin(std::process::Stdio::null())
        .output();
    let said = said.expect("python runs");
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(said.contains("error: sam is missing: "), "{said}");
    assert!(!said.contains("Building receiver"), "{said}");
}
