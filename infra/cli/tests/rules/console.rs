//! What the console makes of a line of a log, of a chain of events, and of the runbook.

use alga_webhooks::console::chain::{Told, gaps};
use alga_webhooks::console::entry::{Entry, Tone};
use alga_webhooks::console::runbook::written;
use alga_webhooks::logs::{Function, Line};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

fn line(function: Function, fields: Value) -> Line {
    let Value::Object(fields) = fields else {
        panic!("a line is an object")
    };
    let at = Timestamp::from_second(1_800_000_000).expect("a time");
    Line {
        at,
        function,
        fields,
    }
}

fn entry(function: Function, fields: Value) -> Entry {
    Entry::of(&line(function, fields)).expect("it tells of something")
}

#[test]
fn a_delivery_says_what_became_of_it() {
    for (outcome, tone) in [
        ("accepted", Tone::Good),
        ("duplicate", Tone::Quiet),
        ("ignored", Tone::Quiet),
        ("test", Tone::Quiet),
        ("quarantined", Tone::Odd),
        ("rejected", Tone::Bad),
        ("unavailable", Tone::Bad),
        ("something new", Tone::Bad),
    ] {
        let told = entry(
            Function::Receiver,
            json!({ "outcome": outcome, "event.id": "e1", "event.type": "ticket.closed", "stream": "t/ticket/1", "reason": "why" }),
        );
        assert_eq!(
            (told.step, &*told.outcome, told.tone),
            ("delivery", outcome, tone)
        );
        assert_eq!(
            (
                &*told.event_id,
                &*told.event_type,
                &*told.stream,
                &*told.note
            ),
            ("e1", "ticket.closed", "t/ticket/1", "why")
        );
    }
}

#[test]
fn a_reaction_says_its_order_attempt_and_lag() {
    let told = entry(
        Function::Reactor,
        json!({ "message": "reacted", "level": "INFO", "event": "e1/ticket.closed", "stream": "t/ticket/1", "order": "in-order", "attempt": 2, "unannounced": true }),
    );
    assert_eq!(
        (told.step, &*told.outcome, told.tone),
        ("reaction", "in order", Tone::Good)
    );
    assert_eq!(
        (
            &*told.event_id,
            &*told.event_type,
            told.attempt,
            told.lag_ms
        ),
        ("e1", "ticket.closed", Some(2), None)
    );
    assert_eq!(told.note, "never announced by AlgaPSA");
    let told = entry(
        Function::Reactor,
        json!({ "reaction": "log", "event.id": "e1", "event.type": "ticket.closed", "order": "late", "attempt": 1, "stale": true, "lag_ms": 2040, "replay": "2026-08-24T15:04:05Z" }),
    );
    assert_eq!(
        (&*told.outcome, told.tone, told.lag_ms),
        ("late", Tone::Odd, Some(2040))
    );
    assert_eq!(
        told.note,
        "contradicts itself, replay of 2026-08-24T15:04:05Z"
    );
}

#[test]
fn a_failure_says_why_and_what_comes_next() {
    let told = entry(
        Function::Reactor,
        json!({ "message": "a reaction failed", "level": "WARN", "event": "e1/ticket.closed", "attempt": 3, "again_in_s": 20, "why": "the target answered 503" }),
    );
    assert_eq!(
        (told.step, &*told.outcome, told.tone),
        ("reaction", "failed", Tone::Bad)
    );
    assert_eq!(
        (told.attempt, &*told.note),
        (Some(3), "the target answered 503, again in 20 s")
    );
    let told = entry(
        Function::Reactor,
        json!({ "message": "a call to AWS failed", "level": "ERROR", "error": "timed out" }),
    );
    assert_eq!(
        (told.step, &*told.outcome, told.tone, &*told.note),
        (
            "reactor",
            "error",
            Tone::Bad,
            "a call to AWS failed, timed out"
        )
    );
}

#[test]
fn metrics_alone_are_no_entry() {
    for function in [Function::Receiver, Function::Reactor, Function::Reconciler] {
        let metrics = line(
            function,
            json!({ "_aws": {}, "ReactorTime": 12.5, "Stack": "s" }),
        );
        assert_eq!(Entry::of(&metrics), None);
    }
}

/// An event, so many minutes after the first.
fn told(minute: i64, event_type: &str, body: &Value) -> Told {
    let at = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute);
    Told::of(body.to_string().as_bytes(), event_type, at)
}

/// A change of status from one to another.
fn change(minute: i64, from: &str, to: &str) -> Told {
    let body = json!({ "data": { "previous_status_id": from, "status_id": to } });
    told(minute, "ticket.status_changed", &body)
}

#[test]
fn a_change_that_begins_where_no_other_has_ended_shows_a_gap() {
    let status = json!({ "data": { "status_id": "c" } });
    let comment = told(1, "ticket.comment.added", &status);
    let without = told(2, "ticket.status_changed", &status);
    let edit = json!({ "data": { "status_id": "c", "changes": { "status_id": { "new": "c" } } } });
    let edit = told(2, "ticket.updated", &edit);
    let odd = Told::of(b"no JSON", "ticket.status_changed", Timestamp::UNIX_EPOCH);
    for (chain, expected) in [
        (vec![], vec![]),
        (vec![change(0, "a", "b"), change(2, "b", "c")], vec![]),
        (vec![change(0, "a", "b"), change(2, "c", "d")], vec![1]),
        (
            vec![change(0, "a", "b"), comment, change(2, "c", "d")],
            vec![2],
        ),
        // What an edit tells is no gap, and what came after a change without a previous status is not known.
        (vec![change(0, "a", "b"), edit, change(4, "c", "d")], vec![]),
        (
            vec![change(0, "a", "b"), without, change(4, "e", "d")],
            vec![],
        ),
        // AlgaPSA sends the old status for a minute: such a change does not tell what it led to.
        (vec![change(0, "a", "a"), change(2, "b", "c")], vec![]),
        (
            vec![
                change(0, "a", "b"),
                change(1, "b", "a"),
                change(3, "c", "d"),
            ],
            vec![],
        ),
        (
            vec![
                change(0, "a", "b"),
                change(2, "b", "c"),
                change(4, "x", "d"),
            ],
            vec![2],
        ),
        (vec![odd, change(2, "a", "b")], vec![]),
    ] {
        assert_eq!(Vec::from_iter(gaps(&chain)), expected, "{chain:?}");
    }
}

#[test]
fn an_event_that_the_reconciler_has_made_is_told_apart() {
    assert!(told(0, "ticket.closed", &json!({ "unannounced": true })).is_unannounced);
    assert!(!told(0, "ticket.closed", &json!({ "unannounced": false })).is_unannounced);
}

#[test]
fn the_runbook_has_an_anchor_for_each_heading_and_no_link_that_leads_nowhere() {
    let page = written(
        "# Title\n\n## `Parked` events, again\n\nSee [there](other.md) and [here](#parked-events-again).<script>x</script>\n",
    );
    assert!(page.contains("<h2 id=\"parked-events-again\">"), "{page}");
    assert!(
        page.contains("<a href=\"#parked-events-again\">here</a>"),
        "{page}"
    );
    assert!(page.contains("See there and"), "{page}");
    assert!(
        !page.contains("Title") && !page.contains("<script>"),
        "{page}"
    );
}
