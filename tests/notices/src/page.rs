//! The page that shows the tables: what is between its marks is written again, all else stays.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../bench/NOTICED.md");
const BEGIN: &str = "<!-- noticed -->\n";
const END: &str = "<!-- /noticed -->\n";

pub fn write(tables: &str) -> Result<()> {
    let page = Path::new(PAGE);
    let text = fs::read_to_string(page).context("failed to read tests/bench/NOTICED.md")?;
    let text = with(&text, tables).context("tests/bench/NOTICED.md has no marks for the tables")?;
    fs::write(page, text).context("failed to write tests/bench/NOTICED.md")
}

fn with(page: &str, tables: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{tables}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_written() {
        let page = format!("before\n{BEGIN}old\n{END}after\n");
        let written = format!("before\n{BEGIN}new\n{END}after\n");
        assert_eq!(with(&page, "new\n"), Some(written));
        assert_eq!(with("without marks\n", "new\n"), None);
    }
}
