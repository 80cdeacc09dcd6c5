//! Providers as a server has them: behind the check of what may be read, and with others that step in.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use nexus_core::{
    audit::{AuditLog, AuditSettings},
    pg::testing::{self, TestDb},
    problem::{Code, Problem as _},
    resilience::ResilienceSettings,
};
use nexus_retrieval::{
    corpus::Corpus,
    embed::HashEmbedder,
    provider::{
        LocalPgvector, Providers, RetrievalError, Retrieved,
        guard::{Guarded, Remote},
    },
};
use serde_json::json;

use crate::{
    bedrock,
    double::{Double, Reply},
    vertex,
    world::{bedrock_corpus, corpus, integrations, op, patient, query, quick, scope, vertex_corpus},
};

/// Tenant `t` with corpus `c`; `u1` may read `d1` of three registered documents, `u2` the whole corpus.
async fn library() -> TestDb {
    let database = testing::database().await;
    let mut sql = String::from(
        "INSERT INTO tenants (id, name) VALUES ('t', 'x');
         INSERT INTO corpora (tenant_id, id, name, provider_config_json, embedding_model, embedding_dimension)
         VALUES ('t', 'c', 'c', '{\"retrieval\": {\"provider\": \"local_pgvector\"}}', 'hash-768', 768);
         INSERT INTO corpus_permissions (tenant_id, id, corpus_id, principal_type, principal_id, permission)
         VALUES ('t', gen_random_uuid(), 'c', 'user', 'u2', 'read');",
    );
    for document in ["d1", "d2", "d3"] {
        write!(
            sql,
            "INSERT INTO documents (tenant_id, id, corpus_id, filename, title, content_type, ingest_source, status,
                 source_key, source_bytes, source_sha256, chunk_size_chars, chunk_overlap_chars, labels_json, metadata_json)
             VALUES ('t', '{document}', 'c', 'd', 'd', 'text/plain', 'raw_text', 'succeeded', 'k', 1, '\\x00', 100, 0, '{{}}', '{{}}');"
        )
        .unwrap();
    }
    sql += "INSERT INTO document_permissions (tenant_id, id, document_id, principal_type, principal_id, permission)
            VALUES ('t', gen_random_uuid(), 'd1', 'user', 'u1', 'read');";
    let mut owner = testing::connect(&database.url).await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut owner).await.unwrap();
    database
}

struct Installation {
    providers: Providers,
    aws: Double,
    google: Double,
    audit: AuditLog,
    writing: tokio::task::JoinHandle<()>,
    database: TestDb,
}

async fn installation() -> Installation {
    installation_with(patient()).await
}

async fn installation_with(settings: ResilienceSettings) -> Installation {
    let database = library().await;
    let (audit, writer) = AuditLog::new(&database.db, &AuditSettings::default());
    let writing = tokio::spawn(writer.run(tokio_util::sync::CancellationToken::new()));
    let aws = Double::start(bedrock::strict, bedrock::answer(&[])).await;
    let google = Double::start(vertex::strict, vertex::answer(&[])).await;
    let patience = settings.timeout;
    let shared = integrations(settings);
    let guarded =
        |remote: Arc<dyn Remote>| Guarded::new(remote, database.db.clone(), audit.clone()).with_patience(patience);
    let local = LocalPgvector::new(database.db.clone(), Arc::new(HashEmbedder::default()));
    let providers = Providers::new(local)
        .with_bedrock(guarded(Arc::new(bedrock::bedrock(&aws.url, &shared))))
        .with_vertex(guarded(Arc::new(vertex::vertex(&google.url, &shared))));
    Installation { providers, aws, google, audit, writing, database }
}

impl Installation {
    async fn ask(&self, user: &str, corpus: &Corpus, top_k: u32) -> Result<Retrieved, RetrievalError> {
        self.providers.retrieve(&op(), &scope(user), corpus, &query("What is grey?", top_k)).await
    }

    async fn dropped(&self) -> i64 {
        self.audit.flush().await;
        let mut owner = testing::connect(&self.database.url).await;
        sqlx::query_scalar(
            "SELECT coalesce(sum((metadata_json->>'count')::bigint), 0)::bigint FROM audit_events
             WHERE event_type = 'authz.retrieval.dropped'",
        )
        .fetch_one(&mut owner)
        .await
        .unwrap()
    }
}

fn documents(found: &Retrieved) -> Vec<&str> {
    found.hits.iter().map(|hit| hit.origin.id.as_str()).collect()
}

#[tokio::test]
async fn what_lies_outside_the_scope_is_dropped_and_counted() {
    let here = installation().await;
    let mut foreign = bedrock::result("x9", "Somebody else's.", 0.8);
    foreign["metadata"]["tenant_id"] = json!("other");
    let results = [
        bedrock::result("d2", "Not for everybody.", 0.9),
        foreign,
        bedrock::result("d1", "Grey.", 0.7),
        bedrock::result("unknown", "Only the provider knows it.", 0.6),
    ];
    here.aws.always(bedrock::answer(&results));
    let found = here.ask("u1", &bedrock_corpus(), 5).await.unwrap();
    assert_eq!((found.provider, documents(&found)), ("aws_bedrock_kb", vec!["d1"]));
    assert_eq!(here.dropped().await, 3);
    let found = here.ask("u2", &bedrock_corpus(), 5).await.unwrap();
    assert_eq!(documents(&found), ["d2", "d1", "unknown"]);
    assert_eq!(here.dropped().await, 4, "a passage that says that it is another tenant's is nobody's here");
    assert_eq!(documents(&here.ask("u3", &bedrock_corpus(), 5).await.unwrap()), Vec::<&str>::new());
    here.writing.abort();
}

#[tokio::test]
async fn a_passage_of_another_corpus_is_nobodys_here_also_with_a_grant_on_the_whole_corpus() {
    let here = installation().await;
    let said = |document: &str, key: &str, value: serde_json::Value| {
        let mut result = bedrock::result(document, "Words.", 0.8);
        result["metadata"][key] = value;
        result
    };
    let results = [
        said("salaries", "corpus_id", json!("hr")),
        said("d1", "corpus_id", json!("hr")),
        said("list", "corpus_id", json!(["c"])),
        said("null", "corpus_id", serde_json::Value::Null),
        said("number", "tenant_id", json!(7)),
        said("ours", "corpus_id", json!("c")),
        bedrock::result("silent", "Words.", 0.5),
    ];
    here.aws.always(bedrock::answer(&results));
    let found = here.ask("u2", &bedrock_corpus(), 10).await.unwrap();
    assert_eq!(documents(&found), ["ours", "silent"]);
    assert_eq!(here.dropped().await, 5);
    here.writing.abort();
}

#[tokio::test]
async fn silence_behind_the_check_opens_the_breaker_as_well() {
    let here = installation_with(ResilienceSettings {
        timeout: Duration::from_millis(100),
        open_for: Duration::from_hours(1),
        ..quick()
    })
    .await;
    here.aws.always(Reply::Silence);
    for code in [Code::AwsRetrieval, Code::AwsRetrieval, Code::AwsRetrieval, Code::IntegrationUnavailable] {
        assert_eq!(here.ask("u1", &bedrock_corpus(), 5).await.unwrap_err().code(), code);
    }
    here.writing.abort();
}

#[tokio::test]
async fn another_provider_steps_in_for_one_that_is_not_well_and_for_no_other_reason() {
    let here = installation().await;
    here.google.always(vertex::answer(&[vertex::result("d1", "Grey.", 0.5)]));
    let with = |fallback: &[&str]| {
        corpus(&json!({
            "provider": "aws_bedrock_kb", "knowledge_base_id": "KB12345678", "region": "eu-west-1",
            "project": "p1", "location": "eu", "resource_id": "store1", "fallback": fallback,
        }))
    };
    here.aws.always(Reply::Refusal(500, "", "InternalServerException", "{}".into()));
    let found = here.ask("u1", &with(&["gcp_vertex", "local_pgvector"]), 5).await.unwrap();
    assert_eq!((found.provider, documents(&found)), ("gcp_vertex", vec!["d1"]));
    assert!(here.ask("u3", &with(&["gcp_vertex"]), 5).await.unwrap().hits.is_empty(), "rights count there as well");

    here.google.always(Reply::Refusal(503, "", "", "{}".into()));
    let found = here.ask("u1", &with(&["gcp_vertex", "local_pgvector"]), 5).await.unwrap();
    assert_eq!(found.provider, "local_pgvector");
    let error = here.ask("u1", &with(&["gcp_vertex"]), 5).await.unwrap_err();
    assert_eq!(error.code(), Code::AwsRetrieval, "the first failure is told");

    here.google.always(vertex::answer(&[vertex::result("d1", "Grey.", 0.5)]));
    here.aws.always(Reply::Refusal(403, "", "AccessDeniedException", "{}".into()));
    let error = here.ask("u1", &with(&["gcp_vertex"]), 5).await.unwrap_err();
    assert_eq!(error.code(), Code::AwsAuth, "a refusal is no outage");
    here.writing.abort();
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_not_asked() {
    let here = installation().await;
    let bare = Providers::new(LocalPgvector::new(here.database.db.clone(), Arc::new(HashEmbedder::default())));
    for (corpus, code) in
        [(bedrock_corpus(), Code::AwsConfigMissing), (vertex_corpus(), Code::VertexRetrievalConfigMissing)]
    {
        let error = bare.retrieve(&op(), &scope("u1"), &corpus, &query("?", 5)).await.unwrap_err();
        assert_eq!(error.code(), code);
    }
    here.writing.abort();
}
