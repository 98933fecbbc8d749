//! Tables that break no word.

use alga_webhooks::output::table::{drawn, usable};

const ID: &str = "3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31";

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
    let events = block
        .lines()
        .filter(|line| line.trim().starts_with("event "));
    assert_eq!(events.count(), 1, "{block}");
}

#[test]
fn a_terminal_without_a_width_has_a_usual_one() {
    for (reported, width) in [
        (None, 80),
        (Some(0), 80),
        (Some(1), 60),
        (Some(79), 79),
        (Some(300), 300),
    ] {
        assert_eq!(usable(reported), width);
    }
}
