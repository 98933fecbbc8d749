//! A short, real story: one ticket's life as AlgaPSA sends it, with everything that goes wrong on the way, and what it does not
//! send.

mod desk;
mod promises;
mod show;
mod story;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use support::Stack;

use crate::story::Story;

fn main() -> ExitCode {
    let broken = play().unwrap_or_else(|error| vec![format!("{error:#}")]);
    for promise in &broken {
        eprintln!("error: {promise}");
    }
    ExitCode::from(u8::from(!broken.is_empty()))
}

/// Tells the story, shows what came of it, and returns what should not have happened.
fn play() -> Result<Vec<String>> {
    let started = Instant::now();
    let stack = Stack::from_env()?;
    show::title(&stack.webhook_url);
    let story = Story::tell(&stack)?;
    show::tries(&story);
    show::reactions(&story);
    let verdicts = promises::check(&story, &stack);
    show::promises(&verdicts);
    show::counts(&story, started.elapsed());
    let broken = verdicts.into_iter().filter_map(|verdict| verdict.broken);
    Ok(broken.collect())
}
