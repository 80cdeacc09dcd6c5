//! The requests of both providers, written down for the check of `scripts/provider-models.py` with the libraries of the
//! services. `NEXUS_RECORD=1` writes them anew.

use nexus_retrieval::provider::guard::Remote;
use serde_json::{Value, json};

use crate::{
    bedrock,
    double::Double,
    vertex,
    world::{bedrock_corpus, corpus, integrations, op, patient, query, scope, vertex_corpus},
};

const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/providers/fixtures/recorded.json");

fn requests(double: &Double) -> Vec<Value> {
    let asked = double.asked();
    asked.iter().map(|it| json!({ "method": it.method.as_str(), "path": it.uri.path(), "body": it.json() })).collect()
}

#[tokio::test]
async fn requests_are_those_that_were_checked_with_the_libraries_of_the_services() {
    let aws = Double::start(bedrock::strict, bedrock::answer(&[])).await;
    let google = Double::start(vertex::strict, vertex::answer(&[])).await;
    let shared = integrations(patient());
    let (on_aws, on_google) = (bedrock::bedrock(&aws.url, &shared), vertex::vertex(&google.url, &shared));
    let ask = async |remote: &dyn Remote, corpus: &Value, question: &str, top_k: u32| {
        remote.search(&op(), &scope("u1"), &self::corpus(corpus), &query(question, top_k)).await.unwrap();
    };
    let bedrock = |more: Value| {
        let mut corpus =
            json!({ "provider": "aws_bedrock_kb", "knowledge_base_id": "KB12345678", "region": "eu-west-1" });
        corpus.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        corpus
    };
    let vertex = |mode: &str| json!({ "provider": "gcp_vertex", "project": "p1", "location": "eu", "resource_id": "store1", "result_mode": mode });
    ask(&on_aws, &bedrock(json!({})), "What is grey?", 5).await;
    ask(&on_aws, &bedrock(json!({ "search_type": "hybrid" })), "Ünïcode \"quoted\" \\ and more", 100).await;
    ask(&on_aws, &bedrock(json!({ "search_type": "semantic" })), &"long ".repeat(500), 1).await;
    for policies in crate::scopes::samples() {
        on_aws.search(&op(), &policies, &bedrock_corpus(), &query("What is grey?", 5)).await.unwrap();
        on_google.search(&op(), &policies, &vertex_corpus(), &query("What is grey?", 5)).await.unwrap();
    }
    for mode in ["documents", "segments", "chunks"] {
        ask(&on_google, &vertex(mode), "What is grey?", 10).await;
    }
    let found = json!({
        "bedrock": { "requests": requests(&aws), "answers": bedrock::answers() },
        "vertex": { "requests": requests(&google), "answers": vertex::answers() },
    });
    if std::env::var_os("NEXUS_RECORD").is_some() {
        std::fs::write(RECORDED, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(RECORDED).unwrap_or_default()).unwrap_or_default();
    assert!(found == kept, "run with NEXUS_RECORD=1, then scripts/provider-models.py");
}
