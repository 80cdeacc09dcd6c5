//! `/v1/run`: questions, and the stream of their answers.

use nexus_core::principal::Role;
use nexus_retrieval::llm::{NO_ANSWER, Speaker};
use serde_json::{Value, json};

use crate::harness::{Caller, Event, Model, PATIENCE, TestApp};

fn ask(message: &str) -> Value {
    json!({ "session_id": "s1", "corpus_id": "c1", "message": message })
}

fn kinds(events: &[Event]) -> Vec<&str> {
    events.iter().map(Event::kind).collect()
}

/// A reader, and a corpus with one document that readers may read.
async fn library(app: &TestApp) -> (Caller, Caller) {
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    admin.corpus("c1").await;
    admin.text("c1", "birds", "The heron stands in shallow water. — Der Reiher fängt Fische 🐟 früh am Morgen.").await;
    admin.grant("birds", "role", "reader", "read").await;
    (admin, reader)
}

#[tokio::test]
async fn every_event_is_framed_to_the_byte() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let reader = app.tenant("t1").await.key(Role::Reader).await;
    app.tenant("t1").await.key(Role::Editor).await.corpus("c1").await;
    let mut stream = reader.ask(&ask("Hello?")).await;
    assert_eq!(stream.headers["content-type"], "text/event-stream");
    assert_eq!(stream.headers["cache-control"], "no-cache");
    assert_eq!(stream.headers["x-run-id"], stream.request_id.as_str());
    assert!(!stream.headers.contains_key("content-encoding"));
    let run = stream.request_id.clone();
    let events = stream.rest().await;

    let accepted_at = events[0].json["data"]["accepted_at"].as_str().unwrap().to_owned();
    let frame = |seq: usize, kind: &str, data: &str| {
        format!(
            "event: message\nid: {seq}\ndata: {{\"type\":\"{kind}\",\"request_id\":\"{run}\",\"session_id\":\"s1\",\
             \"data\":{data},\"seq\":{seq}}}"
        )
    };
    let words = ["This ", "is ", "a ", "fake ", "response. "];
    let mut expected = vec![frame(1, "request.accepted", &format!("{{\"accepted_at\":\"{accepted_at}\"}}"))];
    expected.extend((2..).zip(words).map(|(n, w)| frame(n, "token.delta", &format!("{{\"delta\":\"{w}\"}}"))));
    expected.push(frame(7, "message.final", "{\"text\":\"This is a fake response. \",\"citations\":[]}"));
    expected.push(frame(8, "done", "{}"));
    let raw: Vec<&str> = events.iter().map(|e| e.raw.as_str()).collect();
    assert_eq!(raw, expected);
    let mut audited = app.audited(&run).await;
    // The receipt is written with the answer, the others a moment after they happened.
    audited.sort_unstable();
    assert_eq!(audited, ["auth.access.success", "run.invoked", "run.receipt"]);
    app.finish().await;
}

#[tokio::test]
async fn an_answer_is_its_deltas_and_every_citation_verifies() {
    let app = TestApp::start().await;
    let (_, reader) = library(&app).await;
    let events = reader.run(&ask("When does der Reiher catch Fische?")).await;
    let order = kinds(&events);
    assert_eq!(order.first(), Some(&"request.accepted"));
    assert_eq!(order.iter().filter(|k| **k == "done").count(), 1);
    assert_eq!(order[order.len() - 2..], ["message.final", "done"]);
    assert!(order[1..order.len() - 2].iter().all(|k| *k == "token.delta"), "{order:?}");
    assert!(events.iter().zip(1..).all(|(e, n)| e.id == n));

    let text = |e: &Event| e.json["data"]["delta"].as_str().unwrap_or_default().to_owned();
    let last = &events[events.len() - 2].json["data"];
    assert_eq!(events.iter().map(text).collect::<String>(), last["text"].as_str().unwrap());

    let citations = last["citations"].as_array().unwrap();
    assert!(!citations.is_empty(), "{last}");
    for citation in citations {
        assert_eq!(citation["source"], "document://birds");
        assert!((0.0..=1.0).contains(&citation["score"].as_f64().unwrap()));
        assert_eq!(citation["metadata"]["filename"], "raw_text.txt");
        let path = format!("/v1/documents/birds/text?start={}&end={}", citation["start"], citation["end"]);
        let stored = reader.get(&path).await.ok();
        assert_eq!(stored["text"], citation["quote"]);
        assert_eq!(stored["content_hash"], citation["content_hash"]);
        assert!(last["text"].as_str().unwrap().contains(&format!("[{}]", citation["index"])), "{last}");
    }
    app.finish().await;
}

#[tokio::test]
async fn without_support_there_is_no_answer_and_no_citation() {
    let app = TestApp::start().await;
    let (_, reader) = library(&app).await;
    let (text, citations) = reader.answer("c1", "Which currency does Norway use?").await;
    assert_eq!((text.as_str(), citations.len()), (NO_ANSWER, 0));
    app.finish().await;
}

#[tokio::test]
async fn the_number_of_passages_comes_from_the_question_or_the_corpus() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let (admin, reader) = library(&app).await;
    for n in 0..8 {
        let id = format!("d{n}");
        admin.text("c1", &id, &format!("Heron number {n} stands here.")).await;
        admin.grant(&id, "role", "reader", "read").await;
    }
    let passages = || app.prompts().last().unwrap().passages.len();
    reader.run(&ask("heron")).await;
    assert_eq!(passages(), 5);
    for wanted in [1, 2, 3] {
        let config = json!({ "provider_config_json": { "retrieval": { "provider": "local_pgvector", "top_k_default": wanted } } });
        admin.patch("/v1/corpora/c1", &config).await.ok();
        reader.run(&ask("heron")).await;
        assert_eq!(passages(), wanted, "the next question counts already");
    }
    let mut explicit = ask("heron");
    explicit["top_k"] = json!(7);
    reader.run(&explicit).await;
    assert_eq!(passages(), 7);
    app.finish().await;
}

#[tokio::test]
async fn what_was_said_before_reaches_the_model_and_nobody_elses() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let (_, reader) = library(&app).await;
    let other = app.tenant("t1").await.key(Role::Reader).await;
    let second_key = app.tenant("t1").await.key_for(&reader.user_id, Role::Reader).await;
    reader.run(&ask("First?")).await;
    reader.run(&ask("Second?")).await;
    let turns = |n: usize| -> Vec<(Speaker, String)> {
        app.prompts()[n].history.iter().map(|t| (t.speaker, t.text.clone())).collect()
    };
    assert_eq!(turns(0), []);
    let said = [(Speaker::User, "First?".to_owned()), (Speaker::Assistant, "This is a fake response. ".to_owned())];
    assert_eq!(turns(1), said);
    assert_eq!(app.prompts()[1].question, "Second?");
    // The same session id of another user is another session; of another key of the user it is the same.
    other.run(&ask("Third?")).await;
    assert_eq!(turns(2), []);
    second_key.run(&ask("Fourth?")).await;
    assert_eq!(turns(3).len(), 4);
    let mut elsewhere = ask("Fifth?");
    elsewhere["session_id"] = json!("s2");
    reader.run(&elsewhere).await;
    assert_eq!(turns(4), []);
    app.finish().await;
}

#[tokio::test]
async fn a_busy_server_says_so_and_a_place_comes_back() {
    let plan = TestApp::plan().model(Model::Stepped).settings(|s| {
        s.runs.max_concurrency = 1;
        s.runs.tenant_max_concurrency = 1;
    });
    let app = plan.start().await;
    let (_, reader) = library(&app).await;
    let mut first = reader.ask(&ask("One?")).await;
    app.say(1);
    first.until("token.delta").await;
    let busy = reader.ask(&ask("Two?")).await;
    assert_eq!(busy.headers["retry-after"], "1");
    busy.refused(503, "SERVICE_BUSY").await;

    // After a hang-up the place is given back, and the next run has it to its end.
    drop(first);
    let next = async {
        loop {
            let stream = reader.ask(&ask("Three?")).await;
            if stream.status == 200 {
                return stream;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let mut second = tokio::time::timeout(PATIENCE, next).await.unwrap();
    app.say(20);
    assert_eq!(kinds(&second.rest().await).last(), Some(&"done"));
    assert_eq!(reader.run(&ask("Four?")).await.last().unwrap().kind(), "done");
    app.finish().await;
}

#[tokio::test]
async fn one_tenant_cannot_take_the_places_of_another() {
    let plan = TestApp::plan().model(Model::Stepped).settings(|s| {
        s.runs.max_concurrency = 2;
        s.runs.tenant_max_concurrency = 1;
    });
    let app = plan.start().await;
    let (_, reader) = library(&app).await;
    let stranger = app.tenant("t2").await.key(Role::Editor).await;
    stranger.corpus("c1").await;
    let mut first = reader.ask(&ask("One?")).await;
    reader.ask(&ask("Two?")).await.refused(503, "SERVICE_BUSY").await;
    let mut theirs = stranger.ask(&ask("One?")).await;
    app.say(20);
    assert_eq!(first.rest().await.len(), 13);
    assert_eq!(theirs.rest().await.len(), 13);
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_before_the_stream() {
    let app = TestApp::start().await;
    let (_, reader) = library(&app).await;
    app.tenant("t2").await.key(Role::Editor).await.corpus("theirs").await;
    for corpus in ["unknown", "theirs"] {
        let body = json!({ "session_id": "s1", "corpus_id": corpus, "message": "Hello?" });
        let error = reader.ask(&body).await.refused(404, "NOT_FOUND").await;
        assert_eq!(error["message"], "Corpus not found");
    }
    let mut behind = app.behind().await;
    let messages: i64 = sqlx::query_scalar("SELECT count(*) FROM messages").fetch_one(&mut behind).await.unwrap();
    assert_eq!(messages, 0, "a refusal leaves nothing behind");
    app.finish().await;
}

#[tokio::test]
async fn the_switch_for_runs_lets_nobody_in() {
    let app = TestApp::plan().settings(|s| s.switches.run = true).start().await;
    let (_, reader) = library(&app).await;
    reader.ask(&ask("Hello?")).await.refused(503, "FEATURE_TEMPORARILY_DISABLED").await;
    app.finish().await;
}

#[tokio::test]
async fn the_debug_event_counts_only_what_the_caller_may_read() {
    let app = TestApp::plan().settings(|s| s.runs.debug_events = true).start().await;
    let (admin, reader) = library(&app).await;
    admin.text("c1", "secret", "The heron is a secret agent.").await;
    let events = reader.run(&ask("What does the heron do?")).await;
    assert_eq!(events[1].kind(), "debug.retrieval");
    assert_eq!(events[1].json["data"], json!({ "provider": "local_pgvector", "num_chunks": 1 }));
    app.finish().await;
}

#[tokio::test]
async fn a_model_that_fails_ends_the_stream_in_order() {
    for (model, code) in [(Model::Failing, "LLM_ERROR"), (Model::Panicking, "UNKNOWN_ERROR")] {
        let app = TestApp::plan().model(model).start().await;
        let (_, reader) = library(&app).await;
        let events = reader.run(&ask("Hello?")).await;
        assert_eq!(kinds(&events), ["request.accepted", "token.delta", "error", "done"], "{model:?}");
        assert_eq!(events[2].json["data"]["code"], code);
        let raw: String = events.iter().map(|e| e.raw.as_str()).collect();
        assert!(!raw.contains("hunter2") && !raw.contains("secret-host"), "{raw}");
        // The question is kept, and no answer.
        let roles: Vec<String> =
            sqlx::query_scalar("SELECT role FROM messages").fetch_all(&mut app.behind().await).await.unwrap();
        assert_eq!(roles, ["user"]);
        app.finish().await;
    }
}

#[tokio::test]
async fn a_silent_model_is_covered_by_heartbeats() {
    let plan = TestApp::plan().model(Model::Stepped).settings(|s| {
        s.replay.heartbeat = std::time::Duration::from_millis(20);
    });
    let app = plan.start().await;
    let (_, reader) = library(&app).await;
    let mut stream = reader.ask(&ask("Hello?")).await;
    let first = stream.until("heartbeat").await;
    let beat = first.last().unwrap();
    assert_eq!(beat.name, "heartbeat");
    let keys: Vec<&String> = beat.json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["request_id", "seq", "ts"]);
    app.say(10);
    let all: Vec<u64> = first.iter().chain(&stream.rest().await).map(|e| e.id).collect();
    assert!(all.iter().zip(1..).all(|(id, n)| *id == n), "heartbeats are numbered with the rest: {all:?}");
    app.finish().await;
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams() {
    let app = TestApp::plan().model(Model::Stepped).start().await;
    let (_, reader) = library(&app).await;
    let mut stream = reader.ask(&ask("Hello?")).await;
    app.say(1);
    stream.until("token.delta").await;
    app.platform.stopping.cancel();
    let rest = stream.rest().await;
    assert_eq!(kinds(&rest), ["error", "done"]);
    assert_eq!(rest[0].json["data"]["code"], "RUN_CANCELLED");
    app.finish().await;
}
