//! The program's own API and webhook, as `algapsa serve` plays them.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use algapsa::loopback::exchange;
use bytes::Bytes;
use http::Request;
use serde_json::Value;
use support::{SOON, Target, wait_until};

/// A running `algapsa serve`, which ends with the test.
struct Served {
    process: Child,
    out: BufReader<ChildStdout>,
    url: String,
    key: String,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_algapsa"))
            .args(["serve", "--port", "0", "--tickets", "30"])
            .args(arguments)
            .env_remove("SIGNING_SECRET")
            .env("WEBHOOK_URL", "http://127.0.0.1:1/")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program is there");
        let out = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut served = Self {
            process,
            out,
            url: String::new(),
            key: String::new(),
        };
        served.url = served.line();
        let key = served.line();
        key.trim_start_matches("x-api-key: ")
            .clone_into(&mut served.key);
        served
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("it writes text");
        line.trim_end().to_owned()
    }

    fn total(&self) -> u64 {
        let request = Request::get(format!("{}?limit=1", self.url)).header("x-api-key", &self.key);
        let answer = exchange(request.body(Bytes::new()).unwrap()).unwrap();
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        body["pagination"]["total"].as_u64().unwrap_or_default()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn it_serves_a_desk_whose_tickets_change_and_says_what_does() {
    let mut served = Served::start(&["--changes", "400", "--within", "2s"]);
    wait_until("tickets that were opened", SOON, || served.total() > 30);
    assert!(served.line().starts_with("tenant "));
    assert_eq!(served.line(), "");
    let change = served.line();
    let has = |words: [&str; 2]| words.iter().any(|word| change.contains(word));
    assert!(
        change.starts_with("20") && has(["updated_at moved", "updated_at stays"]),
        "{change}"
    );
    assert!(has(["not announced", "ticket."]), "{change}");
}

#[test]
fn it_sends_what_is_announced_to_a_webhook() {
    let target = Target::start();
    let webhook = ["--webhook", target.url.as_str(), "--secret", "shh"];
    let more = ["--changes", "40", "--within", "1s", "--quiet"];
    let _served = Served::start(&[webhook.as_slice(), &more].concat());
    wait_until("ten events", SOON, || target.everything().len() >= 10);
    for call in target.everything() {
        assert!(call.is_signed_with("shh"));
    }
}

#[test]
fn it_sends_what_send_test_sends() {
    let target = Target::start();
    let mut program = Command::new(env!("CARGO_BIN_EXE_algapsa"));
    let program = program.args(["--test", "--url", &target.url, "--secret", "shh"]);
    let ended = program.output().expect("the program is there");
    assert!(ended.status.success(), "{ended:?}");
    let calls = target.everything();
    let types = calls.iter().map(|call| call.header("x-alga-event-type"));
    assert_eq!(types.collect::<Vec<_>>(), ["webhook.test"]);
    assert!(calls[0].is_signed_with("shh"));
}

#[test]
fn what_makes_no_sense_is_refused() {
    for arguments in [
        &["serve", "--mix", "odd"][..],
        &["serve", "--webhook", "http://127.0.0.1:1/"],
        &["serve", "--scale", "0"],
        &[
            "--cap",
            "1001",
            "--url",
            "http://127.0.0.1:1/",
            "--secret",
            "shh",
        ],
        &[],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_algapsa"));
        let command = command
            .args(arguments)
            .env_remove("SIGNING_SECRET")
            .env_remove("WEBHOOK_URL");
        let refused = command.output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
    }
}
