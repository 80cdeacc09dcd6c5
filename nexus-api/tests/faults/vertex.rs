//! `nexus provider smoke` against a double of Vertex AI Search, with application default credentials: a key of a service
//! account, which signs for itself, and a refresh token, which is exchanged at an endpoint.

use std::sync::{Arc, Mutex};

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey},
};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::Home;

/// What was asked: the path, the credential and the body.
type Heard = Arc<Mutex<Vec<(String, String, String)>>>;

async fn reply(State(heard): State<Heard>, uri: Uri, headers: HeaderMap, body: String) -> Response {
    let credential = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    heard.lock().unwrap().push((uri.path().to_owned(), credential.clone(), body));
    if uri.path() == "/token" {
        return Json(json!({ "access_token": "ya29.exchanged", "expires_in": 3600, "token_type": "Bearer" }))
            .into_response();
    }
    if credential == "Bearer refused" {
        let error = json!({ "code": 403, "status": "PERMISSION_DENIED", "message": "Missing discoveryengine.servingConfigs.search\u{7}" });
        return (StatusCode::FORBIDDEN, Json(json!({ "error": error }))).into_response();
    }
    Json(json!({ "results": [{ "id": "x", "document": { "id": "x", "structData": {
        "uri": "gs://manuals/keys.pdf", "title": "Keys", "text": "Keys are rotated with nexus keys rotate.",
    } } }] }))
    .into_response()
}

/// The claims of a token that this key has signed.
fn claims(credential: &str, key: &KeyPair) -> Value {
    let token = credential.strip_prefix("Bearer ").expect("a bearer token");
    let (signed, signature) = token.rsplit_once('.').expect("a signature");
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    public.verify(signed.as_bytes(), &signature).expect("signed with the key of the account");
    let (_, claims) = signed.split_once('.').unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn vertex_is_tried_with_application_default_credentials() {
    let heard = Heard::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(reply).with_state(Arc::clone(&heard));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });

    let home = Home::new().await.with("VERTEX_SEARCH_ENDPOINT", &url).with("HOME", "/nonexistent");
    let key = home.key("t", "admin", "u");
    let server = home.start(&[]).await;
    let retrieval = json!({ "provider": "gcp_vertex", "project": "p1", "location": "eu", "resource_id": "store1" });
    let made = reqwest::Client::new()
        .post(format!("http://{}/v1/corpora", server.address))
        .bearer_auth(key)
        .json(&json!({ "id": "far", "name": "Far", "provider_config_json": { "retrieval": retrieval } }))
        .send()
        .await
        .unwrap();
    assert_eq!(made.status(), 201);
    server.terminate().await;

    let args = ["--json", "provider", "smoke", "--tenant", "t", "--corpus", "far", "--query", "How?", "--top-k", "3"];
    let file = home.dir.path().join("credentials.json");
    let found = async |home: &Home| {
        let done = tokio::process::Command::from(home.command(&args)).output().await.unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let report: Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!((&report["provider"], &report["count"]), (&json!("gcp_vertex"), &json!(1)));
        assert_eq!(report["results"][0]["document_id"], "gs://manuals/keys.pdf");
        std::mem::take(&mut *heard.lock().unwrap())
    };

    let signer = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = signer.as_der().unwrap();
    let lines: Vec<String> = der.as_ref().chunks(48).map(|line| STANDARD.encode(line)).collect();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
    let account = json!({
        "type": "service_account", "client_email": "nexus@p1.iam.gserviceaccount.com", "private_key_id": "k1",
        "private_key": pem, "project_id": "p1",
    });
    std::fs::write(&file, account.to_string()).unwrap();
    let home = home.with("GOOGLE_APPLICATION_CREDENTIALS", file.to_str().unwrap());
    let asked = found(&home).await;
    let [(path, credential, _)] = asked.as_slice() else { panic!("one request: {asked:?}") };
    assert!(path.starts_with("/v1/projects/p1/locations/eu/dataStores/store1/"), "{path}");
    let claims = claims(credential, &signer);
    assert_eq!(claims["iss"], "nexus@p1.iam.gserviceaccount.com");
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/cloud-platform");

    let user = json!({
        "type": "authorized_user", "client_id": "id", "client_secret": "hunter2", "refresh_token": "refresh",
        "token_uri": format!("{url}/token"),
    });
    std::fs::write(&file, user.to_string()).unwrap();
    let asked = found(&home).await;
    let [(exchange, _, form), (_, credential, _)] = asked.as_slice() else { panic!("two requests: {asked:?}") };
    assert_eq!((exchange.as_str(), credential.as_str()), ("/token", "Bearer ya29.exchanged"));
    assert!(form.contains("refresh"), "{form}");

    // A file that is not there is no credential, and nobody is asked.
    let none = home.with("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent/key.json");
    let (code, said) = none.run(&args).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("VERTEX_RETRIEVAL_AUTH_ERROR"), "{said}");
    assert!(heard.lock().unwrap().is_empty());

    // A refusal is told with its cause to whoever runs the command.
    let refused = none.with("VERTEX_ACCESS_TOKEN", "refused");
    let (code, said) = refused.run(&args).await;
    assert_eq!(code, Some(1));
    assert!(said.contains("VERTEX_RETRIEVAL_AUTH_ERROR") && said.contains("servingConfigs.search"), "{said}");
}
