//! `/v1/chat/completions` and `/v1/models`: the platform in OpenAI's form.

use std::time::Duration;

use nexus_api::settings::Settings;
use nexus_core::{
    limit::{ClassRates, decide::Rate},
    principal::Role,
};
use nexus_retrieval::llm::{NO_ANSWER, Speaker};
use serde_json::{Value, json};

use crate::harness::{Answer, Caller, Model, PATIENCE, TestApp};

const PATH: &str = "/v1/chat/completions";

fn ask(question: &str) -> Value {
    json!({ "model": "c1", "messages": [{ "role": "user", "content": question }] })
}

fn streamed(question: &str) -> Value {
    let mut body = ask(question);
    body["stream"] = json!(true);
    body
}

/// An administrator and a reader, and a corpus with one document that readers may read.
async fn library(app: &TestApp) -> (Caller, Caller) {
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    admin.corpus("c1").await;
    admin.text("c1", "birds", "The heron stands in shallow water. — Der Reiher fängt Fische 🐟 früh am Morgen.").await;
    admin.grant("birds", "role", "reader", "read").await;
    (admin, reader)
}

/// The data of every chunk, and whether the stream ended as it has to.
async fn chunks(caller: &Caller, body: &Value) -> Vec<Value> {
    let mut stream = caller.ask_at(PATH, body).await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.headers["content-type"], "text/event-stream");
    assert_eq!(stream.headers["x-run-id"], stream.request_id.as_str());
    let mut chunks = Vec::new();
    while let Some(frame) = stream.frame().await {
        let data = frame.strip_prefix("data: ").unwrap();
        if data == "[DONE]" {
            assert_eq!(stream.frame().await, None);
            return chunks;
        }
        chunks.push(serde_json::from_str(data).unwrap());
    }
    panic!("no [DONE]: {chunks:?}");
}

fn delta<'a>(chunk: &'a Value, field: &str) -> &'a Value {
    &chunk["choices"][0]["delta"][field]
}

/// The error of a refusal, with its type.
#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str, kind: &str) -> Value {
    let error = answer.refused(status, code);
    assert_eq!(error["type"], kind, "{answer}");
    error
}

#[tokio::test]
async fn an_answer_has_the_form_that_clients_know_and_its_annotations_verify() {
    let app = TestApp::start().await;
    let (_, reader) = library(&app).await;
    let answer = reader.post(PATH, &ask("When does der Reiher catch Fische?")).await;
    let json = answer.json();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-run-id"), answer.request_id);
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["choices", "created", "id", "model", "object", "usage"]);
    assert_eq!((&json["object"], &json["model"]), (&json!("chat.completion"), &json!("c1")));
    assert_eq!(json["id"], format!("chatcmpl-{}", answer.request_id));
    let choice = &json["choices"][0];
    assert_eq!(
        (&choice["index"], &choice["finish_reason"], &choice["logprobs"]),
        (&json!(0), &json!("stop"), &json!(null))
    );
    let message = &choice["message"];
    assert_eq!((&message["role"], &message["refusal"]), (&json!("assistant"), &json!(null)));
    let usage = &json["usage"];
    let tokens = |name: &str| usage[name].as_u64().unwrap();
    assert!(tokens("prompt_tokens") > 0 && tokens("completion_tokens") > 0, "{usage}");
    assert_eq!(tokens("total_tokens"), tokens("prompt_tokens") + tokens("completion_tokens"));

    let text: Vec<char> = message["content"].as_str().unwrap().chars().collect();
    let annotations = message["annotations"].as_array().unwrap();
    assert!(!annotations.is_empty(), "{message}");
    for annotation in annotations {
        assert_eq!(annotation["type"], "url_citation");
        let cited = &annotation["url_citation"];
        let index = |name: &str| usize::try_from(cited[name].as_u64().unwrap()).unwrap();
        let marker: String = text[index("start_index")..index("end_index")].iter().collect();
        assert_eq!(marker, format!("[{}]", cited["index"]));
        assert_eq!((&cited["document_id"], cited["title"].is_string()), (&json!("birds"), true));
        let stored = reader.get(cited["url"].as_str().unwrap()).await.ok();
        assert_eq!((&stored["text"], &stored["content_hash"]), (&cited["quote"], &cited["content_hash"]));
        assert_eq!((&stored["start"], &stored["end"]), (&cited["start"], &cited["end"]));
    }
    let mut audited = app.audited(&answer.request_id).await;
    audited.sort_unstable();
    assert_eq!(audited, ["auth.access.success", "run.invoked", "run.receipt"]);
    app.finish().await;
}

#[tokio::test]
async fn a_stream_adds_up_to_the_answer_and_tells_usage_only_when_asked() {
    let app = TestApp::start().await;
    let (_, reader) = library(&app).await;
    let question = "When does der Reiher catch Fische?";
    let whole = reader.post(PATH, &ask(question)).await.json();
    let message = &whole["choices"][0]["message"];
    for with_usage in [false, true] {
        let mut body = streamed(question);
        if with_usage {
            body["stream_options"] = json!({ "include_usage": true });
        }
        let mut chunks = chunks(&reader, &body).await;
        assert!(chunks.iter().all(|c| c["object"] == "chat.completion.chunk" && c["id"] == chunks[0]["id"]));
        assert!(chunks.iter().all(|c| c.as_object().unwrap().contains_key("usage") == with_usage), "{chunks:?}");
        if with_usage {
            let last = chunks.pop().unwrap();
            assert_eq!((&last["choices"], &last["usage"]), (&json!([]), &whole["usage"]));
            assert!(chunks.iter().all(|c| c["usage"].is_null()));
        }
        assert_eq!((delta(&chunks[0], "role"), delta(&chunks[0], "content")), (&json!("assistant"), &json!("")));
        let text: String = chunks.iter().filter_map(|c| delta(c, "content").as_str()).collect();
        assert_eq!(text, message["content"].as_str().unwrap());
        let [.., annotated, last] = chunks.as_slice() else { panic!("{chunks:?}") };
        assert_eq!(*delta(annotated, "annotations"), message["annotations"]);
        assert_eq!((&last["choices"][0]["delta"], &last["choices"][0]["finish_reason"]), (&json!({}), &json!("stop")));
        assert!(chunks[..chunks.len() - 1].iter().all(|c| c["choices"][0]["finish_reason"].is_null()));
    }
    app.finish().await;
}

#[tokio::test]
async fn an_answer_without_support_says_so_and_one_that_may_not_be_longer_as_well() {
    let app = TestApp::start().await;
    let (_, reader) = library(&app).await;
    let none = reader.post(PATH, &ask("Which currency does Norway use?")).await.json();
    assert_eq!(none["choices"][0]["message"]["content"], NO_ANSWER);
    assert_eq!(none["choices"][0]["message"]["annotations"], json!([]));
    app.finish().await;

    let app = TestApp::plan().model(Model::Fake).start().await;
    let (_, reader) = library(&app).await;
    for name in ["max_tokens", "max_completion_tokens"] {
        let mut body = ask("Hello?");
        body[name] = json!(3);
        let answer = reader.post(PATH, &body).await.json();
        let choice = &answer["choices"][0];
        assert_eq!((&choice["message"]["content"], &choice["finish_reason"]), (&json!("This is a "), &json!("length")));
        assert_eq!(app.prompts().last().unwrap().max_output_tokens, 3);
    }
    app.finish().await;
}

#[tokio::test]
async fn the_client_keeps_the_conversation() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let (_, reader) = library(&app).await;
    let first = reader.post(PATH, &ask("First?")).await.json()["choices"][0]["message"].clone();
    let body = json!({ "model": "c1", "messages": [
        { "role": "system", "content": "Be brief." },
        { "role": "user", "content": [{ "type": "text", "text": "First?" }] },
        first,
        { "role": "user", "content": "Second?" },
    ] });
    assert_eq!(reader.post(PATH, &body).await.status, 200);
    let turns = |n: usize| -> Vec<(Speaker, String)> {
        app.prompts()[n].history.iter().map(|t| (t.speaker, t.text.clone())).collect()
    };
    assert_eq!(turns(0), []);
    let said = [
        (Speaker::User, "First?".to_owned()),
        (Speaker::Assistant, "This is a fake response. ".to_owned()),
        (Speaker::User, "Be brief.".to_owned()),
    ];
    assert_eq!(turns(1), said);
    assert_eq!(app.prompts()[1].question, "Second?");
    // What a client does not say again was not said.
    reader.post(PATH, &ask("Third?")).await;
    assert_eq!(turns(2), []);
    app.finish().await;
}

#[tokio::test]
async fn corpora_are_models_and_those_of_others_are_not_there() {
    let app = TestApp::start().await;
    let (_, reader) = library(&app).await;
    let stranger = app.tenant("t2").await.key(Role::Editor).await;
    stranger.corpus("theirs").await;
    let list = reader.get("/v1/models").await.json();
    assert_eq!(list["object"], "list");
    let model = &list["data"][0];
    assert_eq!((&model["id"], &model["object"], &model["owned_by"]), (&json!("c1"), &json!("model"), &json!("t1")));
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(reader.get("/v1/models/c1").await.json(), *model);
    for model in ["theirs", "unknown", "not/an id"] {
        let mut body = ask("Hello?");
        body["model"] = json!(model);
        for body in [body.clone(), {
            body["stream"] = json!(true);
            body
        }] {
            let error = refused(&reader.post(PATH, &body).await, 404, "NOT_FOUND", "invalid_request_error");
            assert_eq!(error["message"], "Corpus not found");
        }
    }
    for path in ["/v1/models/theirs", "/v1/models/unknown"] {
        refused(&reader.get(path).await, 404, "NOT_FOUND", "invalid_request_error");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_refused_is_refused_in_their_form() {
    let app = TestApp::start().await;
    let (_, reader) = library(&app).await;
    for caller in [app.nobody(), app.bearer("sk-made-up")] {
        let answer = caller.post(PATH, &ask("Hello?")).await;
        refused(&answer, 401, "AUTH_UNAUTHORIZED", "authentication_error");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        refused(&caller.get("/v1/models").await, 401, "AUTH_UNAUTHORIZED", "authentication_error");
    }
    let invalid = async |body: Value, code: &str, param: &str| {
        let error = refused(&reader.post(PATH, &body).await, 422, code, "invalid_request_error");
        assert_eq!(error["param"], param, "{error}");
        assert!(error["message"].as_str().unwrap().starts_with(param), "{error}");
    };
    invalid(json!({ "model": "c1" }), "REQUEST_VALIDATION_ERROR", "messages").await;
    invalid(json!({ "model": "c1", "messages": [] }), "REQUEST_VALIDATION_ERROR", "messages").await;
    let said = |message: Value| json!({ "model": "c1", "messages": [message] });
    invalid(said(json!({ "role": "owner", "content": "A" })), "REQUEST_VALIDATION_ERROR", "messages[0].role").await;
    invalid(said(json!({ "role": "user", "content": 7 })), "REQUEST_VALIDATION_ERROR", "messages[0].content").await;
    invalid(said(json!({ "role": "user", "content": "" })), "REQUEST_VALIDATION_ERROR", "messages[0].content").await;
    let with = |name: &str, value: Value| {
        let mut body = ask("Hello?");
        body[name] = value;
        body
    };
    invalid(with("hunter", json!(2)), "REQUEST_VALIDATION_ERROR", "hunter").await;
    invalid(with("n", json!(2)), "REQUEST_VALIDATION_ERROR", "n").await;
    invalid(with("max_tokens", json!(0)), "REQUEST_VALIDATION_ERROR", "max_tokens").await;
    invalid(with("tools", json!([{ "type": "function" }])), "CHAT_UNSUPPORTED", "tools").await;
    invalid(with("stop", json!(["\n"])), "CHAT_UNSUPPORTED", "stop").await;
    invalid(with("response_format", json!({ "type": "json_object" })), "CHAT_UNSUPPORTED", "response_format").await;

    let refused_to = |answer: &Answer, status, code| refused(answer, status, code, "invalid_request_error");
    refused_to(&reader.post(PATH, &with("tenant_id", json!("t1"))).await, 400, "TENANT_ID_NOT_ALLOWED");
    refused_to(&reader.post_bytes(PATH, "{").await, 422, "REQUEST_VALIDATION_ERROR");
    refused_to(&reader.get(PATH).await, 405, "METHOD_NOT_ALLOWED");
    refused_to(&reader.post("/v1/chat/nothing", &json!({})).await, 404, "NOT_FOUND");
    let long = reader.post_bytes(PATH, vec![b' '; 3 * 1024 * 1024]).await;
    refused_to(&long, 413, "PAYLOAD_TOO_LARGE");
    // There is no older address of what was never there.
    assert_eq!(reader.post("/chat/completions", &ask("Hello?")).await.status, 404);
    app.finish().await;
}

#[tokio::test]
async fn limits_quotas_and_switches_hold_as_for_every_run() {
    let limits = |s: &mut Settings| {
        let rates = ClassRates { key: Rate::new(0.0, 3), tenant: Rate::new(0.0, 100) };
        (s.limits.enabled, s.limits.run) = (true, rates);
        let plenty = ClassRates { key: Rate::new(0.0, 1000), tenant: Rate::new(0.0, 1000) };
        (s.limits.read, s.limits.mutation, s.limits.ops) = (plenty, plenty, plenty);
    };
    let app = TestApp::plan().settings(limits).start().await;
    let (admin, reader) = library(&app).await;
    let first = reader.post(PATH, &ask("Where does the heron stand?")).await;
    assert_eq!(first.status, 200, "{first}");
    for name in ["ratelimit", "ratelimit-policy", "x-quota-day-used", "x-sla-status", "x-cost-status"] {
        assert!(first.headers.contains_key(name), "{name} is missing: {first}");
    }
    let again = reader.post(PATH, &streamed("Where does the heron stand?")).await;
    let error = refused(&again, 429, "RATE_LIMITED", "rate_limit_error");
    assert_eq!(error["details"]["scope"], "api_key");
    assert_eq!(again.header("x-ratelimit-route-class"), "run");
    assert!(again.headers.contains_key("retry-after") && again.headers.contains_key("x-ratelimit-retry-after-ms"));

    let elsewhere = app.tenant("ops").await.key(Role::Operator).await;
    elsewhere.patch("/v1/admin/quotas/t1", &json!({ "daily_requests_limit": 0 })).await.ok();
    let used_up = admin.post(PATH, &streamed("Where does the heron stand?")).await;
    refused(&used_up, 402, "QUOTA_EXCEEDED", "insufficient_quota");
    assert_eq!(used_up.header("x-quota-day-remaining"), "0");
    app.finish().await;

    let app = TestApp::plan().settings(|s| s.switches.run = true).start().await;
    let (_, reader) = library(&app).await;
    refused(&reader.post(PATH, &ask("Hello?")).await, 503, "FEATURE_TEMPORARILY_DISABLED", "server_error");
    app.finish().await;
}

#[tokio::test]
async fn whoever_hangs_up_gives_the_place_back_with_a_stream_and_without() {
    let plan = TestApp::plan().model(Model::Stepped).settings(|s| {
        s.runs.max_concurrency = 1;
        s.runs.tenant_max_concurrency = 1;
        // It is no grace for streams that nobody can resume.
        s.replay.grace = Duration::from_mins(10);
    });
    let app = plan.start().await;
    let (_, reader) = library(&app).await;
    for body in [ask("One?"), streamed("One?")] {
        let (asking, question) = (reader.clone(), body.clone());
        let waiting = tokio::spawn(async move {
            let mut stream = asking.ask_at(PATH, &question).await;
            while stream.frame().await.is_some() {}
        });
        let begun = app.prompts().len();
        let start = async {
            while app.prompts().len() == begun {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, start).await.unwrap();
        let busy = reader.post(PATH, &ask("Two?")).await;
        refused(&busy, 503, "SERVICE_BUSY", "server_error");
        assert_eq!(busy.header("retry-after"), "1");
        waiting.abort();
        let free = async {
            loop {
                let stream = reader.ask_at(PATH, &streamed("Three?")).await;
                if stream.status == 200 {
                    return stream;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let mut next = tokio::time::timeout(PATIENCE, free).await.unwrap();
        app.say(10);
        let mut last = String::new();
        while let Some(frame) = next.frame().await {
            last = frame;
        }
        assert_eq!(last, "data: [DONE]");
    }
    app.finish().await;
}

#[tokio::test]
async fn an_answer_ends_when_its_source_is_taken_away() {
    let app = TestApp::plan().model(Model::Stepped).start().await;
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    admin.corpus("c1").await;
    admin.text("c1", "d1", "The heron stands in shallow water.").await;
    let grant = admin.grant("d1", "user", &reader.user_id, "read").await;
    let mut stream = reader.ask_at(PATH, &streamed("Where does the heron stand?")).await;
    app.say(2);
    for _ in 0..3 {
        stream.frame().await.unwrap();
    }
    admin.delete(&format!("/v1/admin/authz/documents/d1/permissions/{grant}")).await.ok();
    let error: Value = serde_json::from_str(stream.frame().await.unwrap().strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(error["error"]["code"], "ACCESS_REVOKED");
    assert_eq!(error["error"]["type"], "permission_error");
    assert_eq!(stream.frame().await.as_deref(), Some("data: [DONE]"));
    assert_eq!(stream.frame().await, None);
    app.finish().await;
}

#[tokio::test]
async fn a_model_that_fails_is_an_error_and_never_half_an_answer() {
    for (model, status, code) in [(Model::Failing, 502, "LLM_ERROR"), (Model::Panicking, 500, "INTERNAL_ERROR")] {
        let app = TestApp::plan().model(model).start().await;
        let (_, reader) = library(&app).await;
        let whole = reader.post(PATH, &ask("Hello?")).await;
        refused(&whole, status, code, "server_error");
        let chunks = chunks(&reader, &streamed("Hello?")).await;
        let [first, half, error] = chunks.as_slice() else { panic!("{chunks:?}") };
        assert_eq!((delta(first, "role"), delta(half, "content")), (&json!("assistant"), &json!("Half ")));
        assert_eq!(error["error"]["type"], "server_error", "{model:?}");
        let raw = format!("{chunks:?} {whole}");
        assert!(!raw.contains("hunter2") && !raw.contains("secret-host"), "{raw}");
        app.finish().await;
    }
}

#[tokio::test]
async fn a_silent_model_is_covered_by_comments_and_a_server_that_stops_says_so() {
    let plan = TestApp::plan().model(Model::Stepped).settings(|s| s.replay.heartbeat = Duration::from_millis(20));
    let app = plan.start().await;
    let (_, reader) = library(&app).await;
    let mut stream = reader.ask_at(PATH, &streamed("Hello?")).await;
    stream.frame().await.unwrap();
    assert_eq!(stream.frame().await.as_deref(), Some(": still here"));
    app.platform.stopping.cancel();
    let mut last = Vec::new();
    while let Some(frame) = stream.frame().await {
        last.push(frame);
    }
    let error = &last[last.len() - 2];
    assert!(error.contains(r#""code":"RUN_CANCELLED""#) && last.last().unwrap() == "data: [DONE]", "{last:?}");
    app.finish().await;
}
