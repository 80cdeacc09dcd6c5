//! CSV files as tables, whatever separates their fields.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

use super::{Budget, Draft, ExtractError, Extracted, table::Table};

/// How much of a file is looked at to find the separator.
const HEAD: usize = 16 * 1024;

pub(super) fn read(bytes: &[u8], budget: &Budget) -> Result<Extracted, ExtractError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // Spreadsheets of the west write this where they do not write UTF-8.
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    };
    let mut rows = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(&text))
        .from_reader(text.as_bytes());
    let mut draft = Draft::new(budget);
    let mut table = Table::new();
    for row in rows.records() {
        let row = row.map_err(ExtractError::damaged)?;
        budget.cells(row.len())?;
        table.row(&mut draft, budget, &row.iter().map(str::to_owned).collect::<Vec<_>>())?;
    }
    table.end(&mut draft)?;
    let (text, marks) = draft.finish();
    Ok(Extracted { text, marks, ..Extracted::default() })
}

/// The separator that divides the first lines most evenly.
fn separator(text: &str) -> u8 {
    let head: String = text.chars().take(HEAD).collect();
    let lines: Vec<&str> = head.lines().filter(|line| !line.trim().is_empty()).take(10).collect();
    let score = |separator: &u8| {
        let counts: Vec<usize> = lines.iter().map(|line| line.matches(char::from(*separator)).count()).collect();
        let first = counts.first().copied().unwrap_or_default();
        let even = counts.iter().filter(|count| **count == first && first > 0).count();
        (even, first)
    };
    [b'|', b'\t', b';', b','].into_iter().max_by_key(score).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ingest::extract::{ContentType, Limits, extract};

    fn csv(source: &[u8]) -> String {
        extract(ContentType::Csv, source, &Limits::default()).unwrap().text
    }

    #[test]
    fn rows_keep_their_headers() {
        let text = csv(b"\xEF\xBB\xBFName,City\n\"Lovelace, Ada\",London\n\"two\nlines\",\"say \"\"hi\"\"\"\n");
        assert_eq!(text, "| Name | City |\n| --- | --- |\n| Lovelace, Ada | London |\n| two lines | say \"hi\" |");
    }

    #[test]
    fn the_separator_is_found() {
        assert_eq!(csv(b"Name;Sum\nAda;1,5\nBob;2,5\n"), "| Name | Sum |\n| --- | --- |\n| Ada | 1,5 |\n| Bob | 2,5 |");
        assert_eq!(csv(b"Name\tSum\nAda\t1, 5\n"), "| Name | Sum |\n| --- | --- |\n| Ada | 1, 5 |");
        assert_eq!(csv(b"K\xf6ln,1\nBonn,2\n"), "| Köln | 1 |\n| Bonn | 2 |");
    }

    #[test]
    fn rows_of_different_lengths_and_open_quotes_are_read() {
        assert_eq!(csv(b"a,b\n1\n1,2,3\n\"open,\n"), "| a | b |\n| --- | --- |\n| 1 |\n| 1 | 2 | 3 |\n| open, |");
    }

    #[test]
    fn too_many_cells_are_refused() {
        let limits = Limits { cells: 1000, ..Limits::default() };
        let wide = ",".repeat(2000);
        assert_eq!(extract(ContentType::Csv, wide.as_bytes(), &limits), Err(ExtractError::too_large("cells")));
    }
}
