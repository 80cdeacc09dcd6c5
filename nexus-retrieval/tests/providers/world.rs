//! Corpora, scopes and questions.

use std::time::Duration;

use chrono::DateTime;
use nexus_authz::scope::{ReadScope, ScopeSettings};
use nexus_core::{
    clock::Clock,
    op::Op,
    principal::{Principal, Role},
    resilience::{Integrations, ResilienceSettings},
    shared::{Shared, SharedSettings},
};
use nexus_retrieval::{
    corpus::{Corpus, decide},
    embed::{Embedder as _, HashEmbedder},
    index::Hit,
    provider::{ProviderSettings, Query, RetrievalError, guard::Remote},
};
use serde_json::{Value, json};

/// Limits that a test does not have to wait for.
pub fn quick() -> ResilienceSettings {
    ResilienceSettings {
        timeout: Duration::from_millis(1500),
        backoff: Duration::from_millis(1),
        failures: 3,
        open_for: Duration::from_millis(300),
        ..ResilienceSettings::default()
    }
}

/// Limits for tests in which nothing is late.
pub fn patient() -> ResilienceSettings {
    ResilienceSettings { timeout: Duration::from_mins(1), failures: 1000, ..quick() }
}

pub fn integrations(settings: ResilienceSettings) -> Integrations {
    Integrations::new(&Shared::local(&SharedSettings::default()), settings)
}

pub fn endpoint(url: &str) -> ProviderSettings {
    ProviderSettings {
        aws_endpoint: Some(url.to_owned()),
        vertex_endpoint: Some(url.to_owned()),
        google_token: Some("ya29.test".to_owned().into()),
        ..ProviderSettings::default()
    }
}

pub fn corpus(retrieval: &Value) -> Corpus {
    let (provider_config, routing) = decide::normalise(json!({ "retrieval": retrieval })).unwrap();
    let model = HashEmbedder::default();
    Corpus {
        tenant: "t".parse().unwrap(),
        id: "c".parse().unwrap(),
        name: "c".into(),
        provider_config,
        routing,
        embedding_model: model.model().clone(),
        embedding_dimension: model.dimension(),
        chunk_count: 0,
        term_count: 0,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

pub fn bedrock_corpus() -> Corpus {
    corpus(&json!({
        "provider": "aws_bedrock_kb", "knowledge_base_id": "KB12345678", "region": "eu-west-1", "search_type": "hybrid",
    }))
}

pub fn vertex_corpus() -> Corpus {
    corpus(&json!({ "provider": "gcp_vertex", "project": "p1", "location": "eu", "resource_id": "store1" }))
}

pub fn scope(user: &str) -> ReadScope {
    let principal = Principal::vouched_for("t".parse().unwrap(), user.parse().unwrap(), Role::Reader);
    ReadScope::vouched_for(&principal, None, ScopeSettings::default()).within("c".parse().unwrap())
}

pub fn query(text: &str, top_k: u32) -> Query {
    Query::new(text, top_k)
}

pub fn op() -> Op {
    Op::internal(Clock::system().now())
}

pub async fn search(remote: &dyn Remote, corpus: &Corpus, top_k: u32) -> Result<Vec<Hit>, RetrievalError> {
    remote.search(&op(), &scope("u1"), corpus, &query("What is grey?", top_k)).await
}
