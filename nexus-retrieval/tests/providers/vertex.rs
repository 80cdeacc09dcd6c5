//! Vertex AI Search: the request is what the service's definition says, and passages come out of its answer.

use nexus_core::resilience::Integrations;
use nexus_retrieval::provider::vertex::VertexSearch;
use serde_json::{Value, json};

use crate::{
    double::{Asked, Double, Reply},
    model::VERTEX,
    world::{corpus, endpoint, integrations, patient, scope, search, vertex_corpus},
};

/// What the service refuses is a violation here.
pub fn strict(asked: &Asked) {
    assert_eq!(asked.method.as_str(), "POST");
    assert_eq!(asked.headers["authorization"], "Bearer ya29.test");
    let path = asked.uri.path();
    let resource = path.strip_prefix("/v1/projects/p1/locations/").expect("the project");
    assert!(resource.ends_with("/servingConfigs/default_search:search"), "{path}");
    let request = asked.json();
    VERTEX.request(&request);
    assert!(request["query"].as_str().is_some_and(|query| !query.is_empty()));
    assert!(request["pageSize"].as_u64().is_some_and(|size| (1..=100).contains(&size)));
    assert!(request["filter"].as_str().is_none_or(|filter| filter.contains("tenant_id: ANY(\"t\")")));
    assert_eq!(request["relevanceScoreSpec"]["returnRelevanceScore"], true);
    let content = request["contentSearchSpec"].as_object().expect("a text is asked for");
    assert_eq!(content.len(), 1, "one kind of text: {content:?}");
}

pub fn vertex(url: &str, integrations: &Integrations) -> VertexSearch {
    VertexSearch::new(&endpoint(url), integrations)
}

pub fn result(document: &str, text: &str, score: f64) -> Value {
    json!({
        "id": document,
        "document": {
            "name": format!("projects/1/locations/eu/collections/default_collection/dataStores/store1/branches/0/documents/{document}"),
            "id": document,
            "structData": { "tenant_id": "t", "document_id": document, "level": 3 },
            "derivedStructData": {
                "link": format!("gs://bucket/{document}.pdf"),
                "title": "A title",
                "snippets": [{ "snippet": text, "snippet_status": "SUCCESS" }],
            },
        },
        "modelScores": { "relevance_score": { "values": [score] } },
    })
}

pub fn answer(results: &[Value]) -> Reply {
    let answer = json!({ "results": results, "totalSize": 100, "nextPageToken": "more" });
    VERTEX.response(&answer);
    Reply::Json(answer)
}

/// Answers for the record.
pub fn answers() -> Vec<Value> {
    let page =
        json!({ "results": [result("d1", "The <b>heron</b> is grey.", 0.75), chunk()], "nextPageToken": "more" });
    vec![json!({}), page]
}

fn chunk() -> Value {
    json!({
        "id": "c3",
        "chunk": {
            "name": "projects/1/locations/global/collections/default_collection/dataStores/s/branches/0/documents/d7/chunks/c3",
            "content": "A chunk.",
            "relevanceScore": 0.5,
            "pageSpan": { "pageStart": 9, "pageEnd": 9 },
            "documentMetadata": { "uri": "gs://bucket/d7.pdf", "title": "Seven", "structData": { "tenant_id": "t" } },
        },
    })
}

#[tokio::test]
async fn a_question_is_asked_as_the_service_wants_it() {
    let double = Double::start(strict, answer(&[result("d1", "The <b>heron</b> is grey.", 0.75)])).await;
    let vertex = vertex(&double.url, &integrations(patient()));
    let hits = search(&vertex, &vertex_corpus(), 7).await.unwrap();
    assert_eq!(hits.len(), 1);
    let hit = &hits[0];
    assert_eq!(
        (hit.origin.id.as_str(), hit.origin.title.as_str(), hit.origin.filename.as_str()),
        ("d1", "A title", "d1.pdf")
    );
    assert_eq!(&*hit.text, "The heron is grey.");
    assert!((hit.score - 0.75).abs() < f32::EPSILON);
    assert_eq!(hit.origin.metadata["level"], 3);

    let asked = double.last();
    assert_eq!(asked.uri.path(), "/v1/projects/p1/locations/eu/dataStores/store1/servingConfigs/default_search:search");
    assert_eq!(asked.json()["query"], "What is grey?");
    assert_eq!(asked.json()["pageSize"], 7);
    assert_eq!(asked.json()["filter"], scope("u1").remote_vertex());
    assert_eq!(double.asked().len(), 1, "one page");
}

#[tokio::test]
async fn chunks_and_segments_are_asked_for_where_the_corpus_says_so() {
    let double = Double::start(strict, answer(&[chunk()])).await;
    let vertex = vertex(&double.url, &integrations(patient()));
    let of = |mode: &str| {
        corpus(&json!({
            "provider": "gcp_vertex", "project": "p1", "location": "global",
            "resource_id": "collections/default_collection/engines/e1", "result_mode": mode,
        }))
    };
    let hits = search(&vertex, &of("chunks"), 5).await.unwrap();
    assert_eq!((&*hits[0].text, hits[0].origin.title.as_str()), ("A chunk.", "Seven"));
    assert_eq!(hits[0].location.as_ref().unwrap().place.page, Some(9));
    assert_eq!(hits[0].origin.id, "gs://bucket/d7.pdf", "where it lies comes before the provider's own name");
    assert!(double.last().uri.path().contains("/collections/default_collection/engines/e1/"));

    let mut segment = result("d1", "snippet", 0.5);
    segment["document"]["derivedStructData"]["extractive_segments"] = json!([{ "content": "A whole segment." }]);
    double.always(answer(&[segment]));
    assert_eq!(&*search(&vertex, &of("segments"), 5).await.unwrap()[0].text, "A whole segment.");
}
