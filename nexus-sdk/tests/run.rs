//! The stream of a run against a server that answers from a script.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod double;

use std::time::Duration;

use double::{Double, End, Reply};
use futures::StreamExt;
use nexus_sdk::wire::{RunEvent, RunRequest};
use nexus_sdk::{Client, Error};
use serde_json::{Value, json};

fn question() -> RunRequest {
    RunRequest { session_id: "s1".into(), corpus_id: "c1".into(), message: "Who?".into(), ..RunRequest::default() }
}

fn begin() -> (&'static str, Value) {
    ("request.accepted", json!({"accepted_at": "2026-01-02T03:04:05Z"}))
}

fn delta(text: &str) -> (&'static str, Value) {
    ("token.delta", json!({"delta": text}))
}

fn whole() -> (&'static str, Value) {
    ("message.final", json!({"text": "a b", "citations": []}))
}

fn done() -> (&'static str, Value) {
    ("done", json!({}))
}

/// What the caller sees: the kinds and numbers of the events, and the error that ended them, if one did.
async fn read(client: &Client) -> (Vec<(String, u64)>, Option<Error>) {
    let mut seen = Vec::new();
    let mut stream = client.run(question());
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => seen.push((RunEvent::kind(&event).to_owned(), event.seq)),
            Err(error) => {
                assert!(stream.next().await.is_none(), "nothing follows an error");
                return (seen, Some(error));
            }
        }
    }
    (seen, None)
}

fn numbers(seen: &[(String, u64)]) -> Vec<u64> {
    seen.iter().map(|(_, seq)| *seq).collect()
}

#[tokio::test]
async fn a_run_is_read_from_accepted_to_done() {
    let news = ("tool.call", json!({"name": "later version"}));
    let beat = ("heartbeat", Value::Null);
    // What comes after `done` is not read.
    let events = [begin(), delta("a "), beat, news, delta("b"), whole(), done(), delta("!")];
    let server = Double::start([Reply::events(200, 1, &events, End::Well)]).await;
    let (seen, error) = read(&server.client()).await;
    assert!(error.is_none(), "{error:?}");
    let kinds: Vec<_> = seen.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["request.accepted", "token.delta", "heartbeat", "tool.call", "token.delta", "message.final", "done"]
    );
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].path, "/v1/run");
    assert_eq!(asked[0].header("accept"), Some("text/event-stream"));
    assert_eq!(asked[0].header("authorization"), Some("Bearer nrgk_test"));
    assert_eq!((asked[0].header("last-event-id"), asked[0].header("x-run-id")), (None, None));
    assert_eq!(asked[0].json(), json!({"session_id": "s1", "corpus_id": "c1", "message": "Who?", "audio": false}));
}

#[tokio::test]
async fn a_cut_stream_is_continued_where_it_broke() {
    for end in [End::Cut, End::Well] {
        let server = Double::start([
            Reply::events(200, 1, &[begin(), delta("a ")], end),
            // The server repeats one event too many.
            Reply::events(200, 2, &[delta("a "), delta("b")], End::Cut),
            Reply::events(200, 4, &[whole(), done()], End::Well),
        ])
        .await;
        let (seen, error) = read(&server.client()).await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(numbers(&seen), [1, 2, 3, 4, 5]);
        let asked = server.asked();
        let resumed: Vec<_> =
            asked.iter().map(|asked| (asked.header("x-run-id"), asked.header("last-event-id"))).collect();
        assert_eq!(resumed, [(None, None), (Some("run-1"), Some("2")), (Some("run-1"), Some("3"))]);
        assert_eq!(asked[1].body, asked[0].body);
    }
}

#[tokio::test]
async fn a_stream_cut_before_its_first_event_is_resumed_by_the_servers_id() {
    let server = Double::start([
        Reply::events(200, 1, &[], End::Cut).with("x-request-id", "run-9"),
        Reply::events(200, 1, &[begin(), done()], End::Well),
    ])
    .await;
    let (seen, error) = read(&server.client()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(numbers(&seen), [1, 2]);
    let asked = server.asked();
    assert_eq!((asked[1].header("x-run-id"), asked[1].header("last-event-id")), (Some("run-9"), Some("0")));
}

#[tokio::test]
async fn a_run_that_is_no_longer_kept_is_an_error() {
    let gone = ("resume.unsupported", json!({"message": "gone"}));
    let server = Double::start([
        Reply::events(200, 1, &[begin(), delta("a "), delta("b")], End::Cut),
        Reply::events(200, 1, &[gone, done()], End::Well),
    ])
    .await;
    let (seen, error) = read(&server.client()).await;
    assert_eq!(numbers(&seen), [1, 2, 3]);
    assert!(matches!(error, Some(Error::ResumeUnsupported { last_seq: 3, .. })), "{error:?}");
}

#[tokio::test]
async fn a_stream_that_keeps_breaking_without_news_is_given_up() {
    let server = Double::start((0..20).map(|_| Reply::events(200, 1, &[begin()], End::Well))).await;
    let (seen, error) = read(&server.client()).await;
    assert_eq!(numbers(&seen), [1]);
    assert!(matches!(error, Some(Error::Interrupted { last_seq: 1 })), "{error:?}");
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let server = Double::start((0..20).map(|_| Reply::events(200, 1, &[begin()], End::Hang))).await;
    let client = server.describe().silence_timeout(Duration::from_millis(200)).build().unwrap();
    let (_, error) = read(&client).await;
    assert!(matches!(error, Some(Error::Silence(_))), "{error:?}");
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn a_question_refused_for_now_is_asked_again_as_it_was() {
    let server = Double::start([
        Reply::refusal(503, "SERVICE_BUSY").with("retry-after", "0"),
        Reply::events(200, 1, &[begin(), done()], End::Well),
    ])
    .await;
    let (seen, error) = read(&server.client()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(numbers(&seen), [1, 2]);
    assert_eq!(server.asked()[1].header("last-event-id"), None);
}

#[tokio::test]
async fn a_question_refused_for_good_is_told() {
    let server = Double::start([Reply::refusal(403, "AUTHZ_DENIED")]).await;
    let (seen, error) = read(&server.client()).await;
    assert!(seen.is_empty());
    assert_eq!(error.unwrap().code(), Some("AUTHZ_DENIED"));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_refusal_in_the_form_of_a_stream_is_read_as_one() {
    let shed = ("sla.shed", json!({"status": "shed", "policy_id": null, "window_end": null}));
    let failed = ("error", json!({"code": "SLA_SHED_LOAD", "message": "busy"}));
    let server = Double::start([Reply::events(503, 1, &[begin(), shed, failed, done()], End::Well)]).await;
    let (seen, error) = read(&server.client()).await;
    assert!(error.is_none(), "{error:?}");
    let kinds: Vec<_> = seen.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["request.accepted", "sla.shed", "error", "done"]);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_no_stream_is_an_error() {
    let server = Double::start([Reply::data(json!("hello"))]).await;
    let (_, error) = read(&server.client()).await;
    assert!(matches!(error, Some(Error::Decode { .. })), "{error:?}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn dropping_the_stream_hangs_up() {
    let server = Double::start([Reply::events(200, 1, &[begin(), delta("a ")], End::Hang)]).await;
    let mut stream = server.client().run(question());
    stream.next().await.unwrap().unwrap();
    drop(stream);
    server.hung_up().await;
}
