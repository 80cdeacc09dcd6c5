//! CSV files as tables, whatever separates their fields. Fields are read one by one: a line of commas is no list of fields
//! before it is known that there are too many.

use std::borrow::Cow;

use csv_core::{ReadFieldResult, ReaderBuilder};
use encoding_rs::WINDOWS_1252;

use super::{Budget, Draft, ExtractError, Extracted, table::Table};

/// How much of a file is looked at to find the separator.
const HEAD: usize = 16 * 1024;
/// How much of a field is taken at once.
const PIECE: usize = 4 * 1024;

pub(super) fn read(bytes: &[u8], budget: &Budget) -> Result<Extracted, ExtractError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // Spreadsheets of the west write this where they do not write UTF-8.
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    };
    let mut reader = ReaderBuilder::new().delimiter(separator(&text)).build();
    let (mut draft, mut table) = (Draft::new(budget), Table::new());
    let (mut row, mut field, mut piece) = (Vec::new(), Vec::new(), [0; PIECE]);
    let mut rest = text.as_bytes();
    loop {
        let (found, taken, given) = reader.read_field(rest, &mut piece);
        rest = rest.get(taken..).unwrap_or_default();
        field.extend_from_slice(piece.get(..given).unwrap_or_default());
        match found {
            // What is left is read by asking once more, with nothing.
            ReadFieldResult::InputEmpty => {}
            ReadFieldResult::OutputFull => budget.step()?,
            ReadFieldResult::Field { record_end } => {
                budget.cells(1)?;
                row.push(String::from_utf8_lossy(&std::mem::take(&mut field)).into_owned());
                if record_end {
                    table.row(&mut draft, &std::mem::take(&mut row))?;
                }
            }
            ReadFieldResult::End => break,
        }
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
    fn a_field_may_be_long_and_a_file_may_end_in_the_middle_of_one() {
        let long = "ü".repeat(10_000);
        assert_eq!(csv(format!("1,{long}\n2,3").as_bytes()), format!("| 1 | {long} |\n| 2 | 3 |"));
        assert_eq!(csv(b"1,2\n3,\"x"), "| 1 | 2 |\n| 3 | x |");
    }

    #[test]
    fn too_many_cells_are_refused() {
        let limits = Limits { cells: 1000, ..Limits::default() };
        let row = |fields: usize| extract(ContentType::Csv, format!("a{}", ",".repeat(fields - 1)).as_bytes(), &limits);
        assert_eq!(row(1001), Err(ExtractError::too_large("cells")));
        assert_eq!(row(1000).unwrap().text, "a");
    }
}
