//! Events of a run as clients know them.

use nexus_core::{
    cost,
    sla::{Decision, Shed, Standing},
};
use nexus_retrieval::run::{Citation, Event};
use nexus_sdk::wire::{self, RunEventData};

pub(super) fn to_wire(event: Event) -> RunEventData {
    match event {
        Event::Accepted { at } => RunEventData::RequestAccepted(wire::RequestAccepted { accepted_at: at }),
        Event::ServiceLevel(standing) => match standing.decision {
            Decision::Degrade => RunEventData::SlaDegradeApplied(notice(&standing)),
            _ => RunEventData::SlaWarn(notice(&standing)),
        },
        Event::Budget(standing) => match standing.status {
            cost::Status::Degraded => RunEventData::CostDegraded(budget_notice(&standing)),
            cost::Status::Capped => capped(&standing),
            _ => RunEventData::CostWarn(budget_notice(&standing)),
        },
        Event::Retrieved { provider, count, .. } => RunEventData::DebugRetrieval(wire::DebugRetrieval {
            provider: provider.to_owned(),
            num_chunks: u64::try_from(count).unwrap_or(u64::MAX),
        }),
        Event::Delta(delta) => RunEventData::TokenDelta(wire::TokenDelta { delta }),
        Event::Final { text, citations, .. } => RunEventData::MessageFinal(wire::MessageFinal {
            text,
            citations: citations.into_iter().map(citation).collect(),
        }),
        Event::AudioReady { id, url } => {
            RunEventData::AudioReady(wire::AudioReady { audio_url: url, audio_id: id, mime: "audio/mpeg".to_owned() })
        }
        Event::AudioFailed { code, message } => {
            RunEventData::AudioError(wire::StreamError { code: code.as_str().to_owned(), message })
        }
        Event::Failed { code, message, .. } => {
            RunEventData::Error(wire::StreamError { code: code.as_str().to_owned(), message })
        }
    }
}

/// The notice of a run that is refused to protect the service level.
pub(super) fn shed(shed: &Shed) -> RunEventData {
    let standing = &shed.standing;
    RunEventData::SlaShed(wire::SlaShed {
        status: standing.status.to_string(),
        policy_id: standing.policy.map(|id| id.to_string()),
        window_end: standing.window_end,
    })
}

fn notice(standing: &Standing) -> wire::SlaNotice {
    let degrades = standing.decision == Decision::Degrade;
    let mitigation = &standing.mitigation;
    let actions = wire::SlaDegradeActions {
        disable_audio: Some(mitigation.disable_tts),
        top_k_floor: mitigation.top_k,
        max_output_tokens: mitigation.max_output_tokens.map(u64::from),
        provider_fallback_order: Some(standing.fallback_order.to_vec()),
    };
    wire::SlaNotice {
        status: standing.status.to_string(),
        policy_id: standing.policy.map(|id| id.to_string()),
        decision: standing.decision.to_string(),
        window_end: standing.window_end,
        recommended_actions: standing.recommended.to_vec(),
        degrade_actions: if degrades { actions } else { wire::SlaDegradeActions::default() },
    }
}

/// The notice of a run that is refused because the budget is used up.
pub(super) fn capped(standing: &cost::Standing) -> RunEventData {
    RunEventData::CostCapped(wire::CostCapped {
        status: "capped".to_owned(),
        budget_usd: standing.budget.map(|amount| amount.to_string()),
        spend_usd: standing.projected.to_string(),
        estimated: standing.estimated,
    })
}

fn budget_notice(standing: &cost::Standing) -> wire::CostNotice {
    let mitigation = &standing.mitigation;
    let actions = wire::CostDegradeActions {
        disable_audio: Some(mitigation.disable_tts),
        top_k: mitigation.top_k,
        max_output_tokens: mitigation.max_output_tokens.map(u64::from),
        ..wire::CostDegradeActions::default()
    };
    wire::CostNotice {
        status: standing.status.as_str().to_owned(),
        budget_usd: standing.budget.map(|amount| amount.to_string()),
        spend_usd: standing.projected.to_string(),
        remaining_usd: standing.remaining().map(|amount| amount.to_string()),
        estimated: standing.estimated,
        estimate_meta: wire::EstimateMeta {
            input_tokens: standing.input_tokens,
            output_tokens: standing.output_tokens,
        },
        degrade_actions: if mitigation.is_none() { wire::CostDegradeActions::default() } else { actions },
    }
}

pub(crate) fn citation(c: Citation) -> wire::Citation {
    wire::Citation {
        index: u32::try_from(c.index).unwrap_or(u32::MAX),
        source: format!("document://{}", c.document),
        score: f64::from(c.score),
        metadata: c.metadata,
        document_id: Some(c.document),
        title: Some(c.title),
        start: Some(c.start),
        end: Some(c.end),
        quote: c.quote,
        content_hash: Some(c.content_hash),
    }
}
