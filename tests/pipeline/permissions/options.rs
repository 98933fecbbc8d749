//! What the reactor may do only with an option.

use algapsa::ticket_api::{KEY, TicketApi};
use algapsa::{Event, Ticket};
use serde_json::json;
use support::{Pipeline, Policy, SOON, wait_until};

use super::{Case, READ_SECRET, Step, accept, accept_cold, event, try_each};

#[test]
fn each_permission_of_an_option_is_needed_and_is_only_there_with_it() {
    let api = TicketApi::start();
    let tickets = format!("TicketApiUrl={}", api.url);
    let cases: [Case; 2] = [
        ("PublishEvents", "events:PutEvents", accept, is_settled),
        ("ReadTicketApiKey", READ_SECRET, accept_cold, is_settled),
    ];
    are_needed(&format!("Reaction=eventbridge {tickets}"), &cases);
    let accept_huge: Step = |pipeline, ticket| {
        pipeline.sender.deliver(&huge(ticket));
    };
    let cases: [Case; 2] = [
        ("SendEvents", "sqs:SendMessage", accept, is_settled),
        ("StoreLargeEvents", "s3:PutObject", accept_huge, is_settled),
    ];
    are_needed("Reaction=sqs LargeEvents=object", &cases);
}

/// Each of these permissions is needed with these parameters, and is not there without them.
fn are_needed(parameters: &str, cases: &[Case]) {
    let pipeline = Pipeline::deploy(&format!("HoldSeconds=0 {parameters}"));
    if parameters.contains("TicketApiUrl") {
        pipeline.stack.put_ticket_api_key(KEY);
    }
    let policy = Policy::of(&pipeline.stack.reactor_function, "reactor");
    let untried = try_each(&pipeline, &policy, cases);
    let plain = Pipeline::deploy("");
    let plain = Policy::of(&plain.stack.reactor_function, "reactor").permissions();
    for (sid, ..) in cases {
        let all = plain.iter().all(|(plain, _)| plain != sid);
        assert!(all, "{sid} is always there");
    }
    for permission in untried {
        let is_plain = plain.contains(&permission);
        assert!(is_plain, "{permission:?} is tried nowhere");
    }
}

fn is_settled(pipeline: &Pipeline, ticket: &Ticket) {
    wait_until("the event to be settled", SOON, || {
        let kept = pipeline.stack.kept(&ticket.stream(), &event(ticket));
        kept.is_some_and(|item| item.get("settled_at").is_some())
    });
}

/// Too large for a message of SQS.
fn huge(ticket: &Ticket) -> Event {
    let comment = "all work and no play ".repeat(60_000);
    event(ticket).with("comments", json!([{ "text": comment }]))
}
