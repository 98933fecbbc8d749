//! Files that are named on the command line, `-` for standard input.

use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result};

/// Reads all bytes.
///
/// # Errors
/// When the file is not there or not readable.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin()
            .read_to_end(&mut bytes)
            .context("failed to read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(path).with_context(|| format!("failed to read {}", path.display()))
}
