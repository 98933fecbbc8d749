//! What reaches the logs: all that the functions write, and of Lambda's own lines those about what failed.

use algapsa::Ticket;
use serde_json::{Map, Value, json};
use support::{SOON, Stack, cloud, wait_until};

use crate::template::RECONCILED;

#[test]
fn lambda_logs_what_failed_and_lets_through_whatever_the_functions_log() {
    let stack = Stack::deploy(RECONCILED);
    let [receiver, reactor] = [&stack.receiver_function, &stack.reactor_function];
    for function in [receiver, reactor, &stack.reconciler_function] {
        let mut configuration = cloud::configuration(function).expect("the function is there");
        let mut logging = configuration["LoggingConfig"].take();
        logging["LogGroup"].take();
        let expected = json!({
            "LogFormat": "JSON",
            "SystemLogLevel": "WARN",
            "ApplicationLogLevel": "TRACE",
            "LogGroup": null,
        });
        assert_eq!(logging, expected, "{function}");
    }
}

/// Lambda leaves a line as it is if it is JSON. It would wrap any other, and its metrics would be lost.
#[test]
fn every_line_of_the_functions_is_a_json_object() {
    let stack = Stack::deploy("HoldSeconds=0 LogLevel=debug ReactionUrl=http://127.0.0.1:9/");
    let event = Ticket::new("Nobody home").event("ticket.created", 0);
    let refused = stack.sender().delivery(&event).forged().send();
    assert_eq!(refused.status, 401);
    stack.sender().deliver(&event);
    wait_until("an attempt to fail", SOON, || {
        let log = stack.reactor_log();
        log.iter()
            .any(|line| line["message"] == "a reaction failed")
    });
    let lines = stack.all_lines();
    let ours = lines.iter().filter(|line| !is_lambdas(line));
    let mut metrics = 0;
    for line in ours {
        let fields: Map<String, Value> = serde_json::from_str(line).expect(line);
        metrics += usize::from(fields.contains_key("_aws"));
    }
    assert!(metrics >= 2, "one line for each delivery: {lines:?}");
}

/// The local AWS writes Lambda's own lines as text, whatever the function's settings say.
fn is_lambdas(line: &str) -> bool {
    let kinds = ["START RequestId", "END RequestId", "REPORT RequestId"];
    line.is_empty() || kinds.iter().any(|kind| line.starts_with(kind))
}
