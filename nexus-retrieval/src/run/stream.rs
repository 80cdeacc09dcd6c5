//! The answer, as it comes.

use std::sync::Arc;

use async_stream::stream;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use nexus_core::{
    cost::{Component, CostError, Status, Units, Used},
    op::Op,
    problem::Problem as _,
};
use serde_json::json;

use super::{
    Admitted, Citation, Event, Grounds,
    cost::{chars, whose},
    draft::Draft,
    meter::Meter,
    watch::Watch,
};
use crate::{
    conversation::{self, Answer, Exchange},
    index::Hit,
    llm::{Piece, Prompt, Turn},
    provider::Retrieved,
    speech,
};

impl Admitted {
    /// Answers. Nothing happens before the stream is polled; dropping it stops everything.
    ///
    /// Thousands of these wait for models at the same time: whatever is done before and after that is in boxes of its own, so that
    /// a stream that waits holds no room for it.
    pub(super) fn events(mut self) -> impl Stream<Item = Event> + Send + 'static {
        stream! {
            let (notice, mut meter) = (self.notice(), self.meter());
            // Before anything is looked up, so that nothing is taken away unnoticed.
            let mut watch = Watch::begin(&self.runs.changes, &self.caller.tenant);
            yield Event::Accepted { at: self.op.now };
            if let Some(notice) = notice {
                yield notice;
            }

            let exchange = self.exchange();
            let (history, provider, hits) = match Box::pin(self.prepare(&exchange)).await {
                Ok(prepared) => prepared,
                Err(failed) => {
                    meter.end("failed");
                    yield failed;
                    Box::pin(meter.settle()).await;
                    return;
                }
            };
            meter.looked(hits.len());
            let grounds = Grounds::of(&self.corpus, provider, &hits);
            yield Event::Retrieved { provider, count: hits.len(), grounds: grounds.clone() };

            let mut draft = Draft::new(Arc::clone(&hits), self.max_output_tokens());
            let prompt = self.prompt(hits, history);
            let read = self.runs.llm.reads(&prompt);
            if let Err(error) = Box::pin(meter.cover(read, prompt.max_output_tokens)).await {
                meter.end("failed");
                if let Some(notice) = Self::capped(&error) {
                    yield notice;
                }
                yield Event::failed(&error);
                Box::pin(meter.settle()).await;
                return;
            }
            meter.asked(read);
            let mut pieces = self.runs.llm.generate(prompt);
            loop {
                let piece = tokio::select! {
                    biased;
                    () = watch.stirred() => None,
                    piece = pieces.next() => Some(piece),
                };
                match piece {
                    None => {
                        if let Err(failed) = Box::pin(self.still_readable(&grounds)).await {
                            meter.end("revoked");
                            drop(pieces);
                            yield failed;
                            Box::pin(meter.settle()).await;
                            return;
                        }
                    }
                    Some(None) => {
                        meter.heard();
                        break;
                    }
                    Some(Some(Ok(Piece::Delta(text)))) => {
                        meter.heard();
                        if !draft.push(&text) {
                            break;
                        }
                        meter.produced(&text);
                        yield Event::Delta(text);
                    }
                    Some(Some(Ok(Piece::Quote { passage, start, end }))) => draft.cite(passage, start, end),
                    Some(Some(Ok(Piece::Usage(usage)))) => {
                        meter.heard();
                        meter.reported(usage);
                    }
                    Some(Some(Err(error))) => {
                        meter.end("failed");
                        drop(pieces);
                        yield Event::failed(&error);
                        Box::pin(meter.settle()).await;
                        return;
                    }
                }
            }
            // The model is done: its connection must not stay open while the answer is stored.
            drop(pieces);
            meter.answered();

            if watch.has_stirred()
                && let Err(failed) = Box::pin(self.still_readable(&grounds)).await
            {
                meter.end("revoked");
                yield failed;
                Box::pin(meter.settle()).await;
                return;
            }
            let (text, citations, cut) = draft.finish();
            if let Err(failed) = Box::pin(self.remember(&exchange, provider, (&text, &citations), &mut meter)).await {
                meter.end("failed");
                yield failed;
                Box::pin(meter.settle()).await;
                return;
            }
            meter.end("completed");
            yield self.ended((text.clone(), citations, cut), provider, &meter);
            if self.mitigation.speaks(self.ask.audio) {
                yield Box::pin(self.speak(&text, &mut meter)).await;
                Box::pin(meter.settle()).await;
            }
        }
    }

    /// What the client is told of the budget.
    fn notice(&self) -> Option<Event> {
        let standing = self.cost().filter(|standing| standing.visible)?;
        matches!(standing.status, Status::Warn | Status::Degraded).then(|| Event::Budget(Box::new(standing.clone())))
    }

    /// What the client is told when the budget has no room for the prompt.
    fn capped(error: &CostError) -> Option<Event> {
        match error {
            CostError::OverBudget(standing) if standing.visible => Some(Event::Budget(standing.clone())),
            _ => None,
        }
    }

    fn meter(&mut self) -> Meter {
        let tab = std::mem::take(&mut self.tab);
        Meter::start(&self.runs, &self.query, tab)
    }

    fn max_output_tokens(&self) -> u32 {
        let allowed = self.mitigation.output_tokens(self.runs.settings.max_output_tokens);
        self.ask.max_output_tokens.map_or(allowed, |wanted| allowed.min(wanted.max(1)))
    }

    /// What the model is asked.
    fn prompt(&self, passages: Arc<[Hit]>, history: Vec<Turn>) -> Prompt {
        let question = self.ask.message.clone();
        Prompt { passages, history, question, max_output_tokens: self.max_output_tokens() }
    }

    /// The whole answer. A model that was told the bound stops at it by itself, and is known by having used all of it.
    fn ended(
        &self,
        (text, citations, cut): (String, Vec<Citation>, bool),
        provider: &'static str,
        meter: &Meter,
    ) -> Event {
        let usage = meter.usage();
        let cut = cut || (!usage.estimated && usage.output_tokens >= self.max_output_tokens());
        Event::Final { text, citations, provider, usage, cut }
    }

    fn exchange(&self) -> Exchange {
        Exchange {
            user: self.caller.user.clone(),
            session: self.ask.session.clone(),
            run: self.op.request_id.to_string(),
            corpus: self.corpus.id.clone(),
        }
    }

    /// Writes the question down and looks for passages, neither of which needs the other. The question is kept also when nothing
    /// can be retrieved.
    async fn prepare(&self, exchange: &Exchange) -> Result<(Vec<Turn>, &'static str, Arc<[Hit]>), Event> {
        let (runs, budget) = (&self.runs, self.runs.settings.history_chars);
        let asked = runs.records.ask(&self.op, &self.caller.tenant, exchange, &self.ask.message, budget);
        let found = runs.providers.retrieve(&self.op, &self.scope, &self.corpus, &self.query);
        let (asked, found) = futures::join!(asked, found);
        let history = self.told(asked.map_err(|e| Event::failed(&e))?);
        let Retrieved { provider, hits } = found.map_err(|e| Event::failed(&e))?;
        Ok((history, provider, hits.into()))
    }

    /// A client that keeps the conversation itself says what was said; what is stored is not read again then.
    fn told(&self, stored: Vec<Turn>) -> Vec<Turn> {
        let Some(given) = &self.ask.history else { return stored };
        conversation::given(given.clone(), self.runs.settings.history_chars)
    }

    /// Looks again whether the caller may read what the answer rests on; an answer that cannot be checked ends as well.
    async fn still_readable(&self, grounds: &Grounds) -> Result<(), Event> {
        let op = Op { now: self.runs.clock.now(), ..self.op.clone() };
        let readable = grounds.readable(&op, &self.runs, &self.caller).await;
        if readable.map_err(|e| Event::failed(&e))? { Ok(()) } else { Err(Event::revoked()) }
    }

    async fn remember(
        &self,
        exchange: &Exchange,
        provider: &'static str,
        (text, citations): (&str, &[Citation]),
        meter: &mut Meter,
    ) -> Result<(), Event> {
        let references: Vec<_> = citations.iter().map(Citation::reference).collect();
        let usage = meter.usage();
        let state = json!({
            "model": self.runs.llm.model(),
            "provider": self.runs.llm.provider(),
            "retrieval": provider,
            "top_k": self.query.top_k,
            "citations": references,
            "usage": {
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
                "estimated": usage.estimated,
            },
        });
        let receipt = self.receipt(provider, text, citations, meter).for_statement();
        let answer = Answer { text, citations: json!(references), state, bill: meter.bill(), receipt };
        let kept = self.runs.records.answer(&self.op, &self.caller.tenant, exchange, answer).await;
        kept.map_err(|e| Event::failed(&e))?;
        meter.billed();
        Ok(())
    }

    async fn speak(&self, text: &str, meter: &mut Meter) -> Event {
        let failed =
            |code, message: std::borrow::Cow<'static, str>| Event::AudioFailed { code, message: message.into() };
        let voice = &self.runs.voice;
        let kept = async {
            let sound = voice.read(&self.caller.tenant, text).await?;
            meter.used([spoken(voice.provider(), text, &sound)]);
            voice.keep(&self.op, &self.caller.tenant, &sound).await
        };
        match kept.await {
            Ok(audio) => Event::AudioReady { id: audio.id, url: audio.url },
            Err(error) => {
                tracing::warn!(%error, "speech failed");
                failed(error.code(), error.message())
            }
        }
    }
}

/// What reading a text aloud used.
fn spoken(provider: &'static str, text: &str, sound: &Bytes) -> Used {
    let chars = chars(text);
    let (millis, reckoned) = speech::length(sound, chars);
    let units = Units { requests: Some(1), chars: Some(chars), millis: Some(millis), ..Units::default() };
    Used::new(Component::Tts, whose(provider), units).estimated(reckoned)
}
