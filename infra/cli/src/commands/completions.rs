//! `alga-webhooks completions`.

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::{Shell, generate};

use crate::context::Outcome;
use crate::output;

/// Print a script that completes commands and options in your shell.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("completions.txt").trim_end())]
pub struct Completions {
    /// The shell that is to complete.
    shell: Shell,
}

impl Completions {
    pub fn print(&self, command: &mut Command) -> Result<Outcome> {
        let name = command.get_name().to_owned();
        let mut script = Vec::new();
        generate(self.shell, command, name, &mut script);
        output::bytes(&script)?;
        Ok(Outcome::Good)
    }
}
