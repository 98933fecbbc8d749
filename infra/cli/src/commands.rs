//! The command line: one module per command.

mod completions;
mod parked;
mod quarantine;
mod redrive;
mod replay;
mod secret;
mod send;
mod stream;
mod verify;
mod waiting;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

use crate::context::{Context, EVERYWHERE, Options, Outcome};

/// Operates an alga-webhooks stack.
///
/// Exit codes: 0 it is done; 1 it did not work, or what was asked about is not as it should be; 2 the arguments do not
/// fit together.
#[derive(Debug, Parser)]
#[command(name = "alga-webhooks", version, max_term_width = 110, after_long_help = EXAMPLES)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    /// Print JSON for programs instead of tables for people.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

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
    Completions(completions::Completions),
}

impl Cli {
    /// The profile, if one is named.
    pub fn profile(&self) -> Option<String> {
        self.options.profile.clone()
    }

    /// Runs the command.
    pub async fn run(self) -> Result<Outcome> {
        let context = &Context {
            options: self.options,
            json: self.json,
        };
        match self.command {
            Command::Send(send) => send.run(context).await,
            Command::Verify(verify) => verify.run(context).await,
            Command::Stream(stream) => stream.run(context).await,
            Command::Waiting(waiting) => waiting.run(context).await,
            Command::Parked(parked) => parked.run(context).await,
            Command::Quarantine(quarantine) => quarantine.run(context).await,
            Command::Replay(replay) => replay.run(context).await,
            Command::Redrive(redrive) => redrive.run(context).await,
            Command::Secret(secret) => secret.run(context).await,
            Command::Completions(completions) => completions.print(&mut Self::command()),
        }
    }
}
