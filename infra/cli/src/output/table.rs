//! Tables that break no word: ids are there to be copied.

use std::io::{self, IsTerminal};

use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, TableComponent, Width};

/// The spaces that go with each column.
const PADDING: usize = 2;
/// Where nobody looks at a terminal.
const PIPED: u16 = 200;
/// Where a terminal does not know its width.
const USUAL: u16 = 80;
/// Below that, the terminal may wrap.
const NARROWEST: u16 = 60;

/// How many characters fit into a line.
pub fn width() -> u16 {
    if io::stdout().is_terminal() {
        usable(Table::new().width())
    } else {
        PIPED
    }
}

/// The width that a terminal's report comes to. Some report 0 columns.
fn usable(reported: Option<u16>) -> u16 {
    match reported {
        None | Some(0) => USUAL,
        Some(width) => width.max(NARROWEST),
    }
}

/// A table; where even its longest words do not fit next to each other, a block of lines for each row. What is empty in
/// every row is left out.
pub fn drawn<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    width: u16,
) -> String {
    let rows: Vec<[String; N]> = rows.into_iter().collect();
    let is_used = |column: &usize| rows.iter().any(|row| !row[*column].is_empty());
    let used: Vec<usize> = (0..N).filter(is_used).collect();
    let of = |row: &[String; N]| used.iter().map(|column| row[*column].clone()).collect();
    let mut lines: Vec<Vec<String>> = vec![of(&header.map(str::to_owned))];
    lines.extend(rows.iter().map(of));
    let least: usize = (0..used.len()).map(|column| longest(&lines, column)).sum();
    if least <= usize::from(width) {
        return arranged(lines, width).to_string();
    }
    let blocks = lines[1..].iter().map(|row| block(&lines[0], row, width));
    blocks.collect::<Vec<_>>().join("\n\n")
}

/// With a rule below the first line.
fn arranged(mut lines: Vec<Vec<String>>, width: u16) -> Table {
    let mut table = plain(&lines, width);
    table.set_style(TableComponent::HeaderLines, '─');
    table.set_style(TableComponent::MiddleHeaderIntersections, '─');
    table.set_header(lines.remove(0));
    table.add_rows(lines);
    table
}

/// Each cell on a line of its own, after its column's name. A stream that is too long goes on below its tenant.
fn block(header: &[String], row: &[String], width: u16) -> String {
    let cells = header.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
    let mut lines: Vec<_> = cells
        .map(|(name, cell)| vec![name.clone(), cell.clone()])
        .collect();
    if longest(&lines, 0) + longest(&lines, 1) > usize::from(width) {
        for line in &mut lines {
            line[1] = line[1].replacen('/', "/\n", 1);
        }
    }
    let mut table = plain(&lines, width);
    table.add_rows(lines);
    table.to_string()
}

fn plain(lines: &[Vec<String>], width: u16) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_width(width);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    let columns = 0..lines.first().map_or(0, Vec::len);
    let least = columns.map(|column| u16::try_from(longest(lines, column)).unwrap_or(u16::MAX));
    table.set_constraints(least.map(|least| ColumnConstraint::LowerBoundary(Width::Fixed(least))));
    table
}

/// The width without which a word in that column would be broken.
fn longest(lines: &[Vec<String>], column: usize) -> usize {
    let words = lines
        .iter()
        .flat_map(|line| line[column].split_whitespace());
    words
        .map(|word| word.chars().count())
        .max()
        .unwrap_or_default()
        + PADDING
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31";

    fn table(width: u16) -> String {
        let stream = format!("{ID}/ticket/{ID}");
        let why = "the target answered 422 Unprocessable Entity";
        let row = [stream, ID.to_owned(), String::new(), why.to_owned()];
        drawn(["stream", "event", "tries", "why"], [row], width)
    }

    #[test]
    fn no_word_is_broken_and_no_line_too_long_at_any_usual_width() {
        for width in [80, 100, 120, 160, 200] {
            let drawn = table(width);
            for word in [ID, &format!("ticket/{ID}"), "Unprocessable", "422"] {
                assert!(drawn.contains(word), "{width}: {word}\n{drawn}");
            }
            let longest = drawn.lines().map(|line| line.chars().count()).max();
            assert!(longest <= Some(width.into()), "{width}\n{drawn}");
        }
    }

    #[test]
    fn a_column_that_is_empty_in_every_row_is_left_out() {
        assert!(!table(200).contains("tries"));
    }

    #[test]
    fn a_row_is_one_line_where_nothing_is_too_wide_and_a_block_where_it_is() {
        assert_eq!(table(200).lines().count(), 3);
        let block = table(80);
        let events = block
            .lines()
            .filter(|line| line.trim().starts_with("event "));
        assert_eq!(events.count(), 1, "{block}");
    }

    #[test]
    fn a_terminal_without_a_width_has_a_usual_one() {
        for (reported, width) in [
            (None, 80),
            (Some(0), 80),
            (Some(1), 60),
            (Some(79), 79),
            (Some(300), 300),
        ] {
            assert_eq!(usable(reported), width);
        }
    }
}
