//! Commands of this tool that it tells people to run.

use std::sync::OnceLock;

/// The options that said where the stack is.
static GIVEN: OnceLock<String> = OnceLock::new();

/// From now on, commands in hints have these options too, such as ` --stack acme`.
pub fn remember(options: String) {
    let _ = GIVEN.set(options);
}

/// One of our texts, with commands in it that are about the same stack as this one.
pub fn hint(text: &str) -> String {
    with(GIVEN.get().map_or("", String::as_str), text)
}

/// Puts options into each command of a text.
pub fn with(options: &str, text: &str) -> String {
    text.replace("alga-webhooks ", &format!("alga-webhooks{options} "))
}

/// An option's value as a shell takes it.
pub fn quoted(value: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@".contains(letter);
    if value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}
