//! Slides: their titles, texts, tables and notes, in the order in which they are shown.

use std::io::BufRead;

use super::{
    super::{Draft, draft::one_line, table::Table},
    Budget, ExtractError, Extracted, Node, Package, Xml,
};
use crate::ingest::location::Place;

const SHOW: &str = "ppt/presentation.xml";

pub(super) fn read(package: &mut Package<'_>, budget: &Budget) -> Result<Extracted, ExtractError> {
    let mut draft = Draft::new(budget);
    let mut title = None;
    let slides = order(package, budget)?;
    for (number, name) in (1..).zip(&slides) {
        let slide = Slide::read(&mut package.needed(name)?, budget)?;
        let notes = package.relations(name)?.into_values().find(|relation| relation.kind == "notesSlide");
        draft.place(Place::slide(number));
        slide.write(&mut draft)?;
        title = title.or(slide.title);
        if let Some(mut xml) = notes.map(|notes| package.part(&notes.target)).transpose()?.flatten() {
            let notes = Slide::read(&mut xml, budget)?.body;
            if !notes.is_empty() {
                draft.paragraph(&format!("Notes: {}", notes.join("\n")))?;
            }
        }
    }
    let (text, marks) = draft.finish();
    Ok(Extracted { text, marks, title, ..Extracted::default() })
}

/// The names of the slides as they are shown one after the other.
fn order(package: &mut Package<'_>, budget: &Budget) -> Result<Vec<String>, ExtractError> {
    let relations = package.relations(SHOW)?;
    let mut xml = package.needed(SHOW)?;
    let mut slides = Vec::new();
    loop {
        match xml.next()? {
            Node::Open(element) if element.name() == b"sldId" => {
                // The element has a number called id, too; the relation is the one with letters.
                let ids = element.all(b"id");
                let found = ids.iter().find_map(|id| relations.get(id));
                slides.extend(found.map(|relation| relation.target.clone()));
                budget.pages(slides.len())?;
            }
            Node::End => return Ok(slides),
            _ => {}
        }
    }
}

/// What stands on a slide.
#[derive(Debug, Default)]
struct Slide {
    title: Option<String>,
    /// The texts of the shape for the main text, which for notes is all there is.
    body: Vec<String>,
    blocks: Vec<Block>,
}

#[derive(Debug)]
enum Block {
    Text(String),
    Table(Vec<Vec<String>>),
}

#[derive(Debug, Default)]
struct Shape {
    kind: Option<String>,
    lines: Vec<String>,
}

impl Slide {
    fn read<R: BufRead>(xml: &mut Xml<'_, R>, budget: &Budget) -> Result<Self, ExtractError> {
        let mut slide = Self::default();
        let (mut shape, mut line, mut in_text) = (Shape::default(), String::new(), false);
        let mut rows: Option<Vec<Vec<String>>> = None;
        loop {
            let skip = match xml.next()? {
                Node::Open(element) => match element.name() {
                    b"Fallback" => true,
                    b"sp" => {
                        shape = Shape::default();
                        false
                    }
                    b"ph" => {
                        shape.kind = Some(element.get(b"type").unwrap_or_else(|| "body".to_owned()));
                        false
                    }
                    b"t" => {
                        in_text = true;
                        false
                    }
                    b"br" => {
                        line.push(' ');
                        false
                    }
                    b"tbl" => {
                        rows = Some(Vec::new());
                        false
                    }
                    b"tr" => {
                        if let Some(rows) = &mut rows {
                            rows.push(Vec::new());
                        }
                        false
                    }
                    b"tc" => {
                        budget.cells(1)?;
                        rows.iter_mut().filter_map(|rows| rows.last_mut()).for_each(|row| row.push(String::new()));
                        false
                    }
                    _ => false,
                },
                Node::Close(end) => {
                    match end.name() {
                        b"t" => in_text = false,
                        b"p" => {
                            let line = one_line(&std::mem::take(&mut line));
                            match rows.as_mut().and_then(|rows| rows.last_mut()).and_then(|row| row.last_mut()) {
                                Some(cell) => cell.extend([line.as_str(), " "]),
                                None if !line.is_empty() => shape.lines.push(line),
                                None => {}
                            }
                        }
                        b"tbl" => slide.blocks.extend(rows.take().map(Block::Table)),
                        b"sp" => slide.take(std::mem::take(&mut shape)),
                        _ => {}
                    }
                    false
                }
                Node::Text(text) => {
                    if in_text {
                        line.push_str(&text);
                    }
                    false
                }
                Node::End => return Ok(slide),
            };
            if skip {
                xml.skip()?;
            }
        }
    }

    fn take(&mut self, shape: Shape) {
        let text = shape.lines.join("\n");
        match shape.kind.as_deref() {
            _ if text.is_empty() => {}
            Some("title" | "ctrTitle") if self.title.is_none() => self.title = Some(one_line(&text)),
            // The same on every slide, and numbers of slides.
            Some("sldNum" | "dt" | "ftr" | "hdr" | "sldImg") => {}
            kind => {
                if kind == Some("body") {
                    self.body.extend(shape.lines);
                }
                self.blocks.push(Block::Text(text));
            }
        }
    }

    fn write(&self, draft: &mut Draft) -> Result<(), ExtractError> {
        if let Some(title) = &self.title {
            draft.heading(1, title)?;
        }
        for block in &self.blocks {
            match block {
                Block::Text(text) => draft.paragraph(text)?,
                Block::Table(rows) => {
                    let mut table = Table::new();
                    for row in rows {
                        table.row(draft, row)?;
                    }
                    table.end(draft)?;
                }
            }
        }
        Ok(())
    }
}
