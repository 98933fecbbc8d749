//! What the demo prints: steps as they happen, then tables. In colour on a terminal only.

use std::io::{IsTerminal, stdout};
use std::time::Duration;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Attribute, CellAlignment, Color, Table};

use crate::promises::Verdict;
use crate::story::{Reaction, Sent, Story};

const GREEN: u8 = 32;
const YELLOW: u8 = 33;
const RED: u8 = 31;
const CYAN: u8 = 36;
const BOLD: u8 = 1;
const DIM: u8 = 2;

/// A text and its colour.
type Cell = (String, Option<u8>);

pub fn title(url: &str) {
    println!("\n{}", paint(BOLD, "One ticket, as AlgaPSA sends it"));
    println!("{}\n", paint(DIM, &format!("to {url}")));
}

pub fn step(sent: &Sent) {
    let (answer, colour) = answer(sent);
    happens("→", sent.what, colour, &answer);
}

pub fn lost(what: &str) {
    happens("→", what, YELLOW, "lost");
}

pub fn reaction(seen: &Reaction) {
    let what = format!("reaction to {}", seen.event_type);
    happens("←", &what, order_colour(&seen.order), &seen.order);
}

fn happens(arrow: &str, what: &str, colour: u8, how: &str) {
    println!("  {} {what:<33} {}", paint(DIM, arrow), paint(colour, how));
}

pub fn sent(all: &[Sent]) {
    heading("Sent and answered");
    let first = all.iter().map(|sent| sent.event.occurred_at).min();
    let rows = all.iter().map(|sent| {
        let (text, colour) = answer(sent);
        let at = sent.event.occurred_at;
        let at = first.map_or(0, |first| at.duration_since(first).as_secs());
        vec![
            (sent.what.into(), None),
            (sent.event.event_type.clone(), None),
            (format!("{at} s"), Some(DIM)),
            (text, Some(colour)),
        ]
    });
    table(&["what", "event", "at", "answer"], &[2], rows);
}

pub fn reactions(all: &[Reaction], ticket: &str) {
    heading("Reactions, in the order in which they happened");
    let rows = all.iter().enumerate().map(|(n, seen)| {
        vec![
            (format!("{}", n + 1), Some(DIM)),
            (ticket.into(), None),
            (seen.event_type.clone(), None),
            (seen.order.clone(), Some(order_colour(&seen.order))),
            (format!("{:.1} s", seen.lag.as_secs_f64()), Some(DIM)),
        ]
    });
    table(&["#", "ticket", "event", "order", "lag"], &[0, 4], rows);
}

pub fn promises(verdicts: &[Verdict]) {
    heading("Promises");
    for verdict in verdicts {
        let (mark, colour, how) = match &verdict.broken {
            None => ("✓", GREEN, &verdict.kept),
            Some(broken) => ("✗", RED, broken),
        };
        let (mark, how) = (paint(colour, mark), paint(DIM, how));
        println!("  {mark} {:<26} {how}", verdict.promise);
    }
}

pub fn counts(story: &Story, took: Duration) {
    let answers: Vec<_> = story.sent.iter().map(|sent| sent.answer.word()).collect();
    let orders = story.reactions.iter();
    let orders: Vec<_> = orders.map(|seen| seen.order.clone()).collect();
    let count = |all: &[String], word: &str| all.iter().filter(|one| *one == word).count();
    let [accepted, duplicate, test, refused] =
        ["accepted", "duplicate", "test", "unauthorized"].map(|word| count(&answers, word));
    let [in_order, late] = ["in-order", "late"].map(|word| count(&orders, word));
    let (requests, reactions, took) = (answers.len(), orders.len(), took.as_secs_f64());
    println!(
        "\n{requests} requests: {accepted} accepted, {duplicate} duplicate, {test} test, {refused} refused. \
         {reactions} reactions: {in_order} in order, {late} late. {took:.1} s.\n"
    );
}

fn answer(sent: &Sent) -> (String, u8) {
    let outcome = sent.answer.outcome();
    let colour = match sent.answer.status {
        _ if outcome != sent.expected => RED,
        200 if sent.answer.word() == "accepted" => GREEN,
        200 => CYAN,
        _ => YELLOW,
    };
    (outcome, colour)
}

fn order_colour(order: &str) -> u8 {
    if order == "in-order" { GREEN } else { YELLOW }
}

fn heading(text: &str) {
    println!("\n{}", paint(BOLD, text));
}

/// A box with a header; the columns in `right` are aligned to the right.
fn table(header: &[&str], right: &[usize], rows: impl Iterator<Item = Vec<Cell>>) {
    let mut table = Table::new();
    let header = header
        .iter()
        .map(|name| cell((name.to_string(), Some(BOLD))));
    table.load_preset(UTF8_FULL_CONDENSED).set_header(header);
    table.add_rows(rows.map(|row| row.into_iter().map(cell)));
    for column in right {
        let column = table.column_mut(*column).expect("it is there");
        column.set_cell_alignment(CellAlignment::Right);
    }
    println!("{table}");
}

fn cell((text, colour): Cell) -> comfy_table::Cell {
    let cell = comfy_table::Cell::new(text);
    match colour {
        None => cell,
        Some(BOLD) => cell.add_attribute(Attribute::Bold),
        Some(DIM) => cell.add_attribute(Attribute::Dim),
        Some(colour) => cell.fg(Color::AnsiValue(colour - 30)),
    }
}

fn paint(colour: u8, text: &str) -> String {
    if stdout().is_terminal() {
        format!("\u{1b}[{colour}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
