//! `/mcp`: search, questions and documents as tools of the Model Context Protocol.

use http::Method;
use nexus_core::{
    limit::{ClassRates, decide::Rate},
    principal::Role,
};
use serde_json::{Value, json};

use crate::harness::{Answer, Caller, Model, PATIENCE, TestApp};

/// Sends a message of the protocol.
async fn send(caller: &Caller, message: &Value) -> Answer {
    let accept = "application/json, text/event-stream";
    caller.send(Method::POST, "/mcp", |r| r.header("accept", accept).json(message)).await
}

async fn request(caller: &Caller, method: &str, params: Value) -> Answer {
    let caller = caller.with("mcp-protocol-version", "2025-06-18");
    send(&caller, &json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params })).await
}

/// Calls a tool.
async fn call(caller: &Caller, tool: &str, arguments: Value) -> Answer {
    request(caller, "tools/call", json!({ "name": tool, "arguments": arguments })).await
}

/// What a tool gave, checked for what every result must have.
#[track_caller]
fn gave(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer}");
    let result = &answer.json()["result"];
    assert_ne!(result["isError"], true, "{answer}");
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, result["structuredContent"], "{answer}");
    text
}

/// The error of a tool.
#[track_caller]
fn refused(answer: &Answer, code: &str) -> Value {
    assert_eq!(answer.status, 200, "{answer}");
    let result = &answer.json()["result"];
    let error = result["structuredContent"]["error"].clone();
    assert_eq!((&result["isError"], &error["code"]), (&json!(true), &json!(code)), "{answer}");
    error
}

/// An administrator and a reader, and a corpus with a document for both and one for the administrator.
async fn library(app: &TestApp) -> (Caller, Caller) {
    let tenant = app.tenant("t1").await;
    let (admin, reader) = (tenant.key(Role::Admin).await, tenant.key(Role::Reader).await);
    admin.corpus("c1").await;
    admin.text("c1", "birds", "The heron stands in shallow water. Der Reiher fängt Fische früh am Morgen.").await;
    admin.text("c1", "secret", "The heron is a secret agent of the water board.").await;
    admin.grant("birds", "role", "reader", "read").await;
    (admin, reader)
}

#[tokio::test]
async fn a_client_shakes_hands_and_finds_the_tools() {
    let app = TestApp::start().await;
    let reader = app.tenant("t1").await.key(Role::Reader).await;
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let hello =
            json!({ "protocolVersion": version, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello });
        let answer = send(&reader, &message).await.changed_nothing();
        let result = &answer.json()["result"];
        assert_eq!(result["protocolVersion"], version, "{answer}");
        assert_eq!(result["serverInfo"]["name"], "nexusrag");
        assert!(result["capabilities"]["tools"].is_object());
        assert!(!answer.headers.contains_key("mcp-session-id"), "nothing is kept");
    }
    let ready = send(&reader, &json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
    assert_eq!((ready.status.as_u16(), ready.body.len()), (202, 0));
    ready.changed_nothing();

    let list = request(&reader, "tools/list", json!({})).await.changed_nothing();
    let tools = list.json()["result"]["tools"].clone();
    let names: Vec<&str> = tools.as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["list_corpora", "search", "ask", "get_document"]);
    for tool in tools.as_array().unwrap() {
        assert_eq!(tool["annotations"]["readOnlyHint"], true);
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool}");
        assert_eq!((&tool["inputSchema"]["type"], &tool["outputSchema"]["type"]), (&json!("object"), &json!("object")));
    }
    app.finish().await;
}

#[tokio::test]
async fn tools_give_what_the_routes_give() {
    let app = TestApp::start().await;
    let (_, reader) = library(&app).await;
    let listed = call(&reader, "list_corpora", json!({})).await.changed_nothing();
    assert_eq!(gave(&listed)["corpora"], reader.get("/v1/corpora").await.ok());

    let found = call(&reader, "search", json!({ "corpus_id": "c1", "query": "heron", "top_k": 3 })).await;
    assert_eq!(gave(&found), reader.get("/v1/corpora/c1/search?query=heron&top_k=3").await.ok());
    let mut audited = app.audited(&found.request_id).await;
    audited.sort_unstable();
    assert_eq!(audited, ["auth.access.success", "corpora.searched"]);

    let asked = call(&reader, "ask", json!({ "corpus_id": "c1", "question": "Where does the heron stand?" })).await;
    let answer = gave(&asked);
    assert_eq!(answer["run_id"], asked.request_id);
    assert!(answer["session_id"].as_str().unwrap().starts_with("mcp-"));
    assert!(answer["text"].as_str().unwrap().contains("shallow water"), "{answer}");
    assert!(answer["usage"]["total_tokens"].as_u64().unwrap() > 0);
    for cited in answer["citations"].as_array().unwrap() {
        let arguments = json!({ "document_id": cited["document_id"], "start": cited["start"], "end": cited["end"] });
        let read = gave(&call(&reader, "get_document", arguments).await.changed_nothing());
        assert_eq!((&read["text"]["text"], &read["document"]["id"]), (&cited["quote"], &json!("birds")));
    }
    let mut audited = app.audited(&asked.request_id).await;
    audited.sort_unstable();
    assert_eq!(audited, ["auth.access.success", "run.invoked", "run.receipt"]);
    app.finish().await;
}

#[tokio::test]
async fn a_conversation_goes_on_under_its_name() {
    let app = TestApp::plan().model(Model::Fake).start().await;
    let (_, reader) = library(&app).await;
    let first = gave(&call(&reader, "ask", json!({ "corpus_id": "c1", "question": "First?" })).await);
    let more = json!({ "corpus_id": "c1", "question": "Second?", "session_id": first["session_id"] });
    assert_eq!(gave(&call(&reader, "ask", more).await)["session_id"], first["session_id"]);
    let said: Vec<String> = app.prompts()[1].history.iter().map(|turn| turn.text.clone()).collect();
    assert_eq!(said, ["First?", "This is a fake response. "]);
    app.finish().await;
}

#[tokio::test]
async fn a_tool_sees_what_its_caller_may_see() {
    let app = TestApp::start().await;
    let (admin, reader) = library(&app).await;
    let stranger = app.tenant("t2").await.key(Role::Admin).await;
    let ask = json!({ "corpus_id": "c1", "question": "Who is a secret agent of the water board?" });
    let answer = gave(&call(&reader, "ask", ask.clone()).await).to_string();
    assert!(!answer.contains("water board."), "{answer}");
    assert!(gave(&call(&admin, "ask", ask.clone()).await).to_string().contains("secret agent"));
    let search = json!({ "corpus_id": "c1", "query": "secret agent" });
    assert!(!gave(&call(&reader, "search", search.clone()).await).to_string().contains("board"));

    let hidden = call(&reader, "get_document", json!({ "document_id": "secret" })).await;
    let unknown = call(&reader, "get_document", json!({ "document_id": "unknown" })).await;
    assert_eq!(refused(&hidden, "NOT_FOUND"), refused(&unknown, "NOT_FOUND"));
    hidden.forgive();
    unknown.forgive();
    for (tool, arguments) in [("ask", ask), ("search", search), ("get_document", json!({ "document_id": "birds" }))] {
        let answer = call(&stranger, tool, arguments).await;
        refused(&answer, "NOT_FOUND");
        answer.forgive();
    }
    app.finish().await;
}

#[tokio::test]
async fn nobody_gets_in_and_no_page_of_another_origin() {
    let app = TestApp::start().await;
    let (_, reader) = library(&app).await;
    for message in ["tools/list", "tools/call", "initialize"] {
        let answer = request(&app.nobody(), message, json!({ "name": "search" })).await;
        assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (401, "Bearer"));
        let json = answer.json();
        assert_eq!((&json["jsonrpc"], &json["id"]), (&json!("2.0"), &json!(null)), "{answer}");
        assert_eq!(json["error"]["data"]["code"], "AUTH_UNAUTHORIZED");
    }
    let page = reader.with("origin", "https://evil.example");
    assert_eq!(request(&page, "tools/list", json!({})).await.status, 403);
    // Nothing is pushed, so there is nothing to wait for; and no deprecated surface either.
    let looking = reader.send(Method::GET, "/mcp", |r| r.header("accept", "text/event-stream")).await;
    assert_eq!((looking.status.as_u16(), looking.header("deprecation")), (405, ""));
    for body in ["{", "[]", "null", "\"x\""] {
        let answer = reader.send(Method::POST, "/mcp", |r| {
            r.header("accept", "application/json, text/event-stream")
                .header("content-type", "application/json")
                .body(body)
        });
        let answer = answer.await;
        assert!(answer.status.is_client_error(), "{answer}");
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_by_the_tool_with_our_codes() {
    let app = TestApp::start().await;
    let (_, reader) = library(&app).await;
    for (tool, arguments, place) in [
        ("search", json!({ "corpus_id": "c1" }), json!(["body", "query"])),
        ("search", json!({ "corpus_id": "c1", "query": "x", "hunter": 2 }), json!(["body", "hunter"])),
        ("ask", json!({ "corpus_id": "c1", "question": " " }), json!(["body", "message"])),
        ("ask", json!({ "corpus_id": "c1", "question": "x", "session_id": "" }), json!(["body", "session_id"])),
        ("list_corpora", json!({ "limit": 501 }), json!(["body", "limit"])),
    ] {
        let answer = call(&reader, tool, arguments).await;
        let error = refused(&answer, "REQUEST_VALIDATION_ERROR");
        assert_eq!(error["details"]["errors"][0]["loc"], place, "{answer}");
        answer.forgive();
    }
    let none = call(&reader, "delete_everything", json!({})).await.changed_nothing();
    assert_eq!(none.json()["error"]["code"], -32602, "{none}");
    let failed = TestApp::plan().model(Model::Failing).start().await;
    let (_, asking) = library(&failed).await;
    let answer = call(&asking, "ask", json!({ "corpus_id": "c1", "question": "Why?" })).await;
    refused(&answer, "LLM_ERROR");
    failed.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn a_tool_costs_what_its_route_costs_and_talk_costs_nothing() {
    let limits = |s: &mut nexus_api::settings::Settings| {
        let rates = |key| ClassRates { key: Rate::new(0.0, key), tenant: Rate::new(0.0, 1000) };
        s.limits.enabled = true;
        (s.limits.run, s.limits.read) = (rates(9), rates(100));
        (s.limits.mutation, s.limits.ops) = (rates(1000), rates(1000));
    };
    let app = TestApp::plan().settings(limits).start().await;
    let (_, reader) = library(&app).await;
    let used = |answer: &Answer| answer.header("x-quota-day-used").parse::<u64>().unwrap();
    let before = used(&reader.get("/v1/corpora").await);
    request(&reader, "tools/list", json!({})).await.changed_nothing();
    let listed = call(&reader, "list_corpora", json!({})).await.changed_nothing();
    assert_eq!(used(&listed), before + 1);
    let route = used(&reader.get("/v1/corpora/c1/search?query=heron").await);
    let search = json!({ "corpus_id": "c1", "query": "heron" });
    let tool = call(&reader, "search", search.clone()).await;
    assert_eq!(used(&tool) - route, route - used(&listed), "a search costs the same by either way");
    assert!(tool.headers.contains_key("ratelimit") && tool.headers.contains_key("x-sla-status"));
    call(&reader, "search", search.clone()).await;
    let refusal = call(&reader, "search", search).await;
    let error = refused(&refusal, "RATE_LIMITED");
    assert_eq!(error["details"]["route_class"], "run");
    assert_eq!(refusal.header("retry-after"), error["retry_after"].to_string());
    assert_eq!(refusal.header("x-ratelimit-scope"), "api_key");
    refusal.forgive();
    app.finish().await;
}

#[tokio::test]
async fn a_client_that_hangs_up_stops_the_model() {
    let app = TestApp::plan().model(Model::Stepped).settings(|s| s.runs.tenant_max_concurrency = 1).start().await;
    let (_, reader) = library(&app).await;
    let asking = reader.clone();
    let arguments = json!({ "corpus_id": "c1", "question": "Where?" });
    let question = arguments.clone();
    let waiting = tokio::spawn(async move { call(&asking, "ask", question).await });
    let begun = async {
        while app.prompts().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, begun).await.unwrap();
    let busy = call(&reader, "ask", arguments.clone()).await;
    refused(&busy, "SERVICE_BUSY");
    busy.forgive();
    waiting.abort();
    // It says nothing more, so that only being stopped can free its place, which searches share.
    let free = async {
        loop {
            let answer = call(&reader, "search", json!({ "corpus_id": "c1", "query": "heron" })).await;
            if answer.json()["result"]["isError"] == false {
                return;
            }
            answer.forgive();
        }
    };
    tokio::time::timeout(PATIENCE, free).await.unwrap();
    app.finish().await;
}
