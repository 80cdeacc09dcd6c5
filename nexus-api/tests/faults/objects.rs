//! A bucket that hangs under a running server: uploads are refused, everything else goes on, everybody can see it, and it is
//! used again by itself.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::harness::{Home, Http, server, until};

#[derive(Default)]
struct Inside {
    hangs: bool,
    objects: BTreeMap<String, Bytes>,
}

type Bucket = Arc<Mutex<Inside>>;

async fn reply(State(bucket): State<Bucket>, method: Method, uri: Uri, body: Bytes) -> Response {
    if bucket.lock().unwrap().hangs {
        return std::future::pending().await;
    }
    let mut inside = bucket.lock().unwrap();
    let tag = [(header::ETAG, "\"x\""), (header::LAST_MODIFIED, "Thu, 01 Jan 2026 00:00:00 GMT")];
    match method {
        Method::PUT => {
            inside.objects.insert(uri.path().to_owned(), body);
            tag.into_response()
        }
        _ => match inside.objects.get(uri.path()) {
            Some(bytes) => (tag, bytes.clone()).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
    }
}

async fn upload(http: &Http, id: &str) -> (u16, String) {
    let text = json!({ "corpus_id": "c", "document_id": id, "text": format!("What {id} says.") });
    let (status, body) = http.send("POST", "/v1/documents/text", &text).await;
    let said: Value = serde_json::from_str(&body).unwrap();
    (status, said["error"]["code"].as_str().unwrap_or_default().to_owned())
}

async fn breaker(http: &Http) -> (Value, Value) {
    let (status, body) = http.get("/v1/ops/health").await;
    assert_eq!(status, 200, "{body}");
    let health: Value = serde_json::from_str(&body).unwrap();
    (health["data"]["circuit_breaker_state"]["objects.s3"].clone(), health["data"]["circuit_breaker_places"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_hangs_is_left_alone_and_told_of() {
    let bucket = Bucket::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let double = Router::new().fallback(reply).with_state(Arc::clone(&bucket));
    tokio::spawn(async move { axum::serve(listener, double).await });
    let home = Home::new()
        .await
        .with("OBJECT_STORE_URL", "s3://bucket/of/ours")
        .with("OBJECT_STORE_TIMEOUT_MS", "500")
        .with("EXT_RETRY_MAX_ATTEMPTS", "1")
        .with("CB_FAILURE_THRESHOLD", "2")
        .with("CB_OPEN_SECONDS", "2")
        .with_bucket(&endpoint);
    let key = home.key("t", "admin", "u");
    let server = home.start(&[]).await;
    let (client, http) = (server.client(&key), server.http(&key));
    server::corpus(&client).await;
    assert_eq!(upload(&http, "d1").await.0, 202);
    client.documents().wait("d1", Duration::from_mins(1)).await.unwrap();
    let kept: Vec<String> = bucket.lock().unwrap().objects.keys().cloned().collect();
    assert!(kept.len() == 1 && kept[0].starts_with("/bucket/of/ours/sources/"), "{kept:?}");
    assert_eq!(breaker(&http).await, (json!("closed"), json!([])));

    bucket.lock().unwrap().hangs = true;
    let refused = async || loop {
        match upload(&http, "d2").await {
            (503, code) if code == "SERVICE_UNAVAILABLE" => {}
            (503, code) => return assert_eq!(code, "INTEGRATION_UNAVAILABLE"),
            other => panic!("{other:?}"),
        }
    };
    refused().await;
    let (state, places) = breaker(&http).await;
    assert_ne!(state, "closed");
    assert_eq!((&places[0]["integration"], &places[0]["place"]), (&json!("objects.s3"), &json!("bucket")), "{places}");
    // Where texts are known already, nothing is missing.
    let search = json!({ "query": "What does d1 say?", "top_k": 1 });
    let (status, body) = http.send("POST", "/v1/corpora/c/search", &search).await;
    assert!(status == 200 && body.contains("What d1 says."), "{status} {body}");
    until("readiness tells of it", 10, || async {
        let (status, body) = http.get("/v1/readyz").await;
        status == 200 && body.contains("degraded") && body.contains("objects.s3")
    })
    .await;
    let metrics = http.get("/metrics").await.1;
    let of_ours = |words: &[&str]| metrics.lines().any(|line| words.iter().all(|word| line.contains(word)));
    // Whether the time of the call or that of a try within it ends first is a matter of moments.
    let lost = ["timeout", "failed"].iter().any(|how| of_ours(&["nexusrag_external_calls_total", "objects.s3", how]));
    assert!(lost, "{metrics}");
    assert!(of_ours(&["nexusrag_circuit_breaker_transitions_total", "objects.s3", "open"]), "{metrics}");
    let turned = || async {
        let mut owner = nexus_core::pg::testing::connect(&SecretString::from(home.database_url())).await;
        let told = "SELECT count(*) FROM audit_events
                    WHERE event_type = 'system.circuit_breaker.open' AND resource_id = 'objects.s3:bucket'";
        sqlx::query_scalar::<_, i64>(told).fetch_one(&mut owner).await.unwrap() > 0
    };
    until("the turn is on record", 10, turned).await;

    bucket.lock().unwrap().hangs = false;
    until("the bucket is used again", 30, || async { upload(&http, "d3").await.0 == 202 }).await;
    client.documents().wait("d3", Duration::from_mins(1)).await.unwrap();
    assert_eq!(breaker(&http).await, (json!("closed"), json!([])));
}
