//! Settings: environment variables that the template sets.

use std::env;

use anyhow::{Context, Result};

/// A setting that must be there.
pub fn required(name: &str) -> Result<String> {
    optional(name).with_context(|| format!("the environment variable {name} is not set"))
}

/// A setting that may be missing; empty counts as missing.
pub fn optional(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
