//! A page for people: its fenced blocks, so that tests run what is printed there.

/// One fenced block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// The last heading before it.
    pub section: &'a str,
    /// What follows the fence: `json`, `sh` and so on.
    pub language: &'a str,
    pub text: &'a str,
}

pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut section = "";
    let mut blocks = Vec::new();
    for (n, piece) in page.split("```").enumerate() {
        if n % 2 == 0 {
            let mut headings = piece.lines().filter(|line| line.starts_with('#'));
            let last = headings
                .next_back()
                .map(|line| line.trim_matches(['#', ' ']));
            section = last.unwrap_or(section);
        } else if let Some((language, text)) = piece.split_once('\n') {
            blocks.push(Block {
                section,
                language,
                text,
            });
        }
    }
    blocks
}

/// The only block of that language under that heading.
pub fn block<'a>(page: &'a str, section: &str, language: &str) -> &'a str {
    let mut blocks = blocks(page);
    blocks.retain(|block| (block.section, block.language) == (section, language));
    match blocks[..] {
        [block] => block.text,
        _ => panic!("under {section:?} there should be one {language} block: {blocks:?}"),
    }
}
