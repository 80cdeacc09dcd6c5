//! What came back, already checked for what every answer must have.

use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub request_id: String,
    pub what: String,
    pub(super) ledger: super::Ledger,
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{self}: not JSON: {e}"))
    }

    /// The data of a 200.
    #[track_caller]
    pub fn ok(&self) -> Value {
        self.data(StatusCode::OK)
    }

    /// The data of a 201.
    #[track_caller]
    pub fn created(&self) -> Value {
        self.data(StatusCode::CREATED)
    }

    /// The data of a 202.
    #[track_caller]
    pub fn accepted(&self) -> Value {
        self.data(StatusCode::ACCEPTED)
    }

    /// A 204.
    #[track_caller]
    pub fn gone(&self) {
        assert_eq!(self.status, StatusCode::NO_CONTENT, "{self}");
        assert!(self.body.is_empty(), "{self}");
    }

    /// The error of a refusal with this status and code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self}");
        let error = self.json()["error"].clone();
        assert_eq!(error["code"], code, "{self}");
        error
    }

    /// A 422 that names this field, dotted.
    #[track_caller]
    pub fn faults(&self, field: &str) {
        let error = self.refused(422, "REQUEST_VALIDATION_ERROR");
        let errors = error["details"]["errors"].as_array().unwrap_or_else(|| panic!("{self}"));
        let places: Vec<String> = errors.iter().map(|e| dotted(&e["loc"])).collect();
        assert!(places.iter().any(|p| p == field), "{field} is not among {places:?}: {self}");
    }

    /// The data of every page item, when it is a list.
    #[track_caller]
    pub fn ids(&self) -> Vec<String> {
        let data = self.ok();
        data.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Where the next page begins.
    #[track_caller]
    pub fn next_cursor(&self) -> Option<String> {
        self.json()["meta"]["next_cursor"].as_str().map(ToOwned::to_owned)
    }

    /// A header as text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// Declares that this request succeeded without changing anything, so that nothing has to be in the audit log.
    #[track_caller]
    pub fn changed_nothing(self) -> Self {
        assert!(self.ledger.lock().unwrap().remove(&self.request_id), "{self} counts as no change anyway");
        self
    }

    /// Leaves open whether this request changed anything: of several at once, one does.
    pub fn forgive(self) {
        self.ledger.lock().unwrap().remove(&self.request_id);
    }

    #[track_caller]
    fn data(&self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{self}");
        self.json()["data"].clone()
    }

    /// What every JSON answer under `/v1` must look like.
    pub(super) fn check_envelope(&self, path: &str) {
        // An answer that was given before names the request that it was given to.
        let replayed = self.headers.contains_key("idempotency-replayed");
        assert_eq!(self.header("x-request-id") == self.request_id, !replayed, "{self}");
        let bare = ["/v1/healthz", "/v1/openapi.json", "/v1/docs", "/v1/metrics"];
        let enveloped = path.starts_with("/v1") && !bare.iter().any(|b| path.starts_with(b));
        let stream = ["text/event-stream", "application/x-ndjson", "audio/mpeg"].contains(&self.header("content-type"));
        if !enveloped
            || stream
            || self.body.is_empty()
            || self.header("content-type").starts_with("application/problem")
        {
            return;
        }
        assert_eq!(self.header("content-type"), "application/json", "{self}");
        let json = self.json();
        if path.starts_with("/v1/chat") || path.starts_with("/v1/models") {
            return self.check_openai(&json);
        }
        let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
        let failed = self.status.is_client_error() || self.status.is_server_error();
        assert_eq!(keys, [if failed { "error" } else { "data" }, "meta"], "{self}");
        assert_eq!(json["meta"]["request_id"], self.header("x-request-id"), "{self}");
        assert_eq!(json["meta"]["api_version"], "v1", "{self}");
    }
}

impl Answer {
    /// What every answer in OpenAI's form must look like.
    fn check_openai(&self, json: &Value) {
        let error = json["error"].as_object();
        assert_eq!(error.is_some(), !self.status.is_success(), "{self}");
        assert!(error.is_none_or(|e| e["message"].is_string() && e["type"].is_string() && e.contains_key("param")));
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} answered {} {}", self.what, self.status, String::from_utf8_lossy(&self.body))
    }
}

fn dotted(loc: &Value) -> String {
    let steps = loc.as_array().into_iter().flatten();
    steps.map(|s| s.as_str().map_or_else(|| s.to_string(), ToOwned::to_owned)).collect::<Vec<_>>().join(".")
}
