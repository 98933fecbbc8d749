//! What a run of the reconciler says of differences, of trouble, and of the runs before it.

use std::collections::BTreeMap;

use alga_webhooks::commands::reconcile::found::{Found, State, drawn};
use alga_webhooks::commands::reconcile::report::Report;
use alga_webhooks::commands::reconcile::trouble::what_to_do;
use jiff::{SignedDuration, Timestamp};
use reconciler::difference::{Difference, What};
use reconciler::field::Field;
use reconciler::memory::Ran;
use serde_json::{Value, json};

use crate::{A, B};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const WIDE: u16 = 250;

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a time")
}

/// A difference that was seen two hours ago.
fn difference(what: What, before: Value, after: Value) -> Difference {
    let until = now() - 2 * HOUR;
    Difference {
        ticket_id: A.to_owned(),
        what,
        before,
        after,
        follows: None,
        untold: None,
        told_in: None,
        from: until - HOUR,
        until,
        compared_with: until - HOUR,
    }
}

/// The row of that difference, with one space between words.
fn row(found: Found) -> String {
    let drawn = drawn(&[found], now(), WIDE);
    let row = drawn.lines().last().expect("it has a row");
    row.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn announced(what: What, before: Value, after: Value) -> String {
    row(Found::of(
        &difference(what, before, after),
        State::Announced,
    ))
}

#[test]
fn ids_are_short_where_they_are_values_and_whole_where_they_name_a_ticket() {
    let row = announced(What::Changed(Field::Status), json!(A), json!(B));
    let begins = format!("{A} status_id 0b0e3f54… 3f2a9d64… ");
    assert!(row.starts_with(&begins), "{row}");
    assert!(row.contains(" (2 h ago) announced "), "{row}");
    let told_by = "ticket.created ticket.status_changed ticket.closed ticket.updated";
    assert!(row.ends_with(told_by), "{row}");
}

#[test]
fn a_value_is_told_in_few_words_on_one_line() {
    let title = What::Changed(Field::Title);
    let tags = What::Changed(Field::Tags);
    let all = json!({ "status_id": A, "title": "Printer on fire" });
    let long = "Lorem ".repeat(20);
    for (what, before, after, told) in [
        (title, json!("A\nB"), json!("A\tC"), "title A B A C"),
        (title, Value::Null, json!("A"), "title none A"),
        (
            title,
            json!("A"),
            json!("\u{1b}[2J!"),
            r"title A \u{1b}[2J!",
        ),
        (
            title,
            json!("A"),
            json!(long),
            "title A Lorem Lorem Lorem Lorem Lorem Lorem Lorem Lorem… ",
        ),
        (tags, json!([]), json!(["vip", "fire"]), "tags vip, fire"),
        (
            What::Created,
            Value::Null,
            all.clone(),
            "created none Printer on fire",
        ),
        (
            What::Deleted,
            all,
            Value::Null,
            "deleted Printer on fire none",
        ),
    ] {
        let row = announced(what, before, after);
        assert!(row.starts_with(&format!("{A} {told}")), "{row}");
    }
}

/// Whoever is told knows the value before those that nobody was told of.
#[test]
fn what_was_told_last_is_what_was_before() {
    let mut found = difference(What::Changed(Field::Title), json!("B"), json!("C"));
    found.untold = Some(json!("A"));
    let row = row(Found::of(&found, State::WouldBeAnnounced));
    assert!(row.contains(" title A C "), "{row}");
    assert!(row.contains(" would be announced "), "{row}");
}

#[test]
fn what_waits_says_until_when() {
    let found = difference(What::Changed(Field::Title), json!("A"), json!("B"));
    for (grace, told) in [
        (3 * HOUR, " (in 1 h) ticket."),
        (
            2 * HOUR,
            " a run remembers it, and a later one announces it ",
        ),
        (
            SignedDuration::ZERO,
            " a run remembers it, and a later one announces it ",
        ),
    ] {
        let row = row(Found::waiting(&found, grace));
        assert!(row.contains(told), "{row}");
        let waits = row.contains(" waits for an event until ");
        assert_eq!(waits, grace == 3 * HOUR, "{row}");
    }
}

#[test]
fn differences_are_listed_in_the_order_in_which_they_were_seen() {
    let found = |ticket_id: &str, ago: SignedDuration| {
        let mut found = difference(What::Deleted, Value::Null, Value::Null);
        ticket_id.clone_into(&mut found.ticket_id);
        found.until = now() - ago;
        Found::of(&found, State::WouldBeAnnounced)
    };
    let drawn = drawn(
        &[found("b", HOUR), found("a", HOUR), found("c", 2 * HOUR)],
        now(),
        WIDE,
    );
    let tickets = drawn
        .lines()
        .skip(2)
        .filter_map(|row| row.split_whitespace().next());
    assert_eq!(tickets.collect::<Vec<_>>(), ["c", "a", "b"]);
}

#[test]
fn a_program_is_told_the_same_without_shortening() {
    let found = difference(What::Changed(Field::Status), json!(A), json!(B));
    let found = Found::waiting(&found, 3 * HOUR);
    let expected = json!({
        "ticket_id": A,
        "field": "status_id",
        "before": A,
        "after": B,
        "not_before": "2027-01-15T05:00:00.000Z",
        "seen_at": "2027-01-15T06:00:00.000Z",
        "state": "waits",
        "waits_until": "2027-01-15T09:00:00.000Z",
        "told_by": ["ticket.created", "ticket.status_changed", "ticket.closed", "ticket.updated"],
    });
    assert_eq!(json!(found), expected);
}

fn ran(at: &str, tickets: usize, waiting: usize, fields: &[(&str, usize)]) -> Ran {
    let fields = fields
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count));
    Ran {
        at: at.parse().expect("a time"),
        calls: 3,
        tickets,
        differences: 5,
        explained: 4,
        superseded: 0,
        waiting,
        announced: 1,
        fields: fields.collect::<BTreeMap<_, _>>(),
    }
}

#[test]
fn a_report_adds_up_what_happened_and_shows_how_a_day_ended() {
    let runs = [
        ran("2026-08-22T12:00:00Z", 9, 9, &[("tags", 9)]),
        ran("2026-08-23T22:59:59Z", 40, 2, &[("status_id", 1)]),
        ran(
            "2026-08-23T23:59:59Z",
            41,
            3,
            &[("status_id", 1), ("title", 1)],
        ),
        ran("2026-08-24T00:00:00Z", 42, 1, &[]),
    ];
    let since = "2026-08-22T12:00:01Z".parse().expect("a time");
    let report = Report::of(&runs, since);
    let drawn = report.drawn(WIDE);
    let rows = drawn
        .lines()
        .map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "));
    let rows: Vec<_> = rows.skip(2).collect();
    assert_eq!(
        rows,
        [
            "2026-08-23 2 41 6 10 8 0 3 2 status_id 2, title 1",
            "2026-08-24 1 42 3 5 4 0 1 1",
            "all 3 42 9 15 12 0 1 3 status_id 2, title 1",
        ]
    );
    let told = json!(report);
    assert_eq!(told["since"], "2026-08-22T12:00:01.000Z");
    assert_eq!(told["days"][0]["day"], "2026-08-23");
    assert_eq!(
        told["days"][0]["fields"],
        json!({ "status_id": 2, "title": 1 })
    );
    assert_eq!(told["total"]["waiting"], 1);
}

#[test]
fn a_run_in_the_very_second_counts_and_without_any_there_is_no_report() {
    let at = "2026-08-24T00:00:00Z";
    let time: Timestamp = at.parse().expect("a time");
    for (after, is_empty) in [(-1, false), (0, false), (1, true)] {
        let report = Report::of(
            &[ran(at, 1, 0, &[])],
            time + SignedDuration::from_secs(after),
        );
        assert_eq!(report.is_empty(), is_empty, "{after} s later");
    }
}

#[test]
fn each_trouble_that_is_known_says_what_to_do() {
    let listing = "failed to list the tickets: ";
    for (why, what) in [
        ("the key of the ticket API is empty", "put it in: PUT"),
        (
            "the ticket API answered 401 Unauthorized: …",
            "Put the right key in: PUT",
        ),
        (
            "the ticket API answered 403 Forbidden: …",
            "Let the key's user read tickets",
        ),
        (
            "the key may read none of the watched tickets",
            "Let the key's user read tickets",
        ),
        (
            "the ticket API could not be reached",
            "can this machine reach it?",
        ),
        (
            "no answer from the ticket API within 30 s",
            "can this machine reach it?",
        ),
        (
            "the ticket API answered 503 Service Unavailable",
            "Fix that, and run it again",
        ),
        ("the time of a run is up", "Fix that, and run it again"),
    ] {
        let told = what_to_do(&format!("{listing}{why}"), "PUT");
        assert!(told.contains(what), "{why}: {told}");
    }
}
