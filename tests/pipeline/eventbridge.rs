//! The bus: what functions/reactor/README.md tells a user to deploy receives what AlgaPSA sends.

use std::{env, fs};

use algapsa::Ticket;
use serde_json::{Value, json};
use support::page::block;
use support::template::{lint, parsed};
use support::{Rule, SOON, Stack, Target, cloud, wait_until};

use crate::handlers::shell;

const PAGE: &str = include_str!("../../functions/reactor/README.md");
/// The examples of a user's own rules: into a queue, and into a chat.
const RULES: [&str; 2] = [
    include_str!("../../functions/reactor/examples/queue.yaml"),
    include_str!("../../functions/reactor/examples/chat.yaml"),
];

#[test]
fn the_rule_for_a_queue_brings_events_to_a_queue() {
    let stack = Stack::deploy("HoldSeconds=0 Reaction=eventbridge");
    assert_eq!(
        stack.event_bus, stack.stack_name,
        "the stack makes its own bus"
    );
    let parameters = [("EventBusName", stack.event_bus.as_str())];
    let name = format!("{}-rules", stack.stack_name);
    cloud::create_stack(&name, RULES[0], &parameters).expect("the rule can be deployed");
    let mut resources = cloud::resources(&name).expect("the stack is there");
    let queue = resources.remove("TicketQueue").expect("it has a queue");
    let rule = Rule::into_queue(queue);

    let ticket = Ticket::new("Server room is warm");
    let closed = ticket.event("ticket.closed", 1);
    let stale = closed.with("is_closed", json!(false));
    let events = [ticket.event("ticket.created", 0), stale];
    let sender = stack.sender();
    for event in &events {
        sender.deliver(event);
        rule.wait_for(1);
    }
    let arrived = rule.wait_for(2);
    for (event, seen) in events.iter().zip(&arrived) {
        assert_eq!(seen["source"], "algapsa");
        assert_eq!(seen["detail-type"], event.event_type.as_str());
        assert_eq!(seen["detail"]["order"], "in-order");
        assert_eq!(seen["detail"]["stream"], ticket.stream().as_str());
        let found = &seen["detail"]["event"]["data"]["title"];
        assert_eq!(found, "Server room is warm");
    }
    assert_eq!(arrived[1]["detail"]["stale"], true);
    let shown: Value = serde_json::from_str(block(PAGE, "`eventbridge`", "json")).expect("JSON");
    let names = |detail: &Value| -> Vec<String> {
        let detail = detail.as_object().expect("an object");
        detail.keys().cloned().collect()
    };
    assert_eq!(names(&arrived[0]["detail"]), names(&shown));
}

#[test]
fn the_rule_for_a_chat_tells_slack_or_teams_in_its_own_way() {
    let text = |ticket: &Ticket| {
        let url = format!("https://algapsa.com/msp/tickets/{}", ticket.id);
        format!("{} is closed: {url}", ticket.number)
    };
    let (ticket, told) = closed_in_front_of("teams");
    assert_eq!(told, card(&text(&ticket)));
    let (ticket, told) = closed_in_front_of("slack");
    assert_eq!(told, json!({ "text": text(&ticket) }));
}

/// What a workflow of Teams takes that begins with "When a Teams webhook request is received".
pub fn card(text: &str) -> Value {
    let block = json!({ "type": "TextBlock", "text": text, "wrap": true });
    let content = json!({
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": [block],
    });
    let kind = "application/vnd.microsoft.card.adaptive";
    let attachment = json!({ "contentType": kind, "content": content });
    json!({ "type": "message", "attachments": [attachment] })
}

/// A ticket that was closed, and what a chat of that kind was told. The local AWS makes no API destinations from templates,
/// so they are made by hand, out of the example's own lines.
fn closed_in_front_of(kind: &str) -> (Ticket, Value) {
    let stack = Stack::deploy("HoldSeconds=0 Reaction=eventbridge");
    let chat = Target::start();
    let resources = parsed(RULES[1])["Resources"].take();
    let of = |name: &str| resources[name]["Properties"].clone();
    let made = |action: &str, mut input: Value, more: Value| {
        let more = more.as_object().expect("an object").clone();
        input.as_object_mut().expect("an object").extend(more);
        cloud::call("events", action, &input).expect("it can be made")
    };
    let name = json!({ "Name": format!("chat-{}", stack.stack_name) });
    let connection = made("CreateConnection", of("ChatConnection"), name.clone());
    let mut destination = of("Chat");
    destination["ConnectionArn"] = connection["ConnectionArn"].clone();
    destination["InvocationEndpoint"] = json!(chat.url);
    let destination = made("CreateApiDestination", destination, name.clone());
    let mut rule = of("ClosedToChat");
    let mut targets = rule["Targets"].take();
    let pattern = rule["EventPattern"].to_string();
    let bus = stack.event_bus.as_str();
    let rule = json!({ "EventBusName": bus, "EventPattern": pattern });
    made("PutRule", rule, name.clone());
    targets[0]["Arn"] = destination["ApiDestinationArn"].clone();
    // A condition, and what it chooses from.
    let templates = targets[0]["InputTransformer"]["InputTemplate"].take();
    let chosen = templates[if kind == "teams" { 1 } else { 2 }].clone();
    assert_eq!(templates[0], "IsTeams");
    targets[0]["InputTransformer"]["InputTemplate"] = chosen;
    let targets = json!({ "Rule": name["Name"], "EventBusName": bus, "Targets": targets });
    made("PutTargets", targets, json!({}));

    let ticket = Ticket::new("Server room is warm");
    let sender = stack.sender();
    for (event_type, second) in [("ticket.created", 0), ("ticket.closed", 1)] {
        sender.deliver(&ticket.event(event_type, second));
    }
    let told = || !chat.everything().is_empty();
    wait_until("the chat to be told", SOON, told);
    let told = serde_json::from_slice(&chat.everything()[0].body).expect("JSON");
    (ticket, told)
}

#[test]
fn the_rules_are_clean_to_cfn_lint() {
    for (n, rule) in RULES.iter().enumerate() {
        let file = env::temp_dir().join(format!("rule-{}-{n}.yaml", std::process::id()));
        fs::write(&file, rule).expect("a file can be written");
        let said = lint(&file);
        fs::remove_file(&file).expect("the file is there");
        assert_eq!(said, None);
    }
}

#[test]
fn an_existing_bus_can_be_named() {
    let stack = Stack::deploy("HoldSeconds=0 Reaction=eventbridge EventBus=default");
    assert_eq!(stack.event_bus, "default");
    let rule = Rule::on("default");
    let event = Ticket::new("Any bus will do").event("ticket.created", 0);
    stack.sender().deliver(&event);
    let arrived = rule.wait_for(1);
    let seen = &arrived[0]["detail"]["event"]["event_id"];
    assert_eq!(seen, event.event_id.as_str());
}

#[test]
fn the_page_shows_what_the_rules_let_through() {
    for (rule, resource) in RULES.iter().zip(["TicketsToQueue", "ClosedToChat"]) {
        let pattern = rule.split("EventPattern: ").nth(1);
        let pattern = pattern.and_then(|rest| rest.lines().next());
        let pattern = pattern.expect("a rule has a pattern");
        assert!(PAGE.contains(&format!("`{pattern}`")), "{resource}");
    }
}

#[test]
fn the_command_for_a_rule_works_as_the_page_shows_it() {
    let stack = Stack::deploy("HoldSeconds=0 Reaction=eventbridge");
    let name = format!("{}-tickets", stack.stack_name);
    let command = block(PAGE, "`eventbridge`", "sh");
    let command = command.replace("tickets-to-queue", &name);
    if shell(&stack, &command).is_some() {
        let mut resources = cloud::resources(&name).expect("the stack is there");
        let rule = Rule::into_queue(resources.remove("TicketQueue").expect("it has a queue"));
        let event = Ticket::new("By hand").event("ticket.created", 0);
        stack.sender().deliver(&event);
        rule.wait_for(1);
    }
}
