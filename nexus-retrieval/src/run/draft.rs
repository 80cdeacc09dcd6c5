//! An answer in the making: text, and the spans that it rests on.

use std::sync::Arc;

use futures::StreamExt as _;

use super::Citation;
use crate::{
    index::Hit,
    llm::{CHARS_PER_TOKEN, Llm, LlmError, Piece, Prompt},
};

/// Text and citations as far as they came.
pub(super) struct Draft {
    hits: Arc<[Hit]>,
    text: String,
    chars_left: usize,
    cut: bool,
    cited: Vec<(usize, usize, usize)>,
}

impl Draft {
    pub(super) fn new(hits: Arc<[Hit]>, max_output_tokens: u32) -> Self {
        // The bound on an answer holds also for a model that does not count.
        let tokens = usize::try_from(max_output_tokens).unwrap_or(usize::MAX);
        let chars_left = tokens.saturating_mul(CHARS_PER_TOKEN);
        Self { hits, text: String::new(), chars_left, cut: false, cited: Vec::new() }
    }

    /// Adds a part; false when the answer would become longer than allowed, and the part is not added.
    pub(super) fn push(&mut self, delta: &str) -> bool {
        let Some(left) = self.chars_left.checked_sub(delta.chars().count()) else {
            self.cut = true;
            return false;
        };
        self.chars_left = left;
        self.text.push_str(delta);
        true
    }

    pub(super) fn cite(&mut self, passage: usize, start: usize, end: usize) {
        if !self.cited.contains(&(passage, start, end)) {
            self.cited.push((passage, start, end));
        }
    }

    /// The text, what it rests on, and whether it would have become longer than allowed.
    pub(super) fn finish(self) -> (String, Vec<Citation>, bool) {
        let cite = |(passage, start, end)| Citation::of(passage + 1, self.hits.get(passage)?, start, end);
        let citations = self.cited.iter().copied().filter_map(cite).collect();
        (self.text, citations, self.cut)
    }
}

/// Answers a question from passages as a run does, in one piece. For evaluations: nothing is metered or remembered.
pub async fn answer(
    llm: &dyn Llm,
    question: &str,
    passages: Arc<[Hit]>,
    max_output_tokens: u32,
) -> Result<(String, Vec<Citation>), LlmError> {
    let mut draft = Draft::new(Arc::clone(&passages), max_output_tokens);
    let question = question.to_owned();
    let mut pieces = llm.generate(Prompt { passages, history: Vec::new(), question, max_output_tokens });
    while let Some(piece) = pieces.next().await {
        match piece? {
            Piece::Delta(text) if !draft.push(&text) => break,
            Piece::Quote { passage, start, end } => draft.cite(passage, start, end),
            Piece::Delta(_) | Piece::Usage(_) => {}
        }
    }
    let (text, citations, _) = draft.finish();
    Ok((text, citations))
}
