//! What a run consumed, counted when it ends, however it ends.

use nexus_core::cost::{Component, CostError, CostSettings, Tab, Units, Usd, Used};
use serde_json::Value;

use super::{
    Runs,
    cost::{Look, most, whose, written},
};
use crate::{
    llm::Usage,
    provider::{Calls, Query},
};

/// Counts one run. When it is dropped before [`Meter::end`], the client hung up, and what was produced counts all the same.
#[derive(Debug)]
pub(super) struct Meter {
    provider: &'static str,
    look: Look,
    calls: Calls,
    usage: Option<Usage>,
    prompt_chars: Option<usize>,
    /// Whether the model answered anything: before that nobody knows whether it was reached.
    heard: bool,
    output_chars: usize,
    outcome: &'static str,
    tab: Tab,
    costs: CostSettings,
}

impl Meter {
    pub(super) fn start(runs: &Runs, query: &Query, tab: Tab) -> Self {
        Self {
            provider: runs.llm.provider(),
            look: Look::new(runs, &query.text, query.top_k),
            calls: query.calls.clone(),
            usage: None,
            prompt_chars: None,
            heard: false,
            output_chars: 0,
            outcome: "cancelled",
            tab,
            costs: runs.costs.settings(),
        }
    }

    /// Adds something that was used besides the model.
    pub(super) fn used(&mut self, used: impl IntoIterator<Item = Used>) {
        used.into_iter().for_each(|used| self.tab.add(used));
    }

    /// Adds what was asked for passages, of which there are so many.
    pub(super) fn looked(&mut self, found: usize) {
        let used = self.look.used(self.calls.take(), found);
        self.used(used);
    }

    /// Sees to it that the budget has room for a prompt of this length and the longest answer, before the model is asked.
    pub(super) async fn cover(&mut self, prompt_chars: usize, max_output_tokens: u32) -> Result<(), CostError> {
        let input = self.costs.tokens(u64::try_from(prompt_chars).unwrap_or(u64::MAX));
        self.tab.cover(&[written(self.provider, input + most(&self.costs, max_output_tokens))]).await
    }

    /// The model is asked; once it answers it costs something.
    pub(super) fn asked(&mut self, prompt_chars: usize) {
        self.prompt_chars = Some(prompt_chars);
    }

    /// The model answered, if only with nothing.
    pub(super) fn heard(&mut self) {
        self.heard = true;
    }

    pub(super) fn produced(&mut self, text: &str) {
        self.output_chars = self.output_chars.saturating_add(text.chars().count());
    }

    pub(super) fn reported(&mut self, usage: Usage) {
        self.usage = Some(usage);
    }

    pub(super) fn usage(&self) -> Usage {
        let read = self.prompt_chars.filter(|_| self.heard).unwrap_or_default();
        self.usage.unwrap_or_else(|| Usage::estimate(read, self.output_chars))
    }

    /// The model is done: what it used is put on the tab, once.
    pub(super) fn answered(&mut self) {
        let Some(prompt_chars) = self.prompt_chars.filter(|_| self.heard) else { return };
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

    /// Records what there is, where a budget is enforced; otherwise that happens when this is dropped.
    pub(super) async fn settle(&mut self) {
        self.looked(0);
        self.answered();
        self.tab.settle().await;
    }

    /// What it cost so far.
    pub(super) fn cost(&self) -> Option<Usd> {
        self.tab.total()
    }

    /// What is to be recorded together with the answer, and drawn from the ledger with it.
    pub(super) fn bill(&mut self) -> Option<Value> {
        self.tab.bill()
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
        self.looked(0);
        self.answered();
        let usage = self.usage();
        metrics::counter!("nexusrag_runs_total", "outcome" => self.outcome).increment(1);
        metrics::counter!("nexusrag_llm_tokens_total", "provider" => self.provider, "direction" => "input")
            .increment(u64::from(usage.input_tokens));
        metrics::counter!("nexusrag_llm_tokens_total", "provider" => self.provider, "direction" => "output")
            .increment(u64::from(usage.output_tokens));
    }
}
