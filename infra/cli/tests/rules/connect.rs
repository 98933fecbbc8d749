//! What `connect` tells to enter, how it reads the receiver's log, and what it finds wrong.

use alga_webhooks::commands::connect::algapsa::Tested;
use alga_webhooks::commands::connect::arrival::{About, Arrival};
use alga_webhooks::commands::connect::check::arriving;
use alga_webhooks::commands::connect::check::outside::ran;
use alga_webhooks::commands::connect::check::signed;
use alga_webhooks::commands::connect::check::{Finding, Seen};
use alga_webhooks::commands::connect::guide::{text, to_tick};
use alga_webhooks::commands::connect::history::Arrived;
use alga_webhooks::commands::connect::steps::broken;
use alga_webhooks::output::Time;
use alga_webhooks::signing::own_id;
use jiff::{SignedDuration, Timestamp};
use reconciler::memory::{Memory, Ran};
use samples::TYPES;
use serde_json::{Value, json};

use crate::{START, versions};

#[test]
fn all_events_are_ticked_unless_the_stack_watches_some() {
    let all = to_tick(None);
    assert_eq!(all, to_tick(Some("")));
    assert_eq!(all.len(), TYPES.len() - 1);
    assert!(!all.contains(&"webhook.test"), "nobody can tick it");
    for (watched, ticked) in [
        (
            "ticket.closed, ticket.created",
            &["ticket.created", "ticket.closed"][..],
        ),
        ("ticket.closed,ticket.deleted", &["ticket.closed"]),
        (
            "ticket.closed,,ticket.reopened",
            &["ticket.closed", "ticket.reopened"],
        ),
    ] {
        assert_eq!(to_tick(Some(watched)), ticked, "{watched}");
    }
}

#[test]
fn everything_to_enter_is_named_with_its_value() {
    let url = "https://abc.lambda-url.eu-central-1.on.aws/";
    let text = text(url, Some("ticket.closed"));
    let line = |name: &str| {
        let mut lines = text.lines().map(str::trim);
        let line = lines.find(|line| line.starts_with(&format!("{name}  ")));
        line.unwrap_or_else(|| panic!("no {name} in\n{text}"))
            .to_owned()
    };
    assert!(line("URL").ends_with(url));
    assert!(line("method").ends_with("POST"));
    assert!(line("events").ends_with("ticket.closed"));
    assert!(line("payload fields").contains("but comments"));
    assert!(line("rate limit").contains("1000 a minute"));
    assert!(line("verify SSL").ends_with("on"));
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
}

#[test]
fn lines_break_between_words_and_a_long_word_stays_whole() {
    assert_eq!(broken("one two three", 9, "  "), "  one two\n  three");
    assert_eq!(
        broken("a-word-of-sixteen it", 9, " "),
        " a-word-of-sixteen\n it"
    );
    assert_eq!(broken("", 9, " "), "");
}

fn arrival(fields: &Value) -> Option<Arrival> {
    Arrival::of(fields.as_object().expect("a line is an object"))
}

fn line(outcome: &str, id: &str) -> Value {
    json!({ "outcome": outcome, "event.id": id, "event.type": "ticket.closed", "stream": "t1/ticket/T1" })
}

#[test]
fn each_line_of_the_receivers_is_understood() {
    let test = arrival(&line("test", "e1"));
    let tenant_id = "t1".to_owned();
    assert_eq!(test, Some(Arrival::Test { tenant_id }));
    for outcome in ["test", "accepted"] {
        assert_eq!(arrival(&line(outcome, &own_id())), None, "we sent it");
    }
    for outcome in ["accepted", "duplicate", "ignored"] {
        let about = About {
            event_id: "e1".into(),
            event_type: "ticket.closed".into(),
            stream: "t1/ticket/T1".into(),
            outcome: outcome.into(),
        };
        assert_eq!(arrival(&line(outcome, "e1")), Some(Arrival::Event(about)));
    }
    for (fields, expected) in [
        (
            json!({ "outcome": "quarantined" }),
            Some(Arrival::Quarantined),
        ),
        (
            json!({ "outcome": "unavailable" }),
            Some(Arrival::Unavailable),
        ),
        (
            json!({ "outcome": "rejected", "reason": "stale signature" }),
            Some(refused("stale signature")),
        ),
        (json!({ "outcome": "not found" }), None),
        (json!({ "message": "reacted" }), None),
    ] {
        assert_eq!(arrival(&fields), expected, "{fields}");
    }
}

fn refused(reason: &str) -> Arrival {
    Arrival::Refused {
        reason: reason.to_owned(),
    }
}

#[test]
fn only_what_was_signed_is_authentic() {
    for (outcome, authentic) in [
        ("test", true),
        ("accepted", true),
        ("ignored", true),
        ("quarantined", true),
    ] {
        assert_eq!(
            arrival(&line(outcome, "e1"))
                .expect("it is one")
                .is_authentic(),
            authentic,
            "{outcome}"
        );
    }
    assert!(!refused("signature mismatch").is_authentic());
    assert!(!Arrival::Unavailable.is_authentic());
}

fn minutes(nth: usize) -> Timestamp {
    START + SignedDuration::from_mins(i64::try_from(nth).unwrap())
}

/// Whether these refusals, a minute apart, are something to fix.
fn is_wrong(reasons: &[&str], well: Option<Timestamp>) -> bool {
    let at = |nth: usize| Time(minutes(nth));
    let refused = reasons.iter().enumerate();
    let refused = refused.map(|(nth, reason)| Arrived {
        at: at(nth),
        what: refused_for(reason),
    });
    let refused: Vec<_> = refused.collect();
    let now = START + SignedDuration::from_hours(1);
    matches!(arriving::judged(&refused, well, now), Seen::Wrong(..))
}

fn refused_for(reason: &str) -> Arrival {
    refused(reason)
}

#[test]
fn what_anybody_can_cause_is_nothing_to_fix() {
    for (reasons, wrong) in [
        (&[][..], false),
        (&["missing signature", "malformed signature"], false),
        (&["signature mismatch"], true),
        (&["missing signature", "stale signature"], true),
        (&["wrong tenant"], true),
    ] {
        assert_eq!(is_wrong(reasons, None), wrong, "{reasons:?}");
    }
}

#[test]
fn what_was_refused_before_all_was_well_is_nothing_to_fix_any_more() {
    let reasons = ["signature mismatch", "wrong tenant"];
    for (well, wrong) in [(0, true), (1, false), (2, false)] {
        assert_eq!(is_wrong(&reasons, Some(minutes(well))), wrong, "{well}");
    }
    assert!(
        !is_wrong(&["wrong tenant", "missing signature"], Some(minutes(0))),
        "anybody's"
    );
}

#[test]
fn a_new_secret_counts_alone_after_its_hour() {
    let hour = SignedDuration::from_hours(1);
    for (current, previous, since) in [("new", "old", START + hour), ("same", "same", START)] {
        let since_when = versions(current, previous).alone_since();
        assert_eq!(since_when, Some(since), "{current}, {previous}");
    }
    let mut first = versions("new", "");
    first.previous = None;
    assert_eq!(first.alone_since(), Some(START));
}

#[test]
fn a_success_alone_proves_nothing() {
    for (status, answer, success, proof) in [
        (Some(200), r#"{"status":"test"}"#, true, true),
        (Some(200), r#"{"status":"test"}"#, false, false),
        (Some(200), r#"{"status":"accepted"}"#, true, false),
        (Some(200), "<html>fine</html>", true, false),
        (None, "", true, false),
    ] {
        let tested = Tested::new(status, answer, success);
        assert_eq!(tested.is_proof(), proof, "{tested:?}");
    }
}

#[test]
fn a_secret_is_judged_by_its_form() {
    let good = "ABEiM0RVZneImaq7zN3u__7cuph2VDIQASNFZ4mrze8";
    let several = format!(r#"{{"a":{{"secret":"{good}"}},"b":{{"secret":"short"}}}}"#);
    for (text, is_good) in [
        (good, true),
        ("short", false),
        (r#"{"a":"b"}"#, false),
        (&several, false),
    ] {
        let current = versions(text, "").current.expect("there is one");
        let seen = signed::judged(&current, START);
        assert_eq!(matches!(seen, Seen::Good(_)), is_good, "{seen:?}");
        assert!(!format!("{seen:?}").contains(good), "it is never shown");
    }
}

#[test]
fn a_run_of_the_reconcilers_is_missed_after_two_turns() {
    let every = SignedDuration::from_hours(1);
    let seen = |minutes| {
        let mut memory = Memory::new(START);
        memory.ran(Ran {
            at: START,
            ..Ran::default()
        });
        let now = START + SignedDuration::from_mins(minutes);
        matches!(ran(Some(&memory), every, now), Seen::Good(_))
    };
    for (minutes, good) in [(0, true), (135, true), (136, false)] {
        assert_eq!(seen(minutes), good, "{minutes} min");
    }
    let never = ran(None, every, Timestamp::now());
    assert!(matches!(never, Seen::Wrong(..)));
}

#[test]
fn a_finding_says_what_to_do_below_what_was_seen() {
    let wrong = Seen::Wrong(
        "none is set yet".into(),
        "Run: alga-webhooks connect".into(),
    );
    let drawn = Finding::of("signing secret", wrong).drawn();
    let lines: Vec<&str> = drawn.lines().collect();
    assert_eq!(lines[0], "✗ signing secret     none is set yet");
    assert_eq!(lines[1].trim(), "→ Run: alga-webhooks connect.");
    let open = Finding::of("reconciler", Seen::Open("off".into())).drawn();
    assert_eq!(open, "– reconciler         off");
}
