//! Checkpoints that lie where the owner of the database cannot write: a database that was put back is found out.

use std::{fs, path::Path, sync::Arc, time::Duration};

use nexus_api::audit::Archive;
use nexus_core::{
    audit::{AnchorError, AnchorFile, Anchors, AuditSettings, SealError, Sealer, Signed, Trust, Verifier, What},
    principal::Role,
};
use nexus_retrieval::objects::Objects;
use object_store::local::LocalFileSystem;

use crate::harness::{PATIENCE, TestApp};

/// Every checkpoint of a folder, in order.
fn kept(folder: &Path) -> Vec<Signed> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "json") {
                found.push(serde_json::from_slice::<Signed>(&fs::read(path).unwrap()).unwrap());
            }
        }
    }
    found.sort_by_key(|signed| signed.read().unwrap().number);
    found
}

async fn newest(app: &TestApp) -> i64 {
    let number = "SELECT coalesce(max(number), 0) FROM audit_checkpoints";
    sqlx::query_scalar(number).fetch_one(&mut app.behind().await).await.unwrap()
}

#[tokio::test]
async fn a_database_that_was_put_back_is_caught_by_what_lies_elsewhere() {
    let elsewhere = tempfile::tempdir().unwrap();
    let url = format!("file://{}", elsewhere.path().display());
    let settings = move |s: &mut nexus_api::settings::Settings| {
        s.audit.every = Duration::ZERO;
        s.audit.anchor = Some(url);
    };
    let app = TestApp::plan().settings(settings).start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    for n in 0..3 {
        admin.corpus(&format!("c{n}")).await;
        app.platform.audit.flush().await;
    }
    let sealed = async {
        while newest(&app).await == 0 || kept(elsewhere.path()).is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, sealed).await.unwrap();

    // The sealer of the server would tell as well, by its own file; a restored installation has none.
    let key = Arc::clone(&app.platform.audit_desk.key);
    let sealer = |folder: &Path| {
        let store = LocalFileSystem::new_with_prefix(elsewhere.path()).unwrap();
        let settings = AuditSettings { every: Duration::ZERO, ..AuditSettings::default() };
        let file = AnchorFile::new(folder.join("checkpoints.jsonl"));
        let archive = Archive::new(Objects::from(Arc::new(store)), "elsewhere");
        Sealer::new(&app.platform.db, Arc::clone(&key), file, &app.clock, &settings).and_in(Arc::new(archive))
    };
    let fresh = tempfile::tempdir().unwrap();
    admin.corpus("c3").await;
    sealer(fresh.path()).seal_now().await.unwrap();
    let (checkpoints, number) = (kept(elsewhere.path()), newest(&app).await);
    assert!(checkpoints.len() > 1 && checkpoints.len() == usize::try_from(number).unwrap(), "{number}");
    let put_back = format!(
        "DELETE FROM audit_checkpoints WHERE number = {number};
         DELETE FROM audit_events WHERE id IN (SELECT unnest(ids) FROM audit_seals WHERE checkpoint = {number});
         DELETE FROM audit_seals WHERE checkpoint = {number}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(put_back)).execute(&mut app.behind().await).await.unwrap();
    let restored = tempfile::tempdir().unwrap();
    let refused = sealer(restored.path()).seal_now().await.unwrap_err();
    let expected = u64::try_from(number).unwrap();
    assert!(
        matches!(refused, SealError::Anchor(AnchorError::Conflict { number, .. }) if number == expected),
        "{refused}"
    );
    assert_eq!(newest(&app).await, number - 1, "nothing was sealed over it");

    // Whoever checks an export against what lies there sees it without the server.
    let export = String::from_utf8(admin.get("/v1/audit/export").await.body).unwrap();
    let keys = vec![key.public().to_owned()];
    let anchors = Anchors::read(&keys, checkpoints).unwrap();
    let mut verifier = Verifier::new(Trust { keys, anchors, ..Trust::default() });
    let found = export.lines().try_for_each(|line| verifier.line(line)).and_then(|()| verifier.finish());
    assert_eq!(found.unwrap_err().what, What::RolledBack);

    // A database that was wiped begins another log, and that is found out as well.
    let wipe = "DELETE FROM audit_checkpoints; DELETE FROM audit_seals";
    sqlx::raw_sql(wipe).execute(&mut app.behind().await).await.unwrap();
    let refused = sealer(tempfile::tempdir().unwrap().path()).seal_now().await.unwrap_err();
    assert!(matches!(refused, SealError::Anchor(AnchorError::Conflict { .. })), "{refused}");
    app.finish_unrecorded().await;
}

#[tokio::test]
async fn a_place_that_lacks_checkpoints_is_given_them_and_one_that_is_away_stops_nothing() {
    let app = TestApp::start().await;
    let admin = app.tenant("t1").await.key(Role::Admin).await;
    let key = Arc::clone(&app.platform.audit_desk.key);
    let (home, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let settings = AuditSettings { every: Duration::ZERO, ..AuditSettings::default() };
    let plain = Sealer::new(&app.platform.db, key, AnchorFile::new(home.path().join("a.jsonl")), &app.clock, &settings);
    for n in 0..3 {
        admin.corpus(&format!("c{n}")).await;
        plain.seal_now().await.unwrap();
    }
    let number = newest(&app).await;
    // A folder that cannot be written is a place that is away.
    let gone = elsewhere.path().join("gone");
    fs::create_dir(&gone).unwrap();
    let store = Arc::new(LocalFileSystem::new_with_prefix(&gone).unwrap());
    fs::remove_dir(&gone).unwrap();
    fs::write(&gone, "a file").unwrap();
    let anchored = plain.clone().and_in(Arc::new(Archive::new(Objects::from(store), "elsewhere")));
    admin.corpus("c3").await;
    anchored.seal_now().await.unwrap();
    assert!(newest(&app).await > number);
    fs::remove_file(&gone).unwrap();
    fs::create_dir(&gone).unwrap();
    let number = newest(&app).await;
    anchored.seal_now().await.unwrap();
    assert!(kept(&gone).len() >= usize::try_from(number).unwrap());
    app.finish().await;
}
