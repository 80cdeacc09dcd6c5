//! `SIGTERM` with streams and jobs in flight.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;

use crate::harness::{Home, rounds, server, spread, until};

async fn stops_in_order(home: Home) -> Duration {
    let home = home
        .with("LLM_PROVIDER", "fake")
        .with("LLM_FAKE_DELAY_MS", "2000")
        .with("JOB_DRAIN_SECONDS", "0")
        .with("SHUTDOWN_TIMEOUT_MS", "15000");
    let server = home.start(&[]).await;
    let key = home.key("t", "admin", "u");
    server::corpus(&server.client(&key)).await;
    let http = server.http(&key);
    let long: String = (0..20_000).map(|n| format!("Sentence {n} is about number {}.\n\n", n * n)).collect();
    for n in 0..6 {
        let text = json!({ "corpus_id": "c", "document_id": format!("d{n}"), "text": long });
        assert_eq!(http.send("POST", "/v1/documents/text", &text).await.0, 202);
    }
    let mut streams = Vec::new();
    for n in 0..5 {
        let mut stream = http.run(&format!("s{n}"), "Well?", &[]).await.unwrap();
        stream.next().await.unwrap();
        streams.push(stream);
    }
    let ends = tokio::spawn(futures::future::join_all(streams.into_iter().map(crate::harness::wire::Events::rest)));
    let (status, took, said) = server.terminate_telling().await;
    assert_eq!(status.code(), Some(0));
    for frames in ends.await.unwrap() {
        let kinds: Vec<&str> = frames.iter().map(crate::harness::Frame::kind).collect();
        assert!(kinds.ends_with(&["error", "done"]), "{kinds:?}");
        assert_eq!(frames[frames.len() - 2].data["data"]["code"], "RUN_CANCELLED");
    }
    if home.is_on_given_database() {
        let mut owner = nexus_core::pg::testing::connect(&SecretString::from(home.database_url())).await;
        let running: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs WHERE state = 'running'")
            .fetch_one(&mut owner)
            .await
            .unwrap();
        assert_eq!(running, 0, "leases were given back:\n{said}");
    }
    let server = home.start(&[]).await;
    let http = server.http(&key);
    until("the documents are there", 120, || async {
        http.get("/v1/documents").await.1.matches(r#""status":"succeeded""#).count() == 6
    })
    .await;
    assert_eq!(server.terminate().await.0.code(), Some(0));
    took
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_streams_and_gives_jobs_back() {
    let mut times = Vec::new();
    for _ in 0..rounds(1) {
        times.push(stops_in_order(Home::new().await).await);
    }
    println!("SIGTERM with 5 streams and 6 documents in flight: {}", spread(times));
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_stops_the_embedded_database_too() {
    println!("SIGTERM, embedded database: {:?}", stops_in_order(Home::embedded()).await);
}
