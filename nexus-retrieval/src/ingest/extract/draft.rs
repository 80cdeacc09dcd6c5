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

    /// Writes what was read from a part of the file, with its places, which are in order. Nothing is written of nothing, and
    /// then what is written next does not stand in the part.
    pub(super) fn append(&mut self, text: &str, marks: &[Mark], part: &Place) -> Result<(), ExtractError> {
        let clean: String = storable(text).map(|(_, c)| c).collect();
        let written = trimmed(clean.trim_start());
        if written.is_empty() {
            return Ok(());
        }
        self.place(part.clone());
        let start = self.write("\n\n", written)?;
        // Not every character of the text is written, so a place moves by those before it that are not.
        let skipped = clean.chars().take_while(|c| c.is_whitespace()).map(|_| 1).sum::<u64>();
        let length = count(written);
        let (mut kept, mut before) = (storable(text).peekable(), 0_u64);
        for mark in marks {
            while kept.next_if(|(at, _)| *at < mark.at).is_some() {
                before += 1;
            }
            self.marks.push(Mark {
                at: start + before.saturating_sub(skipped).min(length),
                place: Place { part: part.part.clone(), ..mark.place.clone() },
            });
        }
        Ok(())
    }

    pub(super) fn finish(self) -> (String, Vec<Mark>) {
        (self.text, self.marks)
    }

    fn after(&mut self, separator: &str, text: &str) -> Result<(), ExtractError> {
        let clean: String = storable(text).map(|(_, c)| c).collect();
        let clean = trimmed(&clean);
        if !clean.trim().is_empty() {
            self.write(separator, clean)?;
        }
        Ok(())
    }

    /// Writes a text that is clean, and says where it begins.
    fn write(&mut self, separator: &str, clean: &str) -> Result<u64, ExtractError> {
        if !self.text.is_empty() {
            self.push(separator)?;
        }
        let start = self.chars;
        if let Some(place) = self.place.take() {
            self.marks.push(Mark { at: start, place });
        }
        self.push(clean)?;
        Ok(start)
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

/// The text with the line breaks of this system and without characters that no text should have: every character that is left,
/// with the offset at which it stood.
fn storable(text: &str) -> impl Iterator<Item = (u64, char)> {
    let mut previous = None;
    (0..).zip(text.chars()).filter_map(move |(at, c)| {
        let breaks_already = c == '\n' && previous == Some('\r');
        previous = Some(c);
        match c {
            '\n' if breaks_already => None,
            '\r' => Some((at, '\n')),
            '\n' | '\t' => Some((at, c)),
            _ => (!c.is_control()).then_some((at, c)),
        }
    })
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\n' || c == ' ')
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
    fn places_of_a_part_move_with_the_characters_that_are_not_written() {
        let part = Place { part: Some("a.txt".into()), ..Place::default() };
        let text = "\u{1} \tone\r\ntwo\r\u{7}three\u{a0}\n";
        let starts = ["one", "two", "three", "\n"].map(|word| count(text.rsplit_once(word).unwrap().0));
        let marks: Vec<Mark> = (1..).zip(starts).map(|(n, at)| Mark { at, place: Place::page(n) }).collect();
        let mut draft = Draft::new(&Budget::new(&Limits::default(), 0));
        draft.paragraph("head").unwrap();
        draft.append(text, &marks, &part).unwrap();
        let (text, marks) = draft.finish();
        assert_eq!(text, "head\n\none\ntwo\nthree\u{a0}");
        let found: Vec<_> = marks.iter().map(|mark| (mark.at, mark.place.page, mark.place.part.as_deref())).collect();
        let at = |at, page| (at, page, Some("a.txt"));
        assert_eq!(found, [at(6, None), at(6, Some(1)), at(10, Some(2)), at(14, Some(3)), at(20, Some(4))]);
    }

    #[test]
    fn a_part_without_a_character_to_store_is_nothing() {
        let mut draft = Draft::new(&Budget::new(&Limits::default(), 0));
        draft.append("\u{1}\u{2} \u{3}", &[Mark { at: 1, place: Place::page(1) }], &Place::page(2)).unwrap();
        draft.paragraph("words").unwrap();
        assert_eq!(draft.finish(), ("words".to_owned(), vec![]));
    }

    #[test]
    fn line_breaks_become_those_of_this_system() {
        let stored = |text: &str| storable(text).map(|(_, c)| c).collect::<String>();
        assert_eq!(stored("a\r\nb\rc\r\r\nd\n\re\r\0\nf\t\u{85}"), "a\nb\nc\n\nd\n\ne\n\nf\t");
    }

    #[test]
    fn a_text_has_an_end() {
        let limits = Limits { chars: 10, ..Limits::default() };
        let mut draft = Draft::new(&Budget::new(&limits, 0));
        draft.paragraph("0123456789").unwrap();
        assert_eq!(draft.line("x"), Err(ExtractError::too_large("characters")));
    }
}
