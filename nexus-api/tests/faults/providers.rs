//! `nexus provider smoke` against a double of Bedrock, with the credentials of the environment and without any.

use std::sync::{Arc, Mutex};

use axum::{Router, extract::State, http::HeaderMap};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::Home;

type Heard = Arc<Mutex<Vec<String>>>;

async fn reply(State(heard): State<Heard>, headers: HeaderMap) -> axum::Json<Value> {
    heard.lock().unwrap().push(headers["authorization"].to_str().unwrap().to_owned());
    axum::Json(json!({ "retrievalResults": [{
        "content": { "type": "TEXT", "text": "Keys are rotated with nexus keys rotate." },
        "location": { "type": "S3", "s3Location": { "uri": "s3://manuals/keys.md" } },
        "score": 0.5,
    }] }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_tried_from_the_command_line() {
    let heard = Heard::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(reply).with_state(Arc::clone(&heard));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });

    let home = Home::new().await.with("AWS_ENDPOINT_URL_BEDROCK_AGENT_RUNTIME", &url);
    let key = home.key("t", "admin", "u");
    let server = home.start(&[]).await;
    let config = json!({ "retrieval": {
        "provider": "aws_bedrock_kb", "knowledge_base_id": "KB12345678", "region": "eu-west-1",
    } });
    let made = reqwest::Client::new()
        .post(format!("http://{}/v1/corpora", server.address))
        .bearer_auth(key)
        .json(&json!({ "id": "far", "name": "Far", "provider_config_json": config }))
        .send()
        .await
        .unwrap();
    assert_eq!(made.status(), 201);
    server.terminate().await;

    let args = ["--json", "provider", "smoke", "--tenant", "t", "--corpus", "far", "--query", "How?", "--top-k", "3"];
    // No credential anywhere, and no machine metadata to look for one in.
    let home = home.with("AWS_EC2_METADATA_DISABLED", "true").with("HOME", "/nonexistent");
    let (code, said) = home.run(&args).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("AWS_AUTH_ERROR"), "{said}");
    assert!(heard.lock().unwrap().is_empty());

    let home = home.with("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").with("AWS_SECRET_ACCESS_KEY", "hunter2");
    let done = tokio::process::Command::from(home.command(&args)).output().await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((&report["provider"], &report["count"]), (&json!("aws_bedrock_kb"), &json!(1)));
    assert_eq!(report["results"][0]["document_id"], "s3://manuals/keys.md");
    let authorization = heard.lock().unwrap().pop().unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{authorization}");
    assert!(authorization.contains("/eu-west-1/bedrock/aws4_request"));

    let (code, said) = home.run(&["provider", "smoke", "--tenant", "t", "--corpus", "none", "--query", "?"]).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("no corpus none"), "{said}");
}
