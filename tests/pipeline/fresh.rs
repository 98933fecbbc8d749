//! Fresh tickets: the whole pipeline next to a ticket API that can be made to fail.

use algapsa::Ticket;
use algapsa::ticket_api::{KEY, Mood, TicketApi};
use serde_json::{Value, json};
use support::{Pipeline, SOON, Stack, wait_for, wait_until};

fn deploy() -> (Pipeline, TicketApi) {
    let api = TicketApi::start();
    let pipeline = Pipeline::deploy(&format!("HoldSeconds=0 TicketApiUrl={}", api.url));
    pipeline.stack.put_ticket_api_key(KEY);
    (pipeline, api)
}

#[test]
fn a_stale_closed_event_arrives_with_the_ticket_as_it_is_and_the_key_stays_secret() {
    let (pipeline, api) = deploy();
    let ticket = Ticket::new("Printer on fire");
    let title = "Brandgefahr 🔥";
    let columns = json!({ "status_name": "Closed", "status_is_closed": true, "title": title });
    api.put(&ticket.id, columns);
    let closed = ticket.event("ticket.closed", 1);
    let stale = closed
        .with("is_closed", json!(false))
        .with("closed_at", Value::Null);
    pipeline.sender.deliver(&stale);

    let call = pipeline.target.wait_for_reaction(&stale);
    assert_eq!(call.body, stale.body());
    assert_eq!(call.header("x-alga-stale"), "true");
    let document: Value = serde_json::from_str(call.header("x-alga-ticket")).unwrap();
    assert_eq!(document["ticket"]["status_is_closed"], true);
    assert_eq!(document["ticket"]["title"], "Brandgefahr 🔥");

    let lines = wait_for("the read to be counted", SOON, || {
        let lines = pipeline.stack.all_lines().join("\n");
        lines.contains("\"TicketReads\":1").then_some(lines)
    });
    for secret in [KEY, "Brandgefahr", "Printer on fire"] {
        assert!(!lines.contains(secret), "{secret} is in the logs");
    }
}

/// A real outage lasts minutes. This one lasts for two attempts; a test of the reactor plays a longer one.
#[test]
fn an_outage_of_the_api_delays_events_and_loses_or_reorders_none() {
    let (pipeline, api) = deploy();
    let ticket = Ticket::new("Mailbox full");
    api.put(&ticket.id, json!({ "title": "Mailbox full" }));
    api.becomes(Mood::Status(503));
    let types = [("created", 0), ("updated", 1), ("closed", 2)];
    let events = types.map(|(name, second)| ticket.event(&format!("ticket.{name}"), second));
    for event in &events {
        pipeline.sender.deliver(event);
    }
    let reads = || api.reads(&ticket.id).len();
    wait_until("two reads to fail", SOON, || reads() >= 2);
    assert_eq!(pipeline.target.reactions(&ticket), [""; 0]);

    api.becomes(Mood::Well);
    let reactions = pipeline.target.wait_for_reactions(&ticket, 3);
    let ids: Vec<_> = events.iter().map(|event| event.event_id.clone()).collect();
    assert_eq!(reactions, ids);
    for call in pipeline.target.calls(&ticket.id) {
        assert!(call.header("x-alga-ticket").contains("Mailbox full"));
    }
}

#[test]
fn the_log_reaction_reads_no_tickets() {
    let api = TicketApi::start();
    let stack = Stack::deploy(&format!("HoldSeconds=0 TicketApiUrl={}", api.url));
    let ticket = Ticket::new("Nobody asks");
    let event = ticket.event("ticket.created", 0);
    stack.sender().deliver(&event);
    wait_until("the line of the reaction", SOON, || {
        let id = event.event_id.as_str();
        let is_it = |line: &Value| line["event.id"] == id && line["reaction"] == "log";
        stack.reactor_log().iter().any(is_it)
    });
    assert_eq!(api.all_reads().len(), 0);
}
