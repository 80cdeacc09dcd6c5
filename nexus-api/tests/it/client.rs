//! The Rust client from nothing to an answer, and what it is refused.

use std::time::Duration;

use futures::{Stream, StreamExt as _, TryStreamExt as _};
use nexus_core::{
    limit::{ClassRates, decide::Rate},
    principal::Role,
};
use nexus_sdk::{
    Client, Error,
    client::{RetryPolicy, Upload},
    wire::{CreateCorpus, RunEvent, RunEventData, RunRequest, SearchRequest},
};
use serde_json::json;

use crate::harness::{Caller, Model, PATIENCE, TestApp};

fn client(app: &TestApp, key: &str) -> Client {
    let client = Client::builder().base_url(format!("http://{}", app.address)).api_key(key.to_owned());
    client.retry(RetryPolicy::never()).build().unwrap()
}

fn of(app: &TestApp, caller: &Caller) -> Client {
    client(app, caller.token.as_deref().unwrap())
}

fn ask(client: &Client, message: &str) -> impl Stream<Item = Result<RunEvent, Error>> + Unpin + use<> {
    let (session_id, corpus_id, message) = ("s1".into(), "c1".into(), message.into());
    client.run(RunRequest { session_id, corpus_id, message, ..RunRequest::default() })
}

fn is<T: std::fmt::Debug>(refused: Result<T, Error>, status: u16, code: &str) {
    let error = refused.unwrap_err();
    assert_eq!((error.status(), error.code()), (Some(status), Some(code)), "{error}");
}

#[tokio::test]
async fn from_nothing_to_an_answer() {
    let app = TestApp::start().await;
    let client = of(&app, &app.tenant("t1").await.key(Role::Admin).await);
    let corpus = CreateCorpus { id: Some("c1".into()), name: "Birds".into(), ..CreateCorpus::default() };
    client.corpora().create(&corpus).await.unwrap();
    let listed: Vec<_> = client.corpora().list().try_collect().await.unwrap();
    assert_eq!(listed.iter().map(|corpus| corpus.id.as_str()).collect::<Vec<_>>(), ["c1"]);
    let file = Upload {
        corpus_id: "c1".into(),
        document_id: None,
        filename: "birds.md".into(),
        content_type: "text/markdown".into(),
        bytes: "The heron stands in shallow water.".into(),
        overwrite: false,
    };
    let accepted = client.documents().upload(file).await.unwrap();
    client.documents().wait(&accepted.document_id, PATIENCE).await.unwrap();
    let events: Vec<_> = ask(&client, "Where does the heron stand?").try_collect().await.unwrap();
    let whole = events.iter().find_map(|event| match &event.data {
        RunEventData::MessageFinal(whole) => Some(whole),
        _ => None,
    });
    assert_eq!(whole.unwrap().citations[0].document_id.as_ref(), Some(&accepted.document_id));
    app.finish().await;
}

#[tokio::test]
async fn refusals_have_a_status_and_a_code() {
    let plan = TestApp::plan().model(Model::Fake).settings(|s| {
        let rate = ClassRates { key: Rate::new(0.0, 1000), tenant: Rate::new(0.0, 1000) };
        let limits = &mut s.limits;
        limits.enabled = true;
        (limits.run, limits.mutation, limits.read, limits.ops) = (rate, rate, rate, rate);
        limits.run.key = Rate::new(0.0, 9);
    });
    let app = plan.start().await;
    let (tenant, operator) = (app.tenant("t1").await, app.tenant("ops").await.key(Role::Operator).await);
    let editor = of(&app, &tenant.key(Role::Editor).await);
    let corpus = CreateCorpus { id: Some("c1".into()), name: "Birds".into(), ..CreateCorpus::default() };
    editor.corpora().create(&corpus).await.unwrap();

    is(client(&app, "nrgk_nobody").corpora().get("c1").await, 401, "AUTH_UNAUTHORIZED");
    is(editor.corpora().create(&corpus).await, 409, "CONFLICT");
    is(ask(&editor, "").try_collect::<Vec<_>>().await, 422, "REQUEST_VALIDATION_ERROR");
    let switch = async |on: bool| {
        let body = json!({ "kill_switches": { "kill.run": on }, "reason": "A test" });
        operator.patch("/v1/admin/rollouts/killswitches", &body).await.ok();
    };
    switch(true).await;
    is(ask(&editor, "Who?").try_collect::<Vec<_>>().await, 503, "FEATURE_TEMPORARILY_DISABLED");
    switch(false).await;

    let hasty = of(&app, &tenant.key(Role::Reader).await);
    let search = SearchRequest { query: "Who?".into(), ..SearchRequest::default() };
    for _ in 0..3 {
        hasty.corpora().search("c1", &search).await.unwrap();
    }
    is(hasty.corpora().search("c1", &search).await, 429, "RATE_LIMITED");
    operator.patch("/v1/admin/quotas/t1", &json!({ "daily_requests_limit": 0 })).await.ok();
    is(editor.corpora().get("c1").await, 402, "QUOTA_EXCEEDED");
    app.finish().await;
}

#[tokio::test]
async fn hanging_up_gives_the_place_back() {
    let plan = TestApp::plan().model(Model::Stepped).settings(|s| {
        s.runs.max_concurrency = 1;
        s.runs.tenant_max_concurrency = 1;
        s.replay.grace = Duration::ZERO;
    });
    let app = plan.start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let client = of(&app, &editor);
    let mut first = ask(&client, "One?");
    app.say(1);
    while !matches!(first.next().await.unwrap().unwrap().data, RunEventData::TokenDelta(_)) {}
    is(ask(&client, "Two?").try_collect::<Vec<_>>().await, 503, "SERVICE_BUSY");
    drop(first);
    let next = async {
        loop {
            let mut stream = ask(&client, "Three?");
            if stream.next().await.unwrap().is_ok() {
                return stream;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let rest = tokio::time::timeout(PATIENCE, next).await.unwrap();
    app.say(20);
    let rest: Vec<_> = rest.try_collect().await.unwrap();
    assert!(matches!(rest.last().unwrap().data, RunEventData::Done(_)));
    app.finish().await;
}
