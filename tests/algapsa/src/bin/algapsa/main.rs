//! Plays AlgaPSA: its webhook sender against a webhook, or its ticket API.

mod options;
mod outcome;
mod serve;

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use algapsa::progress::Progress;
use algapsa::{AlgaPsa, Driver, Lives};
use anyhow::{Result, bail};
use clap::Parser;
use jiff::Timestamp;

use crate::options::{Sending, Serving};
use crate::outcome::Outcome;

fn main() -> ExitCode {
    let mut arguments = env::args_os();
    let is_to_serve = arguments.nth(1).is_some_and(|first| first == "serve");
    let done = if is_to_serve {
        serve::serve(&Serving::parse_from(env::args_os().skip(1)))
    } else {
        play(&Sending::parse())
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Sends everything, and tells what became of it. It is an error if something did not arrive.
fn play(options: &Sending) -> Result<()> {
    // What happens ends now, whatever the scale: a receiver does not believe in events from the future.
    let from = Timestamp::now() - options.within;
    let driver = Driver::new(&options.url, from, options.scale)?;
    let mut alga = sender(options, from);
    let count = alga.ledger().entries.len();
    let progress = Progress::towards(count, "decided");
    let started = Instant::now();
    let trouble = driver.drive_until(stop(), &mut alga, |alga| {
        let decided = count - alga.ledger().under_way().count();
        progress.reached(decided, &format!("{} under way", alga.in_flight()));
    });
    progress.end();
    let outcome = Outcome::of(alga.ledger(), |span| driver.real(span));
    println!("{}", outcome.told(options, started.elapsed()));
    match (count - outcome.acknowledged(), trouble) {
        (0, _) => Ok(()),
        (missing, None) => bail!("{missing} of {count} events were not acknowledged"),
        (missing, Some(trouble)) => {
            bail!("{missing} of {count} events were not acknowledged; the last trouble: {trouble}")
        }
    }
}

fn sender(options: &Sending, from: Timestamp) -> AlgaPsa {
    let mut alga = AlgaPsa::new(options.seed, options.habits());
    alga.rotate(&options.secret);
    if let Some(id) = &options.webhook_id {
        alga.webhook_id.clone_from(id);
    }
    if options.test {
        alga.test(from);
        return alga;
    }
    let mut lives = Lives::new(options.seed);
    for event in lives.town(options.tickets, options.events, from, options.within) {
        let at = event.occurred_at;
        alga.happens(event, at);
    }
    alga
}

/// Ctrl-C: nothing more is sent, and what was is told.
async fn stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
