//! The receipt of an answer, written down in the statement that writes the answer.

use nexus_core::audit::{Cited, Event, EventType, Index, Model, Receipt, digest, fingerprint, time_text};

use super::{Admitted, Citation, meter::Meter};

impl Admitted {
    /// What an answer rests on.
    pub(super) fn receipt(&self, provider: &str, text: &str, citations: &[Citation], meter: &Meter) -> Event {
        let usage = meter.usage();
        let cited = |citation: &Citation| Cited {
            document_id: citation.document.clone(),
            start: citation.start,
            end: citation.end,
            content_sha256: citation.content_hash.clone(),
        };
        let receipt = Receipt {
            query_sha256: digest(&self.ask.message),
            answer_sha256: digest(text),
            principal: fingerprint(&self.caller),
            policies: self.scope.policies().map(ToOwned::to_owned),
            index: Index {
                corpus_id: self.corpus.id.to_string(),
                corpus_updated_at: time_text(self.corpus.updated_at),
                provider: provider.to_owned(),
                embedding_model: self.corpus.embedding_model.to_string(),
            },
            model: Model {
                provider: self.runs.llm.provider().to_owned(),
                name: self.runs.llm.model().to_owned(),
                input_tokens: usage.input_tokens,
                output_tokens: usage.output_tokens,
                estimated: usage.estimated,
            },
            cost_usd: meter.cost().map(|cost| cost.to_string()),
            citations: citations.iter().map(cited).collect(),
            cited: u64::try_from(citations.len()).unwrap_or(u64::MAX),
        };
        let event = Event::by(&self.op, &self.caller, EventType::RunReceipt);
        event.resource("run", self.op.request_id.as_str()).receipt(receipt)
    }
}
