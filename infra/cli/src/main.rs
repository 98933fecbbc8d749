//! `alga-webhooks`: what an operator of the stack needs at hand. Sends, looks, replays, redrives, and changes the secret.

mod events;
mod files;
mod parked;
mod progress;
mod quarantine;
mod redrive;
mod replay;
mod secret;
mod send;
mod show;
mod stack;
mod stream;
mod trouble;
mod verify;
mod waiting;
mod when;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::stack::Where;

/// Operates an alga-webhooks stack.
///
/// Exit codes: 0 it is done; 1 it did not work, or what was asked about is not as it should be; 2 the command makes no
/// sense.
#[derive(Debug, Parser)]
#[command(name = "alga-webhooks", version, max_term_width = 110, after_long_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    place: Where,
    /// Print JSON for programs instead of tables for people.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// Above the options that every command takes.
const EVERYWHERE: &str = "For every command";

const EXAMPLES: &str = "\
Examples:
  alga-webhooks send --type ticket.closed           sign a sample event and send it
  alga-webhooks stream 3f2a9d64-…                   what came for a ticket, and what became of it
  alga-webhooks parked                              what was set aside, and why
  alga-webhooks redrive --all                       bring it back
  alga-webhooks --stack staging --json waiting      another stack, for a program

Which stack: --stack NAME reads the outputs of that stack, with the AWS credentials that the aws command would use. \
Without it, the variables of `. target/local/env` count if they are there, and else the stack alga-webhooks.";

#[derive(Debug, Subcommand)]
enum Command {
    Send(send::Send),
    Verify(verify::Verify),
    Stream(stream::Stream),
    Waiting(waiting::Waiting),
    Parked(parked::Parked),
    #[command(subcommand)]
    Quarantine(quarantine::Quarantine),
    Replay(replay::Replay),
    Redrive(redrive::Redrive),
    #[command(subcommand)]
    Secret(secret::Secret),
}

/// What a shell says of a program that ended because nobody read its output any more. It is not 0: the command may not
/// have come to say what went wrong.
const UNHEARD: u8 = 141;

/// What every command is given.
#[derive(Debug)]
struct Context {
    place: Where,
    json: bool,
}

/// How a command ends that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// As it should be.
    Good,
    /// It was looked at, and is not as it should be: exit code 1, although nothing failed.
    Bad,
}

impl Outcome {
    fn good_if(it_is: bool) -> Self {
        if it_is { Self::Good } else { Self::Bad }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Cli {
        place,
        json,
        command,
    } = Cli::parse();
    let context = Context { place, json };
    match run(command, &context).await {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::FAILURE,
        Err(error) if error.is::<show::Unheard>() => ExitCode::from(UNHEARD),
        Err(error) => {
            let told = trouble::told(&error, context.place.profile());
            show::note(format_args!("error: {told}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, context: &Context) -> Result<Outcome> {
    match command {
        Command::Send(send) => send.run(context).await,
        Command::Verify(verify) => verify.run(context).await,
        Command::Stream(stream) => stream.run(context).await,
        Command::Waiting(waiting) => waiting.run(context).await,
        Command::Parked(parked) => parked.run(context).await,
        Command::Quarantine(quarantine) => quarantine.run(context).await,
        Command::Replay(replay) => replay.run(context).await,
        Command::Redrive(redrive) => redrive.run(context).await,
        Command::Secret(secret) => secret.run(context).await,
    }
}
