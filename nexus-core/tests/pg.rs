//! Tenant transactions against a real database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::Duration;

use nexus_core::{
    id::TenantId,
    pg::{Db, PgSettings, testing},
    problem::{Code, Kind, Problem as _},
};
use sqlx::PgConnection;

async fn two_tenants() -> (testing::TestDb, TenantId, TenantId) {
    let test = testing::database().await;
    let mut owner = testing::connect(&test.url).await;
    sqlx::raw_sql(
        "INSERT INTO tenants (id, name) VALUES ('a', 'A'), ('b', 'B');
         INSERT INTO users (tenant_id, id, role) VALUES ('a', 'u', 'reader'), ('b', 'u', 'reader');",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    (test, "a".parse().unwrap(), "b".parse().unwrap())
}

async fn visible_users(conn: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar("SELECT tenant_id FROM users ORDER BY 1").fetch_all(conn).await.unwrap()
}

#[tokio::test]
async fn a_transaction_sees_its_own_tenant_and_nothing_without_one() {
    let (test, a, b) = two_tenants().await;
    assert_eq!(visible_users(&mut test.db.tenant(&a).await.unwrap()).await, ["a"]);
    assert_eq!(visible_users(&mut test.db.tenant(&b).await.unwrap()).await, ["b"]);
    assert_eq!(visible_users(&mut test.db.platform().await.unwrap()).await, ["a", "b"]);
}

#[tokio::test]
async fn a_tenant_cannot_write_into_another() {
    let (test, a, _) = two_tenants().await;
    let mut tx = test.db.tenant(&a).await.unwrap();
    let error = sqlx::query("INSERT INTO users (tenant_id, id, role) VALUES ('b', 'spy', 'admin')")
        .execute(&mut *tx)
        .await
        .unwrap_err();
    assert!(matches!(error.into(), nexus_core::pg::DbError::RowSecurity(_)));
}

#[tokio::test]
async fn the_runtime_role_owns_nothing_and_cannot_change_the_log() {
    let (test, a, _) = two_tenants().await;
    for forbidden in [
        "UPDATE audit_events SET outcome = 'success'",
        "DELETE FROM audit_events",
        "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
        "DROP TABLE users",
        "CREATE TABLE public.mine ()",
    ] {
        let mut tx = test.db.tenant(&a).await.unwrap();
        let refused = sqlx::query(forbidden).execute(&mut *tx).await;
        assert!(refused.is_err(), "{forbidden}");
    }
}

#[tokio::test]
async fn a_text_that_cannot_be_stored_is_told_apart() {
    let (test, tenant, _) = two_tenants().await;
    let refused = add_user(&test.db, &tenant, "a\0b").await.unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (Kind::Invalid, Code::RequestValidation), "{refused}");
}

#[tokio::test]
async fn a_connection_that_works_as_the_owner_is_not_used() {
    let (test, tenant, _) = two_tenants().await;
    let settings = |url: String| PgSettings { acquire_timeout: Duration::from_secs(1), ..PgSettings::new(url) };
    let (passing, _) = testing::counted(&test).await;
    assert!(Db::new(&settings(passing)).unwrap().tenant(&tenant).await.is_ok());
    let dropping = Db::new(&settings(testing::without_options(&test).await)).unwrap();
    assert!(dropping.tenant(&tenant).await.is_err());
    assert!(dropping.platform().await.is_err());
    assert!(dropping.ready().await.is_err());
}

#[tokio::test]
async fn every_table_with_a_tenant_is_under_forced_row_level_security() {
    let test = testing::database().await;
    let mut owner = testing::connect(&test.url).await;
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
         WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
           AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert!(open.is_empty(), "{open:?}");
}

#[tokio::test]
async fn migrating_again_changes_nothing_and_a_newer_schema_is_left_alone() {
    let test = testing::database().await;
    let version = nexus_core::pg::migrate(&test.url).await.unwrap();
    test.db.ready().await.unwrap();
    let mut owner = testing::connect(&test.url).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES ($1, 'from the future', true, '', 0)",
    )
    .bind(version + 1)
    .execute(&mut owner)
    .await
    .unwrap();
    let error = nexus_core::pg::migrate(&test.url).await.unwrap_err();
    assert!(error.to_string().contains("newer than this program"), "{error}");
    // A replica that was not replaced yet goes on while a newer one has migrated.
    test.db.ready().await.unwrap();
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version >= $1").bind(version).execute(&mut owner).await.unwrap();
    assert!(test.db.ready().await.is_err());
}

async fn add_user(db: &nexus_core::pg::Db, tenant: &TenantId, id: &str) -> Result<(), nexus_core::pg::DbError> {
    let mut tx = db.tenant(tenant).await?;
    let insert = "INSERT INTO users (tenant_id, id, role) VALUES ($1, $2, 'reader')";
    sqlx::query(insert).bind(tenant).bind(id).execute(&mut *tx).await?;
    tx.commit().await
}

async fn users(test: &testing::TestDb) -> Vec<String> {
    let mut owner = testing::connect(&test.url).await;
    let all = "SELECT tenant_id || '/' || id FROM users ORDER BY 1";
    sqlx::query_scalar(all).fetch_all(&mut owner).await.unwrap()
}

#[tokio::test]
async fn the_parts_of_a_bound_transaction_become_durable_together() {
    let (test, a, b) = two_tenants().await;
    let mut bound = test.db.bind(&a).await.unwrap();
    let db = bound.db();
    add_user(&db, &a, "one").await.unwrap();
    // Each part sees what it is for, and what came before.
    assert_eq!(visible_users(&mut db.tenant(&a).await.unwrap()).await, ["a", "a"]);
    add_user(&db, &b, "two").await.unwrap();
    assert_eq!(visible_users(&mut db.tenant(&b).await.unwrap()).await, ["b", "b"]);
    assert_eq!(visible_users(&mut db.platform().await.unwrap()).await.len(), 4);
    // A part that fails, or is dropped halfway, takes back what it did and nothing else.
    assert!(add_user(&db, &a, "one").await.is_err());
    let mut dropped = db.tenant(&a).await.unwrap();
    sqlx::query("DELETE FROM users").execute(&mut *dropped).await.unwrap();
    drop(dropped);
    assert_eq!(visible_users(&mut bound.connection().await.unwrap()).await, ["a", "a"], "it is its tenant's again");
    assert_eq!(users(&test).await, ["a/u", "b/u"], "nothing is durable yet");
    bound.commit().await.unwrap();
    assert_eq!(users(&test).await, ["a/one", "a/u", "b/two", "b/u"]);
    assert!(db.tenant(&a).await.is_err(), "and nothing more comes of it");
}

#[tokio::test]
async fn a_bound_transaction_that_is_dropped_never_was() {
    let (test, a, _) = two_tenants().await;
    let bound = test.db.bind(&a).await.unwrap();
    let db = bound.db();
    add_user(&db, &a, "one").await.unwrap();
    drop(bound);
    assert!(add_user(&db, &a, "two").await.is_err());
    add_user(&test.db, &a, "three").await.unwrap();
    assert_eq!(users(&test).await, ["a/three", "a/u", "b/u"]);
}

#[tokio::test]
async fn who_is_bound_still_finds_a_connection() {
    let (test, a, _) = two_tenants().await;
    // Four times as many as there are connections; each needs a second one while it is bound.
    let tasks = (0..32).map(|n| {
        let (db, a) = (test.db.clone(), a.clone());
        tokio::spawn(async move {
            let bound = db.bind(&a).await.unwrap();
            add_user(&bound.db(), &a, &format!("in-{n}")).await.unwrap();
            add_user(&db, &a, &format!("out-{n}")).await.unwrap();
            bound.commit().await.unwrap();
        })
    });
    for done in futures::future::join_all(tasks).await {
        done.unwrap();
    }
    assert_eq!(users(&test).await.len(), 66);
}

type Backend = (i32, Option<String>);

/// Which connection a statement runs on, and for whom it acts by then.
async fn backend(db: &Db, tenant: &TenantId) -> Backend {
    let asked = "SELECT pg_backend_pid(), nullif(current_setting('nexus.tenant', true), '')";
    db.fetch(tenant, || sqlx::query_as(asked)).await.unwrap().remove(0)
}

/// Acts for a tenant by itself, as functions of the schema do.
async fn acting(db: &Db, tenant: &TenantId) -> i32 {
    let acts = "SELECT pg_backend_pid(), set_config('nexus.tenant', $1, true)";
    let rows: Vec<Backend> = db.fetch(tenant, || sqlx::query_as(acts).bind(tenant)).await.unwrap();
    rows.first().unwrap().0
}

#[tokio::test]
async fn a_connection_stays_at_hand_for_statements_and_forgets_for_whom_they_acted() {
    let (test, a, b) = two_tenants().await;
    let first = acting(&test.db, &a).await;
    assert_eq!(backend(&test.db, &b).await, (first, None));
    assert_eq!(test.db.connections().0, 0, "what is at hand is not in use");
    // A part of a bound transaction is on its connection, and acts for its tenant.
    let bound = test.db.bind(&a).await.unwrap();
    let part = backend(&bound.db(), &a).await;
    assert!(part.0 != first && part.1.as_deref() == Some("a"), "{part:?}");
    drop(bound);
    // After one that fails the next one works.
    assert!(test.db.fetch::<(i32,)>(&a, || sqlx::query_as("SELECT 1 / 0")).await.is_err());
    let second = acting(&test.db, &a).await;
    // One that died is replaced.
    let mut owner = testing::connect(&test.url).await;
    sqlx::query("SELECT pg_terminate_backend($1, 5000)").bind(second).execute(&mut owner).await.unwrap();
    assert_ne!(acting(&test.db, &a).await, second);
    tokio::time::timeout(Duration::from_secs(1), test.db.close()).await.unwrap();
    assert!(test.db.fetch::<(i32,)>(&a, || sqlx::query_as("SELECT 1")).await.is_err(), "it is closed");
}

#[tokio::test]
async fn what_is_at_hand_does_not_keep_transactions_waiting() {
    let (test, a, _) = two_tenants().await;
    let patience = Duration::from_millis(300);
    let settings = PgSettings { max_connections: 4, acquire_timeout: patience, ..PgSettings::new(test.url.clone()) };
    let db = Db::new(&settings).unwrap();
    let at_hand = acting(&db, &a).await;
    let mut transactions = Vec::new();
    for _ in 0..4 {
        transactions.push(db.tenant(&a).await.unwrap());
    }
    let pid = "SELECT pg_backend_pid()";
    let last: i32 = sqlx::query_scalar(pid).fetch_one(&mut **transactions.last_mut().unwrap()).await.unwrap();
    assert_eq!(last, at_hand);
    assert!(db.fetch::<(i32,)>(&a, || sqlx::query_as("SELECT 1")).await.is_err(), "there is none left");
}

#[tokio::test]
async fn statements_that_are_held_up_hold_nobody_up() {
    let (test, a, _) = two_tenants().await;
    let mut owner = testing::connect(&test.url).await;
    sqlx::query("SELECT pg_advisory_lock(7)").execute(&mut owner).await.unwrap();
    let held: Vec<_> = (0..5)
        .map(|_| {
            let (db, a) = (test.db.clone(), a.clone());
            let waits = "SELECT 1 FROM (SELECT pg_advisory_xact_lock_shared(7)) held";
            tokio::spawn(async move { db.fetch::<(i32,)>(&a, || sqlx::query_as(waits)).await.unwrap() })
        })
        .collect();
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut owner).await.unwrap() < 5 {
        tokio::task::yield_now().await;
    }
    acting(&test.db, &a).await;
    sqlx::query("SELECT pg_advisory_unlock(7)").execute(&mut owner).await.unwrap();
    for statement in held {
        assert_eq!(statement.await.unwrap(), [(1,)]);
    }
}
