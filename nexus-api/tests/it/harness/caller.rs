//! Somebody who sends requests, with or without a credential.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, Method, StatusCode};
use reqwest::multipart;
use serde_json::{Value, json};

use super::{Answer, Event, Ledger, PATIENCE, run::Stream};

/// Somebody who sends requests.
#[derive(Clone)]
pub struct Caller {
    base: String,
    http: reqwest::Client,
    /// The key in the clear.
    pub token: Option<String>,
    /// The id of the key; empty without one.
    pub key_id: String,
    /// The user of the key; empty without one.
    pub user_id: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    ledger: Ledger,
}

impl Caller {
    pub(super) fn new(base: String, http: reqwest::Client, token: Option<String>, ledger: Ledger) -> Self {
        Self { base, http, token, key_id: String::new(), user_id: String::new(), headers: Vec::new(), ledger }
    }

    /// The same caller, who sends one header more.
    pub fn with(&self, name: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.push((HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        other
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, |r| r).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, |r| r.json(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, |r| r.json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, |r| r.json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, |r| r).await
    }

    /// Sends any bytes as JSON.
    pub async fn post_bytes(&self, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        self.send(Method::POST, path, |r| r.header("content-type", "application/json").body(body)).await
    }

    /// Uploads a file.
    pub async fn upload(&self, corpus: &str, file: multipart::Part, fields: &[(&'static str, &str)]) -> Answer {
        let mut form = multipart::Form::new().text("corpus_id", corpus.to_owned()).part("file", file);
        for (name, value) in fields {
            form = form.text(*name, (*value).to_owned());
        }
        self.send(Method::POST, "/v1/documents", |r| r.multipart(form)).await
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        build: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Answer {
        let what = format!("{method} {path}");
        let (request_id, request) = self.request(&method, path);
        let response = tokio::time::timeout(PATIENCE, build(request).send()).await;
        let response = response.unwrap_or_else(|_| panic!("{what}: no answer")).unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = tokio::time::timeout(PATIENCE, response.bytes()).await;
        let body = body.unwrap_or_else(|_| panic!("{what}: no end")).unwrap().to_vec();
        if !headers.contains_key("idempotency-replayed") {
            self.note(&method, path, status, &request_id);
        }
        let answer = Answer { status, headers, body, request_id, what, ledger: Arc::clone(&self.ledger) };
        answer.check_envelope(path.split('?').next().unwrap());
        answer
    }

    /// Asks, and reads the stream as it comes.
    pub async fn ask(&self, body: &Value) -> Stream {
        self.ask_at("/v1/run", body).await
    }

    /// As [`Caller::ask`], by another route that streams.
    pub async fn ask_at(&self, path: &str, body: &Value) -> Stream {
        let (request_id, request) = self.request(&Method::POST, path);
        let response = tokio::time::timeout(PATIENCE, request.json(body).send()).await.expect("no answer").unwrap();
        let resumes = self.headers.iter().any(|(name, _)| name == "last-event-id");
        if response.status().is_success() && !resumes {
            self.ledger.lock().unwrap().insert(request_id.clone());
        }
        Stream::new(response, request_id)
    }

    /// Asks, and reads the whole stream.
    pub async fn run(&self, body: &Value) -> Vec<Event> {
        let mut stream = self.ask(body).await;
        assert_eq!(stream.status, StatusCode::OK);
        stream.rest().await
    }

    /// Asks a corpus, in a session of that name; the text of the answer and its citations.
    pub async fn answer(&self, corpus: &str, message: &str) -> (String, Vec<Value>) {
        let events =
            self.run(&json!({ "session_id": format!("s-{corpus}"), "corpus_id": corpus, "message": message })).await;
        let last = events.iter().find(|e| e.kind() == "message.final").unwrap_or_else(|| panic!("{events:?}"));
        let data = &last.json["data"];
        (data["text"].as_str().unwrap().to_owned(), data["citations"].as_array().unwrap().clone())
    }

    /// Makes a corpus.
    pub async fn corpus(&self, id: &str) {
        self.post("/v1/corpora", &json!({ "id": id, "name": id })).await.created();
    }

    /// Ingests a text and waits until it can be found.
    pub async fn text(&self, corpus: &str, id: &str, text: &str) {
        let body = json!({ "corpus_id": corpus, "document_id": id, "text": text });
        self.post("/v1/documents/text", &body).await.accepted();
        self.settled(id).await;
    }

    /// Waits until a document is processed, well or not.
    pub async fn settled(&self, id: &str) -> Value {
        let wait = async {
            loop {
                let document = self.get(&format!("/v1/documents/{id}")).await.ok();
                if matches!(document["status"].as_str(), Some("succeeded" | "failed")) {
                    return document;
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{id} is not processed"))
    }

    /// Grants a permission on a document; the id of the grant.
    pub async fn grant(&self, document: &str, kind: &str, principal: &str, permission: &str) -> String {
        let body = json!({ "principal_type": kind, "principal_id": principal, "permission": permission });
        let path = format!("/v1/admin/authz/documents/{document}/permissions");
        self.post(&path, &body).await.created()["id"].as_str().unwrap().to_owned()
    }

    fn request(&self, method: &Method, path: &str) -> (String, reqwest::RequestBuilder) {
        let request_id = nexus_core::clock::fresh_uuid().to_string();
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
        request = request.header("x-request-id", &request_id);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        (request_id, request)
    }

    /// What succeeded and was not merely looking has changed something. An existing document that stays answers 200.
    fn note(&self, method: &Method, path: &str, status: StatusCode, request_id: &str) {
        let stays = method == Method::POST && path.contains("/documents") && status == StatusCode::OK;
        if method != Method::GET && method != Method::HEAD && status.is_success() && !stays {
            self.ledger.lock().unwrap().insert(request_id.to_owned());
        }
    }
}
