//! What a run is expected to use, and whose it is.

use std::sync::Arc;

use nexus_core::{
    cost::{Component, CostError, CostSettings, Expected, INTERNAL, Order, Tab, Units, Used},
    id::{SessionId, TenantId},
    mitigate::Mitigation,
    op::Op,
    pg::DbError,
    principal::Principal,
};

use super::Runs;
use crate::{
    corpus::{self, Corpus, Provider},
    embed::ModelId,
    llm::CHARS_PER_TOKEN,
    provider::Call,
    speech,
};

/// A passage as it usually is, in characters.
const PASSAGE_CHARS: u64 = 1_200;
/// The most characters of passages that are given to a model.
const SOURCES_CHARS: u64 = 40_000;
/// The most characters of answer that a token of its bound stands for.
const CHARS: u64 = CHARS_PER_TOKEN as u64;

/// What is asked for, as far as it costs something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) corpus: &'a Arc<Corpus>,
    pub(super) question: &'a str,
    pub(super) top_k: u32,
    pub(super) audio: bool,
}

impl Runs {
    /// Opens the tab of a run that goes without some things already.
    pub(super) async fn run_tab(
        &self,
        op: &Op,
        caller: &Principal,
        session: &SessionId,
        (wish, without): (Wish<'_>, &Mitigation),
    ) -> Result<Tab, CostError> {
        let order = Order { class: "run", session: Some(session), degradable: true, ..order(&caller.tenant, caller) };
        self.costs.open(op, order, &|less| self.expected(wish, &less.clone().merge(without.clone()))).await
    }

    /// Opens the tab of a search.
    pub(super) async fn search_tab(&self, op: &Op, caller: &Principal, wish: Wish<'_>) -> Result<Tab, CostError> {
        let order = Order { class: "search", ..order(&caller.tenant, caller) };
        let either = |_: &Mitigation| self.looking(wish.corpus, wish.question, wish.top_k);
        self.costs.open(op, order, &|less| Expected { either: either(less), ..Expected::default() }).await
    }

    /// The parts that runs of a tenant use, and whose they are. What its corpora are routed to is part of it.
    pub async fn relied_on(&self, tenant: &TenantId) -> Result<Vec<(Component, &'static str)>, DbError> {
        let speech = self.voice.provider();
        let all = [
            (Component::Retrieval, Provider::LocalPgvector.as_str()),
            (Component::Embedding, embedder_of(self.providers.embeds_with())),
            (Component::Llm, whose(self.llm.provider())),
            (Component::Tts, whose(speech)),
        ];
        let reranks = self.providers.reranks_with().map(|whose| (Component::Rerank, whose));
        let mut tx = self.db.tenant(tenant).await?;
        let remote = corpus::store::remote_providers(&mut tx).await?;
        let remote = remote.into_iter().map(|whose| (Component::Retrieval, whose));
        let spoken = all.into_iter().filter(|part| part.0 != Component::Tts || speech != "none");
        Ok(spoken.chain(reranks).chain(remote).collect())
    }

    /// What a run will use with less: as many passages and as long an answer as it may have, a question and passages as they
    /// usually are. What the prompt really has is made sure of when it is there ([`super::meter::Meter::cover`]).
    fn expected(&self, wish: Wish<'_>, less: &Mitigation) -> Expected {
        let costs = self.costs.settings();
        let top_k = less.passages(wish.top_k);
        let passages = (u64::from(top_k) * PASSAGE_CHARS).min(SOURCES_CHARS);
        let output = less.output_tokens(self.settings.max_output_tokens);
        let input = costs.tokens(chars(wish.question) + passages);
        let chars_read = longest(&costs, output);
        let millis = Some(speech::longest(chars_read));
        let spoken = Units { requests: Some(1), chars: Some(chars_read), millis, ..Units::default() };
        let speech = Used::new(Component::Tts, whose(self.voice.provider()), spoken).estimated(true);
        let corpus = self.providers.preferring(Arc::clone(wish.corpus), less.fallback.as_deref());
        Expected {
            used: vec![written(self.llm.provider(), input + most(&costs, output))],
            either: self.looking(&corpus, wish.question, top_k),
            later: if less.speaks(wish.audio) { vec![speech] } else { Vec::new() },
            input_tokens: input,
            output_tokens: u64::from(output),
        }
    }

    /// What finding passages will use, for each provider that may come to it.
    fn looking(&self, corpus: &Corpus, question: &str, top_k: u32) -> Vec<Vec<Used>> {
        let local = Provider::LocalPgvector.as_str();
        let look = Look::new(self, question, top_k);
        let of = |provider: &Provider| {
            let provider = provider.as_str();
            let here = provider == local;
            let second = here && corpus.routing.search.rerank && self.providers.reranks_with().is_some();
            let calls = [Some(Call::Search(provider)), here.then_some(Call::Embedding), second.then_some(Call::Rerank)];
            look.used(calls.into_iter().flatten(), usize::MAX)
        };
        std::iter::once(&corpus.routing.provider).chain(&corpus.routing.fallback).map(of).collect()
    }
}

/// What looking for passages uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    tokens: u64,
    top_k: u32,
    embedder: &'static str,
    reranker: &'static str,
}

impl Look {
    pub(super) fn new(runs: &Runs, question: &str, top_k: u32) -> Self {
        Self {
            tokens: runs.costs.settings().tokens(chars(question)),
            top_k,
            embedder: embedder_of(runs.providers.embeds_with()),
            reranker: runs.providers.reranks_with().unwrap_or(INTERNAL),
        }
    }

    /// What calls used that found so many passages: the same calls of the same provider are one use.
    pub(super) fn used(&self, calls: impl IntoIterator<Item = Call>, found: usize) -> Vec<Used> {
        let mut all: Vec<(Call, u64)> = Vec::new();
        for call in calls {
            match all.iter_mut().find(|(known, _)| *known == call) {
                Some((_, times)) => *times += 1,
                None => all.push((call, 1)),
            }
        }
        all.into_iter().map(|(call, times)| self.of(call, times, found)).collect()
    }

    fn of(&self, call: Call, times: u64, found: usize) -> Used {
        let units = Units { requests: Some(times), ..Units::default() };
        match call {
            Call::Search(provider) => {
                let asked = u64::from(self.top_k);
                let found = u64::try_from(found).unwrap_or(u64::MAX).min(asked);
                let units = Units { chunks: Some(found), top_k: Some(asked), ..units };
                Used::new(Component::Retrieval, provider, units)
            }
            Call::Embedding => {
                let units = Units { tokens: Some(self.tokens * times), ..units };
                Used::new(Component::Embedding, self.embedder, units).estimated(true)
            }
            Call::Rerank => Used::new(Component::Rerank, self.reranker, units),
        }
    }
}

/// What a model will use that reads and writes so many tokens.
pub(super) fn written(provider: &'static str, tokens: u64) -> Used {
    let units = Units { requests: Some(1), tokens: Some(tokens), ..Units::default() };
    Used::new(Component::Llm, whose(provider), units).estimated(true)
}

/// The most tokens that an answer is charged with: what the model may write, or what its text is reckoned as.
pub(super) fn most(costs: &CostSettings, max_output_tokens: u32) -> u64 {
    u64::from(max_output_tokens).max(costs.tokens(u64::from(max_output_tokens).saturating_mul(CHARS)))
}

/// The most characters that an answer has.
fn longest(costs: &CostSettings, max_output_tokens: u32) -> u64 {
    let tokens = u64::from(max_output_tokens);
    costs.chars(tokens).min(tokens.saturating_mul(CHARS))
}

/// Whose a part is in the catalogue: what runs in this process asks nobody.
pub(crate) fn whose(provider: &'static str) -> &'static str {
    match provider {
        "extractive" | "fake" => INTERNAL,
        other => other,
    }
}

/// Whose an embedding model is in the catalogue.
pub(crate) fn embedder_of(model: &ModelId) -> &'static str {
    if model.as_str().starts_with("openai:") { "openai" } else { INTERNAL }
}

/// The length of a text as it is charged.
pub(crate) fn chars(text: &str) -> u64 {
    u64::try_from(text.chars().count()).unwrap_or(u64::MAX)
}

fn order<'a>(tenant: &'a TenantId, caller: &'a Principal) -> Order<'a> {
    Order { tenant, by: Some(caller), class: "", session: None, degradable: false }
}
