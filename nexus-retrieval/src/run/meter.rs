//! What a run consumed, counted when it ends, however it ends.

use nexus_core::{
    cost::{Component, CostSettings, Tab, Units, Used},
    pg::{DbError, TenantTx},
};
use serde_json::Value;

use super::cost::whose;
use crate::llm::Usage;

/// Counts one run. When it is dropped before [`Meter::end`], the client hung up, and what was produced counts all the same.
#[derive(Debug)]
pub(super) struct Meter {
    provider: &'static str,
    usage: Option<Usage>,
    prompt_chars: Option<usize>,
    output_chars: usize,
    outcome: &'static str,
    tab: Tab,
    costs: CostSettings,
}

impl Meter {
    pub(super) fn start(provider: &'static str, tab: Tab, costs: CostSettings) -> Self {
        Self { provider, usage: None, prompt_chars: None, output_chars: 0, outcome: "cancelled", tab, costs }
    }

    /// Adds something that was used besides the model.
    pub(super) fn used(&mut self, used: impl IntoIterator<Item = Used>) {
        used.into_iter().for_each(|used| self.tab.add(used));
    }

    /// The model is asked; from now on it costs something.
    pub(super) fn asked(&mut self, prompt_chars: usize) {
        self.prompt_chars = Some(prompt_chars);
    }

    pub(super) fn produced(&mut self, text: &str) {
        self.output_chars = self.output_chars.saturating_add(text.chars().count());
    }

    pub(super) fn reported(&mut self, usage: Usage) {
        self.usage = Some(usage);
    }

    pub(super) fn usage(&self) -> Usage {
        self.usage.unwrap_or_else(|| Usage::estimate(self.prompt_chars.unwrap_or_default(), self.output_chars))
    }

    /// The model is done: what it used is put on the tab, once.
    pub(super) fn answered(&mut self) {
        let Some(prompt_chars) = self.prompt_chars else { return };
        let usage = self.usage();
        let tokens = if usage.estimated {
            let reckoned = |chars: usize| self.costs.tokens(u64::try_from(chars).unwrap_or(u64::MAX));
            self.costs.estimator.then(|| reckoned(prompt_chars) + reckoned(self.output_chars))
        } else {
            Some(u64::from(usage.input_tokens) + u64::from(usage.output_tokens))
        };
        let units = Units { requests: Some(1), tokens, ..Units::default() };
        self.tab.add(Used::new(Component::Llm, whose(self.provider), units).estimated(usage.estimated));
        self.prompt_chars = None;
        self.usage = Some(usage);
    }

    /// What is to be recorded together with the answer.
    pub(super) fn bill(&self) -> Option<Value> {
        self.tab.bill()
    }

    /// Draws it from the ledger, together with the answer.
    pub(super) async fn settle_in(&mut self, tx: &mut TenantTx) -> Result<(), DbError> {
        self.tab.settle_in(tx).await
    }

    /// The answer is written down, and so is what it cost.
    pub(super) fn billed(&mut self) {
        self.tab.billed();
    }

    /// Says how the run ended: `completed`, `failed` or `revoked`.
    pub(super) fn end(&mut self, outcome: &'static str) {
        self.outcome = outcome;
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.answered();
        let usage = self.usage();
        metrics::counter!("nexusrag_runs_total", "outcome" => self.outcome).increment(1);
        metrics::counter!("nexusrag_llm_tokens_total", "provider" => self.provider, "direction" => "input")
            .increment(u64::from(usage.input_tokens));
        metrics::counter!("nexusrag_llm_tokens_total", "provider" => self.provider, "direction" => "output")
            .increment(u64::from(usage.output_tokens));
    }
}
