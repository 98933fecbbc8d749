//! AlgaPSA's webhook, with its queue, its cap and its retries. Every delivery is answered 200.

use std::sync::Arc;

use algapsa::Outcome::Status;
use algapsa::{AlgaPsa, Event, Fate, Habits};
use jiff::Timestamp;
use serde_json::json;

use crate::client::id;
use crate::notebook::{IN_AN_EVENT, Notebook};
use crate::score::Score;
use crate::truth::Truth;

/// What AlgaPSA has sent of a day.
pub struct Sent {
    /// In the order of time.
    pub deliveries: Vec<Delivery>,
    /// How many events the cap has eaten.
    pub lost: usize,
}

/// An event that was answered 200.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub event: Arc<Event>,
    pub at: Timestamp,
}

/// Sends what is announced, at most `cap` deliveries a minute.
pub fn send(truth: &Truth, seed: u64, cap: usize) -> Sent {
    let habits = Habits {
        cap: Some(cap),
        ..Habits::default()
    };
    let mut alga = AlgaPsa::new(seed, habits);
    let mut announced: Vec<_> = truth.announced().collect();
    announced.sort_by_key(|announced| announced.occurred_at);
    for announced in announced {
        let at = announced.occurred_at;
        while let Some(now) = alga.next_at().filter(|next| *next < at) {
            for attempt in alga.leaving(now) {
                alga.answered(&attempt, Status(200), now);
            }
        }
        alga.happens(announced.event(), at);
    }
    alga.play(|_, _| Status(200));
    let entries = &alga.ledger().entries;
    let delivered = entries.iter().filter_map(|entry| match entry.fate {
        Fate::Acknowledged(at) => Some(Delivery {
            event: Arc::clone(&entry.event),
            at,
        }),
        _ => None,
    });
    let mut deliveries: Vec<_> = delivered.collect();
    deliveries.sort_by_key(|delivery| delivery.at);
    Sent {
        lost: alga.ledger().eaten().count(),
        deliveries,
    }
}

/// How a receiver hears events: by what they announce, or also by what their `data` says besides.
#[derive(Default)]
pub struct Ear {
    notebook: Option<Notebook>,
}

impl Ear {
    /// One that compares the `data` of each event with that of the event before.
    pub fn that_compares(truth: &Truth) -> Self {
        let notebook = Notebook::of(truth.day.desk(), &IN_AN_EVENT);
        Self {
            notebook: Some(notebook),
        }
    }

    pub fn hears(&mut self, score: &mut Score, Delivery { event, at }: &Delivery) {
        let event_id = event.event_id.parse().expect("the sender's are UUIDs");
        score.hears(event_id, &event.event_type, *at);
        if let Some(notebook) = &mut self.notebook {
            let data = json!(event.data);
            let found = notebook.reads(id(&data), &data);
            score.learns(id(&data), &found, *at);
        }
    }
}

/// What a receiver notices that hears nothing else.
pub fn hear<'a>(truth: &'a Truth, sent: &Sent, mut ear: Ear) -> Score<'a> {
    let mut score = Score::new(truth);
    for delivery in &sent.deliveries {
        ear.hears(&mut score, delivery);
    }
    score
}
