//! Where a window ends, and where the next one begins.

use unicode_segmentation::UnicodeSegmentation as _;

/// How much white space behind the last character of a window is looked at to see what it separates.
const TAIL_CHARS: usize = 64;

/// How much of what follows is looked at to see whether a sentence, a word or a cluster ends where the window does.
const AHEAD_CHARS: usize = 64;

/// The part of a text that one chunk can hold. It begins with a character that is not white space.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a> {
    /// The window, the white space behind it, and some of what follows.
    text: &'a str,
    /// Where the last character ends that the chunk can hold.
    limit: usize,
    /// The same with the white space behind it, which is trimmed away and so costs nothing.
    reach: usize,
    is_last: bool,
}

/// The end of a chunk, before trimming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// The offset in bytes from the start of the window.
    pub(super) at: usize,
    /// Nothing follows but white space.
    pub(super) is_last: bool,
    /// A heading follows, so what follows is about something else.
    pub(super) at_heading: bool,
}

impl<'a> Window<'a> {
    pub(super) fn open(rest: &'a str, size: usize) -> Self {
        let limit = rest.char_indices().nth(size).map_or(rest.len(), |(byte, _)| byte);
        let behind = rest.get(limit..).unwrap_or_default();
        let tail: usize = behind.chars().take_while(|c| c.is_whitespace()).take(TAIL_CHARS).map(char::len_utf8).sum();
        let reach = limit + tail;
        let behind = rest.get(reach..).unwrap_or_default();
        let ahead: usize = behind.chars().take(AHEAD_CHARS).map(char::len_utf8).sum();
        Self { text: rest.get(..reach + ahead).unwrap_or(rest), limit, reach, is_last: reach == rest.len() }
    }

    /// The length of the window in bytes, with the white space behind it.
    pub(super) fn reach(&self) -> usize {
        self.reach
    }

    /// The best end. Text before `fresh` is in the chunk before, too. `headings` are offsets in bytes, ascending.
    ///
    /// A structural end counts only when it leaves a chunk of a fair length that brings something new: otherwise one
    /// early blank line would make a chunk of three words.
    pub(super) fn choose(&self, fresh: usize, headings: impl DoubleEndedIterator<Item = usize>) -> Cut {
        if self.is_last {
            return Cut { at: self.reach, is_last: true, at_heading: false };
        }
        let floor = (self.limit / 3).max(fresh + self.limit.saturating_sub(fresh) / 4);
        let fits = |at: &usize| (floor + 1..=self.reach).contains(at);
        let cut = |at| Cut { at, is_last: false, at_heading: false };
        if let Some(at) = headings.rev().find(fits) {
            return Cut { at_heading: true, ..cut(at) };
        }
        let gaps = self.latest_gaps(floor);
        gaps.paragraph
            .or(gaps.line)
            .or_else(|| latest(sentence_starts(self.text), fits))
            .or(gaps.space)
            .or_else(|| latest(self.text.split_word_bound_indices().map(|(at, _)| at), fits))
            .or_else(|| latest(self.text.grapheme_indices(true).map(|(at, _)| at), fits))
            .map_or(cut(self.limit), cut)
    }

    /// The last end of a paragraph, a line and a word beyond `floor`.
    fn latest_gaps(&self, floor: usize) -> LatestGaps {
        let mut latest = LatestGaps::default();
        for gap in gaps(self.text).take_while(|gap| gap.begin <= self.limit) {
            let slot = match gap.separates {
                Separates::Paragraphs => &mut latest.paragraph,
                Separates::Lines => &mut latest.line,
                Separates::Words => &mut latest.space,
            };
            *slot = Some(gap.end.min(self.reach)).filter(|at| *at > floor).or(*slot);
        }
        latest
    }
}

/// How many bytes at the end of a chunk the next one repeats: from the first sentence within the last `chars` characters,
/// else from the first word, else from the first whole cluster.
pub(super) fn overlap(piece: &str, chars: usize) -> usize {
    let Some(from) = chars.checked_sub(1).and_then(|back| piece.char_indices().nth_back(back)) else { return 0 };
    let tail = piece.get(from.0..).unwrap_or_default();
    let begin = sentence_starts(tail)
        .find(|at| *at > 0)
        .or_else(|| gaps(tail).next().map(|gap| gap.end))
        .or_else(|| tail.split_word_bound_indices().map(|(at, _)| at).find(|at| *at > 0))
        .or_else(|| tail.grapheme_indices(true).map(|(at, _)| at).find(|at| *at > 0));
    begin.map_or(0, |at| tail.len() - at)
}

/// Starts of sentences. A line that goes on in lower case is one that somebody wrapped, not a new sentence.
fn sentence_starts(text: &str) -> impl Iterator<Item = usize> {
    text.split_sentence_bound_indices()
        .filter(|(_, sentence)| !sentence.chars().next().is_some_and(char::is_lowercase))
        .map(|(at, _)| at)
}

/// The last offset that fits, found from the front: read from the back, a row of flags is counted anew at each step.
fn latest(offsets: impl Iterator<Item = usize>, fits: impl Fn(&usize) -> bool) -> Option<usize> {
    offsets.filter(fits).last()
}

/// What a run of white space separates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separates {
    Paragraphs,
    Lines,
    Words,
}

#[derive(Debug, Clone, Copy)]
struct Gap {
    begin: usize,
    end: usize,
    separates: Separates,
}

#[derive(Debug, Default)]
struct LatestGaps {
    paragraph: Option<usize>,
    line: Option<usize>,
    space: Option<usize>,
}

/// The runs of white space in a text.
fn gaps(text: &str) -> impl Iterator<Item = Gap> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let begin = at + rest.find(char::is_whitespace)?;
        let behind = text.get(begin..)?;
        let run = behind.get(..behind.len() - behind.trim_start().len())?;
        at = begin + run.len();
        let next = text.get(at..).and_then(|rest| rest.chars().next());
        Some(Gap { begin, end: at, separates: separates(run, next) })
    })
}

fn separates(run: &str, next: Option<char>) -> Separates {
    let carriage_returns = run.matches('\r').count() - run.matches("\r\n").count();
    let breaks = carriage_returns + run.matches(['\n', '\u{85}', '\u{2028}']).count();
    if breaks >= 2 || run.contains(['\u{c}', '\u{2029}']) {
        Separates::Paragraphs
    } else if breaks == 1 && !next.is_some_and(char::is_lowercase) {
        Separates::Lines
    } else {
        Separates::Words
    }
}
