use std::time::Duration;

use futures::{StreamExt as _, stream::BoxStream};

use super::{Llm, LlmError, Piece, Prompt, Usage};

/// What the fake model says, whatever it is asked.
const SENTENCE: &str = "This is a fake response.";

/// A model for tests: a fixed sentence, a word at a time, each word with a trailing space.
#[derive(Debug, Clone, Default)]
pub struct Fake {
    delay: Duration,
}

impl Fake {
    /// Waits before each word, so that tests can act in the middle of an answer.
    #[must_use]
    pub fn with_delay(delay: Duration) -> Self {
        Self { delay }
    }
}

impl Llm for Fake {
    fn provider(&self) -> &'static str {
        "fake"
    }

    fn model(&self) -> &'static str {
        "fake"
    }

    fn generate(&self, prompt: Prompt) -> BoxStream<'static, Result<Piece, LlmError>> {
        // As with a real model, the prompt is gone once it is sent.
        let (delay, asked) = (self.delay, prompt.chars());
        let lengths: Vec<usize> = prompt.passages.iter().map(|source| source.text.chars().count()).collect();
        drop(prompt);
        async_stream::stream! {
            let mut sent = 0;
            for word in SENTENCE.split(' ') {
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
                let delta = format!("{word} ");
                sent += delta.chars().count();
                yield Ok(Piece::Delta(delta));
            }
            // Its answer rests on every passage as much as on any.
            for (passage, end) in lengths.into_iter().enumerate() {
                yield Ok(Piece::Quote { passage, start: 0, end });
            }
            yield Ok(Piece::Usage(Usage::estimate(asked, sent)));
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn says_its_sentence_word_by_word() {
        let prompt = Prompt { passages: [].into(), history: vec![], question: "Eh?".into(), max_output_tokens: 1 };
        let deltas: Vec<_> = Fake::default()
            .generate(prompt)
            .filter_map(|piece| async move {
                match piece {
                    Ok(Piece::Delta(text)) => Some(text),
                    _ => None,
                }
            })
            .collect()
            .await;
        assert_eq!(deltas, ["This ", "is ", "a ", "fake ", "response. "]);
    }
}
