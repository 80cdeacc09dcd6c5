//! Switches of the operator: who moves them, what they stop, and for how long.

use std::time::Duration;

use nexus_api::settings::Settings;
use nexus_core::principal::Role;
use nexus_retrieval::speech::SpeechProvider;
use serde_json::json;

use crate::{
    cost::{self, books, kinds, shop},
    harness::{Caller, Model, PATIENCE, TestApp},
    provider::{Service, remote},
};

const KILL: &str = "/v1/admin/rollouts/killswitches";
const CANARY: &str = "/v1/admin/rollouts/canary";

async fn asks(caller: &Caller) -> u16 {
    let body = json!({ "session_id": "s", "corpus_id": "c1", "message": "Hello?" });
    let mut stream = caller.ask(&body).await;
    let status = stream.status.as_u16();
    if status == 200 {
        stream.rest().await;
    }
    status
}

#[tokio::test]
async fn nobody_but_the_operator_moves_what_governs_all_tenants() {
    let app = TestApp::start().await;
    let (editor, rival) =
        (app.tenant("t1").await.key(Role::Editor).await, app.tenant("t2").await.key(Role::Admin).await);
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    editor.corpus("c1").await;
    for (path, body) in [
        (KILL, json!({ "kill_switches": { "kill.run": true }, "reason": "A test" })),
        (CANARY, json!({ "canary_percentages": { "rollout.tts": 0 }, "reason": "A test" })),
    ] {
        rival.patch(path, &body).await.refused(403, "AUTH_FORBIDDEN");
        rival.get(path).await.refused(403, "AUTH_FORBIDDEN");
    }
    assert_eq!(asks(&editor).await, 200);

    let stopped = operator.patch(KILL, &json!({ "kill_switches": { "kill.run": true }, "reason": "Overload" })).await;
    let events = app.audited(&stopped.request_id).await;
    assert!(events.contains(&"ops.switch.set".to_owned()), "{events:?}");
    let stopped = stopped.ok();
    assert_eq!(stopped["kill_switches"]["kill.run"], true);
    assert_eq!(stopped["kill_switches"]["kill.ingest"], false);
    assert_eq!(stopped["notes"]["kill.run"]["reason"], "Overload");
    assert_eq!(asks(&editor).await, 503);
    editor.get("/v1/corpora/c1/search?query=x").await.refused(503, "FEATURE_TEMPORARILY_DISABLED");
    operator
        .patch(KILL, &json!({ "kill_switches": { "kill.run": false, "kill.made_up": true }, "reason": "A test" }))
        .await
        .ok();
    assert_eq!(asks(&editor).await, 200);
    app.finish().await;
}

#[tokio::test]
async fn a_switch_holds_on_every_replica_at_once() {
    let app = TestApp::start().await;
    let other = TestApp::plan().beside(&app).start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    editor.corpus("c1").await;
    let elsewhere = other.bearer(editor.token.as_deref().unwrap());
    for round in 0..10 {
        let on = round % 2 == 0;
        operator.patch(KILL, &json!({ "kill_switches": { "kill.run": on }, "reason": "A test" })).await.ok();
        assert_eq!(asks(&elsewhere).await, if on { 503 } else { 200 }, "round {round}");
    }
    other.finish().await;
    app.finish().await;
}

#[tokio::test]
async fn a_switch_goes_back_by_itself_when_it_was_told_to() {
    let app = TestApp::plan().manual_clock().start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    editor.corpus("c1").await;
    let until = app.clock.now() + chrono::TimeDelta::seconds(60);
    let body = json!({ "kill_switches": { "kill.ingest": true }, "reason": "A test", "expires_at": until });
    assert_eq!(operator.patch(KILL, &body).await.ok()["kill_switches"]["kill.ingest"], true);
    let text = json!({ "corpus_id": "c1", "document_id": "d1", "text": "Herons wade." });
    editor.post("/v1/documents/text", &text).await.refused(503, "FEATURE_TEMPORARILY_DISABLED");
    editor.post("/v1/corpora/c1/reindex", &json!({})).await.refused(503, "FEATURE_TEMPORARILY_DISABLED");
    app.clock.advance(chrono::TimeDelta::seconds(60));
    assert_eq!(operator.get(KILL).await.ok()["kill_switches"]["kill.ingest"], false);
    editor.text("c1", "d1", "Herons wade.").await;
    let late =
        json!({ "kill_switches": { "kill.run": true }, "reason": "A test", "expires_at": "2020-01-01T00:00:00Z" });
    operator.patch(KILL, &late).await.refused(422, "VALIDATION_ERROR");
    app.finish().await;
}

#[tokio::test]
async fn a_rollout_reaches_the_tenants_of_its_share() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    editor.corpus("c1").await;
    let spoken = json!({ "session_id": "s", "corpus_id": "c1", "message": "Hello?", "audio": true });
    // The published bucket of t1 is 77.
    for (share, open) in [(77, false), (78, true), (-5, false), (500, true)] {
        let moved = operator
            .patch(CANARY, &json!({ "canary_percentages": { "rollout.tts": share }, "reason": "A test" }))
            .await
            .ok();
        assert_eq!(moved["canary_percentages"]["rollout.tts"], i64::clamp(share, 0, 100));
        if open {
            editor.run(&spoken).await;
        } else {
            editor.ask(&spoken).await.refused(503, "FEATURE_TEMPORARILY_DISABLED").await;
        }
    }
    operator
        .patch(CANARY, &json!({ "canary_percentages": { "rollout.magic": 1 }, "reason": "A test" }))
        .await
        .refused(422, "VALIDATION_ERROR");
    app.finish().await;
}

/// The units that a tenant has used today, after one more look.
async fn used(caller: &Caller) -> i64 {
    caller.get("/v1/corpora").await.header("x-quota-day-used").parse().unwrap()
}

async fn turn(operator: &Caller, switch: &str, on: bool) {
    operator.patch(KILL, &json!({ "kill_switches": { switch: on }, "reason": "A test" })).await.ok();
}

#[tokio::test]
async fn speech_is_stopped_by_itself_and_before_anything_is_spent() {
    let app = TestApp::plan().settings(|s| s.speech.provider = SpeechProvider::Fake).start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    editor.corpus("c1").await;
    let question = |audio: bool| json!({ "session_id": "s", "corpus_id": "c1", "message": "Hello?", "audio": audio });
    assert!(kinds(&editor.run(&question(true)).await).contains(&"audio.ready"));
    turn(&operator, "kill.tts", true).await;
    let before = used(&editor).await;
    let refused = editor.ask(&question(true)).await.refused(503, "FEATURE_TEMPORARILY_DISABLED").await;
    assert_eq!(refused["message"], "This feature is temporarily disabled");
    assert_eq!(used(&editor).await, before + 1, "only the look");
    // Who does not want to hear the answer gets it, and so does who only looks for passages.
    assert!(kinds(&editor.run(&question(false)).await).contains(&"message.final"));
    editor.get("/v1/corpora/c1/search?query=x").await.ok();
    turn(&operator, "kill.tts", false).await;
    assert!(kinds(&editor.run(&question(true)).await).contains(&"audio.ready"));
    app.finish().await;
}

#[tokio::test]
async fn providers_elsewhere_are_left_alone_while_their_switch_says_so() {
    let service = Service::start().await;
    let app = TestApp::plan().settings(service.settings()).start().await;
    let reader = remote(&app).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let near = app.tenant("t1").await.key(Role::Editor).await;
    near.corpus("near").await;
    near.text("near", "d1", "The heron stands in shallow water.").await;
    let question =
        |corpus: &str| json!({ "session_id": "s", "corpus_id": corpus, "message": "Where does the heron stand?" });
    let works = async |asked: usize| {
        assert!(kinds(&reader.run(&question("far")).await).contains(&"message.final"));
        assert_eq!(service.asked().len(), asked);
    };
    let stopped = async |asked: usize| {
        let before = used(&reader).await;
        reader.ask(&question("far")).await.refused(503, "FEATURE_TEMPORARILY_DISABLED").await;
        reader.get("/v1/corpora/far/search?query=heron").await.refused(503, "FEATURE_TEMPORARILY_DISABLED");
        assert_eq!(used(&reader).await, before + 1, "only the look");
        assert_eq!(service.asked().len(), asked, "nobody is asked elsewhere");
        // What lies here is found as before.
        assert!(kinds(&near.run(&question("near")).await).contains(&"message.final"));
    };
    works(1).await;
    turn(&operator, "kill.external_retrieval", true).await;
    stopped(1).await;
    turn(&operator, "kill.external_retrieval", false).await;
    works(2).await;
    // The published bucket of t1 is 77.
    let mut asked = 2;
    for (share, open) in [(77, false), (78, true), (0, false), (100, true)] {
        let body = json!({ "canary_percentages": { "rollout.external_retrieval": share }, "reason": "A test" });
        operator.patch(CANARY, &body).await.ok();
        if open {
            asked += 1;
            works(asked).await;
        } else {
            stopped(asked).await;
        }
    }
    app.finish().await;
}

/// Half of an answer, and then the client is gone.
async fn half_an_answer(app: &TestApp, caller: &Caller) -> u64 {
    let mut stream = caller.ask(&cost::ask("s1")).await;
    app.say(3);
    let mut last = 0;
    let mut words = 0;
    while words < 3 {
        let event = stream.next().await.unwrap();
        (last, words) = (event.id, words + i32::from(event.kind() == "token.delta"));
    }
    last
}

#[tokio::test]
async fn who_hung_up_before_a_switch_paid_once_and_leaves_nothing_behind() {
    let one_place = |s: &mut Settings| s.runs.max_concurrency = 1;
    let app = TestApp::plan().model(Model::Stepped).settings(one_place).start().await;
    let admin = shop(&app).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    half_an_answer(&app, &admin).await;
    // Nobody reads any more: the run stops, and what it used is paid for.
    let paid = async {
        while books(&app, "t1").await != (15_000, 15_000) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, paid).await.expect("the run is paid for");
    turn(&operator, "kill.run", true).await;
    admin.ask(&cost::ask("s1")).await.refused(503, "FEATURE_TEMPORARILY_DISABLED").await;
    // What there was can still be read, and says how it ended; nothing more is made of it.
    let again = admin.with("last-event-id", "0").run(&cost::ask("s1")).await;
    let kinds = kinds(&again);
    assert!(kinds.ends_with(&["token.delta", "error", "done"]), "{kinds:?}");
    assert_eq!(again[again.len() - 2].json["data"]["code"], "RUN_CANCELLED");
    assert_eq!((app.prompts().len(), books(&app, "t1").await), (1, (15_000, 15_000)));
    turn(&operator, "kill.run", false).await;
    // Its place is free again.
    app.say(10);
    admin.run(&cost::ask("s2")).await;
    assert_eq!((app.prompts().len(), books(&app, "t1").await), (2, (30_000, 30_000)));
    app.finish().await;
}

#[tokio::test]
async fn who_comes_back_after_a_switch_goes_on_with_the_answer_that_was_begun() {
    let patient = |s: &mut Settings| s.replay.grace = Duration::from_mins(1);
    let app = TestApp::plan().model(Model::Stepped).settings(patient).start().await;
    let admin = shop(&app).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    let last = half_an_answer(&app, &admin).await;
    turn(&operator, "kill.run", true).await;
    app.say(7);
    let rest = admin.with("last-event-id", &last.to_string()).run(&cost::ask("s1")).await;
    assert_eq!(rest.first().unwrap().id, last + 1);
    assert!(kinds(&rest).ends_with(&["message.final", "done"]), "{rest:?}");
    assert_eq!((app.prompts().len(), books(&app, "t1").await), (1, (15_000, 15_000)));
    admin.ask(&cost::ask("s2")).await.refused(503, "FEATURE_TEMPORARILY_DISABLED").await;
    app.finish().await;
}
