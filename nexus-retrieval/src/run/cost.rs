//! What a run is expected to use, and whose it is.

use nexus_core::{
    cost::{Component, CostError, Expected, INTERNAL, Order, Tab, Units, Used},
    id::{SessionId, TenantId},
    mitigate::Mitigation,
    op::Op,
    principal::Principal,
};

use super::Runs;
use crate::{corpus::Corpus, embed::ModelId};

/// A passage as it usually is, in characters.
const PASSAGE_CHARS: u64 = 1_200;
/// The most characters of passages that are given to a model.
const SOURCES_CHARS: u64 = 40_000;

/// What is asked for, as far as it costs something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) corpus: &'a Corpus,
    pub(super) question: &'a str,
    pub(super) top_k: u32,
    pub(super) audio: bool,
}

impl Runs {
    /// Opens the tab of a run.
    pub(super) async fn run_tab(
        &self,
        op: &Op,
        caller: &Principal,
        session: &SessionId,
        wish: Wish<'_>,
    ) -> Result<Tab, CostError> {
        let order = Order { class: "run", session: Some(session), degradable: true, ..order(&caller.tenant, caller) };
        self.costs.open(op, order, &|mitigation| self.expected(wish, mitigation)).await
    }

    /// Opens the tab of a search.
    pub(super) async fn search_tab(&self, op: &Op, caller: &Principal, wish: Wish<'_>) -> Result<Tab, CostError> {
        let order = Order { class: "search", ..order(&caller.tenant, caller) };
        self.costs.open(op, order, &|_| Expected { used: self.looking(wish, wish.top_k), ..Expected::default() }).await
    }

    /// The parts that runs of this installation use, and whose they are.
    #[must_use]
    pub fn relied_on(&self) -> Vec<(Component, &'static str)> {
        let speech = self.voice.provider();
        let all = [
            (Component::Retrieval, crate::corpus::Provider::LocalPgvector.as_str()),
            (Component::Embedding, embedder_of(self.providers.embeds_with())),
            (Component::Llm, whose(self.llm.provider())),
            (Component::Tts, whose(speech)),
        ];
        let reranks = self.providers.reranks_with().map(|whose| (Component::Rerank, whose));
        all.into_iter().filter(|part| part.0 != Component::Tts || speech != "none").chain(reranks).collect()
    }

    /// What a run will use with less: as many passages and as long an answer as it may have, a question and passages as they
    /// usually are.
    fn expected(&self, wish: Wish<'_>, less: &Mitigation) -> Expected {
        let costs = self.costs.settings();
        let top_k = less.passages(wish.top_k);
        let passages = (u64::from(top_k) * PASSAGE_CHARS).min(SOURCES_CHARS);
        let output = u64::from(less.output_tokens(self.settings.max_output_tokens));
        let input = costs.tokens(chars(wish.question) + passages);
        let mut used = self.looking(wish, top_k);
        let model = Units { requests: Some(1), tokens: Some(input + output), ..Units::default() };
        used.push(Used::new(Component::Llm, whose(self.llm.provider()), model).estimated(true));
        let spoken = Units { requests: Some(1), chars: Some(costs.chars(output)), ..Units::default() };
        let speech = Used::new(Component::Tts, whose(self.voice.provider()), spoken).estimated(true);
        Expected {
            used,
            later: if less.speaks(wish.audio) { vec![speech] } else { Vec::new() },
            input_tokens: input,
            output_tokens: output,
        }
    }

    fn looking(&self, wish: Wish<'_>, top_k: u32) -> Vec<Used> {
        self.looked(wish.corpus, wish.corpus.routing.provider.as_str(), wish.question, (usize::MAX, top_k))
    }

    /// What finding passages uses, or used: `found` says how many there were.
    pub(super) fn looked(
        &self,
        corpus: &Corpus,
        provider: &'static str,
        question: &str,
        (found, top_k): (usize, u32),
    ) -> Vec<Used> {
        let asked = u64::from(top_k);
        let found = u64::try_from(found).unwrap_or(u64::MAX).min(asked);
        let units = Units { requests: Some(1), chunks: Some(found), top_k: Some(asked), ..Units::default() };
        let mut used = vec![Used::new(Component::Retrieval, provider, units)];
        if provider != crate::corpus::Provider::LocalPgvector.as_str() {
            return used;
        }
        let tokens = self.costs.settings().tokens(chars(question));
        let embedded = Units { requests: Some(1), tokens: Some(tokens), ..Units::default() };
        used.push(Used::new(Component::Embedding, embedder_of(self.providers.embeds_with()), embedded).estimated(true));
        if corpus.routing.search.rerank
            && let Some(whose) = self.providers.reranks_with()
        {
            let units = Units { requests: Some(1), ..Units::default() };
            used.push(Used::new(Component::Rerank, whose, units));
        }
        used
    }
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
