//! Bodies of every size come out byte for byte as they went in.

use std::sync::LazyLock;

use algapsa::{Answer, Data, Event, Ticket};
use serde_json::json;
use sha2::{Digest, Sha256};
use support::{Pipeline, SOON, wait_for, wait_until};

static PIPELINE: LazyLock<Pipeline> = LazyLock::new(|| Pipeline::deploy("HoldSeconds=1"));

/// Text that does not shrink by more than a quarter, so that a large body stays large when it is packed.
fn noise(seed: &str, size: usize) -> String {
    const ALPHABET: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .";
    let mut text = String::with_capacity(size);
    let mut block = Sha256::digest(seed);
    while text.len() < size {
        let letters = block.iter().map(|byte| ALPHABET[usize::from(byte % 64)]);
        text.extend(letters.map(char::from));
        block = Sha256::digest(block);
    }
    text.truncate(size);
    text
}

/// A thread of internal notes that makes the body about so large.
fn discussed(ticket: &Ticket, seed: &str, size: usize) -> Event {
    let text = |n| format!("Überlang 🧵 {}", noise(&format!("{seed}{n}"), 40_000));
    let note = |n| json!({ "text": text(n), "is_internal": true });
    let notes: Vec<_> = (0..size.div_ceil(40_000)).map(note).collect();
    let event = ticket.event("ticket.updated", 1);
    event.with("comments", json!(notes))
}

#[test]
fn bodies_of_every_size_come_out_byte_for_byte() {
    for size in [0, 50_000, 440_000, 600_000, 5_000_000] {
        let ticket = Ticket::new("Much discussed");
        let event = match size {
            0 => smallest(&ticket),
            size => discussed(&ticket, "a", size),
        };
        assert!(event.body().len() >= size, "{}", event.body().len());
        PIPELINE.sender.deliver(&event);
        let heard = PIPELINE.target.wait_for_reaction(&event).body;
        let others = heard.len();
        let same = heard == event.body();
        assert!(same, "{size} bytes came out as {others} different ones");
        wait_until("all of it to expire one day", SOON, || {
            let items = PIPELINE.stack.items(&ticket.stream());
            items.iter().all(|item| item.get("expires_at").is_some())
        });
    }
}

fn smallest(ticket: &Ticket) -> Event {
    let data = Data::from([("ticket_id", json!(ticket.id))]);
    let event = ticket.event("ticket.created", 0);
    Event { data, ..event }
}

#[test]
fn of_large_copies_with_different_bytes_one_comes_out_whole() {
    for round in 0..5 {
        let (ticket, copies) = wait_for("four answers in time", SOON, race);
        let first = &copies[0];
        let heard = PIPELINE.target.wait_for_reaction(first).body;
        let any = copies.iter().any(|copy| copy.body() == heard);
        assert!(any, "round {round}: that body was not sent");
        let items = PIPELINE.stack.items(&ticket.stream());
        assert_eq!(items.len(), 2, "one event, and its watermark");
    }
}

/// Sends four copies of one event at once, of which one must be accepted. Gives nothing when a call to AWS has timed out,
/// as on a busy machine: then the copy that was kept may be answered "duplicate" or 503.
fn race() -> Option<(Ticket, [Event; 4])> {
    let ticket = Ticket::new("A race");
    let first = discussed(&ticket, "0", 900_000);
    let copy = |seed: &str| Event {
        data: discussed(&ticket, seed, 900_000).data,
        ..first.clone()
    };
    let reordered = first.with_reordered_keys();
    let copies = [first.clone(), copy("1"), copy("2"), reordered];
    let outcomes = PIPELINE.sender.burst(&copies);
    let outcomes: Vec<String> = outcomes.iter().map(Answer::outcome).collect();
    let count = |word: &str| outcomes.iter().filter(|outcome| *outcome == word).count();
    let (accepted, duplicate) = (count("200 accepted"), count("200 duplicate"));
    assert!(accepted <= 1, "{outcomes:?}");
    ((accepted, duplicate) == (1, 3)).then_some((ticket, copies))
}
