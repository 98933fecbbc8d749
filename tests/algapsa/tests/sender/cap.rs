//! The cap on deliveries a minute, and several servers that share it.

use std::collections::HashSet;

use algapsa::Outcome::Status;
use algapsa::{AlgaPsa, Habits, Ticket};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{SEED, after, field, plain, sending, start};

/// How much of a burst is lost, and how many seconds pass until the last attempt.
fn burst(events: i64, habits: Habits) -> (usize, i64) {
    let mut alga = sending(habits, &Ticket::new("Bulk change").comments(events));
    let mut seconds = 0;
    alga.play(|_, now| {
        seconds = now.duration_since(start()).as_secs();
        Status(200)
    });
    let (ledger, events) = (alga.ledger(), usize::try_from(events).unwrap());
    let missing = events - ledger.acknowledged().count();
    assert_eq!(ledger.eaten().count(), missing);
    for lost in ledger.eaten() {
        assert_eq!((lost.rows.len(), lost.eaten.len()), (0, 5));
    }
    (missing, seconds)
}

/// As the sender's source code, by calculation. The bucket gives 120 within the 12 s that five attempts take.
#[test]
fn a_burst_beyond_the_cap_is_lost_within_seconds_and_leaves_no_row() {
    for (events, cap, servers, lost, within) in [
        (120, 100, 1, 0, 12),
        (121, 100, 1, 1, 12),
        (150, 100, 1, 30, 12),
        (300, 100, 1, 137, 38),
        (1_000, 100, 1, 634, 160),
        (5_000, 1_000, 1, 0, 240),
        (3_000, 1_000, 3, 489, 91),
    ] {
        let habits = Habits {
            cap: Some(cap),
            servers,
            ..plain()
        };
        let (missing, seconds) = burst(events, habits);
        assert_eq!(missing, lost, "{events} events");
        let is_near = (within - 4..=within).contains(&seconds);
        assert!(is_near, "{events} events: {seconds} s");
    }
}

#[test]
fn what_the_cap_refuses_waits_for_a_token_and_not_for_minutes() {
    for (milliseconds, leaves) in [(5_999, 0), (6_000, 1), (11_999, 1), (12_000, 2)] {
        let habits = Habits {
            cap: Some(10),
            poll_every: SignedDuration::from_millis(1),
            ..plain()
        };
        let mut alga = sending(habits, &Ticket::new("Capped").comments(10));
        assert_eq!(alga.leaving(start()).len(), 10);
        for event in Ticket::new("Later").comments(10) {
            alga.happens(event, after(1));
        }
        let count = alga.leaving(after(milliseconds)).len();
        assert_eq!(count, leaves, "{milliseconds} ms");
        let entries = alga.ledger().entries.iter();
        let eaten: usize = entries.map(|entry| entry.eaten.len()).sum();
        assert_eq!(eaten, 10 - leaves, "{milliseconds} ms");
    }
}

#[test]
fn servers_poll_in_turn_and_each_sends_fifty_at_once() {
    let habits = Habits {
        servers: 2,
        ..plain()
    };
    let mut alga = sending(habits, &Ticket::new("Two servers").comments(200));
    for (milliseconds, leave) in [(0, 50), (999, 0), (1_000, 50), (2_000, 0)] {
        assert_eq!(
            alga.leaving(after(milliseconds)).len(),
            leave,
            "{milliseconds} ms"
        );
    }
    assert_eq!(alga.in_flight(), 100);
}

/// Each server caches by itself, so that a later event may be the staler one.
#[test]
fn two_servers_tell_of_one_ticket_what_each_has_cached() {
    let habits = Habits {
        servers: 2,
        ..Habits::default()
    };
    let mut alga = AlgaPsa::new(SEED, habits);
    let ticket = Ticket::new("Cached twice");
    for second in 0..40 {
        let event = ticket.event("ticket.updated", second);
        alga.happens(event.with("title", json!(second)), after(1_000 * second));
    }
    let entries = &alga.ledger().entries;
    let told: Vec<_> = entries
        .iter()
        .map(|entry| field(&entry.event, "title").unwrap().clone())
        .collect();
    let different: HashSet<_> = told.iter().collect();
    assert_eq!(different.len(), 2, "{told:?}");
    assert!(!told.is_sorted_by_key(Value::as_i64), "{told:?}");
}
