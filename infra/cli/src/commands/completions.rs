//! `alga-webhooks completions`.

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::{Shell, generate};

use crate::context::Outcome;
use crate::output;

/// Print a script that completes commands and options in a shell.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Completions {
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  alga-webhooks completions bash > ~/.local/share/bash-completion/completions/alga-webhooks
  alga-webhooks completions zsh > ~/.zfunc/_alga-webhooks      with ~/.zfunc in fpath
  alga-webhooks completions fish > ~/.config/fish/completions/alga-webhooks.fish";

impl Completions {
    pub fn print(&self, command: &mut Command) -> Result<Outcome> {
        let name = command.get_name().to_owned();
        let mut script = Vec::new();
        generate(self.shell, command, name, &mut script);
        output::bytes(&script)?;
        Ok(Outcome::Good)
    }
}
