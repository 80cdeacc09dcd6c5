//! What a run consumed, counted when it ends, however it ends.

use crate::llm::Usage;

/// Counts one run. When it is dropped before [`Meter::end`], the client hung up, and what was produced counts all the same.
#[derive(Debug)]
pub(super) struct Meter {
    provider: &'static str,
    usage: Option<Usage>,
    output_chars: usize,
    outcome: &'static str,
}

impl Meter {
    pub(super) fn start(provider: &'static str) -> Self {
        Self { provider, usage: None, output_chars: 0, outcome: "cancelled" }
    }

    pub(super) fn produced(&mut self, text: &str) {
        self.output_chars = self.output_chars.saturating_add(text.chars().count());
    }

    pub(super) fn reported(&mut self, usage: Usage) {
        self.usage = Some(usage);
    }

    pub(super) fn usage(&self) -> Usage {
        self.usage.unwrap_or_else(|| Usage::estimate(0, self.output_chars))
    }

    /// Says how the run ended: `completed`, `failed` or `revoked`.
    pub(super) fn end(&mut self, outcome: &'static str) {
        self.outcome = outcome;
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let usage = self.usage();
        metrics::counter!("nexusrag_runs_total", "outcome" => self.outcome).increment(1);
        metrics::counter!("nexusrag_llm_tokens_total", "provider" => self.provider, "direction" => "input")
            .increment(u64::from(usage.input_tokens));
        metrics::counter!("nexusrag_llm_tokens_total", "provider" => self.provider, "direction" => "output")
            .increment(u64::from(usage.output_tokens));
    }
}
