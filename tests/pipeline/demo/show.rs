//! What the demo prints: steps as they happen, then tables. In colour on a terminal only.

use std::io::{IsTerminal, stdout};
use std::time::Duration;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Attribute, CellAlignment, Color, Table};
use jiff::Timestamp;

use crate::promises::Verdict;
use crate::story::{AGO, Reaction, Sent, Story, Try};

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

pub fn step(attempt: &Try) {
    let (answer, colour) = outcome(attempt);
    happens("→", about(attempt).what, colour, &answer);
}

pub fn noticed() {
    happens("→", "the reconciler finds that", GREEN, "announced");
}

pub fn reaction(seen: &Reaction) {
    let what = format!("reaction to {}", seen.event_type);
    let (order, colour) = order(seen);
    happens("←", &what, colour, &order);
}

fn happens(arrow: &str, what: &str, colour: u8, how: &str) {
    println!("  {} {what:<35} {}", paint(DIM, arrow), paint(colour, how));
}

pub fn tries(story: &Story) {
    heading("Sent and answered");
    note(&format!(
        "Times count from the opening of the ticket, {} s before the demo began.",
        AGO.as_secs()
    ));
    let rows = story.tries.iter().map(|attempt| {
        let About { what, event, at } = about(attempt);
        let (text, colour) = outcome(attempt);
        vec![
            (what.into(), None),
            (event.into(), None),
            (clock(story, at), Some(DIM)),
            (text, Some(colour)),
        ]
    });
    table(&["what", "event", "occurred", "answer"], &[2], rows);
}

pub fn reactions(story: &Story) {
    let number = &story.ticket.number;
    heading(&format!(
        "Reactions to ticket {number}, in the order in which they happened"
    ));
    note(
        "By the same clock. A reaction waits 2 s, the hold, so that what was overtaken can still come first.",
    );
    let rows = story.reactions.iter().enumerate().map(|(n, seen)| {
        let (order, colour) = order(seen);
        vec![
            (format!("{}", n + 1), Some(DIM)),
            (seen.event_type.clone(), None),
            (clock(story, seen.occurred_at), Some(DIM)),
            (clock(story, seen.occurred_at + seen.lag), Some(DIM)),
            (order, Some(colour)),
        ]
    });
    let header = ["#", "event", "occurred", "reaction", "order"];
    table(&header, &[0, 2, 3], rows);
}

/// How long after the ticket was opened.
fn clock(story: &Story, at: Timestamp) -> String {
    format!("{:.1} s", at.duration_since(story.opened_at).as_secs_f64())
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
    let answers: Vec<_> = story.sent().map(|sent| sent.answer.word()).collect();
    let orders = story.reactions.iter();
    let orders: Vec<_> = orders.map(|seen| seen.order.clone()).collect();
    let count = |all: &[String], word: &str| all.iter().filter(|one| *one == word).count();
    let [accepted, duplicate, test, refused] =
        ["accepted", "duplicate", "test", "unauthorized"].map(|word| count(&answers, word));
    let [in_order, late] = ["in order", "late"].map(|word| count(&orders, word));
    let is_lost = |attempt: &&Try| matches!(attempt, Try::Lost { .. });
    let lost = story.tries.iter().filter(is_lost).count();
    let found = story.reactions.iter().filter(|seen| seen.unannounced);
    let (found, attempts) = (found.count(), answers.len() + lost);
    let (reactions, took) = (orders.len(), took.as_secs_f64());
    println!(
        "\n{attempts} attempts: {accepted} accepted, {duplicate} duplicate, {test} test, {refused} refused, {lost} lost.\n\
         {reactions} reactions: {in_order} in order, {late} late; {found} to what AlgaPSA never sent. The demo took {took:.1} s.\n"
    );
}

/// What happens, which event tells of it, and when it occurred.
struct About<'a> {
    what: &'static str,
    event: &'a str,
    at: Timestamp,
}

fn about(attempt: &Try) -> About<'_> {
    let (what, event, at) = match attempt {
        Try::Sent(Sent { what, event, .. }) | Try::Lost { what, event } => {
            (*what, &event.event_type[..], event.occurred_at)
        }
        Try::Untold { what, at } => (*what, "none", *at),
    };
    About { what, event, at }
}

fn outcome(attempt: &Try) -> (String, u8) {
    match attempt {
        Try::Sent(sent) => answer(sent),
        Try::Lost { .. } => ("lost on the way".to_owned(), YELLOW),
        Try::Untold { .. } => ("never sent".to_owned(), YELLOW),
    }
}

fn answer(sent: &Sent) -> (String, u8) {
    let outcome = sent.answer.outcome();
    let colour = match sent.answer.status {
        _ if outcome != sent.expected => RED,
        200 if sent.answer.word() == "accepted" => GREEN,
        200 => CYAN,
        _ => YELLOW,
    };
    let unheard = if sent.is_heard { "" } else { ", answer lost" };
    (format!("{outcome}{unheard}"), colour)
}

fn order(seen: &Reaction) -> (String, u8) {
    let is_late = seen.order != "in order";
    let unannounced = if seen.unannounced {
        ", unannounced"
    } else {
        ""
    };
    let colour = if is_late { YELLOW } else { GREEN };
    (format!("{}{unannounced}", seen.order), colour)
}

fn heading(text: &str) {
    println!("\n{}", paint(BOLD, text));
}

fn note(text: &str) {
    println!("{}", paint(DIM, text));
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
