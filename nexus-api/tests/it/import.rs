//! `/v1/imports`: what the server takes by itself, for whom, and from where.

use std::{fs, path::Path};

use nexus_core::principal::Role;
use serde_json::{Value, json};

use crate::harness::{Caller, PATIENCE, TestApp};

/// A server that imports from a folder of its own.
async fn start(root: &Path) -> TestApp {
    let source = format!("file://{}", root.display());
    TestApp::plan().settings(move |s| s.imports.sources = vec![source.parse().unwrap()]).start().await
}

fn from(root: &Path, below: &str) -> Value {
    json!({ "corpus_id": "c1", "source": format!("file://{}{below}", root.display()) })
}

async fn ended(caller: &Caller, id: &Value) -> Value {
    let path = format!("/v1/imports/{}", id.as_str().unwrap());
    let look = async {
        loop {
            let import = caller.get(&path).await.ok();
            if import["status"] != "running" {
                return import;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.unwrap()
}

#[tokio::test]
async fn a_folder_is_imported_and_again_without_work() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("a")).unwrap();
    for (name, text) in
        [("a/one.md", "# One\n\nWords."), ("two.txt", "Other words."), ("bad.txt", "a\0b"), ("blank", " ")]
    {
        fs::write(root.path().join(name), text).unwrap();
    }
    fs::write(root.path().join("picture.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    let app = start(root.path()).await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let begun = editor.post("/v1/imports", &from(root.path(), "")).await.accepted();
    let import = ended(&editor, &begun["id"]).await;
    let counts =
        |import: &Value| ["accepted", "unchanged", "skipped", "failed"].map(|key| import[key].as_u64().unwrap());
    assert_eq!((&import["status"], counts(&import)), (&json!("succeeded"), [2, 0, 1, 2]), "{import}");
    assert_eq!(import["failures"][0], json!({ "path": "bad.txt", "reason": "the text contains a NUL character" }));
    let ids = editor.get("/v1/documents").await.ids();
    assert_eq!(ids.len(), 2);
    for id in &ids {
        assert_eq!(editor.settled(id).await["status"], "succeeded");
    }
    fs::write(root.path().join("two.txt"), "Changed words.").unwrap();
    let mut again = from(root.path(), "");
    let begun = editor.post("/v1/imports", &again).await.accepted();
    let left = ended(&editor, &begun["id"]).await;
    assert_eq!((counts(&left), &left["differing"]), ([0, 1, 1, 2], &json!(1)), "{left}");
    again["overwrite"] = json!(true);
    let begun = editor.post("/v1/imports", &again).await.accepted();
    assert_eq!(counts(&ended(&editor, &begun["id"]).await), [1, 1, 1, 2]);
    for id in &ids {
        editor.settled(id).await;
    }
    app.finish().await;
}

#[tokio::test]
async fn only_sources_that_the_operator_lists_are_imported_from() {
    let root = tempfile::tempdir().unwrap();
    let app = start(root.path()).await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let outside = root.path().parent().unwrap();
    for source in [from(outside, ""), from(root.path(), "/../x"), from(Path::new("/etc"), "/passwd")] {
        editor.post("/v1/imports", &source).await.refused(422, "INGEST_VALIDATION_ERROR");
    }
    let mut elsewhere = from(root.path(), "");
    elsewhere["corpus_id"] = json!("c9");
    editor.post("/v1/imports", &elsewhere).await.refused(404, "NOT_FOUND");
    editor.get("/v1/imports/nothing").await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn an_import_that_goes_on_stops_at_the_switch_and_ends_after_it() {
    let root = tempfile::tempdir().unwrap();
    let app = start(root.path()).await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    let operator = app.tenant("ops").await.key(Role::Operator).await;
    editor.corpus("c1").await;
    let switch = async |on: bool| {
        let body = json!({ "kill_switches": { "kill.ingest": on }, "reason": "A test" });
        operator.patch("/v1/admin/rollouts/killswitches", &body).await.ok();
    };
    // The folder is not there yet, so the import waits; it comes when the switch is on.
    let id = editor.post("/v1/imports", &from(root.path(), "/later")).await.accepted()["id"].clone();
    let mut behind = app.behind().await;
    let mut job = async || -> String {
        sqlx::query_scalar("SELECT last_job_id::text FROM imports").fetch_one(&mut behind).await.unwrap()
    };
    let first = job().await;
    switch(true).await;
    let made = tempfile::tempdir_in(root.path()).unwrap();
    for name in ["a.txt", "b.txt"] {
        fs::write(made.path().join(name), "Words.").unwrap();
    }
    fs::rename(made.path(), root.path().join("later")).unwrap();
    let path = format!("/v1/imports/{}", id.as_str().unwrap());
    let handed_on = async {
        while job().await == first && editor.get(&path).await.ok()["status"] == "running" {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, handed_on).await.unwrap();
    let import = editor.get(&path).await.ok();
    assert_eq!((&import["status"], &import["accepted"]), (&json!("running"), &json!(0)), "{import}");
    switch(false).await;
    let import = ended(&editor, &id).await;
    assert_eq!((&import["status"], &import["accepted"]), (&json!("succeeded"), &json!(2)), "{import}");
    for id in editor.get("/v1/documents").await.ids() {
        editor.settled(&id).await;
    }
    app.finish().await;
}

#[tokio::test]
async fn a_tenant_imports_from_its_own_sources_and_links_do_not_lead_out() {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in [("t1/a.txt", "Words of one."), ("t2/a.txt", "Words of two."), ("secret/a.txt", "Secret.")] {
        fs::create_dir_all(root.path().join(name).parent().unwrap()).unwrap();
        fs::write(root.path().join(name), text).unwrap();
    }
    std::os::unix::fs::symlink(root.path().join("secret"), root.path().join("t1/out")).unwrap();
    let source = format!("file://{}/{{tenant}}", root.path().display());
    let app = TestApp::plan().settings(move |s| s.imports.sources = vec![source.parse().unwrap()]).start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    editor.post("/v1/imports", &from(root.path(), "/t2")).await.refused(422, "INGEST_VALIDATION_ERROR");
    let begun = editor.post("/v1/imports", &from(root.path(), "/t1")).await.accepted();
    let import = ended(&editor, &begun["id"]).await;
    assert_eq!((&import["status"], &import["accepted"]), (&json!("succeeded"), &json!(1)), "{import}");
    for below in ["/t1/out", "/t1/out/a.txt"] {
        let begun = editor.post("/v1/imports", &from(root.path(), below)).await.accepted();
        let import = ended(&editor, &begun["id"]).await;
        assert_eq!(import["failure_reason"], "The source leads to where imports are not allowed", "{import}");
    }
    for id in editor.get("/v1/documents").await.ids() {
        editor.settled(&id).await;
        assert_eq!(editor.get(&format!("/v1/documents/{id}/text")).await.ok()["text"], "Words of one.");
    }
    app.finish_with_dead_jobs(2).await;
}

#[tokio::test]
async fn an_import_waits_for_documents_and_not_for_what_is_tidied_up_later() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.txt"), "Words.").unwrap();
    let source = format!("file://{}", root.path().display());
    let few = move |s: &mut nexus_api::settings::Settings| {
        s.imports.sources = vec![source.parse().unwrap()];
        s.imports.max_waiting = 1;
    };
    let app = TestApp::plan().settings(few).start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    for id in ["d1", "d2", "d3"] {
        editor.text("c1", id, "Words.").await;
        editor.settled(id).await;
    }
    // Each of these left a job behind that looks after its source in an hour.
    let begun = editor.post("/v1/imports", &from(root.path(), "")).await.accepted();
    assert_eq!(ended(&editor, &begun["id"]).await["accepted"], 1);
    for id in editor.get("/v1/documents").await.ids() {
        editor.settled(&id).await;
    }
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_inside_the_server_is_not_told() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.zip"), "no archive").unwrap();
    let app = start(root.path()).await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let begun = editor.post("/v1/imports", &from(root.path(), "/a.zip")).await.accepted();
    let import = ended(&editor, &begun["id"]).await;
    assert_eq!(import["failure_reason"], "the archive cannot be read", "{import}");
    app.finish_with_dead_jobs(1).await;
}

#[tokio::test]
async fn an_import_is_its_users_own_and_ends_with_the_key() {
    let root = tempfile::tempdir().unwrap();
    let app = start(root.path()).await;
    let tenant = app.tenant("t1").await;
    let (editor, other, admin) =
        (tenant.key(Role::Editor).await, tenant.key(Role::Editor).await, tenant.key(Role::Admin).await);
    editor.corpus("c1").await;
    let begun = editor.post("/v1/imports", &from(root.path(), "")).await.accepted();
    assert_eq!(ended(&editor, &begun["id"]).await["status"], "succeeded");
    let path = format!("/v1/imports/{}", begun["id"].as_str().unwrap());
    other.get(&path).await.refused(404, "NOT_FOUND");
    admin.get(&path).await.ok();
    app.tenant("t2").await.key(Role::Admin).await.get(&path).await.refused(404, "NOT_FOUND");

    // The folder is gone for a while: the import waits. Meanwhile its key is revoked.
    let away = root.path().join("later");
    let begun = editor.post("/v1/imports", &from(root.path(), "/later")).await.accepted();
    let mut behind = app.behind().await;
    sqlx::query("UPDATE api_keys SET revoked_at = now() WHERE user_id = (SELECT user_id FROM imports LIMIT 1)")
        .execute(&mut behind)
        .await
        .unwrap();
    let made = tempfile::tempdir_in(root.path()).unwrap();
    fs::write(made.path().join("a.txt"), "Words.").unwrap();
    fs::rename(made.path(), &away).unwrap();
    let import = ended(&admin, &begun["id"]).await;
    assert_eq!(import["status"], "failed", "{import}");
    assert!(import["failure_reason"].as_str().unwrap().contains("revoked"), "{import}");
    app.finish_with_dead_jobs(1).await;
}

/// Runs the command line and returns its lines of JSON and whether it went well.
async fn nexus(app: &TestApp, caller: &Caller, arguments: &[&str]) -> (Vec<Value>, bool) {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_nexus"));
    command.args(["--json", "ingest", "--corpus", "c1"]).args(arguments).env_clear();
    command.env("NEXUS_URL", format!("http://{}", app.address)).env("NEXUS_API_KEY", caller.token.as_deref().unwrap());
    let ran = command.output().await.unwrap();
    let lines = String::from_utf8(ran.stdout).unwrap();
    (lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), ran.status.success())
}

fn statuses(lines: &[Value]) -> Vec<(&str, &str)> {
    let mut all: Vec<_> =
        lines.iter().map(|line| (line["path"].as_str().unwrap(), line["status"].as_str().unwrap())).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn the_command_line_ingests_a_folder_and_goes_on_by_its_journal() {
    let root = tempfile::tempdir().unwrap();
    let docs = root.path().join("docs");
    fs::create_dir_all(docs.join("deep")).unwrap();
    for (name, text) in
        [("a.md", "# A\n\nWords."), ("deep/b.html", "<!doctype html><p>Words."), ("c.pdf", "%PDF-1.4 cut")]
    {
        fs::write(docs.join(name), text).unwrap();
    }
    fs::write(docs.join("d.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    let app = start(root.path()).await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    let (folder, journal) = (docs.display().to_string(), root.path().join("done.jsonl").display().to_string());
    let arguments = [folder.as_str(), "--journal", &journal];

    let (first, went_well) = nexus(&app, &editor, &arguments).await;
    let seen = [("a.md", "succeeded"), ("c.pdf", "failed"), ("d.png", "skipped"), ("deep/b.html", "succeeded")];
    assert_eq!(statuses(&first), seen, "{first:?}");
    assert!(!went_well);
    let broken = first.iter().find(|line| line["path"] == "c.pdf").unwrap();
    assert!(broken["detail"].as_str().unwrap().starts_with("damaged: "), "{broken}");

    // What failed is tried again, what is done is not sent.
    fs::remove_file(docs.join("c.pdf")).unwrap();
    let (second, went_well) = nexus(&app, &editor, &arguments).await;
    assert_eq!(statuses(&second), [("a.md", "unchanged"), ("d.png", "skipped"), ("deep/b.html", "unchanged")]);
    assert!(went_well);
    fs::write(docs.join("a.md"), "# A\n\nOther words.").unwrap();
    // What differs from its document is said to, and is not noted as done.
    let (left, went_well) = nexus(&app, &editor, &arguments).await;
    assert_eq!((statuses(&left)[0], went_well), (("a.md", "differs"), true));
    let (third, _) = nexus(&app, &editor, &[&folder, "--journal", &journal, "--overwrite"]).await;
    assert_eq!(statuses(&third)[0], ("a.md", "succeeded"));

    // The server itself finds all of it done.
    let (fourth, went_well) = nexus(&app, &editor, &[&format!("file://{folder}"), "--job"]).await;
    assert!(went_well, "{fourth:?}");
    assert_eq!(
        (&fourth[0]["unchanged"], &fourth[0]["skipped"], &fourth[0]["failed"]),
        (&json!(2), &json!(1), &json!(0))
    );
    app.finish_with_dead_jobs(1).await;
}

#[tokio::test]
async fn files_of_one_name_are_not_taken_for_one_another() {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in [("a/notes.md", "Notes of a."), ("b/notes.md", "Notes of b.")] {
        fs::create_dir_all(root.path().join(name).parent().unwrap()).unwrap();
        fs::write(root.path().join(name), text).unwrap();
    }
    let at = |name: &str| root.path().join(name).display().to_string();
    let app = start(root.path()).await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    for (a, b) in [("a/notes.md", "b/notes.md"), ("a", "b")] {
        let (lines, went_well) = nexus(&app, &editor, &[&at(a), &at(b), "--overwrite"]).await;
        assert!(!went_well, "{lines:?}");
        let failed: Vec<&Value> = lines.iter().filter(|line| line["status"] == "failed").collect();
        let [failed] = failed.as_slice() else { panic!("{lines:?}") };
        let why = failed["detail"].as_str().unwrap();
        assert!(why.starts_with("repeated: ") && why.contains(&at(a)) && why.contains(&at(b)), "{why}");
    }
    let (second, _) = nexus(&app, &editor, &[&at("b/notes.md")]).await;
    assert_eq!(statuses(&second), [("notes.md", "differs")]);
    let (apart, went_well) = nexus(&app, &editor, &[&at("b/notes.md"), "--prefix", "b"]).await;
    assert_eq!((statuses(&apart), went_well), (vec![("b/notes.md", "succeeded")], true));
    assert_eq!(editor.get("/v1/documents").await.ids().len(), 2);
    app.finish().await;
}
