//! A page of Markdown, as far as these tests read it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Page {
    /// From the root of the repository.
    pub path: String,
    pub text: String,
}

/// A fenced block.
#[derive(Clone, Debug)]
pub struct Block {
    /// The heading above it, without marks.
    pub section: String,
    pub language: String,
    pub line: usize,
    pub text: String,
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn read(path: &str) -> String {
    let text = fs::read_to_string(root().join(path));
    text.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every page that git tracks.
pub fn pages() -> Vec<Page> {
    let mut list = Command::new("git");
    let list = list.args(["ls-files", "*.md"]).current_dir(root());
    let list = list.output().expect("git lists the pages").stdout;
    let paths = String::from_utf8(list).expect("names are text");
    let pages: Vec<Page> = paths.lines().map(Page::named).collect();
    assert!(pages.len() > 3, "git lists the pages");
    pages
}

impl Page {
    pub fn named(path: &str) -> Self {
        let (path, text) = (path.to_owned(), read(path));
        Self { path, text }
    }

    pub fn blocks(&self) -> Vec<Block> {
        let (mut blocks, mut open) = (Vec::new(), None::<(Block, usize)>);
        let mut section = String::new();
        for (number, line) in (1..).zip(self.text.lines()) {
            let fence = line.trim_start().strip_prefix("```");
            match (&mut open, fence) {
                (Some(_), Some(_)) => blocks.extend(open.take().map(|(block, _)| block)),
                (Some((block, indent)), None) => {
                    block.text += line.get(*indent..).unwrap_or_default();
                    block.text.push('\n');
                }
                (None, Some(language)) => {
                    let indent = line.len() - line.trim_start().len();
                    let (section, language) = (section.clone(), language.to_owned());
                    let (line, text) = (number, String::new());
                    let block = Block {
                        section,
                        language,
                        line,
                        text,
                    };
                    open = Some((block, indent));
                }
                (None, None) => section = heading(line).unwrap_or(section),
            }
        }
        blocks
    }

    /// What is said outside blocks, line by line.
    pub fn prose(&self) -> Vec<&str> {
        let mut within = false;
        let mut prose = Vec::new();
        for line in self.text.lines() {
            let fence = line.trim_start().starts_with("```");
            within ^= fence;
            if !fence && !within {
                prose.push(line);
            }
        }
        prose
    }

    /// What can follow `#` in a link to here, by GitHub's rule.
    pub fn anchors(&self) -> Vec<String> {
        let mut anchors: Vec<String> = Vec::new();
        for title in self.prose().into_iter().filter_map(heading) {
            let anchor = anchor(&title);
            let same = |other: &&String| {
                let rest = other.strip_prefix(&anchor);
                rest.is_some_and(|rest| rest.is_empty() || numbered(rest))
            };
            let before = anchors.iter().filter(same).count();
            let number = if before > 0 {
                format!("-{before}")
            } else {
                String::new()
            };
            anchors.push(anchor + &number);
        }
        anchors
    }
}

fn numbered(rest: &str) -> bool {
    let number = rest.strip_prefix('-');
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

fn heading(line: &str) -> Option<String> {
    let title = line.trim_start_matches('#').strip_prefix(' ')?;
    line.starts_with('#').then(|| title.trim().to_owned())
}

/// Letters, digits, `-` and `_` stay, spaces become hyphens; of a link only its text counts.
fn anchor(title: &str) -> String {
    let text = title
        .split("](")
        .map(|part| part.split_once(')').map_or(part, |(_, rest)| rest));
    let text: String = if title.contains("](") {
        let first = title.split("](").next().unwrap_or_default();
        std::iter::once(first).chain(text.skip(1)).collect()
    } else {
        title.to_owned()
    };
    let kept = text.to_lowercase().replace(' ', "-");
    let stays = |letter: &char| letter.is_alphanumeric() || "-_".contains(*letter);
    kept.chars().filter(stays).collect()
}

#[test]
fn anchors_follow_githubs_rule() {
    let text = "# A `b-c`, d!\n## [Link](x.md) here\n```sh\n# none\n```\n# Twice\n# Twice\n";
    let page = Page {
        path: "x.md".into(),
        text: text.into(),
    };
    assert_eq!(page.anchors(), ["a-b-c-d", "link-here", "twice", "twice-1"]);
}
