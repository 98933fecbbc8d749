//! The README's own lines, run one after the other as they are printed there.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use support::{Pipeline, SOON, wait_for};

use crate::command::cli;
use crate::verify::Captured;

const README: &str = include_str!("../../../../README.md");

/// The commands that the README shows under *Operate it*.
fn commands() -> Vec<&'static str> {
    let section = README.split("\n## Operate it\n").nth(1);
    let block = section.and_then(|section| section.split("```").nth(1));
    let lines = block.expect("the README shows commands").lines().skip(1);
    let command = |line: &'static str| line.split(" #").next().unwrap_or_default();
    lines.map(|line| command(line).trim()).collect()
}

#[test]
fn every_command_works_as_the_readme_shows_it() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let folder = std::env::temp_dir().join(format!("readme-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder can be made");
    let captured = Captured::signed(&pipeline.stack.signing_secret, Timestamp::now());
    let captured = captured.request("Content-Type: application/json\r\n");
    fs::copy(&captured.file, folder.join("captured.txt")).expect("it can be copied");

    let commands = commands();
    assert!(commands.len() > 8, "{commands:?}");
    for command in commands {
        // What a command builds on may take a moment: a reaction, for a replay.
        let said = wait_for(command, SOON, || run(&pipeline, &folder, command));
        assert!(!said.is_empty(), "{command} says nothing");
    }
    fs::remove_dir_all(&folder).expect("the folder is there");
}

/// What it said, if it went well.
fn run(pipeline: &Pipeline, folder: &Path, command: &str) -> Option<String> {
    let words = command.strip_prefix("alga-webhooks ").expect(command);
    let new_secret = "S9vXUq0cC6lH1m3tYw8zKfRbNe2aGdJ7pQxWiVoTh5E\n"; // most of them do not read it
    let cli = cli(&pipeline.stack, words).within(folder);
    let ran = cli.input(new_secret).run();
    (ran.code == 0).then_some(ran.out)
}
