//! The console as a process, and a browser that was let in.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use support::{Pipeline, Stack};

use crate::browser::{Browser, browse};

/// For tests that look at tickets of their own only.
pub static PIPELINE: LazyLock<Pipeline> = LazyLock::new(|| Pipeline::deploy("HoldSeconds=0"));

/// A console at work; it ends with this value.
struct Console {
    process: Child,
    /// The address that lets a browser in, in two parts: `http://127.0.0.1:PORT`, and what follows.
    address: (String, String),
}

impl Console {
    fn start(stack: &Stack) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_alga-webhooks"));
        let command = command.args(["--stack", &stack.stack_name, "console"]);
        let command = command.args(["--port", "0", "--no-open"]);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("the tool runs");
        let mut said = String::new();
        let mut output = BufReader::new(process.stdout.take().expect("it is piped"));
        output.read_line(&mut said).expect("it says where it is");
        let address = said.split_whitespace().next_back().expect("an address");
        let path = address.find("/open").expect("the way in");
        let (base, door) = address.split_at(path);
        Self {
            process,
            address: (base.to_owned(), door.to_owned()),
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Plays a story in a browser that has opened a stack's console.
pub fn at_the_console(stack: &Stack, story: impl FnOnce(&Browser)) {
    let console = Console::start(stack);
    let (base, door) = &console.address;
    browse(base, |browser| {
        browser.go(door);
        browser.wait_until("it is let in", || browser.path() == "/");
        story(browser);
    });
}
