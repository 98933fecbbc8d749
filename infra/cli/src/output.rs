//! What is printed: tables for people, JSON for programs.

pub mod errors;
pub mod hint;
pub mod progress;
pub mod table;
pub mod times;

use std::io::{self, Write};
use std::{error, fmt};

use anyhow::Result;
use serde::Serialize;

pub use self::hint::hint;
pub use self::times::Time;

/// Nobody reads standard output any more, as when `head` has seen enough. That is not worth a message.
#[derive(Debug)]
pub struct Unheard;

impl fmt::Display for Unheard {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("nobody reads the output any more")
    }
}

impl error::Error for Unheard {}

pub fn json(value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    bytes(&text)
}

/// Prints a document for a program, or what `print` prints for people.
pub fn either(
    json: bool,
    value: &impl Serialize,
    print: impl FnOnce() -> Result<()>,
) -> Result<()> {
    if json { self::json(value) } else { print() }
}

/// A number and its noun, in the singular or plural.
pub fn count(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// Ends a text with a full stop, unless it ends with a mark of its own.
pub fn sentence(text: &str) -> String {
    let stop = if text.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{text}{stop}")
}

pub fn bytes(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Unheard.into()),
        printed => Ok(printed?),
    }
}

/// Prints rows below a header, as wide as the terminal allows, or as suits a pipe.
pub fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Result<()> {
    lines(&table::drawn(header, rows, table::width()))
}

pub fn lines(text: &str) -> Result<()> {
    text.lines().try_for_each(|row| line(row.trim_end()))
}

pub fn line(text: impl fmt::Display) -> Result<()> {
    bytes(format!("{text}\n").as_bytes())
}

/// Tells a person something on standard error. It does not matter if nobody reads it.
pub fn note(text: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
