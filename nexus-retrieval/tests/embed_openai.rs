//! The client of the OpenAI protocol against an endpoint that misbehaves on command.

#![cfg(feature = "openai")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use nexus_retrieval::embed::{EmbedError, EmbedSettings, Embedder as _, Provider, Purpose, openai::OpenAiEmbedder};
use serde_json::{Value, json};

/// What the endpoint does with one request.
#[derive(Debug, Clone)]
enum Act {
    Answer,
    Backwards,
    Refuse(u16, &'static str),
    RetryAfter(&'static str),
    Dimension(usize),
    OneMissing,
    Garbage,
    Endless,
    Hang,
    Redirect,
}

#[derive(Debug, Clone, Default)]
struct Double {
    script: Arc<Mutex<VecDeque<Act>>>,
    requests: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
}

impl Double {
    /// Starts an endpoint that acts as told, and then answers; gives it and settings that lead to it.
    async fn start(acts: &[Act]) -> (Self, EmbedSettings) {
        let double = Self { script: Arc::new(Mutex::new(acts.iter().cloned().collect())), ..Self::default() };
        let app = Router::new().route("/v1/embeddings", post(serve)).with_state(double.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = EmbedSettings {
            provider: Provider::OpenAi,
            openai_base_url: format!("http://{}/v1/", listener.local_addr().unwrap()),
            openai_api_key: Some("sk-test".to_owned().into()),
            openai_dimensions: 4,
            timeout: Duration::from_secs(20),
            ..EmbedSettings::default()
        };
        tokio::spawn(async move { axum::serve(listener, app).await });
        (double, settings)
    }

    fn requests(&self) -> Vec<(HeaderMap, Value)> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(State(double): State<Double>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let count = body["input"].as_array().unwrap().len();
    double.requests.lock().unwrap().push((headers, body.clone()));
    let act = double.script.lock().unwrap().pop_front().unwrap_or(Act::Answer);
    // The first component tells which text of the request this is.
    let entries = |dimension: usize| -> Vec<Value> {
        let vector = |index: usize| -> Vec<usize> { (0..dimension).map(|i| if i == 0 { index } else { 1 }).collect() };
        (0..count).map(|index| json!({"object": "embedding", "index": index, "embedding": vector(index)})).collect()
    };
    let list = |entries: Vec<Value>| Json(json!({"object": "list", "data": entries})).into_response();
    match act {
        Act::Answer => list(entries(4)),
        Act::Backwards => list(entries(4).into_iter().rev().collect()),
        Act::Refuse(status, text) => (StatusCode::from_u16(status).unwrap(), text).into_response(),
        Act::RetryAfter(pause) => (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, pause)]).into_response(),
        Act::Dimension(dimension) => list(entries(dimension)),
        Act::OneMissing => list(entries(4).into_iter().skip(1).collect()),
        Act::Garbage => "<html>it works</html>".into_response(),
        Act::Endless => Body::from_stream(futures::stream::repeat_with(|| Ok::<_, std::io::Error>("[".repeat(4096))))
            .into_response(),
        Act::Hang => std::future::pending().await,
        Act::Redirect => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/elsewhere")]).into_response(),
    }
}

async fn embed(settings: &EmbedSettings, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
    let texts = texts.iter().map(|text| (*text).to_owned()).collect();
    OpenAiEmbedder::new(settings).unwrap().embed(texts, Purpose::Passage).await
}

#[tokio::test]
async fn a_request_is_what_the_protocol_says() {
    let (double, settings) = Double::start(&[Act::Backwards]).await;
    let vectors = embed(&settings, &["zero", "one", "two"]).await.unwrap();
    let firsts: Vec<f32> = vectors.iter().map(|vector| vector[0] / vector[1]).collect();
    assert!(firsts.iter().zip([0.0, 1.0, 2.0]).all(|(found, expected)| (found - expected).abs() < 1e-5), "{firsts:?}");
    let [(headers, body)] = &double.requests()[..] else { panic!("one request") };
    assert_eq!(headers[header::AUTHORIZATION], "Bearer sk-test");
    let expected = json!({
        "model": "text-embedding-3-small", "input": ["zero", "one", "two"], "encoding_format": "float", "dimensions": 4
    });
    assert_eq!(*body, expected);
}

#[tokio::test]
async fn a_local_server_needs_neither_key_nor_dimensions() {
    let (double, settings) = Double::start(&[]).await;
    let settings = EmbedSettings { openai_api_key: None, openai_send_dimensions: false, ..settings };
    embed(&settings, &["text"]).await.unwrap();
    let [(headers, body)] = &double.requests()[..] else { panic!("one request") };
    assert!(!headers.contains_key(header::AUTHORIZATION));
    assert!(body.get("dimensions").is_none());
}

#[tokio::test]
async fn passing_failures_are_tried_again() {
    for act in [Act::Refuse(429, ""), Act::Refuse(503, ""), Act::Refuse(408, ""), Act::RetryAfter("0")] {
        let (double, settings) = Double::start(std::slice::from_ref(&act)).await;
        assert_eq!(embed(&settings, &["text"]).await.map(|vectors| vectors.len()), Ok(1), "{act:?}");
        assert_eq!(double.requests().len(), 2, "{act:?}");
    }
}

#[tokio::test]
async fn attempts_are_bounded_and_the_last_failure_is_told() {
    let (double, settings) = Double::start(&vec![Act::Refuse(500, "secret detail"); 9]).await;
    let error = embed(&settings, &["text"]).await.unwrap_err();
    assert!(matches!(&error, EmbedError::Unavailable { why } if why.contains("500")), "{error:?}");
    assert_eq!(double.requests().len(), 3);

    let (double, settings) = Double::start(&vec![Act::Hang; 9]).await;
    let settings = EmbedSettings { timeout: Duration::from_millis(100), ..settings };
    assert_eq!(embed(&settings, &["text"]).await, Err(EmbedError::Timeout), "the limit is that of all attempts");
    assert_eq!(double.requests().len(), 1);
}

#[tokio::test]
async fn an_endpoint_that_asks_for_a_long_pause_is_given_up() {
    let (double, settings) = Double::start(&[Act::RetryAfter("86400")]).await;
    assert!(matches!(embed(&settings, &["text"]).await, Err(EmbedError::Unavailable { .. })));
    assert_eq!(double.requests().len(), 1);
}

#[tokio::test]
async fn lasting_failures_are_not_tried_again() {
    for (act, expected) in [
        (Act::Refuse(401, "bad key sk-test"), EmbedError::Auth),
        (Act::Refuse(403, ""), EmbedError::Auth),
        (Act::Refuse(400, "too\nlong"), EmbedError::Rejected { status: 400, why: "too long".to_owned() }),
        (Act::Refuse(404, "no model"), EmbedError::Rejected { status: 404, why: "no model".to_owned() }),
        (Act::Redirect, EmbedError::Rejected { status: 307, why: String::new() }),
    ] {
        let (double, settings) = Double::start(std::slice::from_ref(&act)).await;
        assert_eq!(embed(&settings, &["text"]).await, Err(expected), "{act:?}");
        assert_eq!(double.requests().len(), 1, "{act:?}");
    }
}

#[tokio::test]
async fn unusable_answers_are_refused() {
    for act in [Act::Dimension(3), Act::Dimension(0), Act::OneMissing, Act::Garbage, Act::Endless] {
        let (_, settings) = Double::start(std::slice::from_ref(&act)).await;
        let settings = EmbedSettings { max_attempts: 1, ..settings };
        let answer = embed(&settings, &["one", "two"]).await;
        assert!(matches!(answer, Err(EmbedError::BadAnswer { .. })), "{act:?}: {answer:?}");
    }
}

#[tokio::test]
async fn many_texts_become_several_requests_and_blank_ones_none() {
    let (double, settings) = Double::start(&[]).await;
    let mut texts = vec!["text"; 600];
    texts[300] = " \n";
    let vectors = embed(&settings, &texts).await.unwrap();
    assert_eq!(vectors.len(), 600);
    assert!(vectors.iter().enumerate().all(|(at, vector)| (*vector == vec![0.0; 4]) == (at == 300)));
    let sizes: Vec<usize> = double.requests().iter().map(|(_, body)| body["input"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [256, 255, 88]);
    assert_eq!(embed(&settings, &["", " "]).await.unwrap(), [[0.0; 4], [0.0; 4]]);
    assert_eq!(double.requests().len(), 3);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = format!("http://user:password@{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let settings = EmbedSettings { openai_base_url: gone, max_attempts: 2, ..EmbedSettings::default() };
    let error = embed(&settings, &["text"]).await.unwrap_err();
    assert!(matches!(&error, EmbedError::Unavailable { why } if !why.contains("password")), "{error:?}");
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let base = EmbedSettings::default();
    for settings in [
        EmbedSettings { openai_base_url: "api.example.com/v1".to_owned(), ..base.clone() },
        EmbedSettings { openai_base_url: "file:///etc".to_owned(), ..base.clone() },
        EmbedSettings { openai_model: "two words".to_owned(), ..base.clone() },
        EmbedSettings { openai_model: String::new(), openai_dimensions: 0, ..base.clone() },
    ] {
        assert!(matches!(OpenAiEmbedder::new(&settings), Err(EmbedError::NotConfigured { .. })), "{settings:?}");
    }
    assert!(
        !format!("{:?}", EmbedSettings { openai_api_key: Some("sk-x".to_owned().into()), ..base }).contains("sk-x")
    );
}
