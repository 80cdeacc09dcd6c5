//! Speech behind an endpoint, against a double that speaks its protocol.
#![cfg(feature = "openai")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Json, Router, http::StatusCode, routing::post};
use nexus_core::problem::Problem as _;
use nexus_retrieval::{
    objects::Shelf,
    speech::{OpenAiSpeech, Speech as _, SpeechProvider, SpeechSettings, Voice, build},
};
use serde_json::Value;
use tokio::net::TcpListener;

type Seen = Arc<Mutex<Vec<Value>>>;

async fn endpoint(status: u16, sound: &'static [u8], delay: Duration) -> (SpeechSettings, Seen) {
    let seen = Seen::default();
    let requests = Arc::clone(&seen);
    let reply = move |Json(body): Json<Value>| async move {
        requests.lock().unwrap().push(body);
        tokio::time::sleep(delay).await;
        (StatusCode::from_u16(status).unwrap(), sound)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let app = Router::new().route("/v1/audio/speech", post(reply));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let settings = SpeechSettings {
        provider: SpeechProvider::OpenAi,
        openai_base_url: Some(url),
        openai_api_key: Some("sk-test".to_owned().into()),
        ..SpeechSettings::default()
    };
    (settings, seen)
}

async fn code(settings: &SpeechSettings) -> &'static str {
    OpenAiSpeech::new(settings).unwrap().speak("Hello").await.unwrap_err().code().as_str()
}

#[tokio::test]
async fn a_text_is_read_aloud_up_to_its_limit() {
    let (settings, seen) = endpoint(200, b"ID3 sound", Duration::ZERO).await;
    let short = SpeechSettings { max_chars: 5, ..settings };
    let speech = build(&short).unwrap();
    assert_eq!(speech.speak("Hellö world").await.unwrap(), "ID3 sound");
    let body = &seen.lock().unwrap()[0];
    assert_eq!((&body["input"], &body["voice"]), (&"Hellö".into(), &"alloy".into()));
    assert_eq!((&body["model"], &body["response_format"]), (&"gpt-4o-mini-tts".into(), &"mp3".into()));
}

#[tokio::test]
async fn refusals_have_their_codes() {
    assert_eq!(code(&endpoint(401, b"", Duration::ZERO).await.0).await, "TTS_AUTH_ERROR");
    assert_eq!(code(&endpoint(403, b"", Duration::ZERO).await.0).await, "TTS_AUTH_ERROR");
    assert_eq!(code(&endpoint(400, b"{}", Duration::ZERO).await.0).await, "TTS_ERROR");
    let (settings, seen) = endpoint(500, b"", Duration::ZERO).await;
    assert_eq!(code(&settings).await, "TTS_ERROR");
    assert_eq!(seen.lock().unwrap().len(), 1, "who tries again is the line");
}

#[tokio::test]
async fn size_and_time_are_bounded() {
    let (settings, _) = endpoint(200, &[7; 4096], Duration::ZERO).await;
    assert_eq!(code(&SpeechSettings { max_bytes: 4095, ..settings }).await, "TTS_ERROR");
    let (settings, _) = endpoint(200, b"late", Duration::from_mins(10)).await;
    assert_eq!(code(&SpeechSettings { timeout: Duration::from_millis(100), ..settings }).await, "TTS_ERROR");
}

#[test]
fn a_missing_key_is_named() {
    let settings = SpeechSettings { provider: SpeechProvider::OpenAi, ..SpeechSettings::default() };
    let error = build(&settings).map(|_| ()).unwrap_err();
    assert_eq!(error.code().as_str(), "TTS_CONFIG_MISSING");
    assert!(error.message().contains("OPENAI_API_KEY"));
}

#[tokio::test]
async fn an_endpoint_that_is_not_well_is_left_alone() {
    use nexus_core::{
        resilience::{Integration, Integrations, ResilienceSettings},
        shared::{Shared, SharedSettings},
    };
    let (settings, seen) = endpoint(503, b"", Duration::ZERO).await;
    let objects = Arc::new(object_store::memory::InMemory::new());
    let limits = ResilienceSettings { failures: 2, ..ResilienceSettings::default() };
    let integrations = Integrations::new(&Shared::local(&SharedSettings::default()), limits);
    let line = integrations.line(Integration::OpenAiTts, "").limited(settings.timeout, 3);
    let voice = Voice::new(&settings, Shelf::plain(objects), &"k".repeat(40).into()).unwrap().on(line);
    let tenant = "t".parse().unwrap();
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(voice.read(&tenant, "Hello").await.unwrap_err().code().as_str());
    }
    assert_eq!(codes, ["TTS_ERROR", "TTS_ERROR", "INTEGRATION_UNAVAILABLE"]);
    assert_eq!(seen.lock().unwrap().len(), 6, "three attempts for each of two calls");
}
