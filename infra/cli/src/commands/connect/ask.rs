//! Questions to the person at the terminal.

use std::io::{self, IsTerminal, Write};

use anyhow::{Context as _, Result};
use secrecy::SecretString;

use crate::commands::secret::offered;

/// Whether there is somebody to ask.
pub fn is_possible() -> bool {
    io::stdin().is_terminal()
}

/// Yes or no; Enter is yes. Asks again after anything else.
pub async fn yes(question: &str) -> Result<bool> {
    loop {
        eprint!("{question} [Y/n] ");
        io::stderr().flush()?;
        // A thread of its own, so that Ctrl-C is heard meanwhile.
        let line = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            io::stdin().read_line(&mut line).map(|_| line)
        });
        let line = line.await?.context("failed to read the answer")?;
        match line.trim().to_lowercase().as_str() {
            "" | "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => {}
        }
    }
}

/// A secret text, typed without being shown; nothing if Enter is all that was typed.
pub fn hidden(prompt: &str) -> Result<Option<SecretString>> {
    let typed = offered::hidden(prompt, "interrupted: run the same command again to go on")?;
    let text = shared::secret::bare(&typed);
    Ok((!text.is_empty()).then(|| text.into()))
}
