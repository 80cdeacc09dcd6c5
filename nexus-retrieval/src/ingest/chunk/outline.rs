//! The headings of a Markdown text.
//!
//! Enough of `CommonMark` to find headings: `#` lines, underlined lines, and what only looks like them inside fenced code
//! and front matter. Anything else is left to be text.

use std::{collections::VecDeque, iter};

/// The longest heading path that a chunk carries, in characters.
const MAX_PATH_CHARS: usize = 200;

/// The headings of a text, read from front to back.
#[derive(Debug, Default)]
pub(super) struct Outline<'a> {
    ahead: VecDeque<Heading<'a>>,
    /// The headings that hold at the place reached, outermost first.
    open: Vec<Heading<'a>>,
}

#[derive(Debug, Clone, Copy)]
struct Heading<'a> {
    at: usize,
    level: usize,
    title: &'a str,
}

impl<'a> Outline<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut ahead = VecDeque::new();
        let mut fence: Option<Fence> = None;
        let mut above: Option<(usize, &str)> = None;
        for (at, line) in lines(text).skip(front_matter_lines(text)) {
            let before = above.take();
            if let Some(open) = fence {
                fence = Some(open).filter(|open| !open.is_closed_by(line));
            } else if let Some(opened) = Fence::opened_by(line) {
                fence = Some(opened);
            } else if let Some(heading) = hashed(at, line) {
                ahead.push_back(heading);
            } else if let Some((at, title)) = before
                && let Some(level) = underline(line)
            {
                ahead.push_back(Heading { at, level, title });
            } else if is_prose(line) {
                above = Some((at + indent(line), line.trim()));
            }
        }
        Self { ahead, open: Vec::new() }
    }

    /// Offsets from `from` of the headings behind it, up to `reach`.
    pub(super) fn starts_within(&mut self, from: usize, reach: usize) -> impl DoubleEndedIterator<Item = usize> {
        self.advance(from);
        let count = self.ahead.partition_point(|heading| heading.at <= from + reach);
        self.ahead.range(..count).map(move |heading| heading.at - from)
    }

    /// The headings above a place, which must not lie before the places asked for earlier.
    pub(super) fn path_at(&mut self, at: usize) -> Option<String> {
        self.advance(at);
        let mut path = String::new();
        for heading in self.open.iter().filter(|heading| !heading.title.is_empty()) {
            if !path.is_empty() {
                path.push_str(" > ");
            }
            path.extend(heading.title.chars().take(MAX_PATH_CHARS));
        }
        (!path.is_empty()).then(|| path.chars().take(MAX_PATH_CHARS).collect())
    }

    fn advance(&mut self, to: usize) {
        while let Some(heading) = self.ahead.pop_front_if(|heading| heading.at <= to) {
            self.open.retain(|outer| outer.level < heading.level);
            self.open.push(heading);
        }
    }
}

/// A fence of code: three or more of one mark.
#[derive(Debug, Clone, Copy)]
struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    fn opened_by(line: &str) -> Option<Self> {
        let text = unindented(line)?;
        let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let info = text.trim_start_matches(mark);
        let length = text.len() - info.len();
        (length >= 3 && !(mark == '`' && info.contains('`'))).then_some(Self { mark, length })
    }

    fn is_closed_by(self, line: &str) -> bool {
        let text = unindented(line).unwrap_or_default().trim_end();
        text.len() >= self.length && text.chars().all(|c| c == self.mark)
    }
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let begin = at;
        at += line.len();
        (begin, line)
    })
}

/// The lines between `---` and `---` at the very start of a text hold data about it.
fn front_matter_lines(text: &str) -> usize {
    let mut lines = text.lines().map(str::trim_end);
    match lines.next() {
        Some("---") => lines.position(|line| line == "---").map_or(0, |position| position + 2),
        _ => 0,
    }
}

/// A line without its indent, unless that makes it code.
fn unindented(line: &str) -> Option<&str> {
    (indent(line) <= 3).then(|| line.trim_start_matches(' '))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn hashed(at: usize, line: &str) -> Option<Heading<'_>> {
    let text = unindented(line)?;
    let behind = text.trim_start_matches('#');
    let level = text.len() - behind.len();
    if !(1..=6).contains(&level) || !behind.chars().next().is_none_or(char::is_whitespace) {
        return None;
    }
    let title = behind.trim();
    let bare = title.trim_end_matches('#');
    let closed = bare.is_empty() || bare.ends_with(char::is_whitespace);
    Some(Heading { at: at + indent(line), level, title: if closed { bare.trim_end() } else { title } })
}

/// The level that a line gives to the line above it. One or two marks are more often a slip or a list than an underline.
fn underline(line: &str) -> Option<usize> {
    let text = unindented(line)?.trim_end();
    iter::zip([1, 2], ['=', '-']).find(|(_, mark)| text.len() >= 3 && text.chars().all(|c| c == *mark)).map(|(l, _)| l)
}

/// Whether a line can be the text of an underlined heading.
fn is_prose(line: &str) -> bool {
    unindented(line).is_some_and(|text| !text.trim().is_empty() && !text.starts_with(['>', '|', '-', '*', '+', '<']))
}
