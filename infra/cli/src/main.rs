//! `alga-webhooks`, the operator's tool.

use std::process::ExitCode;

use alga_webhooks::cli::Cli;
use alga_webhooks::context::Outcome;
use alga_webhooks::output::{self, Unheard, errors};
use clap::Parser;

/// What a shell reports for a program that ended because nobody read its output any more. It is not 0: the command may
/// have been about to say what went wrong.
const UNHEARD: u8 = 141;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let profile = cli.profile();
    match cli.run().await {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::FAILURE,
        Err(error) if error.is::<Unheard>() => ExitCode::from(UNHEARD),
        Err(error) => {
            let told = errors::told(&error, profile.as_deref());
            output::note(format_args!("error: {told}"));
            ExitCode::FAILURE
        }
    }
}
