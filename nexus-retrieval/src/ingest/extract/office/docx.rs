//! Documents: paragraphs, headings, lists, tables, notes.

use std::{collections::BTreeMap, io::BufRead};

use super::{
    super::{Draft, draft::one_line, table::Table},
    Budget, ExtractError, Extracted, Node, Package, Xml,
};
use crate::ingest::location::Place;

pub(super) fn read(package: &mut Package<'_>, budget: &Budget) -> Result<Extracted, ExtractError> {
    let main = package.relations("")?.into_values().find(|relation| relation.kind == "officeDocument");
    let main = main.map_or_else(|| "word/document.xml".to_owned(), |relation| relation.target);
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let styles = styles(package, &format!("{folder}/styles.xml"))?;
    let mut body = Body::new(budget, &styles);
    body.draft.place(Place::page(1));
    body.read(&mut package.needed(&main)?)?;
    for notes in ["footnotes", "endnotes"] {
        if let Some(mut xml) = package.part(&format!("{folder}/{notes}.xml"))? {
            body.read(&mut xml)?;
        }
    }
    let paged = body.page > 1;
    let (text, mut marks) = body.draft.finish();
    if !paged {
        marks.clear();
    }
    Ok(Extracted { text, marks, ..Extracted::default() })
}

/// The level of heading that each style stands for.
fn styles(package: &mut Package<'_>, name: &str) -> Result<BTreeMap<String, usize>, ExtractError> {
    let mut levels = BTreeMap::new();
    let Some(mut xml) = package.part(name)? else { return Ok(levels) };
    let mut id = String::new();
    loop {
        match xml.next()? {
            Node::Open(element) => match element.name() {
                b"style" => id = element.get(b"styleId").unwrap_or_default(),
                b"name" => {
                    let name = element.get(b"val").unwrap_or_default().to_lowercase();
                    let level = name.strip_prefix("heading ").and_then(|level| level.parse().ok());
                    if let Some(level) = level.or((name == "title").then_some(1)) {
                        levels.insert(id.clone(), level);
                    }
                }
                b"outlineLvl" => {
                    if let Some(level) = element.number(b"val").filter(|level| *level < 9) {
                        levels.entry(id.clone()).or_insert(level + 1);
                    }
                }
                _ => {}
            },
            Node::End => return Ok(levels),
            _ => {}
        }
    }
}

/// A document that is being read.
#[allow(clippy::struct_excessive_bools, reason = "each is a state of its own")]
struct Body<'a> {
    draft: Draft,
    budget: &'a Budget,
    styles: &'a BTreeMap<String, usize>,
    paragraph: String,
    level: Option<usize>,
    listed: bool,
    after_item: bool,
    in_run: bool,
    in_text: bool,
    page: u32,
    /// A page that began in the middle of a paragraph.
    turned: bool,
    table: Option<Frame>,
}

#[derive(Default)]
struct Frame {
    table: Table,
    row: Vec<String>,
    cell: String,
    /// Tables inside cells are text of the cell.
    inner: usize,
}

impl<'a> Body<'a> {
    fn new(budget: &'a Budget, styles: &'a BTreeMap<String, usize>) -> Self {
        Self {
            draft: Draft::new(budget),
            budget,
            styles,
            paragraph: String::new(),
            level: None,
            listed: false,
            after_item: false,
            in_run: false,
            in_text: false,
            page: 1,
            turned: false,
            table: None,
        }
    }

    fn read<R: BufRead>(&mut self, xml: &mut Xml<'_, R>) -> Result<(), ExtractError> {
        loop {
            let skip = match xml.next()? {
                Node::Open(element) => match element.name() {
                    // The same text for programs of old, and text that was moved elsewhere.
                    b"Fallback" | b"moveFrom" | b"del" => true,
                    b"pStyle" => {
                        self.level = element.get(b"val").and_then(|id| self.styles.get(&id).copied()).or(self.level);
                        false
                    }
                    b"outlineLvl" => {
                        self.level = element.number(b"val").filter(|level| *level < 9).map(|level| level + 1);
                        false
                    }
                    name => {
                        self.open(name)?;
                        false
                    }
                },
                Node::Close(end) => {
                    self.close(end.name())?;
                    false
                }
                Node::Text(text) => {
                    if self.in_text {
                        self.paragraph.push_str(&text);
                    }
                    false
                }
                Node::End => return Ok(()),
            };
            if skip {
                xml.skip()?;
            }
        }
    }

    fn open(&mut self, name: &[u8]) -> Result<(), ExtractError> {
        match name {
            b"r" => self.in_run = true,
            b"t" => self.in_text = true,
            b"tab" if self.in_run => self.paragraph.push(' '),
            b"br" | b"cr" if self.in_run => self.paragraph.push('\n'),
            b"noBreakHyphen" => self.paragraph.push('-'),
            b"numPr" => self.listed = true,
            b"lastRenderedPageBreak" => {
                self.page += 1;
                self.budget.pages(usize::try_from(self.page).unwrap_or(usize::MAX))?;
                self.turned = true;
                if self.paragraph.trim().is_empty() {
                    self.turn();
                }
            }
            b"tbl" => match &mut self.table {
                Some(frame) => frame.inner += 1,
                None => self.table = Some(Frame::default()),
            },
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &[u8]) -> Result<(), ExtractError> {
        match name {
            b"r" => self.in_run = false,
            b"t" => self.in_text = false,
            b"p" => self.end_paragraph()?,
            b"tc" | b"tr" | b"tbl" => self.close_table(name)?,
            _ => {}
        }
        Ok(())
    }

    fn close_table(&mut self, name: &[u8]) -> Result<(), ExtractError> {
        let Some(frame) = &mut self.table else { return Ok(()) };
        match name {
            b"tbl" if frame.inner > 0 => frame.inner -= 1,
            _ if frame.inner > 0 => {}
            b"tc" => {
                self.budget.cells(1)?;
                frame.row.push(std::mem::take(&mut frame.cell));
            }
            b"tr" => {
                let row = std::mem::take(&mut frame.row);
                frame.table.row(&mut self.draft, &row)?;
            }
            _ => {
                if let Some(frame) = self.table.take() {
                    frame.table.end(&mut self.draft)?;
                }
            }
        }
        Ok(())
    }

    fn end_paragraph(&mut self) -> Result<(), ExtractError> {
        let text = std::mem::take(&mut self.paragraph);
        let (level, listed) = (self.level.take(), std::mem::take(&mut self.listed));
        if let Some(frame) = &mut self.table {
            frame.cell.push_str(&text);
            frame.cell.push(' ');
        } else if let Some(level) = level {
            self.after_item = false;
            self.draft.heading(level, &text)?;
        } else if !text.trim().is_empty() {
            let lines: Vec<String> = text.split('\n').map(one_line).filter(|line| !line.is_empty()).collect();
            let text = lines.join("\n");
            match (listed, std::mem::replace(&mut self.after_item, listed)) {
                (true, true) => self.draft.line(&format!("- {text}"))?,
                (true, false) => self.draft.paragraph(&format!("- {text}"))?,
                _ => self.draft.paragraph(&text)?,
            }
        }
        self.turn();
        Ok(())
    }

    /// What follows stands on the page that began.
    fn turn(&mut self) {
        if std::mem::take(&mut self.turned) {
            self.draft.place(Place::page(self.page));
        }
    }
}
