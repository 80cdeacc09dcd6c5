//! Corpora that lie elsewhere: their answers, their failures, and everybody else while they fail.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, http::StatusCode, response::IntoResponse as _};
use nexus_api::settings::Settings;
use nexus_core::principal::Role;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{Caller, Event, PATIENCE, TestApp};

/// Vertex AI Search, as far as these stories need it: an answer, a status, or silence.
#[derive(Clone)]
pub struct Service {
    url: String,
    state: Arc<Mutex<(Answer, Vec<Value>)>>,
}

#[derive(Debug, Clone, Copy)]
pub enum Answer {
    Well,
    Status(u16),
    Silent,
}

impl Service {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = Self { url, state: Arc::new(Mutex::new((Answer::Well, Vec::new()))) };
        let app = Router::new().fallback(reply).with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        service
    }

    pub fn now(&self, answer: Answer) {
        self.state.lock().unwrap().0 = answer;
    }

    pub fn asked(&self) -> Vec<Value> {
        self.state.lock().unwrap().1.clone()
    }

    /// Settings that lead to this service and to quick failures.
    pub fn settings(&self) -> impl FnOnce(&mut Settings) + 'static {
        let url = self.url.clone();
        move |settings| {
            settings.providers.vertex_endpoint = Some(url);
            settings.providers.google_token = Some("ya29.test".to_owned().into());
            settings.resilience.timeout = Duration::from_millis(500);
            settings.resilience.backoff = Duration::from_millis(1);
            settings.resilience.failures = 2;
            settings.resilience.open_for = Duration::from_millis(300);
        }
    }
}

async fn reply(State(service): State<Service>, body: String) -> axum::response::Response {
    let answer = {
        let mut state = service.state.lock().unwrap();
        state.1.push(serde_json::from_str(&body).unwrap());
        state.0
    };
    match answer {
        Answer::Well => axum::Json(json!({ "results": [{
            "id": "d1",
            "document": { "id": "d1", "structData": {
                "tenant_id": "t1", "document_id": "manual", "title": "Manual", "uri": "gs://bucket/manual.pdf",
                "text": "The heron stands in shallow water.",
            } },
        }] }))
        .into_response(),
        Answer::Status(status) => (StatusCode::from_u16(status).unwrap(), "{}").into_response(),
        Answer::Silent => std::future::pending().await,
    }
}

/// A reader of a corpus at the service.
pub async fn remote(app: &TestApp) -> Caller {
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    let retrieval = json!({
        "provider": "gcp_vertex", "project": "p1", "location": "eu", "resource_id": "store1", "top_k_default": 9,
    });
    let body = json!({ "id": "far", "name": "Far", "provider_config_json": { "retrieval": retrieval } });
    admin.post("/v1/corpora", &body).await.created();
    let grant = json!({ "principal_type": "role", "principal_id": "reader", "permission": "read" });
    admin.post("/v1/admin/authz/corpora/far/permissions", &grant).await.created();
    reader
}

fn question() -> Value {
    json!({ "session_id": "s", "corpus_id": "far", "message": "Where does the heron stand?" })
}

/// The code that a run ended with.
async fn code(reader: &Caller) -> Option<String> {
    let events = reader.run(&question()).await;
    let failed = events.iter().find(|event| event.kind() == "error");
    failed.map(|event: &Event| event.json["data"]["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_answer_rests_on_passages_from_elsewhere() {
    let service = Service::start().await;
    let app = TestApp::plan().settings(service.settings()).start().await;
    let reader = remote(&app).await;
    let (text, citations) = reader.answer("far", "Where does the heron stand?").await;
    assert!(text.contains("shallow water"), "{text}");
    assert_eq!(citations[0]["source"], "document://manual");
    assert_eq!(citations[0]["metadata"]["document_metadata"]["source_uri"], "gs://bucket/manual.pdf");
    assert_eq!(service.asked()[0]["pageSize"], 9, "the corpus says how many");
    assert_eq!(service.asked()[0]["filter"], "(tenant_id: ANY(\"t1\") AND corpus_id: ANY(\"far\"))");
    let mut more = question();
    more["top_k"] = json!(50);
    reader.run(&more).await;
    assert_eq!(service.asked()[1]["pageSize"], 50, "nothing is cut in silence");
    service.now(Answer::Status(403));
    assert_eq!(code(&reader).await.as_deref(), Some("VERTEX_RETRIEVAL_AUTH_ERROR"));
    app.finish().await;
}

#[tokio::test]
async fn a_provider_that_hangs_holds_up_nobody_else_and_is_used_again_by_itself() {
    let service = Service::start().await;
    let app = TestApp::plan().settings(service.settings()).start().await;
    let reader = remote(&app).await;
    let near = app.tenant("t2").await.key(Role::Admin).await;
    near.corpus("c1").await;
    near.text("c1", "d1", "The heron is grey.").await;

    service.now(Answer::Silent);
    let hanging = futures::future::join_all((0..2).map(|_| code(&reader)));
    let others = async {
        for _ in 0..5 {
            let (text, _) = near.answer("c1", "What is grey?").await;
            assert!(text.contains("heron"));
        }
    };
    let (codes, ()) = futures::join!(hanging, others);
    assert!(codes.iter().all(|code| code.as_deref() == Some("VERTEX_RETRIEVAL_ERROR")), "{codes:?}");
    // However slow the machine: while nothing is heard, a trial now and then fails as well, and between them nobody is asked.
    let rejected = async {
        loop {
            let asked = service.asked().len();
            match code(&reader).await.as_deref() {
                Some("INTEGRATION_UNAVAILABLE") => return assert_eq!(service.asked().len(), asked),
                other => assert_eq!(other, Some("VERTEX_RETRIEVAL_ERROR")),
            }
        }
    };
    tokio::time::timeout(PATIENCE, rejected).await.expect("the breaker opens");

    let ready = app.nobody().get("/v1/readyz").await.ok();
    assert_eq!(ready["status"], "degraded");
    let checks = ready["checks"].as_array().unwrap();
    let breaker = checks.iter().find(|check| check["name"] == "retrieval.gcp_vertex").unwrap();
    assert_eq!(breaker["status"], "fail");
    let metrics = String::from_utf8(app.nobody().get("/v1/metrics").await.body).unwrap();
    assert!(metrics.contains("nexusrag_circuit_breaker_transitions_total{integration=\"retrieval.gcp_vertex\""));
    assert!(
        metrics.contains("nexusrag_external_calls_total{integration=\"retrieval.gcp_vertex\",outcome=\"timeout\"}")
    );

    service.now(Answer::Well);
    let back = async {
        while code(&reader).await.is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, back).await.expect("the provider is used again");
    app.platform.audit.flush().await;
    let turns: Vec<String> = sqlx::query_scalar(
        "SELECT event_type FROM audit_events WHERE resource_id = 'retrieval.gcp_vertex:eu' ORDER BY id",
    )
    .fetch_all(&mut app.behind().await)
    .await
    .unwrap();
    assert_eq!(turns.first().map(String::as_str), Some("system.circuit_breaker.open"), "{turns:?}");
    assert_eq!(turns.last().map(String::as_str), Some("system.circuit_breaker.closed"), "{turns:?}");
    app.finish().await;
}

/// The 95th percentile of a hundred searches, in milliseconds.
async fn p95(near: &Caller) -> f64 {
    let mut took = Vec::new();
    for _ in 0..100 {
        let began = std::time::Instant::now();
        let found = near.get("/v1/corpora/c1/search?query=heron").await.ok();
        took.push(began.elapsed().as_secs_f64() * 1000.0);
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
    }
    took.sort_by(f64::total_cmp);
    took[94]
}

/// The clients of a tenant ask a provider that hangs, give up, and come again. Somebody else searches meanwhile.
#[tokio::test]
async fn impatient_clients_of_a_provider_that_hangs_hold_up_nobody_else() {
    let service = Service::start().await;
    let app = TestApp::plan()
        .settings({
            let change = service.settings();
            move |settings| {
                change(settings);
                // A client that goes away is gone long before this.
                settings.resilience.timeout = Duration::from_secs(4);
                settings.resilience.open_for = Duration::from_hours(1);
            }
        })
        .start()
        .await;
    let reader = remote(&app).await;
    let near = app.tenant("t2").await.key(Role::Admin).await;
    near.corpus("c1").await;
    near.text("c1", "d1", "The heron is grey.").await;
    let alone = p95(&near).await;

    service.now(Answer::Silent);
    let asking = futures::future::join_all((0..32).map(|_| async {
        let gone = tokio::time::timeout(Duration::from_millis(1500), code(&reader)).await;
        gone.ok().flatten()
    }));
    let (codes, beside) = futures::join!(asking, p95(&near));
    println!("p95 of a local search: {alone:.1} ms alone, {beside:.1} ms beside 32 runs at a provider that hangs");
    assert!(codes.iter().flatten().all(|code| code != "VERTEX_RETRIEVAL_AUTH_ERROR"), "{codes:?}");
    let rejected = async {
        while code(&reader).await.as_deref() != Some("INTEGRATION_UNAVAILABLE") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, rejected).await.expect("what impatient clients saw opens the breaker");
    app.finish().await;
}

#[tokio::test]
async fn remote_retrieval_can_be_switched_off() {
    let service = Service::start().await;
    let change = service.settings();
    let app = TestApp::plan()
        .settings(move |settings| {
            change(settings);
            settings.switches.external_retrieval = true;
        })
        .start()
        .await;
    let reader = remote(&app).await;
    reader.ask(&question()).await.refused(503, "FEATURE_TEMPORARILY_DISABLED").await;
    assert!(service.asked().is_empty());
    app.finish().await;
}
