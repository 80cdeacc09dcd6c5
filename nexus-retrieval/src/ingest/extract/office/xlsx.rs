//! Sheets as tables, row by row: nothing is laid out that is not there.

mod format;

use std::io::BufRead;

use self::format::Formats;
use super::{
    super::{Draft, table::Table},
    Budget, Element, ExtractError, Extracted, Node, Package, Xml,
};
use crate::ingest::location::Place;

const BOOK: &str = "xl/workbook.xml";
/// Cells further to the right than this are not read; no table has so many columns, and few machines would like one.
const MAX_COLUMNS: usize = 2000;

pub(super) fn read(package: &mut Package<'_>, budget: &Budget) -> Result<Extracted, ExtractError> {
    let (sheets, since_1904) = sheets(package, budget)?;
    let relations = package.relations(BOOK)?;
    let shared = shared(package, budget)?;
    let formats = Formats::read(package, since_1904)?;
    let mut draft = Draft::new(budget);
    for (name, ids) in &sheets {
        let Some(relation) = ids.iter().find_map(|id| relations.get(id)) else { continue };
        if relation.kind != "worksheet" {
            continue;
        }
        draft.place(Place::sheet(name));
        draft.heading(1, name)?;
        let mut reader = Reader { budget, shared: &shared, formats: &formats, table: Table::new() };
        reader.read(&mut package.needed(&relation.target)?, &mut draft)?;
    }
    let (text, marks) = draft.finish();
    // Names of sheets alone say nothing.
    let only_names = text.lines().all(|line| line.is_empty() || line.starts_with("# "));
    Ok(Extracted { text: if only_names { String::new() } else { text }, marks, ..Extracted::default() })
}

/// The name of a sheet, and the ids that may lead to it.
type Sheet = (String, Vec<String>);

/// The sheets in their order, with the ids that lead to them, and from when days are counted.
fn sheets(package: &mut Package<'_>, budget: &Budget) -> Result<(Vec<Sheet>, bool), ExtractError> {
    let mut xml = package.needed(BOOK)?;
    let (mut sheets, mut since_1904) = (Vec::new(), false);
    loop {
        match xml.next()? {
            Node::Open(element) if element.name() == b"sheet" => {
                sheets.push((element.get(b"name").unwrap_or_default(), element.all(b"id")));
                budget.pages(sheets.len())?;
            }
            Node::Open(element) if element.name() == b"workbookPr" => {
                since_1904 = element.get(b"date1904").is_some_and(|on| matches!(on.as_str(), "1" | "true"));
            }
            Node::End => return Ok((sheets, since_1904)),
            _ => {}
        }
    }
}

/// The texts that cells share.
fn shared(package: &mut Package<'_>, budget: &Budget) -> Result<Vec<String>, ExtractError> {
    let mut texts: Vec<String> = Vec::new();
    let Some(mut xml) = package.part("xl/sharedStrings.xml")? else { return Ok(texts) };
    let mut inside = false;
    loop {
        let skip = match xml.next()? {
            // How a text is pronounced is not part of it.
            Node::Open(element) if element.name() == b"rPh" => true,
            Node::Open(element) => {
                inside = element.name() == b"t";
                if element.name() == b"si" {
                    texts.push(String::new());
                    budget.cells(1)?;
                }
                false
            }
            Node::Close(_) => {
                inside = false;
                false
            }
            Node::Text(text) => {
                if let (true, Some(last)) = (inside, texts.last_mut()) {
                    last.push_str(&text);
                }
                false
            }
            Node::End => return Ok(texts),
        };
        if skip {
            xml.skip()?;
        }
    }
}

struct Reader<'a> {
    budget: &'a Budget,
    shared: &'a [String],
    formats: &'a Formats,
    table: Table,
}

/// A cell that is being read.
#[derive(Debug, Default)]
struct Cell {
    column: usize,
    kind: String,
    style: Option<usize>,
    value: String,
}

impl Reader<'_> {
    fn read<R: BufRead>(&mut self, xml: &mut Xml<'_, R>, draft: &mut Draft) -> Result<(), ExtractError> {
        let (mut row, mut bytes, mut inside, mut cell) = (Vec::new(), 0_usize, false, Cell::default());
        loop {
            match xml.next()? {
                Node::Open(element) => match element.name() {
                    b"row" => (row, bytes) = (Vec::new(), 0),
                    b"c" => cell = Cell::begin(&element, row.len()),
                    name => inside = name == b"v" || name == b"t",
                },
                Node::Text(text) => {
                    if inside {
                        cell.value.push_str(&text);
                    }
                }
                Node::Close(end) => match end.name() {
                    b"c" if cell.column < MAX_COLUMNS && cell.column >= row.len() => {
                        let column = cell.column;
                        self.budget.cells(column + 1 - row.len())?;
                        let text = self.text(std::mem::take(&mut cell));
                        bytes += text.len();
                        // The same text in every cell of a row would take more room than it has on disk.
                        if bytes > self.budget.limits.chars {
                            return Err(ExtractError::too_large("characters"));
                        }
                        row.resize(column, String::new());
                        row.push(text);
                    }
                    b"row" => self.table.row(draft, &std::mem::take(&mut row))?,
                    b"sheetData" => std::mem::take(&mut self.table).end(draft)?,
                    _ => inside = false,
                },
                Node::End => return Ok(()),
            }
        }
    }

    fn text(&self, cell: Cell) -> String {
        match cell.kind.as_str() {
            "s" => {
                let shared = cell.value.trim().parse().ok().and_then(|at: usize| self.shared.get(at));
                shared.cloned().unwrap_or_default()
            }
            "b" => if cell.value.trim() == "1" { "TRUE" } else { "FALSE" }.to_owned(),
            "str" | "inlineStr" | "e" | "d" => cell.value,
            _ => self.formats.show(&cell.value, cell.style),
        }
    }
}

impl Cell {
    /// A cell says where it stands, as `BC23`; one that does not stands behind the one before it.
    fn begin(element: &Element<'_>, next: usize) -> Self {
        let letters = element.get(b"r").unwrap_or_default();
        let letters = letters.chars().map_while(|c| c.is_ascii_alphabetic().then(|| c.to_ascii_uppercase()));
        let column = letters.fold(0_usize, |sum, c| {
            sum.saturating_mul(26).saturating_add(usize::from(u8::try_from(c).unwrap_or(b'A') - b'A') + 1)
        });
        Self {
            column: column.checked_sub(1).unwrap_or(next),
            kind: element.get(b"t").unwrap_or_default(),
            style: element.number(b"s"),
            value: String::new(),
        }
    }
}
