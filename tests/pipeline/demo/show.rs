//! What the demo prints: steps as they happen, then tables. In colour on a terminal only.

use std::io::{IsTerminal, stdout};
use std::time::Duration;

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
    println!(
        "  {} {:<33} {}",
        paint(DIM, "→"),
        sent.what,
        paint(colour, &answer)
    );
}

pub fn lost(what: &str) {
    println!("  {} {what:<33} {}", paint(DIM, "→"), paint(YELLOW, "lost"));
}

pub fn reaction(seen: &Reaction) {
    let colour = order_colour(&seen.order);
    println!(
        "  {} {:<33} {}",
        paint(DIM, "←"),
        format!("reaction to {}", seen.event_type),
        paint(colour, &seen.order)
    );
}

pub fn sent(all: &[Sent]) {
    heading("Sent and answered");
    let first = all.iter().map(|sent| sent.event.occurred_at).min();
    let rows = all.iter().map(|sent| {
        let (text, colour) = answer(sent);
        let at = first.map_or(0, |first| {
            sent.event.occurred_at.duration_since(first).as_secs()
        });
        vec![
            (sent.what.into(), None),
            (sent.event.event_type.clone(), None),
            (format!("{at} s"), Some(DIM)),
            (text, Some(colour)),
        ]
    });
    table(
        &["what", "event", "at", "answer"],
        &[2],
        &rows.collect::<Vec<_>>(),
    );
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
    table(
        &["#", "ticket", "event", "order", "lag"],
        &[0, 4],
        &rows.collect::<Vec<_>>(),
    );
}

pub fn promises(verdicts: &[Verdict]) {
    heading("Promises");
    for verdict in verdicts {
        let (mark, colour, how) = match &verdict.broken {
            None => ("✓", GREEN, &verdict.kept),
            Some(broken) => ("✗", RED, broken),
        };
        println!(
            "  {} {:<26} {}",
            paint(colour, mark),
            verdict.promise,
            paint(DIM, how)
        );
    }
}

pub fn counts(story: &Story, took: Duration) {
    let answered = |word: &str| {
        story
            .sent
            .iter()
            .filter(|sent| sent.answer.word() == word)
            .count()
    };
    let placed = |word: &str| {
        story
            .reactions
            .iter()
            .filter(|seen| seen.order == word)
            .count()
    };
    println!(
        "\n{} requests: {} accepted, {} duplicate, {} test, {} refused. {} reactions: {} next, {} late. {:.1} s.\n",
        story.sent.len(),
        answered("accepted"),
        answered("duplicate"),
        answered("test"),
        answered("unauthorized"),
        story.reactions.len(),
        placed("in-order"),
        placed("late"),
        took.as_secs_f64(),
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
fn table(header: &[&str], right: &[usize], rows: &[Vec<Cell>]) {
    let header = header
        .iter()
        .map(|name| ((*name).to_owned(), Some(BOLD)))
        .collect::<Vec<Cell>>();
    let widths: Vec<usize> = (0..header.len())
        .map(|column| {
            let cells = rows.iter().chain([&header]);
            let cells = cells.map(|row| row[column].0.chars().count());
            cells.max().unwrap_or_default()
        })
        .collect();
    rule(&widths, ["┌", "┬", "┐"]);
    line(&widths, right, &header);
    rule(&widths, ["├", "┼", "┤"]);
    for row in rows {
        line(&widths, right, row);
    }
    rule(&widths, ["└", "┴", "┘"]);
}

fn rule(widths: &[usize], [left, between, right]: [&str; 3]) {
    let dashes: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
    println!(
        "{}",
        paint(DIM, &format!("{left}{}{right}", dashes.join(between)))
    );
}

fn line(widths: &[usize], right: &[usize], row: &[Cell]) {
    let bar = paint(DIM, "│");
    let cells = row.iter().zip(widths);
    let cells = cells.enumerate().map(|(column, ((text, colour), width))| {
        let padding = " ".repeat(width - text.chars().count());
        let text = colour.map_or_else(|| text.clone(), |colour| paint(colour, text));
        if right.contains(&column) {
            format!(" {padding}{text} ")
        } else {
            format!(" {text}{padding} ")
        }
    });
    println!("{bar}{}{bar}", cells.collect::<Vec<_>>().join(&bar));
}

fn paint(colour: u8, text: &str) -> String {
    if stdout().is_terminal() {
        format!("\u{1b}[{colour}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
