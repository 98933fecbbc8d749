//! The command line: which command was meant.

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

use crate::commands::{
    completions, connect, parked, quarantine, reconcile, redrive, replay, secret, send, stream,
    verify, waiting,
};
use crate::console;
use crate::context::{Context, EVERYWHERE, Options, Outcome};
use crate::output::hint;

/// Operate an alga-webhooks stack.
///
/// Exit code 0: all is well. 1: it failed, or what you asked about is not as it should be. 2: the arguments do not fit
/// together.
#[derive(Debug, Parser)]
#[command(name = "alga-webhooks", version, max_term_width = 110, after_long_help = include_str!("commands.txt").trim_end())]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    /// Print JSON for programs instead of tables for people.
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Connect(connect::Connect),
    Send(send::Send),
    Verify(verify::Verify),
    Stream(stream::Stream),
    Waiting(waiting::Waiting),
    Parked(parked::Parked),
    #[command(subcommand)]
    Quarantine(quarantine::Quarantine),
    Replay(replay::Replay),
    Redrive(redrive::Redrive),
    Reconcile(reconcile::Reconcile),
    Console(console::Console),
    #[command(subcommand)]
    Secret(secret::Secret),
    Completions(completions::Completions),
}

impl Cli {
    pub fn profile(&self) -> Option<String> {
        self.options.profile.clone()
    }

    pub async fn run(self) -> Result<Outcome> {
        hint::remember(self.options.given());
        let context = &Context {
            options: self.options,
            json: self.json,
        };
        match self.command {
            Command::Connect(connect) => connect.run(context).await,
            Command::Send(send) => send.run(context).await,
            Command::Verify(verify) => verify.run(context).await,
            Command::Stream(stream) => stream.run(context).await,
            Command::Waiting(waiting) => waiting.run(context).await,
            Command::Parked(parked) => parked.run(context).await,
            Command::Quarantine(quarantine) => quarantine.run(context).await,
            Command::Replay(replay) => replay.run(context).await,
            Command::Redrive(redrive) => redrive.run(context).await,
            Command::Reconcile(reconcile) => reconcile.run(context).await,
            Command::Console(console) => console.run(context).await,
            Command::Secret(secret) => secret.run(context).await,
            Command::Completions(completions) => completions.print(&mut Self::command()),
        }
    }
}
