//! Bedrock: the request is what the service's model says, and passages come out of its answer.

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::{error::CredentialsError, future};
use aws_sdk_bedrockagentruntime::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use nexus_core::resilience::Integrations;
use nexus_retrieval::provider::bedrock::Bedrock;
use serde_json::{Value, json};

use crate::{
    double::{Asked, Double, Reply},
    model::BEDROCK,
    sigv4,
    world::{bedrock_corpus, corpus, endpoint, integrations, patient, scope, search},
};

/// What the service refuses is a violation here.
pub fn strict(asked: &Asked) {
    sigv4::verify(asked);
    assert_eq!((asked.method.as_str(), asked.uri.path()), ("POST", "/knowledgebases/KB12345678/retrieve"));
    assert_eq!(asked.headers["content-type"], "application/json");
    let request = asked.json();
    BEDROCK.request(&request);
    let question = request["retrievalQuery"]["text"].as_str().unwrap();
    assert!((1..=1000).contains(&question.chars().count()), "quotas of the service, beyond its model");
    if let Some(filter) = request["retrievalConfiguration"]["vectorSearchConfiguration"].get("filter") {
        strict_filter(filter, 0);
    }
}

/// What the guide of the service says beyond its model: groups have up to five members, and are nested one level deep;
/// values of comparisons are plain.
fn strict_filter(filter: &Value, depth: usize) {
    let (operator, operand) = filter.as_object().unwrap().iter().next().unwrap();
    let plain = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    match operator.as_str() {
        "andAll" | "orAll" => {
            let members = operand.as_array().unwrap();
            assert!((2..=5).contains(&members.len()) && depth < 2, "{} at depth {depth}", members.len());
            for member in members {
                strict_filter(member, depth + 1);
            }
        }
        "in" => assert!(operand["value"].as_array().is_some_and(|all| !all.is_empty() && all.iter().all(plain))),
        "equals" => assert!(plain(&operand["value"])),
        _ => assert!(operand["value"].is_number(), "{operand}"),
    }
}

fn config(credentials: impl ProvideCredentials + 'static) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

pub fn bedrock(url: &str, integrations: &Integrations) -> Bedrock {
    let credentials = Credentials::new(sigv4::KEY_ID, sigv4::SECRET, None, None, "test");
    Bedrock::with_config(config(credentials), &endpoint(url), integrations)
}

/// A server without any credential.
pub fn stranger(url: &str, integrations: &Integrations) -> Bedrock {
    #[derive(Debug)]
    struct Nothing;
    impl ProvideCredentials for Nothing {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("none")))
        }
    }
    Bedrock::with_config(config(Nothing), &endpoint(url), integrations)
}

pub fn result(document: &str, text: &str, score: f64) -> Value {
    json!({
        "content": { "type": "TEXT", "text": text },
        "location": { "type": "S3", "s3Location": { "uri": format!("s3://bucket/{document}.md") } },
        "metadata": { "tenant_id": "t", "document_id": document, "level": 3,
            "x-amz-bedrock-kb-document-page-number": 4.0 },
        "score": score,
    })
}

pub fn answer(results: &[Value]) -> Reply {
    let answer = json!({ "retrievalResults": results });
    BEDROCK.response(&answer);
    Reply::Json(answer)
}

/// Answers for the record.
pub fn answers() -> Vec<Value> {
    let page = json!({ "retrievalResults": [result("d1", "The heron is grey.", 0.75)], "nextToken": "more" });
    vec![json!({ "retrievalResults": [] }), page]
}

#[tokio::test]
async fn a_question_is_asked_as_the_service_wants_it() {
    let double = Double::start(strict, answer(&[result("d1", "The heron is grey.", 0.75)])).await;
    let bedrock = bedrock(&double.url, &integrations(patient()));
    let hits = search(&bedrock, &bedrock_corpus(), 7).await.unwrap();
    assert_eq!(hits.len(), 1);
    let hit = &hits[0];
    assert_eq!((hit.origin.id.as_str(), hit.origin.filename.as_str()), ("d1", "d1.md"));
    assert_eq!((&*hit.text, hit.start, hit.end), ("The heron is grey.", 0, 18));
    assert!((hit.score - 0.75).abs() < f32::EPSILON);
    assert_eq!(hit.origin.metadata["level"], 3);
    assert_eq!(hit.location.as_ref().unwrap().place.page, Some(4));
    assert_eq!(hit.origin.metadata["source_uri"], "s3://bucket/d1.md");

    let asked = double.last();
    assert_eq!(sigv4::verify(&asked), "eu-west-1");
    let search = &asked.json()["retrievalConfiguration"]["vectorSearchConfiguration"];
    assert_eq!(asked.json()["retrievalQuery"]["text"], "What is grey?");
    assert_eq!(search["numberOfResults"], 7);
    assert_eq!(search["overrideSearchType"], "HYBRID");
    assert_eq!(search["filter"], scope("u1").remote_bedrock());
    assert!(search["filter"].to_string().contains("tenant_id"));
}

#[tokio::test]
async fn each_region_is_signed_for_and_a_page_is_enough() {
    let more = json!({ "retrievalResults": [result("d1", "x", 2.0), result("d2", "y", -1.0)], "nextToken": "more" });
    let double = Double::start(strict, Reply::Json(more)).await;
    let bedrock = bedrock(&double.url, &integrations(patient()));
    for region in ["us-east-1", "eu-central-1"] {
        let corpus = corpus(&json!({
            "provider": "aws_bedrock_kb", "knowledge_base_id": "KB12345678", "region": region,
        }));
        let scores: Vec<f32> = search(&bedrock, &corpus, 500).await.unwrap().iter().map(|hit| hit.score).collect();
        assert_eq!(scores, [1.0, 0.0], "scores lie between 0 and 1");
        assert_eq!(sigv4::verify(&double.last()), region);
        let asked = double.last().json();
        assert_eq!(asked["retrievalConfiguration"]["vectorSearchConfiguration"]["numberOfResults"], 100);
        assert!(!asked.to_string().contains("overrideSearchType"));
    }
    assert_eq!(double.asked().len(), 2);
}

#[tokio::test]
async fn a_long_question_is_cut_and_a_filter_can_be_left_out() {
    let double = Double::start(strict, answer(&[])).await;
    let settings = nexus_retrieval::provider::ProviderSettings { scope_filter: false, ..endpoint(&double.url) };
    let credentials = Credentials::new(sigv4::KEY_ID, sigv4::SECRET, None, None, "test");
    let bedrock = Bedrock::with_config(config(credentials), &settings, &integrations(patient()));
    let question = crate::world::query(&"é".repeat(5000), 5);
    let remote: &dyn nexus_retrieval::provider::guard::Remote = &bedrock;
    let found = remote.search(&crate::world::op(), &scope("u1"), &bedrock_corpus(), &question).await.unwrap();
    assert_eq!(found, []);
    assert!(!double.last().json().to_string().contains("filter"));
}

#[tokio::test]
async fn what_is_no_passage_is_left_out() {
    let results = [
        result("d1", " ", 0.9),
        json!({ "content": { "type": "IMAGE", "byteContent": "data:image/png;base64,AAAA", "text": "" } }),
        json!({ "location": { "type": "S3", "s3Location": { "uri": "s3://b/x" } }, "score": 0.5 }),
        json!({ "content": { "text": "Left." }, "location": { "type": "WEB", "webLocation": { "url": "https://e.org/a" } } }),
        json!({ "content": { "text": "Nameless." } }),
    ];
    // Not what the model says: `answer` would refuse it.
    let double = Double::start(strict, Reply::Json(json!({ "retrievalResults": results }))).await;
    let hits = search(&bedrock(&double.url, &integrations(patient())), &bedrock_corpus(), 10).await.unwrap();
    let documents: Vec<&str> = hits.iter().map(|hit| hit.origin.id.as_str()).collect();
    assert_eq!(documents, ["https://e.org/a", "bedrock_kb"]);
}
