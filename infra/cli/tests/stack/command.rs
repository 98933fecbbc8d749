//! The tool as an operator runs it, with the variables of a stack.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::Stack;

use crate::tool;

/// One run of the tool. It may never print a secret: each run is looked through for those that it is told.
pub struct Cli {
    command: Command,
    input: String,
    secrets: Vec<String>,
}

/// What it came to.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// With a stack's variables, which lead to its outputs without asking CloudFormation.
pub fn cli(stack: &Stack, arguments: &[&str]) -> Cli {
    Cli {
        command: tool::pointed(stack, arguments),
        input: String::new(),
        secrets: vec![stack.signing_secret.clone()],
    }
}

/// Without any stack.
pub fn alone(arguments: &[&str]) -> Cli {
    Cli {
        command: tool::alone(arguments),
        input: String::new(),
        secrets: Vec::new(),
    }
}

impl Cli {
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub fn input(mut self, text: &str) -> Self {
        text.clone_into(&mut self.input);
        self
    }

    pub fn hiding(mut self, secret: &str) -> Self {
        self.secrets.push(secret.to_owned());
        self
    }

    /// With nobody to read what it prints: its output is closed before it has its input. Gives the exit code, and what it
    /// says beside its output.
    pub fn unheard(mut self) -> (Option<i32>, String) {
        let piped = self.command.stdin(Stdio::piped());
        let piped = piped.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = piped.spawn().expect("the tool runs");
        drop(running.stdout.take());
        let mut input = running.stdin.take().expect("it is piped");
        let written = input.write_all(self.input.as_bytes());
        written.expect("it reads its input");
        drop(input);
        let output = running.wait_with_output().expect("the tool ends");
        let err = String::from_utf8(output.stderr).expect("it prints text");
        (output.status.code(), err)
    }

    pub fn run(mut self) -> Ran {
        let piped = self.command.stdin(Stdio::piped());
        let piped = piped.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = piped.spawn().expect("the tool runs");
        let mut input = running.stdin.take().expect("it is piped");
        // A run that does not read its input may have ended.
        let _ = input.write_all(self.input.as_bytes());
        drop(input);
        let output = running.wait_with_output().expect("the tool ends");
        let text = |bytes| String::from_utf8(bytes).expect("it prints text");
        let ran = Ran {
            code: output.status.code().expect("it ends by itself"),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        for secret in &self.secrets {
            assert!(!ran.out.contains(secret), "it prints a secret: {}", ran.out);
            assert!(!ran.err.contains(secret), "it tells a secret: {}", ran.err);
        }
        ran
    }
}

impl Ran {
    /// Which exit code it must have.
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self
    }

    /// Whether its output holds a text.
    #[track_caller]
    pub fn shows(&self, text: &str) {
        assert!(self.out.contains(text), "no {text:?} in\n{}", self.out);
    }

    /// Whether what it says next to its output holds a text.
    #[track_caller]
    pub fn warns(&self, text: &str) {
        assert!(self.err.contains(text), "no {text:?} in\n{}", self.err);
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {}", self.out))
    }
}
