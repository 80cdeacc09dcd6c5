//! From the events of a model endpoint to the pieces of an answer, the same for every endpoint.

use async_stream::stream;
use futures::{Stream, StreamExt as _, pin_mut, stream::BoxStream};

use super::{Fault, LlmError, Piece, Prompt, Provider, Usage, citations::Markers};

/// What one event of an endpoint says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// More text.
    pub text: String,
    /// What was consumed so far.
    pub usage: Option<Usage>,
    /// The model says that the answer is complete.
    pub finished: bool,
    /// Nothing comes after this event.
    pub last: bool,
}

/// Reads events into pieces. An answer that breaks off reports what it consumed before it reports the fault, so that
/// what was produced can be charged.
pub(super) fn pieces(
    provider: Provider,
    prompt: &Prompt,
    input_chars: usize,
    events: impl Stream<Item = Result<String, Fault>> + Send + 'static,
    read: fn(&str) -> Result<Step, Fault>,
) -> BoxStream<'static, Result<Piece, LlmError>> {
    let mut answer = Answer::new(prompt, input_chars);
    stream! {
        pin_mut!(events);
        let outcome = loop {
            let step = match events.next().await {
                None => break answer.ended(),
                Some(event) => event.and_then(|data| read(&data)),
            };
            match step {
                Err(fault) => break Err(fault),
                Ok(step) => {
                    let last = step.last;
                    for piece in answer.take(step) {
                        yield Ok(piece);
                    }
                    if last {
                        break answer.ended();
                    }
                }
            }
        };
        if answer.sent > 0 || outcome.is_ok() {
            yield Ok(Piece::Usage(answer.usage()));
        }
        if let Err(fault) = outcome {
            tracing::warn!(%provider, %fault, "the language model failed");
            yield Err(fault.of(provider));
        }
    }
    .boxed()
}

/// An answer as far as it was received.
struct Answer {
    markers: Markers,
    /// The length of each passage, in characters.
    lengths: Vec<usize>,
    input_chars: usize,
    sent: usize,
    reported: Option<Usage>,
    finished: bool,
}

impl Answer {
    fn new(prompt: &Prompt, input_chars: usize) -> Self {
        let lengths: Vec<usize> = prompt.passages.iter().map(|passage| passage.text.chars().count()).collect();
        let markers = Markers::new(lengths.len());
        Self { markers, lengths, input_chars, sent: 0, reported: None, finished: false }
    }

    fn take(&mut self, step: Step) -> Vec<Piece> {
        self.finished |= step.finished;
        self.reported = step.usage.or(self.reported);
        if step.text.is_empty() {
            return Vec::new();
        }
        self.sent += step.text.chars().count();
        let cited = self.markers.push(&step.text);
        let quote = |passage: usize| {
            let end = self.lengths.get(passage).copied()?;
            Some(Piece::Quote { passage, start: 0, end })
        };
        std::iter::once(Piece::Delta(step.text)).chain(cited.into_iter().filter_map(quote)).collect()
    }

    fn ended(&self) -> Result<(), Fault> {
        if self.finished { Ok(()) } else { Err(Fault::unavailable("the answer broke off")) }
    }

    fn usage(&self) -> Usage {
        self.reported.unwrap_or_else(|| Usage::estimate(self.input_chars, self.sent))
    }
}
