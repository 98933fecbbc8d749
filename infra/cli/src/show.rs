//! What is printed: tables for people, JSON for programs.

mod table;

use std::io::{self, IsTerminal, Write};
use std::{error, fmt};

use anyhow::Result;
use comfy_table::Table;
use jiff::Timestamp;
use serde::Serialize;

pub use self::table::Fold;
use self::table::{Sheet, usable};

/// Nobody reads standard output any more, as when `head` has seen enough. That is no failure of ours to speak of.
#[derive(Debug)]
pub struct Unheard;

impl fmt::Display for Unheard {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("nobody reads the output any more")
    }
}

impl error::Error for Unheard {}

/// Prints one JSON document.
///
/// # Errors
/// When standard output is closed.
pub fn json(value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    bytes(&text)
}

/// Prints bytes as they are.
///
/// # Errors
/// When standard output is closed.
pub fn bytes(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Unheard.into()),
        printed => Ok(printed?),
    }
}

/// Prints rows below a header, as wide as the terminal; lines of any length when it is none. What does not fit is folded.
///
/// # Errors
/// When standard output is closed.
pub fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    folds: &[Fold],
) -> Result<()> {
    let reported = || usable(Table::new().width());
    let width = io::stdout().is_terminal().then(reported);
    let text = Sheet::new(header, rows).drawn(width, folds).to_string();
    for row in text.lines() {
        line(row.trim_end())?;
    }
    Ok(())
}

/// Prints one line.
///
/// # Errors
/// When standard output is closed.
pub fn line(text: impl fmt::Display) -> Result<()> {
    bytes(format!("{text}\n").as_bytes())
}

/// Tells a person something beside the output. It is no matter if nobody reads it.
pub fn note(text: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A time as it is in the envelope: UTC, with milliseconds.
pub fn time(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// A time in a table: UTC, to the second, and without the year if it is this one.
pub fn moment(time: Timestamp) -> String {
    let written = format!("{time:.0}").replace(['T', 'Z'], " ");
    let this_year = format!("{}-", Timestamp::now().strftime("%Y"));
    let short = written.strip_prefix(&this_year).unwrap_or(&written);
    short.trim_end().to_owned()
}
