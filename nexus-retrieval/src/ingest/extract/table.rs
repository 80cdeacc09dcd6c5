//! Tables as text: one line a row, below a line of headers that is repeated where a table is long, so that no passage is
//! left with cells that nobody can name.

use super::{Draft, ExtractError, draft::one_line};

/// After how many characters of rows the headers are written again.
const STRETCH: usize = 800;
/// Headers longer than this are written once only.
const MAX_REPEATED: usize = 300;

/// A table that is being written.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The first row, until it is known whether it is one of headers.
    first: Option<Vec<String>>,
    header: Option<String>,
    /// Whether the first row is said to be one of headers.
    marked: bool,
    begun: bool,
    since: usize,
}

impl Table {
    /// A table whose first row is one of headers if it looks so.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A table whose first row is one of headers.
    pub(super) fn with_header() -> Self {
        Self { marked: true, ..Self::default() }
    }

    /// Writes the next row. Its cells were counted when they were read.
    pub(super) fn row(&mut self, draft: &mut Draft, cells: &[String]) -> Result<(), ExtractError> {
        let cells = tidy(cells);
        if cells.is_empty() {
            return Ok(());
        }
        if self.begun {
            return self.write(draft, &cells);
        }
        let Some(first) = self.first.take() else {
            self.first = Some(cells);
            return Ok(());
        };
        self.begin(draft, &first)?;
        self.write(draft, &cells)
    }

    /// Writes what is left.
    pub(super) fn end(mut self, draft: &mut Draft) -> Result<(), ExtractError> {
        match self.first.take() {
            // One row alone has nothing below it to be the header of.
            Some(only) => draft.paragraph(&only.join(" | ")),
            None => Ok(()),
        }
    }

    fn begin(&mut self, draft: &mut Draft, first: &[String]) -> Result<(), ExtractError> {
        self.begun = true;
        if self.marked || names_columns(first) {
            let header = format!("{}\n|{}", line(first), " --- |".repeat(first.len()));
            draft.paragraph(&header)?;
            self.header = Some(header).filter(|header| header.len() <= MAX_REPEATED);
            return Ok(());
        }
        draft.paragraph(&line(first))
    }

    fn write(&mut self, draft: &mut Draft, cells: &[String]) -> Result<(), ExtractError> {
        let row = line(cells);
        if self.since > STRETCH
            && let Some(header) = &self.header
        {
            draft.paragraph(header)?;
            self.since = 0;
        }
        self.since += row.len();
        draft.line(&row)
    }
}

/// Whether a first row looks like names of columns: several cells, all of them filled, different, and no numbers.
fn names_columns(cells: &[String]) -> bool {
    let mut names: Vec<&str> = cells.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let usual =
        |cell: &String| !cell.is_empty() && !cell.starts_with(|c: char| c.is_ascii_digit()) && cell.len() <= 120;
    cells.len() > 1 && names.len() == cells.len() && cells.iter().all(usual)
}

fn tidy(cells: &[String]) -> Vec<String> {
    let mut cells: Vec<String> = cells.iter().map(|cell| one_line(cell).replace('|', "\\|")).collect();
    while cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    cells
}

fn line(cells: &[String]) -> String {
    let mut line = String::from("|");
    for cell in cells {
        line.push(' ');
        line.push_str(cell);
        line.push_str(" |");
    }
    line
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ingest::extract::{Budget, Limits};

    fn write(mut table: Table, rows: &[&[&str]]) -> String {
        let mut draft = Draft::new(&Budget::new(&Limits::default(), 0));
        for row in rows {
            table.row(&mut draft, &row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>()).unwrap();
        }
        table.end(&mut draft).unwrap();
        draft.finish().0
    }

    #[test]
    fn the_first_row_names_the_columns() {
        let text = write(Table::new(), &[&["Name", "City", ""], &["Ada", "Lon\ndon"], &[], &["Bob", "a|b"]]);
        assert_eq!(text, "| Name | City |\n| --- | --- |\n| Ada | Lon don |\n| Bob | a\\|b |");
        assert_eq!(write(Table::new(), &[&["1", "2"], &["3", "4"]]), "| 1 | 2 |\n| 3 | 4 |");
        assert_eq!(write(Table::new(), &[&["alone", "here"]]), "alone | here");
        assert_eq!(write(Table::with_header(), &[&["2024"], &["x"]]), "| 2024 |\n| --- |\n| x |");
    }

    #[test]
    fn a_long_table_repeats_its_headers() {
        let rows: Vec<Vec<String>> = (0..100).map(|n| vec![format!("row {n}"), "x".repeat(30)]).collect();
        let mut all: Vec<Vec<&str>> = vec![vec!["Key", "Value"]];
        all.extend(rows.iter().map(|row| row.iter().map(String::as_str).collect()));
        let text = write(Table::new(), &all.iter().map(Vec::as_slice).collect::<Vec<_>>());
        assert!(text.matches("| Key | Value |").count() > 3);
        assert!(text.split("\n\n").all(|piece| piece.starts_with("| Key | Value |\n| --- | --- |\n")));
    }
}
