//! Endpoints of models that hang, fail or send pages: each costs at most its limit, is left alone after that, and is used
//! again when it is well.

#![cfg(feature = "openai")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{Html, IntoResponse as _, Response},
};
use futures::StreamExt as _;
use nexus_core::{
    problem::{Code, Problem as _},
    resilience::{Integration, Integrations, Phase, ResilienceSettings},
    shared::{Shared, SharedSettings},
};
use nexus_retrieval::{
    embed::{EmbedSettings, Embedder as _, Purpose, openai::OpenAiEmbedder},
    index::{Hit, Origin},
    llm::{Llm as _, LlmSettings, OpenAi, Prompt},
    rerank::{self, RerankSettings, Second},
};
use serde_json::{Value, json};

/// What the endpoint does with every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    Silent,
    Failing,
    Page,
    Refusing,
}

/// An endpoint for embeddings, answers and re-ranking.
#[derive(Clone)]
struct Endpoint {
    url: String,
    state: Arc<Mutex<(Mood, usize)>>,
}

impl Endpoint {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let endpoint = Self { url, state: Arc::new(Mutex::new((Mood::Well, 0))) };
        let app = Router::new().fallback(reply).with_state(endpoint.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        endpoint
    }

    fn is(&self, mood: Mood) {
        self.state.lock().unwrap().0 = mood;
    }

    fn asked(&self) -> usize {
        self.state.lock().unwrap().1
    }
}

async fn reply(State(endpoint): State<Endpoint>, uri: axum::http::Uri, Json(body): Json<Value>) -> Response {
    let mood = {
        let mut state = endpoint.state.lock().unwrap();
        state.1 += 1;
        state.0
    };
    match mood {
        Mood::Silent => std::future::pending().await,
        Mood::Failing => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::Refusing => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
        Mood::Page => Html("<html>welcome to the airport</html>").into_response(),
        Mood::Well if uri.path().ends_with("/embeddings") => {
            Json(json!({ "data": [{ "index": 0, "embedding": [1.0, 0.0, 0.0, 0.0] }] })).into_response()
        }
        Mood::Well if uri.path().ends_with("/rerank") => {
            // The later a passage, the better.
            let scores =
                (0..body["documents"].as_array().unwrap().len()).map(|n| json!({ "index": n, "relevance_score": n }));
            Json(json!({ "results": scores.collect::<Vec<_>>() })).into_response()
        }
        Mood::Well => {
            let words = json!({ "choices": [{ "delta": { "content": "Well." }, "finish_reason": "stop" }] });
            format!("data: {words}\n\ndata: [DONE]\n\n").into_response()
        }
    }
}

const FAILURES: usize = 3;

fn integrations() -> Integrations {
    let settings = ResilienceSettings {
        failures: u32::try_from(FAILURES).unwrap(),
        backoff: Duration::from_millis(1),
        open_for: Duration::from_millis(500),
        ..ResilienceSettings::default()
    };
    Integrations::new(&Shared::local(&SharedSettings::default()), settings)
}

async fn phase(integrations: &Integrations, which: Integration) -> Phase {
    integrations.standings().await.into_iter().find(|standing| standing.integration == which).unwrap().phase
}

/// Fails until the breaker is open, sees that nobody is asked then, and waits until the endpoint is used again.
async fn endures(
    endpoint: &Endpoint,
    (integrations, which): (&Integrations, Integration),
    mood: Mood,
    expected: Code,
    ask: impl AsyncFn() -> Option<Code>,
) {
    endpoint.is(mood);
    let opened = async {
        loop {
            let asked = endpoint.asked();
            match ask().await {
                Some(Code::IntegrationUnavailable) => return assert_eq!(endpoint.asked(), asked, "it is left alone"),
                other => assert_eq!(other, Some(expected), "{mood:?}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), opened).await.expect("the breaker opens");
    assert_ne!(phase(integrations, which).await, Phase::Closed);
    endpoint.is(Mood::Well);
    let back = async {
        while ask().await.is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), back).await.expect("it is used again");
    assert_eq!(phase(integrations, which).await, Phase::Closed);
}

#[tokio::test]
async fn an_embedding_endpoint_costs_a_question_no_more_than_its_limit() {
    let (endpoint, integrations) = (Endpoint::start().await, integrations());
    let settings = EmbedSettings {
        openai_base_url: endpoint.url.clone(),
        openai_dimensions: 4,
        query_timeout: Duration::from_millis(300),
        ..EmbedSettings::default()
    };
    let embedder = OpenAiEmbedder::new(&settings).unwrap();
    embedder.connect(&integrations);
    let ask = async || embedder.embed(vec!["What?".into()], Purpose::Query).await.err().map(|error| error.code());
    for mood in [Mood::Silent, Mood::Failing, Mood::Page] {
        endures(&endpoint, (&integrations, Integration::Embedding), mood, Code::Embedding, ask).await;
    }
    endpoint.is(Mood::Refusing);
    for _ in 0..2 * FAILURES {
        assert_eq!(ask().await, Some(Code::Embedding));
    }
    assert_eq!(phase(&integrations, Integration::Embedding).await, Phase::Closed, "a refusal is alive");
}

#[tokio::test]
async fn pieces_of_a_document_wait_for_an_endpoint_that_is_left_alone() {
    let (endpoint, integrations) = (Endpoint::start().await, integrations());
    let settings = EmbedSettings {
        openai_base_url: endpoint.url.clone(),
        openai_dimensions: 4,
        max_attempts: 1,
        ..EmbedSettings::default()
    };
    let embedder = OpenAiEmbedder::new(&settings).unwrap();
    embedder.connect(&integrations);
    let embed = async |purpose| embedder.embed(vec!["Words.".into()], purpose).await;
    endpoint.is(Mood::Failing);
    for _ in 0..FAILURES {
        assert!(embed(Purpose::Query).await.is_err());
    }
    assert_eq!(embed(Purpose::Query).await.unwrap_err().code(), Code::IntegrationUnavailable);
    endpoint.is(Mood::Well);
    assert_eq!(embed(Purpose::Passage).await.unwrap().len(), 1, "a job does not fail for that");
}

#[tokio::test]
async fn a_model_that_hangs_is_left_alone() {
    let (endpoint, integrations) = (Endpoint::start().await, integrations());
    let settings = LlmSettings {
        openai_base_url: Some(endpoint.url.clone()),
        first_byte_timeout: Duration::from_millis(300),
        ..LlmSettings::default()
    };
    let llm = OpenAi::new(&settings).unwrap();
    llm.connect(&integrations);
    let ask = async || {
        let prompt =
            Prompt { passages: Vec::new().into(), history: Vec::new(), question: "What?".into(), max_output_tokens: 8 };
        let pieces: Vec<_> = llm.generate(prompt).collect().await;
        pieces.into_iter().find_map(Result::err).map(|error| error.code())
    };
    let which = (&integrations, Integration::Llm);
    endures(&endpoint, which, Mood::Silent, Code::LlmTimeout, ask).await;
    endures(&endpoint, which, Mood::Failing, Code::Llm, ask).await;
    endures(&endpoint, which, Mood::Page, Code::Llm, ask).await;
}

fn hits() -> Vec<Hit> {
    let hit = |text: &str| {
        let origin = Origin { id: text.to_owned(), title: text.to_owned(), ..Origin::default() };
        Hit::new(origin.into(), 0, text)
    };
    ["a", "b", "c"].map(hit).to_vec()
}

async fn order(second: &Second) -> String {
    second.order("What?", hits()).await.into_iter().map(|hit| hit.text.to_string()).collect()
}

#[tokio::test]
async fn without_its_re_ranker_a_search_keeps_its_order_and_does_not_wait_for_it() {
    let (endpoint, integrations) = (Endpoint::start().await, integrations());
    let settings = RerankSettings {
        provider: rerank::Provider::Endpoint,
        url: Some(format!("{}/rerank", endpoint.url)),
        timeout: Duration::from_millis(300),
        ..RerankSettings::default()
    };
    let embedder: Arc<dyn nexus_retrieval::embed::Embedder> = Arc::new(nexus_retrieval::embed::HashEmbedder::default());
    let second = rerank::build(&settings, &embedder, &integrations).unwrap().unwrap();
    assert_eq!(order(&second).await, "cba");
    for mood in [Mood::Silent, Mood::Failing, Mood::Page] {
        endpoint.is(mood);
        let left_alone = async {
            loop {
                let asked = endpoint.asked();
                assert_eq!(order(&second).await, "abc", "{mood:?}");
                if endpoint.asked() == asked {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), left_alone).await.expect("nobody waits for it any more");
        endpoint.is(Mood::Well);
        let back = async {
            while order(&second).await != "cba" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), back).await.expect("it is used again");
    }
    endpoint.is(Mood::Refusing);
    for _ in 0..2 * FAILURES {
        let asked = endpoint.asked();
        assert_eq!(order(&second).await, "abc");
        assert_eq!(endpoint.asked(), asked + 1, "a refusal does not open the breaker");
    }
}
