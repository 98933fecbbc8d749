//! The tool at a terminal: what it asks is answered there.

use std::process::Command;

use serde_json::json;
use support::template::python;

/// What is typed, with its end of line, when a text is shown.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    pub to: &'a str,
    pub typed: &'a str,
    /// Whether the terminal hides it.
    pub is_hidden: bool,
}

/// One that anybody may see.
pub fn open<'a>(to: &'a str, typed: &'a str) -> Answer<'a> {
    Answer {
        to,
        typed,
        is_hidden: false,
    }
}

/// One that the terminal must hide: otherwise it is never typed.
pub fn hidden<'a>(to: &'a str, typed: &'a str) -> Answer<'a> {
    Answer {
        to,
        typed,
        is_hidden: true,
    }
}

/// The same program with the same arguments and variables, at a terminal. What it says is in its output alone.
pub fn at(program: &Command, answers: &[Answer<'_>]) -> Command {
    let answers = answers.iter().map(|answer| {
        let Answer {
            to,
            typed,
            is_hidden,
        } = answer;
        json!([to, typed, is_hidden])
    });
    let answers: Vec<_> = answers.collect();
    let mut command = Command::new(python());
    command.args(["-B", "-c", include_str!("terminal.py")]);
    command.arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env("ANSWERS", json!(answers).to_string());
    command
}
