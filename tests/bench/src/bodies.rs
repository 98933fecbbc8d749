//! Events of a wanted size: a few fields, a whole ticket, or a ticket with as many comments as it takes.

use serde_json::{Value, json};

use algapsa::{Data, Event, Ticket};

/// Where long bodies take their words from: what people write to a service desk.
const WORDS: &str = include_str!("comments.txt");

/// Makes events whose bodies have one size, about.
#[derive(Clone, Debug)]
pub struct Bodies {
    bytes: usize,
    comments: Value,
}

impl Bodies {
    /// Of that many bytes, from 300 on.
    pub fn of(bytes: usize) -> Self {
        let usual = Ticket::new("").event("ticket.updated", 1).body().len();
        let comments = comments(bytes.saturating_sub(usual));
        Self { bytes, comments }
    }

    /// Something that happens to a ticket.
    pub fn event(&self, ticket: &Ticket, second: i64) -> Event {
        let event = ticket.event("ticket.updated", second);
        if self.bytes < 1_000 {
            let few = Data::from([
                ("ticket_id", json!(ticket.id)),
                ("ticket_number", json!(ticket.number)),
            ]);
            return Event { data: few, ..event };
        }
        if self.comments.as_array().is_some_and(Vec::is_empty) {
            return event;
        }
        event.with("comments", self.comments.clone())
    }
}

fn comments(bytes: usize) -> Value {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut dice = 0x9E37_79B9_7F4A_7C15_u64;
    let mut word = || {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        words[usize::try_from(dice >> 40).expect("24 bits fit") % words.len()]
    };
    let (mut comments, mut left) = (Vec::new(), bytes);
    while left > 600 {
        let text: Vec<&str> = (0..80).map(|_| word()).collect();
        let comment = json!({
            "text": text.join(" "),
            "author": "Priya Natarajan",
            "timestamp": "2026-10-05T08:15:30.123Z",
            "is_internal": false,
        });
        left = left.saturating_sub(comment.to_string().len() + 1);
        comments.push(comment);
    }
    Value::Array(comments)
}
