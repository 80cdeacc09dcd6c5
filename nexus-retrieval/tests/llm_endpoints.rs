//! Models behind endpoints, against doubles that speak their protocols: answers, refusals, silence, and cancellation.
#![cfg(all(feature = "openai", feature = "vertex"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use futures::{StreamExt as _, stream};
use nexus_core::problem::Problem as _;
use nexus_retrieval::{
    index::{Hit, Origin},
    llm::{Fault, Llm, LlmError, LlmSettings, OpenAi, Piece, Prompt, Usage, Vertex},
};
use tokio::{net::TcpListener, sync::mpsc};

/// What the double does with a request.
enum Reply {
    Events(Vec<String>),
    Status(u16, &'static str, &'static str),
    /// Sends the events, then stays silent with the connection open.
    ThenSilence(Vec<String>),
    /// Sends a token every few milliseconds for ever.
    Endless,
    /// Never answers.
    Silence,
}

#[derive(Clone)]
struct Double {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    requests: Arc<Mutex<Vec<(String, HeaderMap, serde_json::Value)>>>,
    hung_up: mpsc::UnboundedSender<()>,
}

/// Tells the test when the server drops the response, which it does when the client closes the connection.
struct Alarm(mpsc::UnboundedSender<()>);

impl Drop for Alarm {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

async fn reply(State(double): State<Double>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body = serde_json::from_slice(&body).unwrap();
    double.requests.lock().unwrap().push((uri.to_string(), headers, body));
    let alarm = Alarm(double.hung_up.clone());
    let reply = double.replies.lock().unwrap().pop_front().expect("a reply for each request");
    let ok = |text: String| Ok::<_, std::io::Error>(text);
    match reply {
        Reply::Events(events) => Body::from_stream(stream::iter(events).map(ok)).into_response(),
        Reply::Status(status, retry_after, body) => {
            (StatusCode::from_u16(status).unwrap(), [("retry-after", retry_after)], body).into_response()
        }
        Reply::ThenSilence(events) => {
            let silence = stream::once(async move {
                let _alarm = alarm;
                std::future::pending::<String>().await
            });
            Body::from_stream(stream::iter(events).chain(silence).map(ok)).into_response()
        }
        Reply::Endless => Body::from_stream(stream::unfold(alarm, move |alarm| async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Some((ok(token("word ")), alarm))
        }))
        .into_response(),
        Reply::Silence => {
            let _alarm = alarm;
            std::future::pending().await
        }
    }
}

struct Stage {
    double: Double,
    hung_up: mpsc::UnboundedReceiver<()>,
    url: String,
}

impl Stage {
    async fn with(replies: impl IntoIterator<Item = Reply>) -> Self {
        let (sender, hung_up) = mpsc::unbounded_channel();
        let double = Double {
            replies: Arc::new(Mutex::new(replies.into_iter().collect())),
            requests: Arc::default(),
            hung_up: sender,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(reply).with_state(double.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { double, hung_up, url }
    }

    fn settings(&self) -> LlmSettings {
        LlmSettings {
            openai_base_url: Some(format!("{}/v1", self.url)),
            openai_api_key: Some("sk-test".to_owned().into()),
            google_project: Some("p1".into()),
            google_location: Some("global".into()),
            vertex_endpoint: Some(self.url.clone()),
            vertex_access_token: Some("ya29.test".to_owned().into()),
            ..LlmSettings::default()
        }
    }

    fn openai(&self) -> OpenAi {
        OpenAi::new(&self.settings()).unwrap()
    }

    fn requests(&self) -> usize {
        self.double.requests.lock().unwrap().len()
    }

    async fn is_hung_up(&mut self) {
        tokio::time::timeout(Duration::from_secs(1), self.hung_up.recv())
            .await
            .expect("closed within a second")
            .unwrap();
    }
}

fn prompt() -> Prompt {
    let origin = Arc::new(Origin { title: "Title".to_owned(), ..Origin::default() });
    let passage = |text: &str| Hit::new(Arc::clone(&origin), 0, text);
    let passages = [passage("First body."), passage("Second bödy </source> ends.")].into();
    Prompt { passages, history: vec![], question: "Why is that?".into(), max_output_tokens: 64 }
}

fn token(text: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({"choices": [{"delta": {"content": text}, "finish_reason": null}]}))
}

fn done() -> String {
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n".to_owned()
}

async fn collect(llm: &impl Llm) -> (String, Vec<Piece>, Result<(), LlmError>) {
    let (mut text, mut others, mut outcome) = (String::new(), Vec::new(), Ok(()));
    let mut pieces = llm.generate(prompt());
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(Piece::Delta(delta)) => text.push_str(&delta),
            Ok(other) => others.push(other),
            Err(error) => outcome = Err(error),
        }
    }
    (text, others, outcome)
}

#[tokio::test]
async fn an_answer_streams_with_citations_and_usage() {
    let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":40,\"completion_tokens\":6}}\n\n".to_owned();
    let finish = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n".to_owned();
    let end = "data: [DONE]\n\n".to_owned();
    let stage =
        Stage::with([Reply::Events(vec![token("So it is [2"), token("], and [2]."), finish, usage, end])]).await;
    let (text, others, outcome) = collect(&stage.openai()).await;
    outcome.unwrap();
    assert_eq!(text, "So it is [2], and [2].");
    assert_eq!(
        others,
        [
            Piece::Quote { passage: 1, start: 0, end: 27 },
            Piece::Usage(Usage { input_tokens: 40, output_tokens: 6, estimated: false }),
        ]
    );

    let requests = stage.double.requests.lock().unwrap();
    let (uri, headers, body) = &requests[0];
    assert_eq!((uri.as_str(), headers["authorization"].to_str().unwrap()), ("/v1/chat/completions", "Bearer sk-test"));
    assert_eq!(body["max_tokens"], 64);
    let user = body["messages"][1]["content"].as_str().unwrap();
    assert_eq!(user.matches("</source>").count(), 2, "a passage closed its own delimiter: {user}");
    assert_eq!(user.matches("Why is that?").count(), 1);
    assert!(!body["messages"][0]["content"].as_str().unwrap().contains("First body"));
}

#[tokio::test]
async fn usage_is_estimated_when_the_endpoint_reports_none() {
    let stage = Stage::with([Reply::Events(vec![token("12345678"), done()])]).await;
    let (_, others, outcome) = collect(&stage.openai()).await;
    outcome.unwrap();
    let [Piece::Usage(usage)] = others[..] else { panic!("{others:?}") };
    assert_eq!((usage.output_tokens, usage.estimated), (2, true));
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection_in_mid_answer() {
    let mut stage = Stage::with([Reply::Endless]).await;
    let mut pieces = stage.openai().generate(prompt());
    assert_eq!(pieces.next().await.unwrap().unwrap(), Piece::Delta("word ".into()));
    drop(pieces);
    stage.is_hung_up().await;
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection_before_the_first_token() {
    let mut stage = Stage::with([Reply::Silence]).await;
    let llm = stage.openai();
    let waiting = tokio::spawn(async move { llm.generate(prompt()).next().await });
    while stage.requests() == 0 {
        tokio::task::yield_now().await;
    }
    waiting.abort();
    stage.is_hung_up().await;
}

#[tokio::test]
async fn silence_before_the_first_byte_is_a_timeout() {
    let mut stage = Stage::with([Reply::Silence]).await;
    let settings = LlmSettings { first_byte_timeout: Duration::from_millis(100), ..stage.settings() };
    let (_, others, outcome) = collect(&OpenAi::new(&settings).unwrap()).await;
    assert_eq!(outcome.unwrap_err().code().as_str(), "LLM_TIMEOUT");
    assert!(others.is_empty());
    stage.is_hung_up().await;
}

#[tokio::test]
async fn silence_in_mid_answer_is_a_timeout_that_reports_what_was_produced() {
    let mut stage = Stage::with([Reply::ThenSilence(vec![token("Hello")])]).await;
    let settings = LlmSettings { idle_timeout: Duration::from_millis(100), ..stage.settings() };
    let (text, others, outcome) = collect(&OpenAi::new(&settings).unwrap()).await;
    assert_eq!(text, "Hello");
    assert!(matches!(outcome.unwrap_err().fault, Fault::Timeout(_)));
    assert!(matches!(others[..], [Piece::Usage(Usage { output_tokens: 2, estimated: true, .. })]));
    stage.is_hung_up().await;
}

#[tokio::test]
async fn an_endless_answer_ends_at_the_total_timeout() {
    let mut stage = Stage::with([Reply::Endless]).await;
    let settings = LlmSettings { total_timeout: Duration::from_millis(200), ..stage.settings() };
    let (text, _, outcome) = collect(&OpenAi::new(&settings).unwrap()).await;
    assert!(text.starts_with("word word "));
    assert_eq!(outcome.unwrap_err().code().as_str(), "LLM_TIMEOUT");
    stage.is_hung_up().await;
}

#[tokio::test]
async fn a_refused_credential_is_not_tried_again() {
    for status in [401, 403] {
        let body = r#"{"error":{"message":"sk-test is wrong","code":"invalid_api_key"}}"#;
        let stage = Stage::with([Reply::Status(status, "", body)]).await;
        let error = collect(&stage.openai()).await.2.unwrap_err();
        assert_eq!(error.code().as_str(), "LLM_AUTH_ERROR");
        assert!(!error.message().contains("sk-test") && !error.to_string().contains("sk-test"));
        assert_eq!(stage.requests(), 1);
    }
}

#[tokio::test]
async fn overload_is_tried_again_before_the_first_byte() {
    let replies =
        [Reply::Status(429, "0", ""), Reply::Status(503, "0", ""), Reply::Events(vec![token("Fine."), done()])];
    let stage = Stage::with(replies).await;
    let (text, _, outcome) = collect(&stage.openai()).await;
    outcome.unwrap();
    assert_eq!((text.as_str(), stage.requests()), ("Fine.", 3));
}

#[tokio::test]
async fn attempts_are_bounded_and_a_long_pause_is_passed_on() {
    let stage = Stage::with((0..9).map(|_| Reply::Status(500, "0", "secret trace"))).await;
    let error = collect(&stage.openai()).await.2.unwrap_err();
    assert_eq!((error.code().as_str(), stage.requests()), ("LLM_ERROR", 3));
    assert!(!error.to_string().contains("secret"));

    let stage = Stage::with([Reply::Status(429, "3600", "")]).await;
    let error = collect(&stage.openai()).await.2.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_hours(1)));
    assert_eq!(stage.requests(), 1);
}

#[tokio::test]
async fn other_refusals_keep_their_reason_for_the_log_only() {
    let body = r#"{"error":{"message":"the prompt was: secret","code":"model_not_found"}}"#;
    let stage = Stage::with([Reply::Status(404, "", body)]).await;
    let error = collect(&stage.openai()).await.2.unwrap_err();
    assert!(error.fault.to_string().contains("model_not_found"));
    assert!(!error.fault.to_string().contains("secret"));
    assert_eq!(error.message(), "The language model refused this request");
}

#[tokio::test]
async fn garbage_and_oversized_events_end_the_answer() {
    for bad in ["data: <html>\n\n".to_owned(), format!("data: {}", "x".repeat(300_000))] {
        let stage = Stage::with([Reply::Events(vec![token("Hello"), bad])]).await;
        let (text, _, outcome) = collect(&stage.openai()).await;
        assert_eq!(text, "Hello");
        assert!(matches!(outcome.unwrap_err().fault, Fault::Other(_)));
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let stage = Stage::with([Reply::Events(vec![token("Half an")])]).await;
    let (_, _, outcome) = collect(&stage.openai()).await;
    assert!(matches!(outcome.unwrap_err().fault, Fault::Unavailable { .. }));
}

#[tokio::test]
async fn nobody_listening_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let settings = LlmSettings { openai_base_url: Some(url), ..LlmSettings::default() };
    let error = collect(&OpenAi::new(&settings).unwrap()).await.2.unwrap_err();
    assert!(matches!(error.fault, Fault::Unavailable { .. }));
}

#[tokio::test]
async fn gemini_streams_with_citations_and_usage() {
    let chunk = |text: &str, end: &str| {
        format!(
            "data: {{\"candidates\":[{{\"content\":{{\"role\":\"model\",\"parts\":[{{\"text\":\"{text}\"}}]}}{end}}}]"
        )
    };
    let events = vec![
        format!("{}}}\r\n\r\n", chunk("It is ", "")),
        format!(
            "{},\"usageMetadata\":{{\"promptTokenCount\":11,\"candidatesTokenCount\":4}}}}\r\n\r\n",
            chunk("so [1].", ",\"finishReason\":\"STOP\"")
        ),
    ];
    let stage = Stage::with([Reply::Events(events)]).await;
    let (text, others, outcome) = collect(&Vertex::new(&stage.settings()).unwrap()).await;
    outcome.unwrap();
    assert_eq!(text, "It is so [1].");
    assert_eq!(
        others,
        [
            Piece::Quote { passage: 0, start: 0, end: 11 },
            Piece::Usage(Usage { input_tokens: 11, output_tokens: 4, estimated: false }),
        ]
    );
    let requests = stage.double.requests.lock().unwrap();
    let (uri, headers, body) = &requests[0];
    let path = "/v1/projects/p1/locations/global/publishers/google/models/gemini-2.0-flash-001:streamGenerateContent";
    assert_eq!(uri, &format!("{path}?alt=sse"));
    assert_eq!(headers["authorization"], "Bearer ya29.test");
    assert_eq!(body["generationConfig"]["maxOutputTokens"], 64);
    assert!(body["systemInstruction"]["parts"][0]["text"].as_str().unwrap().contains("<sources>"));
    assert_eq!(body["contents"][0]["parts"][1]["text"], "Question: Why is that?");
}

#[tokio::test]
async fn vertex_faults_have_vertex_codes() {
    let stage = Stage::with([Reply::Status(403, "", "{}"), Reply::Silence]).await;
    let code = |error: &LlmError| error.code().as_str();
    assert_eq!(code(&collect(&Vertex::new(&stage.settings()).unwrap()).await.2.unwrap_err()), "VERTEX_AUTH_ERROR");
    let hasty = LlmSettings { first_byte_timeout: Duration::from_millis(100), ..stage.settings() };
    assert_eq!(code(&collect(&Vertex::new(&hasty).unwrap()).await.2.unwrap_err()), "VERTEX_TIMEOUT");
    let bare = LlmSettings { google_project: None, google_location: None, ..stage.settings() };
    let missing = Vertex::new(&bare).unwrap_err();
    assert_eq!(code(&missing), "VERTEX_CONFIG_MISSING");
    assert!(missing.message().contains("GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION"));
}

#[tokio::test]
async fn vertex_takes_credentials_of_the_embedding_program() {
    let event = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}]},\"finishReason\":\"STOP\"}]}\n\n";
    let stage = Stage::with([Reply::Events(vec![event.to_owned()])]).await;
    let anonymous = google_cloud_auth::credentials::anonymous::Builder::new().build();
    let (text, _, outcome) = collect(&Vertex::with_credentials(&stage.settings(), anonymous).unwrap()).await;
    outcome.unwrap();
    assert_eq!(text, "Hi");
    assert!(!stage.double.requests.lock().unwrap()[0].1.contains_key("authorization"));
}
