//! Answers made of quotes.
//!
//! Chooses up to three units of the passages that fit the question best and repeats them word for word, each with its
//! citation. Units are ranked by the words they share with the question and, with a local embedding model at hand, also by
//! meaning; without that model, or when it fails, words alone decide. When nothing fits it says so, with no citation.

mod decide;
mod question;
mod terms;
mod units;

use std::{fmt, ops::Range, sync::Arc};

use futures::{StreamExt as _, stream::BoxStream};

use self::{
    decide::{Pick, Ranking},
    question::Question,
    terms::Analyzer,
};
use super::{CHARS_PER_TOKEN, Llm, LlmError, Piece, Prompt, Speaker, Usage};
use crate::embed::{Embedder, Purpose};

/// The answer when the passages do not support one.
pub const NO_ANSWER: &str = "The documents you can read do not contain an answer to this question.";

/// Words that are sent together.
const GROUP: usize = 4;

/// How many units are compared by meaning.
const COMPARED: usize = 24;
/// The longest unit that is compared, in characters: longer ones are judged by their beginning.
const COMPARED_CHARS: usize = 400;

/// The answerer that needs no key and no network.
#[derive(Clone, Default)]
pub struct Extractive {
    embedder: Option<Arc<dyn Embedder>>,
}

impl fmt::Debug for Extractive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extractive").field("compares_meanings", &self.embedder.is_some()).finish()
    }
}

impl Extractive {
    /// Also compares meanings, with a model that is quick enough to be asked for every answer.
    #[must_use]
    pub fn with_embedder(embedder: Arc<dyn Embedder>) -> Self {
        Self { embedder: Some(embedder) }
    }
}

impl Llm for Extractive {
    fn provider(&self) -> &'static str {
        "extractive"
    }

    fn model(&self) -> &'static str {
        "extractive"
    }

    fn generate(&self, prompt: Prompt) -> BoxStream<'static, Result<Piece, LlmError>> {
        let embedder = self.embedder.clone();
        async_stream::stream! {
            for piece in answer(&prompt, embedder.as_deref()).await {
                yield Ok(piece);
                // A long answer must not keep other streams from their turn.
                tokio::task::yield_now().await;
            }
        }
        .boxed()
    }
}

async fn answer(prompt: &Prompt, embedder: Option<&dyn Embedder>) -> Vec<Piece> {
    let analyzer = Analyzer::default();
    let previous = prompt.history.iter().rev().find(|turn| turn.speaker == Speaker::User);
    let question = Question::read(&prompt.question, previous.map(|turn| turn.text.as_str()), &analyzer);
    let mut ranking = Ranking::by_words(&question, &prompt.passages, &analyzer);
    if let Some(embedder) = embedder
        && let Some(likeness) = likeness(embedder, &prompt.question, ranking.first_texts(COMPARED)).await
    {
        ranking = ranking.by_meaning(&likeness);
    }
    write(ranking.decide(), prompt)
}

/// The cosines of texts with the question; `None` when the model fails, which costs quality and no answer.
async fn likeness(embedder: &dyn Embedder, question: &str, units: Vec<String>) -> Option<Vec<f32>> {
    if units.is_empty() {
        return None;
    }
    let beginning = |text: &str| text.chars().take(COMPARED_CHARS).collect::<String>();
    let texts = units.iter().map(|unit| beginning(unit)).collect();
    let asked = vec![question.to_owned()];
    let both = futures::try_join!(embedder.embed(asked, Purpose::Query), embedder.embed(texts, Purpose::Closer));
    let (asked, units) = both.inspect_err(|error| tracing::warn!(%error, "meanings were not compared")).ok()?;
    let question = asked.first()?;
    Some(units.iter().map(|unit| unit.iter().zip(question).map(|(a, b)| a * b).sum()).collect())
}

fn write(picks: Vec<Pick>, prompt: &Prompt) -> Vec<Piece> {
    let mut room = usize::try_from(prompt.max_output_tokens).unwrap_or(usize::MAX).saturating_mul(CHARS_PER_TOKEN);
    let mut pieces = Vec::new();
    if picks.is_empty() {
        pieces.extend(groups(cut(NO_ANSWER, room)));
    }
    for pick in picks {
        quote(&pick, prompt, &mut room, &mut pieces);
    }
    let sent = pieces.iter().map(|piece| if let Piece::Delta(text) = piece { text.chars().count() } else { 0 }).sum();
    pieces.push(Piece::Usage(Usage::estimate(prompt.chars(), sent)));
    pieces
}

/// The text of a pick in groups of words, the span it quotes, and its marker. What does not fit is cut at a word.
fn quote(pick: &Pick, prompt: &Prompt, room: &mut usize, pieces: &mut Vec<Piece>) {
    let Some(source) = prompt.passages.get(pick.passage).map(|passage| &*passage.text) else { return };
    let marker = format!(" [{}]", pick.passage + 1);
    let separator = if pieces.is_empty() { "" } else { "\n\n" };
    let frame = marker.len() + separator.len();
    let Range { start, end } = pick.span;
    let text = cut(source.get(start..end).unwrap_or_default(), room.saturating_sub(frame));
    if text.is_empty() {
        return;
    }
    let first = source.get(..start).unwrap_or_default().chars().count();
    let length = text.chars().count();
    *room -= frame + length;
    if !separator.is_empty() {
        pieces.push(Piece::Delta(separator.to_owned()));
    }
    pieces.extend(groups(text));
    pieces.push(Piece::Quote { passage: pick.passage, start: first, end: first + length });
    pieces.push(Piece::Delta(marker));
}

/// The text in deltas of a few words that add up to it.
fn groups(text: &str) -> impl Iterator<Item = Piece> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut spaces = rest.match_indices(char::is_whitespace).skip(GROUP - 1);
        let at = spaces.next().map_or(rest.len(), |(at, space)| at + space.len());
        let (head, tail) = rest.split_at_checked(at)?;
        rest = tail;
        Some(Piece::Delta(head.to_owned()))
    })
}

/// As much of a text as fits, ending at a word where there are words.
fn cut(text: &str, chars: usize) -> &str {
    let Some((at, _)) = text.char_indices().nth(chars) else { return text };
    let head = text.get(..at).unwrap_or_default();
    let whole = text.get(at..).is_some_and(|rest| rest.starts_with(char::is_whitespace));
    let end = head.rfind(char::is_whitespace).filter(|_| !whole).unwrap_or(head.len());
    head.get(..end).unwrap_or_default().trim_end()
}

#[cfg(test)]
mod tests;
