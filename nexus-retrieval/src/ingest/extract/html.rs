//! HTML as text with headings, lists and tables.
//!
//! The tokens are those of browsers; no tree is built of them, so that neither depth nor disorder costs anything.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
};

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use html5ever::{
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
        states::RawKind::{Rawtext, Rcdata, ScriptData},
    },
};

use self::tag::{MAX_ATTRIBUTES, Watch};
use super::{Budget, Draft, ExtractError, Extracted, draft::one_line, table::Table};

mod tag;

/// How much of a file is looked through for the name of its encoding.
const META: usize = 2048;
/// How much is given to the tokenizer at once.
const PIECE: usize = 16 * 1024;

pub(super) fn read(bytes: &[u8], budget: &Budget) -> Result<Extracted, ExtractError> {
    let text = decode(bytes);
    let sink = Sink { page: RefCell::new(Page::new(budget)), tokens: Cell::new(0) };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let queue = BufferQueue::default();
    let mut watch = Watch::default();
    for piece in pieces(&text) {
        // The tokenizer says nothing while a tag or a comment is open, so the clock is looked at here.
        budget.step()?;
        let before = tokenizer.sink.tokens.get();
        queue.push_back(StrTendril::from_slice(piece));
        // A script is not run, and an encoding that shows up late is not believed.
        while !queue.is_empty() {
            let _ = tokenizer.feed(&queue);
        }
        if tokenizer.sink.page.borrow().error.is_some() {
            break;
        }
        watch.fed(piece, tokenizer.sink.tokens.get() != before)?;
    }
    tokenizer.end();
    tokenizer.sink.page.into_inner().finish()
}

fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let head = String::from_utf8_lossy(bytes.get(..META).unwrap_or(bytes)).to_ascii_lowercase();
    let label = head.split_once("charset=").map(|(_, rest)| rest.trim_start_matches(['"', '\'']));
    let label = label.map(|rest| rest.split(['"', '\'', ' ', ';', '>', '/', '?']).next().unwrap_or_default());
    // What calls itself UTF-8 and is not is what browsers take for the alphabet of the west.
    let named = label.and_then(|label| Encoding::for_label(label.as_bytes())).filter(|encoding| *encoding != UTF_8);
    named.unwrap_or(WINDOWS_1252).decode(bytes).0
}

/// The text in pieces of a bounded size. A `<` is one by itself, and a `>` the last of its piece.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let head = rest.as_bytes().get(..PIECE).unwrap_or(rest.as_bytes());
        let mut end = match head.iter().position(|b| matches!(b, b'<' | b'>')) {
            Some(0) => 1,
            Some(at) if head.get(at) == Some(&b'>') => at + 1,
            Some(at) => at,
            None => head.len(),
        };
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, behind) = rest.split_at_checked(end).filter(|(piece, _)| !piece.is_empty())?;
        rest = behind;
        Some(piece)
    })
}

struct Sink<'a> {
    page: RefCell<Page<'a>>,
    /// How many tokens came, errors not counted.
    tokens: Cell<u64>,
}

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        if !matches!(token, Token::ParseError(_)) {
            self.tokens.set(self.tokens.get() + 1);
        }
        let mut page = self.page.borrow_mut();
        if page.error.is_some() {
            return TokenSinkResult::Continue;
        }
        if let Token::TagToken(tag) = &token
            && tag.attrs.len() > MAX_ATTRIBUTES
        {
            page.error = Some(tag::too_many());
            return TokenSinkResult::Continue;
        }
        let done = match token {
            Token::CharacterTokens(text) => page.text(&text),
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let raw = match &*tag.name {
                    "script" => Some(ScriptData),
                    "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(Rawtext),
                    "title" | "textarea" => Some(Rcdata),
                    _ => None,
                };
                let done = page.open(&tag);
                if let (Ok(()), Some(raw)) = (&done, raw) {
                    return TokenSinkResult::RawData(raw);
                }
                done
            }
            Token::TagToken(tag) => page.close(&tag.name),
            _ => Ok(()),
        };
        page.error = done.err();
        TokenSinkResult::Continue
    }
}

/// A page that is being read.
#[allow(clippy::struct_excessive_bools, reason = "each is a state of its own")]
struct Page<'a> {
    draft: Draft,
    budget: &'a Budget,
    /// The text of the block that is open.
    block: String,
    heading: Option<usize>,
    item: bool,
    listed: bool,
    pre: bool,
    title: Option<String>,
    in_title: bool,
    /// What is not text: the element, and how often it is open.
    skipped: Option<(String, usize)>,
    table: Option<Frame>,
    error: Option<ExtractError>,
}

#[derive(Default)]
struct Frame {
    table: Option<Table>,
    row: Vec<String>,
    cell: Option<String>,
    headed: bool,
    /// Tables inside cells are text of the cell.
    inner: usize,
}

impl<'a> Page<'a> {
    fn new(budget: &'a Budget) -> Self {
        Self {
            draft: Draft::new(budget),
            budget,
            block: String::new(),
            heading: None,
            item: false,
            listed: false,
            pre: false,
            title: None,
            in_title: false,
            skipped: None,
            table: None,
            error: None,
        }
    }

    fn text(&mut self, text: &str) -> Result<(), ExtractError> {
        self.budget.step()?;
        if self.skipped.is_some() {
            return Ok(());
        }
        let into = match &mut self.table {
            _ if self.in_title => self.title.get_or_insert_default(),
            Some(Frame { cell: Some(cell), .. }) => cell,
            _ => &mut self.block,
        };
        if self.pre {
            into.push_str(text);
        } else {
            into.extend(text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t' | '\u{c}') { ' ' } else { c }));
        }
        Ok(())
    }

    fn open(&mut self, tag: &Tag) -> Result<(), ExtractError> {
        self.budget.step()?;
        let name: &str = tag.name.as_ref();
        if let Some((skipped, depth)) = &mut self.skipped {
            *depth += usize::from(skipped == name);
            return Ok(());
        }
        if is_hidden(tag) {
            self.skipped = Some((name.to_owned(), 1));
            return Ok(());
        }
        match name {
            "title" => self.in_title = self.title.is_none(),
            "br" => self.text_break('\n'),
            "img" => {
                let alt = tag.attrs.iter().find(|attribute| &*attribute.name.local == "alt");
                return alt.map_or(Ok(()), |alt| self.text(&format!(" {} ", alt.value)));
            }
            "table" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th" | "caption" => return self.open_table(name),
            "li" | "dd" | "dt" => {
                self.flush()?;
                self.item = name == "li" || name == "dd";
            }
            "pre" => {
                self.flush()?;
                self.pre = true;
            }
            _ => {
                if let Some(level) = heading(name) {
                    self.flush()?;
                    self.heading = Some(level);
                } else if is_block(name) {
                    self.flush()?;
                }
            }
        }
        Ok(())
    }

    fn close(&mut self, name: &str) -> Result<(), ExtractError> {
        self.budget.step()?;
        if let Some((skipped, depth)) = &mut self.skipped {
            *depth -= usize::from(skipped == name);
            if *depth == 0 {
                self.skipped = None;
            }
            return Ok(());
        }
        match name {
            "title" => self.in_title = false,
            "table" | "tr" | "td" | "th" => return self.close_table(name),
            "pre" => {
                self.flush()?;
                self.pre = false;
            }
            _ if heading(name).is_some() || is_block(name) || matches!(name, "li" | "dd" | "dt") => self.flush()?,
            _ => {}
        }
        Ok(())
    }

    fn open_table(&mut self, name: &str) -> Result<(), ExtractError> {
        let Some(frame) = &mut self.table else {
            if name == "table" {
                self.flush()?;
                self.table = Some(Frame::default());
            }
            return Ok(());
        };
        match name {
            "table" => {
                frame.inner += 1;
                self.text_break(' ');
            }
            _ if frame.inner > 0 => self.text_break(' '),
            "tr" => return self.end_row(),
            "td" | "th" => {
                self.budget.cells(1)?;
                frame.end_cell();
                frame.headed |= name == "th" && frame.row.is_empty();
                frame.cell = Some(String::new());
            }
            _ => {}
        }
        Ok(())
    }

    fn close_table(&mut self, name: &str) -> Result<(), ExtractError> {
        let Some(frame) = &mut self.table else { return Ok(()) };
        match name {
            "table" if frame.inner > 0 => frame.inner -= 1,
            _ if frame.inner > 0 => {}
            "td" | "th" => frame.end_cell(),
            "tr" => return self.end_row(),
            _ => return self.end_table(),
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), ExtractError> {
        let Some(frame) = &mut self.table else { return Ok(()) };
        frame.end_cell();
        let row = std::mem::take(&mut frame.row);
        if row.is_empty() {
            return Ok(());
        }
        let headed = frame.headed;
        let table = frame.table.get_or_insert_with(|| if headed { Table::with_header() } else { Table::new() });
        table.row(&mut self.draft, &row)
    }

    fn end_table(&mut self) -> Result<(), ExtractError> {
        self.end_row()?;
        let table = self.table.take().and_then(|frame| frame.table);
        table.map_or(Ok(()), |table| table.end(&mut self.draft))?;
        self.flush()
    }

    fn text_break(&mut self, separator: char) {
        match &mut self.table {
            Some(Frame { cell: Some(cell), .. }) => cell.push(separator),
            _ => self.block.push(separator),
        }
    }

    /// Writes the open block down.
    fn flush(&mut self) -> Result<(), ExtractError> {
        if let Some(Frame { cell: Some(cell), .. }) = &mut self.table {
            cell.push(' ');
            return Ok(());
        }
        let block = std::mem::take(&mut self.block);
        let (heading, item) = (self.heading.take(), std::mem::take(&mut self.item));
        if block.trim().is_empty() {
            return Ok(());
        }
        let listed = std::mem::replace(&mut self.listed, item);
        if let Some(level) = heading {
            return self.draft.heading(level, &block);
        }
        if self.pre {
            return self.draft.paragraph(&format!("```\n{}\n```", block.trim_matches('\n')));
        }
        let text = block.split('\n').map(one_line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        match (item, listed) {
            (true, true) => self.draft.line(&format!("- {text}")),
            (true, false) => self.draft.paragraph(&format!("- {text}")),
            _ => self.draft.paragraph(&text),
        }
    }

    fn finish(mut self) -> Result<Extracted, ExtractError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.end_table()?;
        self.flush()?;
        let (text, marks) = self.draft.finish();
        Ok(Extracted { text, marks, title: self.title, ..Extracted::default() })
    }
}

impl Frame {
    fn end_cell(&mut self) {
        self.row.extend(self.cell.take());
    }
}

/// What no reader of the page sees.
fn is_hidden(tag: &Tag) -> bool {
    let name: &str = tag.name.as_ref();
    if matches!(name, "script" | "style" | "template" | "svg" | "iframe" | "noembed" | "noframes" | "object" | "math") {
        return !tag.self_closing;
    }
    let void = matches!(name, "input" | "img" | "br" | "hr" | "meta" | "link" | "base" | "col" | "wbr" | "source");
    let hides = |attribute: &html5ever::Attribute| match &*attribute.name.local {
        "hidden" => true,
        "style" => attribute.value.to_ascii_lowercase().replace(' ', "").contains("display:none"),
        _ => false,
    };
    !void && tag.attrs.iter().any(hides)
}

fn heading(name: &str) -> Option<usize> {
    let level = name.strip_prefix('h')?.parse().ok()?;
    (1..=6).contains(&level).then_some(level)
}

fn is_block(name: &str) -> bool {
    const BLOCKS: &str = " address article aside blockquote body details div dl fieldset figcaption figure footer form head \
        header hr html main nav ol option p section summary ul legend center ";
    BLOCKS.split(' ').any(|block| block == name)
}

#[cfg(test)]
mod tests;
