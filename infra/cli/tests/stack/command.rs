//! The tool as an operator runs it: the binary, mostly pointed at a stack.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::Stack;

use crate::terminal::{self, Answer};

/// One run of the tool. It may never print a secret: each run is looked through for those that it is told.
pub struct Cli {
    command: Command,
    input: String,
    secrets: Vec<String>,
}

/// What it came to.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// With a stack's variables, which lead to its outputs without asking CloudFormation.
pub fn cli(stack: &Stack, words: &str) -> Cli {
    alone(words)
        .env("INBOX_TABLE", &stack.inbox_table)
        .env("BODIES_BUCKET", &stack.bodies_bucket)
        .env("QUEUE_URL", &stack.queue_url)
        .env("DEAD_LETTER_QUEUE_URL", &stack.dead_letter_queue_url)
        .env("SECRET_ID", &stack.secret_id)
        .env("WEBHOOK_URL", &stack.webhook_url)
        .hiding(&stack.signing_secret)
}

/// With a stack's variables, but its queue of doorbells is not there: what rings, fails.
pub fn without_queue(stack: &Stack, words: &str) -> Cli {
    cli(stack, words).env("QUEUE_URL", &format!("{}-gone", stack.queue_url))
}

/// With a stack's name only.
pub fn by_name(stack: &Stack, words: &str) -> Cli {
    alone(&format!("--stack {} {words}", stack.stack_name)).hiding(&stack.signing_secret)
}

/// Without any stack.
pub fn alone(words: &str) -> Cli {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alga-webhooks"));
    command.args(words.split_whitespace());
    let cli = Cli {
        command,
        input: String::new(),
        secrets: Vec::new(),
    };
    cli.without("INBOX_TABLE")
        .without("QUEUE_URL")
        .without("DEAD_LETTER_QUEUE_URL")
        .without("WEBHOOK_URL")
        .without("SIGNING_SECRET")
}

impl Cli {
    /// A word more, which may hold spaces.
    pub fn word(mut self, word: &str) -> Self {
        self.command.arg(word);
        self
    }

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

    /// At a terminal, where what it asks is answered.
    pub fn at_a_terminal(mut self, answers: &[Answer<'_>]) -> Self {
        self.command = terminal::at(&self.command, answers);
        self
    }

    /// With nobody to read what it prints: its output is closed before it has its input.
    pub fn unheard(self) -> Ran {
        self.heard(false)
    }

    pub fn run(self) -> Ran {
        self.heard(true)
    }

    /// Runs it to the exit code that it must have.
    #[track_caller]
    pub fn ends(self, code: i32) -> Ran {
        let ran = self.run();
        assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
        ran
    }

    fn heard(mut self, heard: bool) -> Ran {
        let piped = self.command.stdin(Stdio::piped());
        let piped = piped.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut running = piped.spawn().expect("the tool runs");
        running.stdout.take_if(|_| !heard);
        let mut input = running.stdin.take().expect("it is piped");
        // A run that is heard may have ended without reading its input.
        let written = input.write_all(self.input.as_bytes());
        assert!(heard || written.is_ok(), "it reads its input");
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
    /// Whether its output holds each of these texts, which an ellipsis parts.
    #[track_caller]
    pub fn shows(&self, texts: &str) {
        for text in texts.split(" … ") {
            assert!(self.out.contains(text), "no {text:?} in\n{}", self.out);
        }
    }

    /// The same, wherever its lines break.
    #[track_caller]
    pub fn tells(&self, texts: &str) {
        let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let out = folded(&self.out);
        for text in texts.split(" … ") {
            assert!(out.contains(&folded(text)), "no {text:?} in\n{}", self.out);
        }
    }

    /// Whether what it says next to its output holds each of these texts, which an ellipsis parts.
    #[track_caller]
    pub fn warns(&self, texts: &str) {
        for text in texts.split(" … ") {
            assert!(self.err.contains(text), "no {text:?} in\n{}", self.err);
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}
