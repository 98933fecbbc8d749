//! Tables that fit the terminal without breaking a word: ids are there to be copied.

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Row, Table, TableComponent, Width};

/// How much of a cell of several words one line has to hold; more is wrapped between them.
const LINE: usize = 17;
/// The spaces that go with each column.
const PADDING: usize = 2;
/// Where a terminal does not know its width.
const USUAL: u16 = 80;
/// Below that, the terminal may wrap.
const NARROWEST: u16 = 60;

/// What to do, one after the other, while a table is too wide.
#[derive(Clone, Copy, Debug)]
pub enum Fold {
    /// The stream in this column goes on two lines: whose it is, and what it is about.
    Stream(&'static str),
    /// The first column goes under the second.
    Under(&'static str, &'static str),
}

/// Columns with a name, and cells that may have several lines.
#[derive(Clone, Debug)]
pub struct Sheet {
    names: Vec<String>,
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The width that a terminal's report comes to. Some report 0 columns.
pub fn usable(reported: Option<u16>) -> u16 {
    match reported {
        None | Some(0) => USUAL,
        Some(width) => width.max(NARROWEST),
    }
}

impl Sheet {
    /// Leaves out what is empty in every row.
    pub fn new<const N: usize>(
        header: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> Self {
        let names: Vec<String> = header.iter().map(|&name| name.to_owned()).collect();
        let rows = rows.into_iter().map(Vec::from).collect();
        let mut sheet = Self {
            headers: names.clone(),
            names,
            rows,
        };
        for column in (0..N).rev() {
            if sheet.rows.iter().all(|row| row[column].is_empty()) {
                sheet.take(column);
            }
        }
        sheet
    }

    /// As it is printed: at that width, or with lines of any length.
    pub fn drawn(mut self, width: Option<u16>, folds: &[Fold]) -> Table {
        let mut folds = folds.iter();
        while let Some(width) = width
            && self.needs() > usize::from(width)
            && let Some(fold) = folds.next()
        {
            self.fold(*fold);
        }
        let mut table = self.table();
        if let Some(width) = width {
            table.set_width(width);
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_constraints((0..self.names.len()).map(|column| self.at_least(column)));
        }
        table
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_preset(NOTHING);
        let mut rules = vec![
            TableComponent::HeaderLines,
            TableComponent::MiddleHeaderIntersections,
        ];
        // Between rows of several lines each, a rule tells where one ends.
        if self.rows.iter().flatten().any(|cell| cell.contains('\n')) {
            rules.push(TableComponent::HorizontalLines);
            rules.push(TableComponent::MiddleIntersections);
        }
        for rule in rules {
            table.set_style(rule, '─');
        }
        table.set_header(Row::from(self.headers.iter().map(Cell::new)));
        for row in &self.rows {
            table.add_row(row);
        }
        table
    }

    fn fold(&mut self, fold: Fold) {
        match fold {
            Fold::Stream(name) => {
                if let Some(column) = self.column(name) {
                    for row in &mut self.rows {
                        row[column] = row[column].replacen('/', "/\n", 1);
                    }
                }
            }
            Fold::Under(name, other) => {
                if let (Some(column), Some(_)) = (self.column(name), self.column(other)) {
                    let (header, cells) = self.take(column);
                    self.append(other, &header, &cells);
                }
            }
        }
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    fn take(&mut self, column: usize) -> (String, Vec<String>) {
        self.names.remove(column);
        let cells = self.rows.iter_mut().map(|row| row.remove(column)).collect();
        (self.headers.remove(column), cells)
    }

    fn append(&mut self, name: &str, header: &str, cells: &[String]) {
        let column = self.column(name).expect("it was there");
        append(&mut self.headers[column], header);
        for (row, cell) in self.rows.iter_mut().zip(cells) {
            append(&mut row[column], cell);
        }
    }

    /// The width without which it would look torn.
    fn needs(&self) -> usize {
        let columns = 0..self.names.len();
        let need = |column| {
            let line = self.longest(column, "\n").min(LINE);
            self.longest(column, WHITE).max(line) + PADDING
        };
        columns.map(need).sum()
    }

    /// The width without which a word would be broken.
    fn at_least(&self, column: usize) -> ColumnConstraint {
        let width = self.longest(column, WHITE) + PADDING;
        ColumnConstraint::LowerBoundary(Width::Fixed(u16::try_from(width).unwrap_or(u16::MAX)))
    }

    fn longest(&self, column: usize, between: &str) -> usize {
        let cells = self.rows.iter().map(|row| &row[column]);
        let cells = cells.chain([&self.headers[column]]);
        let pieces = cells.flat_map(|cell| cell.split(|char| between.contains(char)));
        let lengths = pieces.map(|piece| piece.chars().count());
        lengths.max().unwrap_or_default()
    }
}

const WHITE: &str = " \n";

fn append(cell: &mut String, line: &str) {
    if !cell.is_empty() && !line.is_empty() {
        cell.push('\n');
    }
    cell.push_str(line);
}

#[cfg(test)]
mod tests;
