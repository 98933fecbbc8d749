//! What the samples look like, and that the receiver can read them.

use jiff::Timestamp;
use samples::{Event, TYPES};
use serde_json::Value;
use uuid::Uuid;

/// Type and stream, and what the data must hold.
const EXPECTED: &str = "\
ticket.created ticket/S ticket_number comments
ticket.updated ticket/S changes
ticket.status_changed ticket/S previous_status_id previous_status_name
ticket.assigned ticket/S assigned_to
ticket.closed ticket/S closed_at
ticket.comment.added ticket/S comment
project.created project/S project_name
project.updated project/S changes
project.status_changed project/S previous_status_id
project.assigned project/S assigned_to assigned_to_name
project.closed project/S is_closed
project.completed project/S is_closed
project.task.created task/S project_id
project.task.updated task/S changes
project.task.status_changed task/S previous_status_id
project.task.assigned task/S assigned_to assigned_to_name
project.task.completed task/S is_closed
webhook.test event/E webhook_id webhook_name is_test
invoice.sent event/E
odd event/E";

fn sample(event_type: &str, at: Timestamp) -> Event {
    Event {
        event_id: "E".to_owned(),
        tenant_id: "T".to_owned(),
        ..Event::sample(event_type, "S", Uuid::nil(), at)
    }
}

#[test]
fn each_type_has_a_sample_that_the_receiver_can_read_with_what_belongs_to_it() {
    let at: Timestamp = "2026-08-24T15:04:05.678Z".parse().unwrap();
    for expected in EXPECTED.lines() {
        let mut words = expected.split(' ');
        let (event_type, stream) = (words.next().unwrap(), words.next().unwrap());
        let body = sample(event_type, at).body();
        let event = shared::event::Event::parse(body.clone(), at).unwrap();
        let told = event.place.stream.to_string();
        assert_eq!(told, format!("T/{stream}"), "{event_type}");
        assert_eq!(event.occurred_at, at);
        let value: Value = serde_json::from_slice(&body).unwrap();
        for key in words {
            assert!(!value["data"][key].is_null(), "{event_type} without {key}");
        }
    }
    let known = EXPECTED.lines().filter_map(|line| line.split(' ').next());
    assert!(known.take(TYPES.len()).eq(TYPES));
}

#[test]
fn a_sample_looks_as_algapsa_writes_it() {
    let at = "2026-08-24T15:04:05.678Z".parse().unwrap();
    let body = sample("ticket.created", at).body();
    let text = std::str::from_utf8(&body).unwrap();
    let start = r#"{"event_id":"E","event_type":"ticket.created","occurred_at":"2026-08-24T15:04:05.678Z","tenant_id":"T","data":{"ticket_id":"S","#;
    assert!(text.starts_with(start), "{text}");
    assert!(text.contains("Zahnärzte") && !text.contains('\n'));
}

#[test]
fn each_event_has_an_id_of_its_own() {
    let id = || Event::sample("ticket.created", "S", Uuid::nil(), Timestamp::UNIX_EPOCH).event_id;
    assert_ne!(id(), id());
}

/// JSON as AlgaPSA writes it: without the spaces and line breaks between its parts.
fn compact(json: &str) -> String {
    let mut is_text = false;
    let kept = |character: &char| {
        is_text ^= *character == '"';
        is_text || !character.is_whitespace()
    };
    json.chars().filter(kept).collect()
}

#[test]
fn the_page_on_reactions_shows_a_sample() {
    let page = include_str!("../../../functions/reactor/README.md");
    let shown = page.split("```json\n").nth(1).unwrap();
    let shown = compact(shown.split("```").next().unwrap());
    let value: Value = serde_json::from_str(&shown).unwrap();
    let at = "2026-08-24T15:04:05.678Z".parse().unwrap();
    let id = value["data"]["ticket_id"].as_str().unwrap();
    let sample = Event::sample("ticket.status_changed", id, Uuid::nil(), at);
    let sample = Event {
        event_id: value["event_id"].as_str().unwrap().to_owned(),
        ..sample.with("ticket_number", value["data"]["ticket_number"].clone())
    };
    assert_eq!(shown, std::str::from_utf8(&sample.body()).unwrap());
}
