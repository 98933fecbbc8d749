//! `alga-webhooks send`: which event it makes, and what it warns of. No stack is asked.

use serde_json::Value;
use support::Target;

use crate::command::{Ran, alone};

fn printed(words: &str) -> Value {
    let ran = alone(&format!("send --print {words}")).ends(0);
    ran.json()
}

/// Sends a file to a target that takes everything.
fn sent(file: &str) -> Ran {
    let target = Target::start();
    let cli = alone(&format!("send --url {} --file -", target.url));
    cli.env("SIGNING_SECRET", "s").input(file).ends(0)
}

#[test]
fn a_sample_is_printed_to_be_edited_and_sends_nothing() {
    let event = printed("--type ticket.closed --ticket t --event-id e");
    assert_eq!(event["event_type"], "ticket.closed");
    assert_eq!(event["event_id"], "e");
    assert_eq!(event["data"]["ticket_id"], "t");
    assert_eq!(event["data"]["is_closed"], true);
    let time = printed("--occurred-at 2026-08-24")["occurred_at"].clone();
    assert_eq!(time, "2026-08-24T00:00:00.000Z");
}

#[test]
fn a_field_of_the_sample_can_be_set() {
    let event = printed("--set priority_name=Urgent --set is_closed=true");
    assert_eq!(event["data"]["priority_name"], "Urgent");
    assert_eq!(event["data"]["is_closed"], true);
    alone("send --set priority_name").ends(2);
}

#[test]
fn a_type_that_algapsa_does_not_have_is_probably_a_mistake() {
    let ran = alone("send --print --type ticket.clsed").ends(0);
    ran.warns("no event type ticket.clsed … ticket.closed");
    let ran = alone("send --print --type ticket.closed").run();
    assert_eq!(ran.err, "");
}

#[test]
fn a_file_that_is_not_json_is_probably_a_mistake() {
    sent("{\"a\":").warns("is not JSON: ");
    assert_eq!(sent("{}").err, "");
}
