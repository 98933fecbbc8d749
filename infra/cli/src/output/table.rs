//! Tables that break no word, so that ids can be copied.

use std::io::{self, IsTerminal};

use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, TableComponent, Width};

const PADDING: usize = 2;
/// The width when output goes to a pipe or a file.
const PIPED: u16 = 210;
/// The width when a terminal does not know its own.
const USUAL: u16 = 80;
/// On a narrower terminal, lines wrap.
const NARROWEST: u16 = 60;

pub fn width() -> u16 {
    if io::stdout().is_terminal() {
        usable(Table::new().width())
    } else {
        PIPED
    }
}

/// The width to use on a terminal that reports this width; some report 0.
pub fn usable(reported: Option<u16>) -> u16 {
    match reported {
        None | Some(0) => USUAL,
        Some(width) => width.max(NARROWEST),
    }
}

/// A table, or a block of lines for each row if the columns' longest words do not fit side by side. A column that is empty
/// in every row is left out.
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
    if least + used.len() <= usize::from(width) {
        return arranged(&lines, width).to_string();
    }
    let blocks = lines[1..].iter().map(|row| block(&lines[0], row, width));
    blocks.collect::<Vec<_>>().join("\n\n")
}

fn arranged(lines: &[Vec<String>], width: u16) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING);
    table.set_style(TableComponent::HeaderLines, '─');
    table.set_style(TableComponent::MiddleHeaderIntersections, '─');
    table.set_header(lines[0].clone());
    table.add_rows(lines[1..].to_vec());
    fitted(table, lines, width)
}

/// Each cell on its own line, after its column's name. A stream that is too long continues below its tenant.
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
    let mut table = Table::new();
    table.load_preset(NOTHING).add_rows(lines.clone());
    fitted(table, &lines, width).to_string()
}

/// Wrapped between words only.
fn fitted(mut table: Table, lines: &[Vec<String>], width: u16) -> Table {
    table.set_width(width);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    let columns = 0..lines.first().map_or(0, Vec::len);
    let least = columns.map(|column| u16::try_from(longest(lines, column)).unwrap_or(u16::MAX));
    let least = least.map(|least| ColumnConstraint::LowerBoundary(Width::Fixed(least)));
    table.set_constraints(least);
    table
}

/// The width that the column needs so that no word is broken.
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
