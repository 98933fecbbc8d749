//! The secret that the operator gives: typed without being shown, or piped in.

use std::io::{self, IsTerminal, Read};

use anyhow::{Context as _, Result, bail};
use secrecy::SecretString;

const LENGTH: usize = 43;
/// How often it is asked for.
const MOST_TRIES: usize = 3;
const PROMPT: &str = "Signing secret as AlgaPSA shows it (typing stays hidden): ";

/// Asks at a terminal, and otherwise reads standard input. White space around the secret is dropped.
pub fn read(forced: bool) -> Result<SecretString> {
    let text = if io::stdin().is_terminal() {
        typed()?
    } else {
        let mut text = String::new();
        io::stdin()
            .read_to_string(&mut text)
            .context("failed to read the secret from standard input")?;
        text
    };
    let secret = shared::secret::bare(&text);
    match objection(secret) {
        Some(Objection { why, fatal: true }) => bail!("{why}"),
        Some(Objection { why, .. }) if !forced => {
            bail!("{why}. If it is right all the same, add --force")
        }
        _ => Ok(secret.into()),
    }
}

/// Asks again if only Enter was pressed.
fn typed() -> Result<String> {
    let ask = || hidden(PROMPT, "interrupted: nothing was changed");
    for _ in 1..MOST_TRIES {
        let text = ask()?;
        if !shared::secret::bare(&text).is_empty() {
            return Ok(text);
        }
    }
    ask()
}

/// Asks for a secret text at the terminal, without showing what is typed. `interrupted` is said at Ctrl-C.
///
/// At Ctrl-C, `rpassword` raises the signal while the terminal still hides what is typed. That would end the program and leave
/// the terminal so. With a listener for the signal, `rpassword` goes on to restore the terminal, and returns an error.
#[cfg(unix)]
pub fn hidden(prompt: &str, interrupted: &str) -> Result<String> {
    use tokio::signal::unix::{SignalKind, signal};

    /// What a shell reports for a program that Ctrl-C has ended.
    const INTERRUPTED: i32 = 130;

    let mut interrupts =
        signal(SignalKind::interrupt()).context("failed to listen for interrupts")?;
    let asked = rpassword::prompt_password(prompt);
    if let Err(error) = &asked
        && error.kind() == io::ErrorKind::Interrupted
    {
        bail!("{interrupted}")
    }
    // From here on, the signal ends the program again.
    tokio::spawn(async move {
        interrupts.recv().await;
        std::process::exit(INTERRUPTED);
    });
    asked.context("failed to ask for the secret")
}

/// Elsewhere Ctrl-C ends the program before anything is changed, and the shell restores its terminal.
#[cfg(not(unix))]
pub fn hidden(prompt: &str, _interrupted: &str) -> Result<String> {
    rpassword::prompt_password(prompt).context("failed to ask for the secret")
}

#[derive(Debug, PartialEq, Eq)]
pub struct Objection {
    pub why: String,
    /// `--force` does not help: the receiver would refuse the secret, or take it for something else.
    pub fatal: bool,
}

/// What is wrong with it, without quoting it. AlgaPSA's secrets are 43 characters of base64url.
pub fn objection(secret: &str) -> Option<Objection> {
    let odd = |char: char| !(char.is_ascii_alphanumeric() || char == '-' || char == '_');
    let count = secret.chars().count();
    let (why, fatal) = if secret.is_empty() {
        (
            "no secret was given: there was nothing, or only white space".into(),
            true,
        )
    } else if secret.starts_with('{') {
        (
            "that begins like a map: give one secret, and its webhook with --webhook-id".into(),
            true,
        )
    } else if secret.contains(char::is_whitespace) {
        (
            "there is white space inside the secret; perhaps more than the secret was copied"
                .into(),
            false,
        )
    } else if secret.starts_with(['"', '\'']) || secret.ends_with(['"', '\'']) {
        (
            "there are quotes around the secret, which would become part of it".into(),
            false,
        )
    } else if secret.contains(odd) {
        ("the secret holds characters that AlgaPSA's do not have: those are letters, digits, - and _".into(), false)
    } else if count != LENGTH {
        (
            format!(
                "the secret has {count} characters, and AlgaPSA's have {LENGTH}; perhaps not all of it was copied"
            ),
            false,
        )
    } else {
        return None;
    };
    Some(Objection { why, fatal })
}
