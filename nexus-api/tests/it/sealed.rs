//! What lies in the object store: sealed for its place and for no other, moved when its key is replaced, and refused or let
//! through as the settings say when it cannot be sealed.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use nexus_api::settings::Settings;
use nexus_core::{
    crypto::{
        FailMode,
        kms::{AwsKmsSettings, KmsProvider},
    },
    principal::Role,
};
use nexus_retrieval::speech::SpeechProvider;
use serde_json::{Value, json};

use crate::{
    crypto::{over, rotate},
    harness::{Caller, TestApp},
};

const TEXT: &str = "The heron stands in shallow water.";
const OTHER: &str = "Kingfishers dive from a branch.";
const MAGIC: &[u8] = b"NXE\x01";

/// Everything below a folder.
fn lying(below: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![below.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), fs::read(path).unwrap());
            }
        }
    }
    found
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Where the source of a document lies.
async fn source(app: &TestApp, id: &str) -> PathBuf {
    let path: String = sqlx::query_scalar("SELECT path FROM sealed_objects WHERE resource_id = $1")
        .bind(id)
        .fetch_one(&mut app.behind().await)
        .await
        .unwrap();
    app.objects().join(path)
}

async fn reindexed(editor: &Caller, id: &str) -> Value {
    editor.post(&format!("/v1/documents/{id}/reindex"), &json!({})).await.accepted();
    editor.settled(id).await
}

fn aloud() -> Value {
    json!({ "session_id": "s", "corpus_id": "c1", "message": "Where does the heron stand?", "audio": true })
}

/// The path of the sound that a run speaks of.
async fn spoken(caller: &Caller) -> String {
    let events = caller.run(&aloud()).await;
    let ready = events.iter().find(|event| event.kind() == "audio.ready").unwrap_or_else(|| panic!("{events:?}"));
    let url = ready.json["data"]["audio_url"].as_str().unwrap_or_else(|| panic!("{ready:?}"));
    url[url.find("/v1/").unwrap()..].to_owned()
}

async fn counted(app: &TestApp, name: &str) -> f64 {
    let text = String::from_utf8(app.nobody().get("/v1/metrics").await.body).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0.0, |count| count.parse().unwrap())
}

/// Nobody can be asked for keys.
fn without_kms(s: &mut Settings) {
    s.crypto.provider = KmsProvider::Aws;
    s.crypto.kms_timeout = Duration::from_millis(300);
    s.crypto.aws = AwsKmsSettings {
        key: Some("alias/none".to_owned()),
        region: Some("eu-west-1".to_owned()),
        endpoint: Some("http://127.0.0.1:1".to_owned()),
    };
}

#[tokio::test]
async fn sources_lie_sealed_each_for_its_document() {
    let app = TestApp::start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    editor.text("c1", "d1", TEXT).await;
    editor.text("c1", "d2", OTHER).await;
    let before = lying(&app.objects());
    assert_eq!(before.len(), 2);
    assert!(before.values().all(|bytes| bytes.starts_with(MAGIC)));
    assert!(!before.values().any(|bytes| contains(bytes, "heron") || contains(bytes, "dive")));
    assert_eq!(reindexed(&editor, "d1").await["status"], "succeeded");
    assert_eq!(editor.get("/v1/documents/d1/text").await.ok()["text"], TEXT);

    // One document's object in the place of another's does not open, and nor does a changed one.
    let (one, two) = (source(&app, "d1").await, source(&app, "d2").await);
    fs::write(&one, &before[&two]).unwrap();
    let moved = reindexed(&editor, "d1").await;
    assert_eq!(
        (&moved["status"], &moved["failure_reason"]),
        (&json!("failed"), &json!("The stored source could not be decrypted"))
    );
    let mut bent = before[&one].clone();
    *bent.last_mut().unwrap() ^= 1;
    fs::write(&one, bent).unwrap();
    assert_eq!(reindexed(&editor, "d1").await["status"], "failed");
    // Nor is one read that was put there in the clear.
    fs::write(&one, "The heron has left.").unwrap();
    editor.post("/v1/documents/d1/reindex", &json!({})).await.refused(500, "DECRYPTION_FAILED");
    assert_eq!(editor.get("/v1/documents/d1/text").await.ok()["text"], TEXT, "what was read before stays");
    fs::write(&one, &before[&one]).unwrap();
    assert_eq!(reindexed(&editor, "d1").await["status"], "succeeded");

    // By a change in the database it does not open either.
    let swap = "UPDATE documents SET source_key = (SELECT source_key FROM documents WHERE id = 'd2') WHERE id = 'd1'";
    sqlx::raw_sql(swap).execute(&mut app.behind().await).await.unwrap();
    assert_eq!(reindexed(&editor, "d1").await["status"], "failed");
    let swap = "UPDATE sealed_objects SET resource_id = 'd1' WHERE resource_id = 'd2'";
    sqlx::raw_sql(swap).execute(&mut app.behind().await).await.unwrap();
    assert_eq!(reindexed(&editor, "d1").await["status"], "failed");
    app.finish_with_dead_jobs(4).await;
}

#[tokio::test]
async fn sources_and_sound_move_with_the_key_and_go_with_their_document() {
    let app = TestApp::plan().settings(|s| s.speech.provider = SpeechProvider::Fake).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    admin.corpus("c1").await;
    admin.text("c1", "d1", TEXT).await;
    // More than a chunk, and more than is held as a whole.
    let long = "One sentence follows another sentence here. ".repeat(30_000);
    admin.text("c1", "long", &long).await;
    let sound = spoken(&admin).await;
    let before = lying(&app.objects());
    assert_eq!(before.len(), 3);
    assert!(before.values().all(|bytes| bytes.starts_with(MAGIC) && !contains(bytes, "FAKE_MP3")));
    for round in 2..4 {
        let job = rotate(&admin, &json!({})).await["rotation_job"].clone();
        let job = over(&admin, &job).await;
        assert_eq!(
            (&job["status"], &job["total_items"], &job["processed_items"]),
            (&json!("completed"), &json!(3), &json!(3)),
            "{job}"
        );
        let after = lying(&app.objects());
        assert_eq!(after.len(), 3, "nothing of before is left");
        assert!(after.keys().all(|path| path.to_string_lossy().ends_with(&format!(".{round}-{round}"))));
        assert!(after.keys().all(|path| !before.contains_key(path)));
        assert_eq!(app.nobody().get(&sound).await.body, b"FAKE_MP3_BYTES");
        assert_eq!(reindexed(&admin, "long").await["status"], "succeeded");
        let keys = admin.get("/v1/admin/crypto/keys/t1").await.ok();
        let active = keys["keys"].as_array().unwrap().iter().filter(|key| key["status"] != "retired").count();
        assert_eq!(active, 1, "{keys}");
    }
    assert_eq!(admin.get("/v1/documents/long/text?start=0&end=44").await.ok()["text"], &long[..44]);
    // Sound is removed by a rule of the store; what is on record of it goes with the next rotation, without a complaint.
    let gone = lying(&app.objects()).into_keys().find(|path| path.to_string_lossy().contains("audio/")).unwrap();
    fs::remove_file(gone).unwrap();
    let job = rotate(&admin, &json!({})).await["rotation_job"].clone();
    let job = over(&admin, &job).await;
    assert_eq!((&job["status"], &job["processed_items"]), (&json!("completed"), &json!(3)), "{job}");
    app.nobody().get(&sound).await.refused(404, "NOT_FOUND");
    // A document that is replaced or deleted takes along what is sealed of it.
    let again = json!({ "corpus_id": "c1", "document_id": "d1", "text": OTHER, "overwrite": true });
    admin.post("/v1/documents/text", &again).await.accepted();
    admin.settled("d1").await;
    admin.delete("/v1/documents/long").await.gone();
    app.jobs_are_done(0).await;
    let left = lying(&app.objects());
    assert_eq!(left.len(), 1, "{:?}", left.keys());
    let recorded: Vec<String> =
        sqlx::query_scalar("SELECT resource_id FROM sealed_objects").fetch_all(&mut app.behind().await).await.unwrap();
    assert_eq!(recorded, ["d1"]);
    app.finish().await;
}

/// Whatever cannot be sealed is refused before anything is written down.
#[tokio::test]
async fn what_cannot_be_sealed_is_refused_and_leaves_nothing() {
    type Change = fn(&mut Settings);
    let changes: [(Change, &str); 2] =
        [(|s| s.crypto.enabled = false, "ENCRYPTION_REQUIRED"), (without_kms, "KMS_UNAVAILABLE")];
    for (change, code) in changes {
        let settings = move |s: &mut Settings| {
            change(s);
            s.speech.provider = SpeechProvider::Fake;
        };
        let app = TestApp::plan().settings(settings).start().await;
        let editor = app.tenant("t1").await.key(Role::Editor).await;
        editor.corpus("c1").await;
        let body = json!({ "corpus_id": "c1", "document_id": "d1", "text": TEXT });
        editor.post("/v1/documents/text", &body).await.refused(503, code);
        let file = reqwest::multipart::Part::bytes(TEXT.as_bytes()).file_name("a.txt");
        editor.upload("c1", file, &[]).await.refused(503, code);
        let (documents, jobs): (i64, i64) =
            sqlx::query_as("SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM jobs)")
                .fetch_one(&mut app.behind().await)
                .await
                .unwrap();
        assert_eq!((documents, jobs), (0, 0));
        // An answer is an answer; only its sound is missing.
        let events = editor.run(&aloud()).await;
        let failed = events.iter().find(|event| event.kind() == "audio.error").unwrap_or_else(|| panic!("{events:?}"));
        assert_eq!(failed.json["data"]["code"], code);
        assert!(events.iter().any(|event| event.kind() == "message.final"));
        assert!(lying(&app.objects()).is_empty());
        app.finish().await;
    }
}

/// What the settings let through is counted, and is read as well as what is sealed.
#[tokio::test]
async fn what_is_let_through_is_counted_and_stays_readable() {
    let open = |s: &mut Settings| {
        without_kms(s);
        s.crypto.fail_mode = FailMode::Open;
        s.speech.provider = SpeechProvider::Fake;
    };
    let app = TestApp::plan().settings(open).start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let names = ["nexusrag_crypto_fail_open_total", "nexusrag_unencrypted_sensitive_items_total"];
    let before = [counted(&app, names[0]).await, counted(&app, names[1]).await];
    editor.text("c1", "d1", TEXT).await;
    let after = [counted(&app, names[0]).await, counted(&app, names[1]).await];
    // The figures are those of the process, and other tests count, too.
    assert!(after.iter().zip(before).all(|(after, before)| *after >= before + 1.0), "{before:?} {after:?}");
    let plain = lying(&app.objects());
    assert_eq!(plain.values().next().unwrap(), TEXT.as_bytes());
    // Sound has a secret of the installation to fall back to.
    let sound = spoken(&editor).await;
    assert!(!lying(&app.objects()).values().any(|bytes| contains(bytes, "FAKE_MP3")));
    assert_eq!(app.nobody().get(&sound).await.body, b"FAKE_MP3_BYTES");

    // A server that can seal reads both, and seals what comes new.
    let sealing = TestApp::plan().beside(&app);
    app.finish().await;
    let app = sealing.start().await;
    let editor = app.bearer(editor.token.as_ref().unwrap());
    assert_eq!(reindexed(&editor, "d1").await["status"], "succeeded");
    assert_eq!(app.nobody().get(&sound).await.body, b"FAKE_MP3_BYTES");
    editor.text("c1", "d2", OTHER).await;
    let kept: Vec<String> =
        sqlx::query_scalar("SELECT resource_id FROM sealed_objects").fetch_all(&mut app.behind().await).await.unwrap();
    assert_eq!(kept, ["d2"]);
    editor.delete("/v1/documents/d1").await.gone();
    app.jobs_are_done(0).await;
    assert_eq!(lying(&app.objects()).len(), 2, "the sound, and the source of d2");
    app.finish().await;
}
