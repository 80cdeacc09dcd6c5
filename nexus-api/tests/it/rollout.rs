//! Switches of the operator: who moves them, what they stop, and for how long.

use nexus_core::principal::Role;
use serde_json::json;

use crate::harness::{Caller, TestApp};

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
