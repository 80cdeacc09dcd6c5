//! A passage cut into what can be quoted: sentences, list items, table rows and blocks of code.
//!
//! Every unit is a byte range of the passage, so a quote is verbatim by construction.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

/// A sentence longer than this is cut at a word, and a list longer than this is quoted by item. In bytes.
const MAX_UNIT: usize = 600;
/// No more units of one passage than this are looked at.
const MAX_UNITS: usize = 2_000;
/// A line shorter than this was not wrapped: its end is the end of a statement.
const WRAP: usize = 50;

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sentence,
    Item,
    Row,
    Code,
    /// A whole list or table with the sentence that introduces it.
    Whole,
}

/// Something that can be quoted, and what is needed to understand it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub kind: Kind,
    pub span: Range<usize>,
    /// Where the unit begins with its list marker.
    pub outer: usize,
    /// The headings that it stands under, outermost first.
    pub headings: Vec<Range<usize>>,
    /// The sentence that introduces its list, or the first row of its table.
    pub lead: Option<Range<usize>>,
}

/// Cuts a passage into units, in order; whole lists come last.
pub(super) fn units(text: &str) -> Vec<Unit> {
    let mut reader = Reader { text, ..Reader::default() };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if reader.units.len() >= MAX_UNITS {
            break;
        }
        reader.line(at, line);
        at += line.len();
    }
    reader.close();
    let mut units = reader.units;
    units.truncate(MAX_UNITS);
    let wholes = wholes(text, &units);
    units.extend(wholes);
    units
}

/// The state of reading Markdown line by line.
#[derive(Default)]
struct Reader<'t> {
    text: &'t str,
    units: Vec<Unit>,
    /// The open headings with their levels.
    headings: Vec<(usize, Range<usize>)>,
    lead: Option<Range<usize>>,
    /// What is being read: lines are added until something else begins.
    open: Option<Open>,
}

struct Open {
    kind: Kind,
    outer: usize,
    span: Range<usize>,
    /// The characters that end a block of code.
    fence: &'static str,
}

impl<'t> Reader<'t> {
    fn line(&mut self, at: usize, line: &'t str) {
        let end = at + line.trim_end().len();
        let trimmed = line.trim();
        let start = at + (line.len() - line.trim_start().len());
        if let Some(open) = self.open.as_mut().filter(|open| open.kind == Kind::Code) {
            if trimmed.starts_with(open.fence) {
                self.close();
            } else {
                open.span.end = end.max(open.span.start);
            }
            return;
        }
        if let Some(fence) = ["```", "~~~"].into_iter().find(|fence| trimmed.starts_with(fence)) {
            self.begin(Kind::Code, at, at + line.len()..at + line.len(), fence);
        } else if trimmed.is_empty() {
            self.close();
        } else if is_heading(trimmed) {
            self.close();
            let hashes = trimmed.len() - trimmed.trim_start_matches('#').len();
            self.under(hashes, start + hashes..end);
        } else if is_underline(trimmed) && self.open.as_ref().is_some_and(|open| open.kind == Kind::Sentence) {
            let level = if trimmed.starts_with('=') { 1 } else { 2 };
            if let Some(open) = self.open.take() {
                self.under(level, open.span);
            }
        } else if is_rule(trimmed) {
            self.close();
        } else if trimmed.starts_with('|') {
            self.row(start..end, trimmed);
        } else if let Some(marker) = marker(trimmed) {
            self.begin(Kind::Item, start, start + marker..end, "");
        } else {
            self.text_line(start..end);
        }
    }

    fn under(&mut self, level: usize, span: Range<usize>) {
        self.headings.retain(|(open, _)| *open < level);
        self.headings.push((level, span));
        self.lead = None;
    }

    fn text_line(&mut self, span: Range<usize>) {
        match &mut self.open {
            Some(open) if open.kind == Kind::Item || open.kind == Kind::Sentence => open.span.end = span.end,
            _ => self.begin(Kind::Sentence, span.start, span, ""),
        }
    }

    fn row(&mut self, span: Range<usize>, line: &str) {
        if line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' ')) {
            return;
        }
        let first = self.open.as_ref().is_none_or(|open| open.kind != Kind::Row);
        self.begin(Kind::Row, span.start, span.clone(), "");
        if first {
            self.lead = Some(span);
        }
    }

    fn begin(&mut self, kind: Kind, outer: usize, span: Range<usize>, fence: &'static str) {
        self.close();
        if kind == Kind::Sentence {
            self.lead = None;
        }
        self.open = Some(Open { kind, outer, span, fence });
    }

    /// Ends what is being read and adds its units.
    fn close(&mut self) {
        let Some(Open { kind, outer, span, .. }) = self.open.take() else { return };
        match kind {
            Kind::Sentence => {
                for sentence in sentences(self.text, span) {
                    self.push(kind, sentence.start, sentence);
                }
                let last = self.units.last().map(|unit| unit.span.clone());
                self.lead = last.filter(|span| self.text.get(span.clone()).is_some_and(|t| t.ends_with(':')));
            }
            _ if span.len() <= MAX_UNIT => self.push(kind, outer, span),
            _ => {
                for part in sentences(self.text, span) {
                    self.push(kind, part.start, part);
                }
            }
        }
    }

    fn push(&mut self, kind: Kind, outer: usize, span: Range<usize>) {
        if !self.text.get(span.clone()).is_some_and(|t| t.chars().any(char::is_alphanumeric)) {
            return;
        }
        let lead = self.lead.clone().filter(|lead| kind != Kind::Sentence && *lead != span);
        let headings = self.headings.iter().map(|(_, span)| span.clone()).collect();
        self.units.push(Unit { kind, span, outer, headings, lead });
    }
}

/// Runs of items or rows that follow each other directly, when the whole is short enough to quote.
fn wholes(text: &str, units: &[Unit]) -> Vec<Unit> {
    let listed = |unit: &Unit| matches!(unit.kind, Kind::Item | Kind::Row);
    let touching = |a: &Unit, b: &Unit| {
        listed(a) && a.kind == b.kind && a.headings == b.headings && a.lead == b.lead
            || a.kind == Kind::Row && b.kind == Kind::Row && b.lead.as_ref() == Some(&a.span)
    };
    units
        .chunk_by(touching)
        .filter_map(|run| {
            let (first, last) = (run.first()?, run.last()?);
            let outer = first.lead.as_ref().map_or(first.outer, |lead| lead.start);
            let span = outer..last.span.end;
            let whole = listed(first) && (run.len() > 1 || first.lead.is_some()) && span.len() <= MAX_UNIT;
            let headings = first.headings.clone();
            (whole && text.get(span.clone()).is_some()).then_some(Unit {
                kind: Kind::Whole,
                outer,
                span,
                headings,
                lead: None,
            })
        })
        .collect()
}

/// The sentences of a block of prose. Wrapped lines are joined for this, lists of short lines are not.
fn sentences(text: &str, block: Range<usize>) -> Vec<Range<usize>> {
    let Some(prose) = text.get(block.clone()) else { return Vec::new() };
    let flat = unwrapped(prose);
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut open: Option<Range<usize>> = None;
    for (at, sentence) in flat.split_sentence_bound_indices() {
        let end = at + sentence.len();
        let start = open.take().map_or(at, |span| span.start);
        if ends_in_abbreviation(sentence) && !sentence.contains('\n') && end - start < MAX_UNIT {
            open = Some(start..end);
        } else {
            found.push(start..end);
        }
    }
    found.extend(open);
    found
        .into_iter()
        .flat_map(|span| pieces(prose, span))
        .filter_map(|span| trimmed(prose, span))
        .map(|span| block.start + span.start..block.start + span.end)
        .collect()
}

/// The same bytes with the line breaks of wrapped prose made spaces, because a line break always ends a sentence.
fn unwrapped(prose: &str) -> String {
    let mut flat = String::with_capacity(prose.len());
    let mut lines = prose.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let ends = line.chars().count() < WRAP
            && lines.peek().and_then(|next| next.chars().next()).is_some_and(|c| !c.is_lowercase());
        if ends {
            flat.push_str(line);
        } else {
            flat.extend(line.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }));
        }
    }
    flat
}

/// Cuts a span that is too long at spaces, or anywhere in scripts without them.
fn pieces(prose: &str, span: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = span.start;
    while span.end - start > MAX_UNIT {
        let mut limit = start + MAX_UNIT;
        while !prose.is_char_boundary(limit) {
            limit -= 1;
        }
        let window = prose.get(start..limit).unwrap_or_default();
        let cut = window.rfind([';', '\n']).filter(|at| *at > MAX_UNIT / 3).map(|at| at + 1);
        let cut = cut.or_else(|| window.rfind(char::is_whitespace)).filter(|at| *at > 0).unwrap_or(limit - start);
        parts.push(start..start + cut);
        start += cut;
    }
    parts.push(start..span.end);
    parts
}

fn trimmed(prose: &str, span: Range<usize>) -> Option<Range<usize>> {
    let piece = prose.get(span.clone())?;
    let start = span.start + (piece.len() - piece.trim_start().len());
    let end = span.end - (piece.len() - piece.trim_end().len());
    (start < end).then_some(start..end)
}

fn ends_in_abbreviation(sentence: &str) -> bool {
    const SHORT: &[&str] = &[
        "al", "approx", "cf", "co", "corp", "dept", "dr", "e.g", "eq", "est", "fig", "gen", "gov", "i.e", "inc", "jr",
        "ltd", "mr", "mrs", "ms", "mt", "no", "nos", "prof", "rep", "sen", "sr", "st", "u.k", "u.n", "u.s", "vol",
        "vs",
    ];
    let Some(body) = sentence.trim_end().strip_suffix('.') else { return false };
    let word =
        body.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '"' | '“')).next().unwrap_or_default();
    let initial = word.chars().count() == 1 && word.chars().all(|c| c.is_uppercase() && c != 'I');
    initial || SHORT.contains(&word.to_lowercase().as_str())
}

fn is_heading(line: &str) -> bool {
    let rest = line.trim_start_matches('#');
    (1..=6).contains(&(line.len() - rest.len())) && rest.starts_with(' ')
}

fn is_underline(line: &str) -> bool {
    line.len() >= 3 && (line.bytes().all(|b| b == b'=') || line.bytes().all(|b| b == b'-'))
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3 && line.chars().all(|c| matches!(c, '-' | '*' | '_' | '=' | ' '))
}

/// The length of a list marker with the space after it.
fn marker(line: &str) -> Option<usize> {
    let rest = line.strip_prefix(['-', '*', '+', '•']).or_else(|| {
        let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let numbered = (1..=3).contains(&(line.len() - digits.len()));
        digits.strip_prefix(['.', ')']).filter(|_| numbered)
    })?;
    let body = rest.trim_start();
    (body.len() < rest.len() && !body.is_empty()).then_some(line.len() - body.len())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::string_slice)]
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str) -> Vec<(Kind, &str)> {
        units(text).into_iter().map(|unit| (unit.kind, &text[unit.span])).collect()
    }

    #[test]
    fn wrapped_prose_is_read_by_sentence() {
        let text =
            "Dr. Smith shipped version 2.0 of the agent after\na long review. It passed! Did the U.S. Government ask?";
        let found: Vec<_> = texts(text).into_iter().map(|(_, t)| t).collect();
        assert_eq!(
            found,
            [
                "Dr. Smith shipped version 2.0 of the agent after\na long review.",
                "It passed!",
                "Did the U.S. Government ask?"
            ]
        );
    }

    #[test]
    fn short_lines_are_statements() {
        let found: Vec<_> = texts("Name: Ada\nCity: London\n").into_iter().map(|(_, t)| t).collect();
        assert_eq!(found, ["Name: Ada", "City: London"]);
    }

    #[test]
    fn a_list_is_its_items_and_the_whole_with_its_introduction() {
        let text = "# Gates\n\nA release must:\n\n- pass the tests\n- be signed\n  by two people\n";
        assert_eq!(
            texts(text),
            [
                (Kind::Sentence, "A release must:"),
                (Kind::Item, "pass the tests"),
                (Kind::Item, "be signed\n  by two people"),
                (Kind::Whole, "A release must:\n\n- pass the tests\n- be signed\n  by two people"),
            ]
        );
        let item = &units(text)[1];
        assert_eq!(item.headings.first().map(|span| &text[span.clone()]), Some(" Gates"));
        assert_eq!(item.lead.clone().map(|span| &text[span]), Some("A release must:"));
    }

    #[test]
    fn tables_are_read_by_row_and_code_as_a_block() {
        let text = "| name | p95 |\n|---|---|\n| run | 200 ms |\n\n```sh\nnexus serve\n\n# not a heading\n```\nAfter.";
        let found = texts(text);
        assert_eq!(found[..2], [(Kind::Row, "| name | p95 |"), (Kind::Row, "| run | 200 ms |")]);
        assert_eq!(found[2], (Kind::Code, "nexus serve\n\n# not a heading"));
        assert_eq!(found[3], (Kind::Sentence, "After."));
        assert_eq!(found[4].0, Kind::Whole);
    }

    #[test]
    fn scripts_without_spaces_have_sentences() {
        let found: Vec<_> = texts("代理人很快。它安全吗？是的。").into_iter().map(|(_, t)| t).collect();
        assert_eq!(found, ["代理人很快。", "它安全吗？", "是的。"]);
    }

    proptest! {
        #[test]
        fn units_are_ordered_bounded_spans_of_the_text(text in "([a-z#|`.:é字\\-\\n ]|```|\n- ){0,300}") {
            let mut end = 0;
            for unit in units(&text) {
                prop_assert!(text.get(unit.span.clone()).is_some_and(|t| !t.trim().is_empty()));
                prop_assert!(unit.span.len() <= MAX_UNIT);
                if unit.kind != Kind::Whole {
                    prop_assert!(unit.span.start >= end);
                    end = unit.span.end;
                }
            }
        }
    }
}
