//! Events of a run as clients know them.

use nexus_retrieval::run::{Citation, Event};
use nexus_sdk::wire::{self, RunEventData};

pub(super) fn to_wire(event: Event) -> RunEventData {
    match event {
        Event::Accepted { at } => RunEventData::RequestAccepted(wire::RequestAccepted { accepted_at: at }),
        Event::Retrieved { provider, count, .. } => RunEventData::DebugRetrieval(wire::DebugRetrieval {
            provider: provider.to_owned(),
            num_chunks: u64::try_from(count).unwrap_or(u64::MAX),
        }),
        Event::Delta(delta) => RunEventData::TokenDelta(wire::TokenDelta { delta }),
        Event::Final { text, citations } => RunEventData::MessageFinal(wire::MessageFinal {
            text,
            citations: citations.into_iter().map(citation).collect(),
        }),
        Event::AudioReady { id, url } => {
            RunEventData::AudioReady(wire::AudioReady { audio_url: url, audio_id: id, mime: "audio/mpeg".to_owned() })
        }
        Event::AudioFailed { code, message } => {
            RunEventData::AudioError(wire::StreamError { code: code.as_str().to_owned(), message })
        }
        Event::Failed { code, message } => {
            RunEventData::Error(wire::StreamError { code: code.as_str().to_owned(), message })
        }
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
