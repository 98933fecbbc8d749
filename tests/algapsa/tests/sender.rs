//! Whether our AlgaPSA sends as AlgaPSA does. No AWS and no clock.

mod cap;
mod day;
mod lives;

use std::collections::HashSet;

use algapsa::Outcome::{self, NoAnswer, Status};
use algapsa::{AlgaPsa, Attempt, Chance, Data, Event, Fate};
use algapsa::{Habits, Life, Lives, Ticket, signature};
use http::Uri;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const SEED: u64 = 7;

/// A round time, at which there is a poll.
fn start() -> Timestamp {
    "2026-08-24T15:00:00Z".parse().unwrap()
}

fn after(milliseconds: i64) -> Timestamp {
    start() + SignedDuration::from_millis(milliseconds)
}

/// Without lag, cap and cache, which have tests of their own.
fn plain() -> Habits {
    Habits {
        cap: None,
        stream_lag: SignedDuration::ZERO,
        cached_for: SignedDuration::ZERO,
        ..Habits::default()
    }
}

fn sending(habits: Habits, events: &[Event]) -> AlgaPsa {
    let mut alga = AlgaPsa::new(SEED, habits);
    for event in events {
        alga.happens(event.clone(), start());
    }
    alga
}

/// Plays to the end, always with the same answer, and tells in which second which attempt left.
fn seconds_of(alga: &mut AlgaPsa, outcome: Outcome) -> Vec<(u32, i64)> {
    let mut left = Vec::new();
    alga.play(|attempt, now| {
        left.push((attempt.number, now.duration_since(start()).as_secs()));
        outcome
    });
    left
}

fn field<'a>(event: &'a Event, name: &str) -> Option<&'a Value> {
    let Data(fields) = &event.data;
    let found = fields.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value)
}

fn fates(alga: &AlgaPsa) -> Vec<Fate> {
    let entries = &alga.ledger().entries;
    entries.iter().map(|entry| entry.fate).collect()
}

fn header<'a>(attempt: &'a Attempt, name: &str) -> &'a str {
    attempt.headers[name].to_str().unwrap()
}

#[test]
fn signatures_are_made_here_as_the_sender_makes_them() {
    let guide = r#"{"event_id":"0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6","event_type":"ticket.created","occurred_at":"2026-08-24T15:04:05.678Z","tenant_id":"7b1f4c52-0d3e-4a86-9c1a-5e2f8d6b7a10","data":{"ticket_id":"3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31"}}"#;
    let made = signature("shh", 1_700_000_000, br#"{"a":1}"#);
    let expected = "be310eac0f84daf469d630347a950258de768b365563ab68f29f2f783473d547";
    assert_eq!(made, format!("t=1700000000,v1={expected}"));
    let secret = "ABEiM0RVZneImaq7zN3u__7cuph2VDIQASNFZ4mrze8";
    let made = signature(secret, 1_787_583_845, guide.as_bytes());
    let expected = "8dd775709edff3e018b8d6ed7db1abddf86c541e38b0f1c19ba4709eda7068a0";
    assert_eq!(made, format!("t=1787583845,v1={expected}"));
}

#[test]
fn everything_but_2xx_is_tried_five_times_within_2_h_36_min() {
    let comments = Ticket::new("Nobody answers").comments(1);
    let minutes = [(1, 0), (2, 1), (3, 6), (4, 36), (5, 156)];
    let all = minutes.map(|(number, minute)| (number, 60 * minute));
    let good = [200, 204, 299].map(|status| (Status(status), &all[..1]));
    let bad = [199, 302, 400, 401, 404, 410, 413, 429, 500, 503];
    let bad = bad.map(|status| (Status(status), &all[..]));
    let unheard = (NoAnswer, &all[..]);
    for (outcome, left) in good.into_iter().chain(bad).chain([unheard]) {
        let mut alga = sending(plain(), &comments);
        assert_eq!(seconds_of(&mut alga, outcome), left, "{outcome:?}");
        let end = start() + SignedDuration::from_secs(left.last().unwrap().1);
        let fate = match left.len() {
            1 => Fate::Acknowledged(end),
            _ => Fate::GivenUp(end),
        };
        assert_eq!(fates(&alga), [fate], "{outcome:?}");
    }
}

#[test]
fn a_retry_waits_from_the_failure_and_leaves_at_the_next_poll() {
    let mut alga = sending(plain(), &Ticket::new("Slow").comments(1));
    let attempt = alga.leaving(start()).remove(0);
    alga.answered(&attempt, NoAnswer, after(9_001));
    assert_eq!(alga.next_at(), Some(after(70_000)));
}

#[test]
fn a_retry_has_the_same_bytes_a_new_delivery_id_and_the_next_number() {
    let mut alga = sending(plain(), &Ticket::new("Once more").comments(1));
    let mut attempts = Vec::new();
    alga.play(|attempt, _| {
        attempts.push(attempt.clone());
        Status(503)
    });
    let ids = attempts
        .iter()
        .map(|attempt| header(attempt, "x-alga-delivery-id"));
    assert_eq!(ids.collect::<HashSet<_>>().len(), 5);
    for (number, attempt) in (1..).zip(&attempts) {
        assert_eq!(attempt.body, attempts[0].body);
        let seen = header(attempt, "x-alga-delivery-attempt");
        assert_eq!(seen, format!("{number}"));
    }
}

#[test]
fn a_request_has_the_senders_headers_and_is_signed_when_it_is_sent() {
    let mut alga = sending(plain(), &Ticket::new("As it is").comments(1));
    let attempt = alga.leaving(start()).remove(0);
    let request = attempt.request(&Uri::from_static("http://127.0.0.1/hook"), after(5_500));
    let names = request.headers();
    let mut names: Vec<_> = names.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    let expected = [
        "content-type",
        "user-agent",
        "x-alga-delivery-attempt",
        "x-alga-delivery-id",
        "x-alga-event-id",
        "x-alga-event-type",
        "x-alga-signature",
        "x-alga-webhook-id",
    ];
    assert_eq!(names, expected);
    let second = start().as_second() + 5;
    let signed = signature(alga.secret(), second, &attempt.event.body());
    assert_eq!(request.headers()["x-alga-signature"], signed);
    assert_eq!(header(&attempt, "x-alga-event-id"), attempt.event.event_id);
    let seen = header(&attempt, "x-alga-event-type");
    assert_eq!(seen, "ticket.comment.added");
    assert_eq!(header(&attempt, "x-alga-webhook-id"), alga.webhook_id);
}

#[test]
fn nothing_leaves_between_two_polls_and_a_burst_leaves_together_in_any_order() {
    let comments = Ticket::new("All at once").comments(20);
    let mut alga = AlgaPsa::new(SEED, plain());
    alga.leaving(start());
    for (n, comment) in (0..).zip(&comments) {
        alga.happens(comment.clone(), after(100 * n));
    }
    for between in [1, 500, 1_000, 1_999] {
        assert_eq!(alga.leaving(after(between)).len(), 0, "after {between} ms");
    }
    assert_eq!(alga.next_at(), Some(after(2_000)));
    let left = alga.leaving(after(2_003));
    let left: Vec<_> = left.iter().map(|attempt| attempt.entry).collect();
    assert_ne!(left, (0..20).collect::<Vec<_>>());
    let mut sorted = left;
    sorted.sort_unstable();
    assert_eq!(sorted, (0..20).collect::<Vec<_>>());
    assert_eq!((alga.next_at(), alga.in_flight()), (None, 20));
}

#[test]
fn fifty_requests_are_under_way_at_most_and_the_oldest_leave_first() {
    let mut alga = sending(plain(), &Ticket::new("Queued").comments(120));
    let first = alga.leaving(start());
    assert!(first.iter().all(|attempt| attempt.entry < 50));
    assert_eq!((first.len(), alga.waiting()), (50, 70));
    assert_eq!(alga.leaving(after(2_000)).len(), 0);
    for attempt in &first[..3] {
        alga.answered(attempt, Status(200), after(2_500));
    }
    assert_eq!(alga.next_at(), Some(after(4_000)));
    assert_eq!(alga.leaving(after(4_000)).len(), 3);
}

#[test]
fn types_overtake_each_other_on_the_way_and_one_type_does_not_overtake_itself() {
    let ticket = Ticket::new("Streams");
    let types = ["ticket.updated", "ticket.closed"];
    let habits = Habits {
        poll_every: SignedDuration::from_millis(1),
        stream_lag: Habits::default().stream_lag,
        ..plain()
    };
    let mut alga = AlgaPsa::new(SEED, habits);
    for n in 0..200 {
        for event_type in types {
            alga.happens(ticket.event(event_type, n), after(10 * n));
        }
    }
    let mut left = Vec::new();
    alga.play(|attempt, now| {
        left.push((now, attempt.entry));
        Status(200)
    });
    // At one poll the order is any; told apart are those that left at different ones.
    let overtaken = |is: fn(usize, usize) -> bool| {
        left.iter().enumerate().any(|(n, (first, entry))| {
            let mut later = left[n..].iter();
            later.any(|(second, earlier)| second > first && earlier < entry && is(*entry, *earlier))
        })
    };
    let other_types = overtaken(|one, other| one % 2 != other % 2);
    let its_own_type = overtaken(|one, other| one % 2 == other % 2);
    assert_eq!((other_types, its_own_type), (true, false));
}

#[test]
fn a_rotation_is_instant_retries_included() {
    let mut alga = sending(plain(), &Ticket::new("Rotated").comments(2));
    let first = alga.secret().to_owned();
    let under_way = alga.leaving(start());
    alga.rotate("the-new-one");
    for attempt in &under_way {
        assert_eq!(attempt.secret, first, "it has left already");
        alga.answered(attempt, Status(401), after(10));
    }
    let retries = alga.leaving(after(62_000));
    assert_eq!(retries.len(), 2);
    assert!(retries.iter().all(|retry| retry.secret == "the-new-one"));
}

#[test]
fn a_secret_has_43_characters_of_base64url() {
    let alga = AlgaPsa::new(SEED, plain());
    assert_eq!(alga.secret().len(), 43);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    assert!(alga.secret().chars().all(fits));
}

#[test]
fn a_replay_is_a_first_attempt_with_the_same_content_in_other_bytes() {
    let mut alga = sending(plain(), &Ticket::new("Replayed").comments(1));
    seconds_of(&mut alga, Status(503));
    let event = alga.ledger().entries[0].event.clone();
    alga.replay(&event, after(90_000_000));
    let replay = alga.leaving(after(90_000_000)).remove(0);
    assert_eq!(replay.number, 1);
    assert_ne!(replay.body, event.body());
    let parsed = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap();
    assert_eq!(parsed(&replay.body), parsed(&event.body()));
}

#[test]
fn a_republished_event_has_the_same_id_and_another_time() {
    let mut alga = AlgaPsa::new(SEED, plain());
    let event = Ticket::new("From the mailbox").event("ticket.created", 0);
    alga.republish(&event, start());
    let attempt = alga.leaving(start()).remove(0);
    assert_eq!(attempt.event.event_id, event.event_id);
    assert_eq!(attempt.event.occurred_at, start());
}

#[test]
fn a_closed_project_is_told_under_two_types_with_one_id() {
    let both = ["project.closed", "project.completed"];
    for (event_type, told) in [
        ("project.closed", &both[..]),
        ("project.updated", &["project.updated"]),
        ("project.task.completed", &["project.task.completed"]),
    ] {
        let data = Data::from([("project_id", json!("p-1"))]);
        let alga = sending(plain(), &[Event::new(event_type, start(), data)]);
        let entries = &alga.ledger().entries;
        let types = entries.iter();
        let types: Vec<_> = types.map(|entry| entry.event.event_type.as_str()).collect();
        assert_eq!(types, told);
        for entry in entries {
            assert_eq!(entry.event.event_id, entries[0].event.event_id);
        }
    }
}

#[test]
fn a_test_delivery_gets_one_attempt() {
    let mut alga = AlgaPsa::new(SEED, plain());
    alga.test(start());
    assert_eq!(seconds_of(&mut alga, Status(503)), [(1, 0)]);
    assert_eq!(fates(&alga), [Fate::GivenUp(start())]);
    let event = &alga.ledger().entries[0].event;
    assert_eq!(event.event_type, "webhook.test");
    assert_eq!(field(event, "is_test"), Some(&json!(true)));
}

#[test]
fn within_a_minute_an_event_tells_what_the_cache_still_holds() {
    for (milliseconds, stale) in [(0, true), (59_999, true), (60_000, false)] {
        let habits = Habits {
            cap: None,
            ..Habits::default()
        };
        let mut alga = AlgaPsa::new(SEED, habits);
        let mut chance = Chance::new(SEED);
        let mut life = Life::new(&mut chance, start());
        let before = life.edit(&mut chance, start());
        let closing = life.close(&mut chance, after(milliseconds));
        alga.happens(before, start());
        for event in closing {
            alga.happens(event, after(milliseconds));
        }
        let told = |n: usize| &alga.ledger().entries[n].event;
        let (changed, closed) = (told(1), told(2));
        assert_eq!(closed.event_type, "ticket.closed");
        let seen = field(closed, "is_closed");
        assert_eq!(seen, Some(&json!(!stale)), "{milliseconds}");
        assert_eq!(field(closed, "closed_at") == Some(&Value::Null), stale);
        let same = field(changed, "status_id") == field(changed, "previous_status_id");
        assert_eq!(same, stale, "{milliseconds} ms");
    }
}

#[test]
fn the_thread_of_comments_is_never_stale() {
    let mut alga = AlgaPsa::new(SEED, Habits::default());
    let mut chance = Chance::new(SEED);
    let mut life = Life::new(&mut chance, start());
    for second in 0..3 {
        let comment = life.comment(&mut chance, after(1_000 * second));
        alga.happens(comment, after(1_000 * second));
    }
    let keys = [
        "comment_id",
        "text",
        "author",
        "is_internal",
        "is_resolution",
        "created_at",
        "updated_at",
    ];
    for (entry, count) in alga.ledger().entries.iter().zip(1..) {
        let thread = field(&entry.event, "comments").unwrap().as_array().unwrap();
        assert_eq!(thread.len(), count);
        let ids: HashSet<_> = thread
            .iter()
            .map(|comment| &comment["comment_id"])
            .collect();
        assert_eq!(ids.len(), count);
        for comment in thread {
            assert!(
                keys.iter().all(|key| comment.get(key).is_some()),
                "{comment}"
            );
            assert_eq!(comment.as_object().unwrap().len(), keys.len());
        }
    }
}

#[test]
fn one_cache_serves_each_ticket_by_itself() {
    let (one, other) = (Ticket::new("One"), Ticket::new("Other"));
    let mut alga = AlgaPsa::new(SEED, Habits::default());
    for ticket in [&one, &other] {
        alga.happens(ticket.event("ticket.created", 0), start());
    }
    let seen = field(&alga.ledger().entries[1].event, "title");
    assert_eq!(seen, Some(&json!("Other")));
}

#[test]
fn what_an_admin_has_unticked_is_not_sent() {
    let mut habits = plain();
    habits.unticked = vec!["comments".into()];
    let alga = sending(habits, &Ticket::new("Lean").comments(1));
    let event = &alga.ledger().entries[0].event;
    assert_eq!(field(event, "comments"), None);
    assert!(field(event, "comment").is_some());
}

#[test]
fn an_admins_header_is_merged_with_the_senders_own() {
    let mut habits = plain();
    let headers = [("x-alga-delivery-ATTEMPT", "99"), ("X-Tenant", "north")];
    habits.headers = headers
        .map(|(name, value)| (name.into(), value.into()))
        .into();
    let mut alga = sending(habits, &Ticket::new("Customized").comments(1));
    let attempt = alga.leaving(start()).remove(0);
    assert_eq!(header(&attempt, "x-alga-delivery-attempt"), "99, 1");
    assert_eq!(header(&attempt, "x-tenant"), "north");
}

#[test]
fn a_day_without_one_success_switches_the_webhook_off() {
    let minute = |n: i64| start() + SignedDuration::from_mins(n);
    for (success_at, off_at) in [(None, 1_440), (Some(100), 1_560)] {
        let mut habits = plain();
        habits.delays.truncate(1);
        let mut alga = AlgaPsa::new(SEED, habits);
        let mut was_on_until = 0;
        for n in (0..3_000).step_by(20) {
            alga.happens(Ticket::new("Alone").event("ticket.created", 0), minute(n));
            for attempt in alga.leaving(minute(n)) {
                let status = if success_at == Some(n) { 200 } else { 503 };
                alga.answered(&attempt, Status(status), minute(n));
                was_on_until = n;
            }
        }
        assert_eq!(was_on_until, off_at, "{success_at:?}");
        assert!(alga.is_off());
        assert_eq!(fates(&alga).last(), Some(&Fate::Dropped(minute(2_980))));
    }
}

#[test]
fn a_paused_webhook_drops_events_for_good() {
    let comments = Ticket::new("Paused").comments(3);
    let mut alga = AlgaPsa::new(SEED, plain());
    alga.happens(comments[0].clone(), start());
    alga.pause(after(1));
    alga.happens(comments[1].clone(), after(2));
    alga.resume();
    alga.happens(comments[2].clone(), after(3));
    alga.play(|_, _| Status(200));
    let dropped = |ms| Fate::Dropped(after(ms));
    let acknowledged = Fate::Acknowledged(after(2_000));
    assert_eq!(fates(&alga), [dropped(1), dropped(2), acknowledged]);
}

/// A run in which much goes wrong, told attempt by attempt.
fn run(seed: u64) -> Vec<String> {
    let events = Lives::new(seed).town(10, 200, start(), SignedDuration::from_mins(3));
    let mut alga = AlgaPsa::new(seed, Habits::default());
    for event in events {
        let at = event.occurred_at;
        alga.happens(event, at);
    }
    let mut told = Vec::new();
    let mut chance = Chance::new(seed);
    alga.play(|attempt, now| {
        told.push(format!("{now} {attempt:?}"));
        Status(if chance.one_in(5) { 503 } else { 200 })
    });
    told
}

#[test]
fn the_same_seed_sends_the_same_and_another_one_does_not() {
    assert_eq!(run(SEED), run(SEED));
    assert_ne!(run(SEED), run(SEED + 1));
}
