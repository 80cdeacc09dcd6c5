//! `Last-Event-ID`: going on with a stream that was cut, by the caller who asked and nobody else.

use std::time::Duration;

use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, Event, Model, TestApp};

fn ask(message: &str) -> Value {
    json!({ "session_id": "s1", "corpus_id": "c1", "message": message })
}

async fn app(grace: Duration) -> TestApp {
    TestApp::plan().model(Model::Stepped).settings(move |s| s.replay.grace = grace).start().await
}

async fn reader(app: &TestApp) -> Caller {
    let tenant = app.tenant("t1").await;
    tenant.key(Role::Editor).await.corpus("c1").await;
    tenant.key(Role::Reader).await
}

/// The two events of a resume that is not possible.
async fn is_unsupported(caller: &Caller, last: &str, body: &Value) {
    let events = caller.with("last-event-id", last).run(body).await;
    let kinds: Vec<(u64, &str)> = events.iter().map(|e| (e.id, e.kind())).collect();
    assert_eq!(kinds, [(1, "resume.unsupported"), (2, "done")]);
    assert!(events[0].json["data"]["message"].is_string());
}

#[tokio::test]
async fn a_cut_stream_goes_on_live_without_loss_or_repetition() {
    let app = app(Duration::from_mins(1)).await;
    let reader = reader(&app).await;
    let mut first = reader.ask(&ask("Hello?")).await;
    let run = first.request_id.clone();
    app.say(3);
    let mut seen = Vec::new();
    while seen.iter().filter(|e: &&Event| e.kind() == "token.delta").count() < 3 {
        seen.push(first.next().await.unwrap());
    }
    drop(first);

    app.say(2);
    let last = seen.last().unwrap().id.to_string();
    let mut second = reader.with("last-event-id", &last).ask(&ask("Hello?")).await;
    assert_eq!(second.headers["x-run-id"], run.as_str());
    assert_eq!(second.headers["content-type"], "text/event-stream");
    seen.push(second.next().await.unwrap());
    app.say(5);
    seen.extend(second.rest().await);

    assert!(seen.iter().zip(1..).all(|(e, n)| e.id == n), "{seen:?}");
    assert!(seen.iter().all(|e| e.json["request_id"] == run.as_str()));
    let words: String = seen.iter().filter_map(|e| e.json["data"]["delta"].as_str()).collect();
    assert_eq!(words, (1..=10).map(|n| format!("word{n} ")).collect::<String>());
    assert_eq!(seen.last().unwrap().kind(), "done");
    assert_eq!(app.prompts().len(), 1, "the model was asked once");
    app.finish().await;
}

#[tokio::test]
async fn after_the_end_the_rest_is_repeated_from_anywhere() {
    let app = app(Duration::ZERO).await;
    let reader = reader(&app).await;
    app.say(10);
    let whole = reader.run(&ask("Hello?")).await;
    for seen in [0, 1, 5, whole.len()] {
        let rest = reader.with("last-event-id", &seen.to_string()).run(&ask("Hello?")).await;
        assert_eq!(rest, whole[seen..]);
    }
    assert_eq!(app.prompts().len(), 1);
    // Beyond the end, or not a number: nothing that was sent.
    for last in ["99", "x", "-1", "1.0"] {
        is_unsupported(&reader, last, &ask("Hello?")).await;
    }
    app.finish().await;
}

#[tokio::test]
async fn nobody_else_can_go_on_with_it() {
    let app = app(Duration::ZERO).await;
    let reader = reader(&app).await;
    app.say(10);
    let mut stream = reader.ask(&ask("Hello?")).await;
    let run = stream.request_id.clone();
    stream.rest().await;

    let colleague = app.tenant("t1").await.key(Role::Admin).await;
    let other_key = app.tenant("t1").await.key_for(&reader.user_id, Role::Reader).await;
    let stranger = app.tenant("t2").await.key(Role::Editor).await;
    stranger.corpus("c1").await;
    for caller in [&colleague, &other_key, &stranger] {
        is_unsupported(caller, "1", &ask("Hello?")).await;
        is_unsupported(&caller.with("x-run-id", &run), "1", &ask("Hello?")).await;
    }
    // The same caller with another question, session or run.
    is_unsupported(&reader, "1", &ask("Another?")).await;
    is_unsupported(&reader, "1", &json!({ "session_id": "s2", "corpus_id": "c1", "message": "Hello?" })).await;
    is_unsupported(&reader.with("x-run-id", "unknown"), "1", &ask("Hello?")).await;
    app.nobody().with("last-event-id", "1").ask(&ask("Hello?")).await.refused(401, "AUTH_UNAUTHORIZED").await;
    app.finish().await;
}

#[tokio::test]
async fn of_two_runs_of_one_question_the_newer_goes_on_unless_one_is_named() {
    let app = app(Duration::ZERO).await;
    let reader = reader(&app).await;
    app.say(20);
    let mut first = reader.ask(&ask("Hello?")).await;
    let old = first.request_id.clone();
    let former = first.rest().await;
    let mut second = reader.ask(&ask("Hello?")).await;
    let new = second.request_id.clone();
    let whole = second.rest().await;
    assert_eq!(reader.with("last-event-id", "1").run(&ask("Hello?")).await, whole[1..]);
    assert_eq!(reader.with("last-event-id", "1").with("x-run-id", &new).run(&ask("Hello?")).await, whole[1..]);
    assert_eq!(reader.with("last-event-id", "1").with("x-run-id", &old).run(&ask("Hello?")).await, former[1..]);
    is_unsupported(&reader.with("x-run-id", "another"), "1", &ask("Hello?")).await;
    app.finish().await;
}

#[tokio::test]
async fn an_empty_last_event_id_asks_anew() {
    let app = app(Duration::ZERO).await;
    let reader = reader(&app).await;
    app.say(20);
    reader.run(&ask("Hello?")).await;
    assert_eq!(reader.with("last-event-id", "").run(&ask("Hello?")).await[0].kind(), "request.accepted");
    assert_eq!(app.prompts().len(), 2);
    app.finish().await;
}
