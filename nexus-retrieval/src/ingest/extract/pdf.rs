//! The text of PDF pages.
//!
//! A page that cannot be read is noted and left out; a file of which no page can be read is damaged. The parser knows no
//! bounds of its own, so what its streams expand to is counted before any of it is used.

mod bomb;

use std::{
    fmt,
    panic::{self, AssertUnwindSafe},
};

use pdf_extract::{ConvertToFmt, Document, OutputError, PlainTextOutput, output_doc_page};

use super::{Budget, Draft, ExtractError, Extracted};
use crate::ingest::location::Place;

pub(super) fn read(bytes: &[u8], budget: &Budget) -> Result<Extracted, ExtractError> {
    let document = open(bytes, budget)?;
    let pages = document.get_pages();
    if pages.is_empty() {
        return Err(ExtractError::damaged("it has no pages"));
    }
    budget.pages(pages.len())?;
    let mut draft = Draft::new(budget);
    let mut unread = Vec::new();
    for number in pages.keys() {
        budget.in_time()?;
        match page(&document, *number, budget)? {
            Some(text) => {
                draft.place(Place::page(*number));
                draft.paragraph(&text)?;
            }
            None => unread.push(number.to_string()),
        }
    }
    if unread.len() == pages.len() {
        return Err(ExtractError::damaged("none of its pages can be read"));
    }
    let (text, marks) = draft.finish();
    let notes = (!unread.is_empty()).then(|| note(&unread)).into_iter().collect();
    Ok(Extracted { text, marks, title: title(&document), notes, headed: false })
}

fn open(bytes: &[u8], budget: &Budget) -> Result<Document, ExtractError> {
    let mut document = bomb::open(bytes, budget)?;
    // Many files are encrypted with a password that is empty, only to say what may be done with them.
    if document.is_encrypted() {
        document.decrypt("").map_err(|_| ExtractError::Encrypted)?;
        bomb::count(&document, budget)?;
    }
    Ok(document)
}

fn refusal(error: pdf_extract::Error) -> ExtractError {
    match error {
        pdf_extract::Error::InvalidPassword | pdf_extract::Error::Decryption(_) => ExtractError::Encrypted,
        other => ExtractError::damaged(other),
    }
}

/// The text of a page; nothing when it cannot be read.
fn page(document: &Document, number: u32, budget: &Budget) -> Result<Option<String>, ExtractError> {
    let mut page = Page { text: String::new(), max: budget.limits.chars };
    let read = panic::catch_unwind(AssertUnwindSafe(|| {
        output_doc_page(document, &mut PlainTextOutput::<&mut Page>::new(&mut page), number)
    }));
    match read {
        Ok(Ok(())) => Ok(Some(tidy(&page.text))),
        // The writer is the only one that fails in this way.
        Ok(Err(OutputError::FormatError(_))) => Err(ExtractError::too_large("characters")),
        Ok(Err(_)) | Err(_) => Ok(None),
    }
}

/// A page of bounded length that is being written.
struct Page {
    text: String,
    max: usize,
}

impl fmt::Write for Page {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        // A character takes at most four bytes.
        if self.text.len() + piece.len() > self.max.saturating_mul(4) {
            return Err(fmt::Error);
        }
        self.text.push_str(piece);
        Ok(())
    }
}

impl<'a> ConvertToFmt for &'a mut Page {
    type Writer = &'a mut Page;
    fn convert(self) -> Self::Writer {
        self
    }
}

/// Lines without white space around them, words that were cut at the end of a line as one, and at most one empty line.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines().map(super::draft::one_line) {
        if line.is_empty() {
            empty += 1;
            continue;
        }
        let joins = tidy.ends_with('-')
            && tidy.chars().nth_back(1).is_some_and(char::is_lowercase)
            && line.starts_with(char::is_lowercase);
        if joins && empty == 0 {
            tidy.pop();
        } else if !tidy.is_empty() {
            tidy.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        tidy.push_str(&line);
    }
    tidy
}

fn title(document: &Document) -> Option<String> {
    let info = document.trailer.get(b"Info").ok()?;
    let info = match info.as_reference() {
        Ok(id) => document.get_dictionary(id).ok()?,
        Err(_) => info.as_dict().ok()?,
    };
    let bytes = info.get(b"Title").ok()?.as_str().ok()?;
    let title = match bytes.strip_prefix(b"\xFE\xFF") {
        Some(wide) => {
            let units = wide.chunks_exact(2).filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)));
            String::from_utf16_lossy(&units.collect::<Vec<_>>())
        }
        None => String::from_utf8_lossy(bytes).into_owned(),
    };
    // Names of files that programs leave behind are worse than no title.
    let is_name = title.rsplit_once('.').is_some_and(|(_, end)| end.len() <= 4 && !end.contains(' '));
    (!is_name && !title.contains('\u{fffd}') && title.chars().count() < 300).then_some(title)
}

fn note(unread: &[String]) -> String {
    let shown = unread.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if unread.len() > 20 { " and others" } else { "" };
    format!("These pages could not be read and were left out: {shown}{more}.")
}

#[cfg(test)]
mod tests;
