//! The steps as a person sees them: a number, a heading, and what happens.

use std::cell::Cell;
use std::fmt::Display;

use anyhow::Result;

use crate::output;

/// How far lines reach.
const WIDTH: usize = 100;
/// Where what belongs to a name begins.
const NAMES: usize = 21;

/// Numbers the steps, and tells them on standard output, or next to it if a program reads that.
#[derive(Debug)]
pub struct Steps {
    json: bool,
    begun: Cell<u8>,
}

impl Steps {
    pub fn new(json: bool) -> Self {
        Self {
            json,
            begun: Cell::new(0),
        }
    }

    /// The next step begins.
    pub fn begin(&self, heading: &str) -> Result<()> {
        self.begun.set(self.begun.get() + 1);
        self.say(format_args!("\n{}. {heading}", self.begun.get()))
    }

    pub fn say(&self, text: impl Display) -> Result<()> {
        if self.json {
            output::note(text);
            return Ok(());
        }
        output::line(text)
    }

    /// A paragraph below a heading.
    pub fn tell(&self, text: &str) -> Result<()> {
        self.say(indented(&output::hint(text)))
    }
}

/// A text broken between words.
pub fn paragraph(text: &str) -> String {
    broken(text, WIDTH, "")
}

/// The same, below a heading.
pub fn indented(text: &str) -> String {
    broken(text, WIDTH, "   ")
}

/// Names, and what belongs to each next to it.
pub fn entries(entries: &[(&str, &str)]) -> String {
    let entry = |(name, value): &(&str, &str)| {
        let begins = format!("     {name}");
        let value = broken(value, WIDTH, &" ".repeat(NAMES));
        format!("{begins:NAMES$}{}", value.trim_start())
    };
    let entries: Vec<String> = entries.iter().map(entry).collect();
    entries.join("\n")
}

/// Breaks a text between words so that no line is longer than `width` unless a word is. Each line begins with `indent`.
pub fn broken(text: &str, width: usize, indent: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is one at least");
        let length = |text: &str| text.chars().count();
        if line.is_empty() {
            *line = format!("{indent}{word}");
        } else if length(line) + 1 + length(word) <= width {
            *line = format!("{line} {word}");
        } else {
            lines.push(format!("{indent}{word}"));
        }
    }
    lines.join("\n")
}
