//! The text that a file becomes: paragraphs with the places where they stand.

use super::{Budget, ExtractError};
use crate::ingest::location::{Mark, Place};

/// A text that is being written.
#[derive(Debug, Default)]
pub(super) struct Draft {
    text: String,
    chars: u64,
    max: u64,
    marks: Vec<Mark>,
    place: Option<Place>,
}

impl Draft {
    pub(super) fn new(budget: &Budget) -> Self {
        Self { max: u64::try_from(budget.limits.chars).unwrap_or(u64::MAX), ..Self::default() }
    }

    /// What is written next stands here.
    pub(super) fn place(&mut self, place: Place) {
        self.place = Some(place);
    }

    /// Writes a paragraph: after an empty line, without white space around it. Nothing is written of nothing.
    pub(super) fn paragraph(&mut self, text: &str) -> Result<(), ExtractError> {
        self.after("\n\n", text)
    }

    /// Writes a line below the one before it.
    pub(super) fn line(&mut self, text: &str) -> Result<(), ExtractError> {
        self.after("\n", text)
    }

    /// Writes a heading of a level from one.
    pub(super) fn heading(&mut self, level: usize, text: &str) -> Result<(), ExtractError> {
        let text = one_line(text);
        if text.is_empty() { Ok(()) } else { self.paragraph(&format!("{} {text}", "#".repeat(level.clamp(1, 6)))) }
    }

    /// Writes what was read from a part of the file, with its places.
    pub(super) fn append(&mut self, text: &str, marks: &[Mark], part: &Place) -> Result<(), ExtractError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        self.place(part.clone());
        let trimmed = text.trim_start();
        let skipped = count(text) - count(trimmed);
        self.paragraph(trimmed)?;
        let start = self.chars - count(trimmed.trim_end());
        self.marks.extend(marks.iter().map(|mark| Mark {
            at: start + mark.at.saturating_sub(skipped),
            place: Place { part: part.part.clone(), ..mark.place.clone() },
        }));
        Ok(())
    }

    pub(super) fn finish(self) -> (String, Vec<Mark>) {
        (self.text, self.marks)
    }

    fn after(&mut self, separator: &str, text: &str) -> Result<(), ExtractError> {
        let clean = storable(text);
        let clean = clean.trim_matches(|c: char| c == '\n' || c == ' ');
        if clean.trim().is_empty() {
            return Ok(());
        }
        if !self.text.is_empty() {
            self.push(separator)?;
        }
        if let Some(place) = self.place.take() {
            self.marks.push(Mark { at: self.chars, place });
        }
        self.push(clean)
    }

    fn push(&mut self, text: &str) -> Result<(), ExtractError> {
        self.chars += count(text);
        if self.chars > self.max {
            return Err(ExtractError::too_large("characters"));
        }
        self.text.push_str(text);
        Ok(())
    }
}

/// The same text in one line, with single spaces.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// The text with the line breaks of this system and without characters that no text should have.
fn storable(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

fn count(text: &str) -> u64 {
    u64::try_from(text.chars().count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::ingest::{chunk::char_slice, extract::Limits};

    #[test]
    fn marks_point_at_what_was_written_first_in_a_place() {
        let mut draft = Draft::new(&Budget::new(&Limits::default(), 0));
        draft.place(Place::page(1));
        draft.paragraph("  ").unwrap();
        draft.paragraph("Grüße\r\nan\0 alle ").unwrap();
        draft.place(Place::page(2));
        draft.heading(2, "Zwei\n Seiten").unwrap();
        draft.append(" drei", &[Mark { at: 1, place: Place::page(9) }], &Place::default()).unwrap();
        let (text, marks) = draft.finish();
        assert_eq!(text, "Grüße\nan alle\n\n## Zwei Seiten\n\ndrei");
        let at = |n: usize| char_slice(&text, usize::try_from(marks[n].at).unwrap(), text.chars().count()).unwrap();
        assert!(at(0).starts_with("Grüße") && at(1).starts_with("## Zwei"), "{marks:?}");
        assert!(at(2).starts_with("drei") && at(3).starts_with("drei"), "{marks:?}");
    }

    #[test]
    fn a_text_has_an_end() {
        let limits = Limits { chars: 10, ..Limits::default() };
        let mut draft = Draft::new(&Budget::new(&limits, 0));
        draft.paragraph("0123456789").unwrap();
        assert_eq!(draft.line("x"), Err(ExtractError::too_large("characters")));
    }
}
