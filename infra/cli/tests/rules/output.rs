//! Failures in words, hints, tables that break no word, and durations as they are shown.

use std::io;

use alga_webhooks::output::errors::{cause, is_local, told};
use alga_webhooks::output::hint::{quoted, with};
use alga_webhooks::output::table::{drawn, usable};
use alga_webhooks::output::times::lasting;
use anyhow::anyhow;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::error::ErrorMetadata;
use jiff::SignedDuration;

const ID: &str = "3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31";

#[test]
fn what_lies_at_the_bottom_is_told_without_its_number() {
    let refused = io::Error::from_raw_os_error(111);
    let error = ConnectorError::io(Box::new(refused));
    assert_eq!(cause(&error), "connection refused");
    let error = io::Error::other("the name is unknown");
    assert_eq!(cause(&error), "the name is unknown");
}

#[test]
fn a_failure_of_aws_is_told_by_what_was_attempted_and_what_to_do() {
    let error = anyhow!(CredentialsError::not_loaded("a\nlist\nof providers"));
    let seen = told(&error.context("failed to look"), Some("work"));
    assert!(seen.starts_with("failed to look: "), "{seen}");
    let why = "the profile work gives no AWS credentials";
    let why = format!("{why}: is it in the AWS configuration, and are you signed in?");
    assert!(seen.ends_with(&why), "{seen}");

    let refused = ErrorMetadata::builder().code("Denied");
    let error = anyhow!(refused.message("you may not").build());
    let seen = told(&error.context("failed to look"), None);
    assert_eq!(seen, "failed to look: you may not (Denied)");
}

#[test]
fn what_is_no_failure_of_aws_is_told_as_it_is() {
    let error = anyhow!("a part is missing").context("failed to read it");
    assert_eq!(told(&error, None), "failed to read it: a part is missing");
}

#[test]
fn a_command_in_a_hint_is_about_the_same_stack() {
    let hint = "Run: alga-webhooks waiting, and alga-webhooks parked";
    assert_eq!(with("", hint), hint);
    let expected = "Run: alga-webhooks --stack acme waiting, and alga-webhooks --stack acme parked";
    assert_eq!(with(" --stack acme", hint), expected);
    for (value, word) in [
        ("acme-2", "acme-2"),
        ("a b", "'a b'"),
        ("it's", r"'it'\''s'"),
    ] {
        assert_eq!(quoted(value), word);
    }
}

#[test]
fn what_runs_on_this_machine_is_local() {
    for (url, local) in [
        ("http://127.0.0.1:4566", true),
        ("http://localhost:4566/x", true),
        ("https://sqs.eu-central-1.amazonaws.com", false),
        ("", false),
    ] {
        assert_eq!(is_local(url), local, "{url}");
    }
}

fn table(width: u16) -> String {
    let stream = format!("{ID}/ticket/{ID}");
    let why = "the target answered 422 Unprocessable Entity";
    let row = [stream, ID.to_owned(), String::new(), why.to_owned()];
    drawn(["stream", "event", "tries", "why"], [row], width)
}

#[test]
fn no_word_is_broken_and_no_line_too_long_at_any_usual_width() {
    for width in [80, 100, 120, 160, 200] {
        let drawn = table(width);
        for word in [ID, &format!("ticket/{ID}"), "Unprocessable", "422"] {
            assert!(drawn.contains(word), "{width}: {word}\n{drawn}");
        }
        let longest = drawn.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(width.into()), "{width}\n{drawn}");
    }
}

#[test]
fn a_column_that_is_empty_in_every_row_is_left_out() {
    assert!(!table(200).contains("tries"));
}

#[test]
fn a_row_is_one_line_where_nothing_is_too_wide_and_a_block_where_it_is() {
    assert_eq!(table(200).lines().count(), 3);
    let block = table(80);
    let is_event = |line: &&str| line.trim().starts_with("event ");
    let events = block.lines().filter(is_event).count();
    assert_eq!(events, 1, "{block}");
}

#[test]
fn a_terminal_without_a_width_has_a_usual_one() {
    assert_eq!(usable(None), 80);
    for (reported, width) in [(0, 80), (1, 60), (79, 79), (300, 300)] {
        assert_eq!(usable(Some(reported)), width);
    }
}

#[test]
fn a_duration_is_told_in_at_most_two_units() {
    for (millis, told) in [
        (-5, "0 ms"),
        (999, "999 ms"),
        (1_000, "1 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (3_599_000, "59 min"),
        (3_600_000, "1 h"),
        (3_900_000, "1 h 5 min"),
        (172_799_000, "47 h 59 min"),
        (172_800_000, "2 d"),
    ] {
        assert_eq!(lasting(SignedDuration::from_millis(millis)), told);
    }
}
