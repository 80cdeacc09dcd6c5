//! The audit log on a real database: in the transaction of a change, and beside requests.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::time::Duration;

use chrono::TimeDelta;
use nexus_core::{
    audit::{self, AuditLog, AuditSettings, Event, EventType, Filter, Outcome, Recorded},
    clock::Clock,
    id::{CredentialId, TenantId, UserId},
    op::Op,
    pg::{
        Db, PgSettings,
        testing::{TestDb, connect, database},
    },
    principal::{Principal, Role},
    problem::Code,
};
use secrecy::SecretString;
use sqlx::AssertSqlSafe;
use tokio_util::sync::CancellationToken;

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

fn caller(name: &str) -> Principal {
    Principal::vouched_for(tenant(name), UserId::new("u1").unwrap(), Role::Editor)
}

fn op() -> Op {
    let ip = Some("192.0.2.7".parse().unwrap());
    Op { ip, user_agent: Some("test/1".into()), ..Op::internal(Clock::system().now()) }
}

async fn all(db: &Db, name: &str) -> Vec<Recorded> {
    let mut tx = db.tenant(&tenant(name)).await.unwrap();
    audit::find(&mut tx, &Filter::default(), 0, 500).await.unwrap()
}

async fn total(test: &TestDb) -> i64 {
    let mut owner = connect(&test.url).await;
    sqlx::query_scalar("SELECT count(*) FROM audit_events").fetch_one(&mut owner).await.unwrap()
}

#[tokio::test]
async fn an_event_lives_and_dies_with_its_change() {
    let test = database().await;
    let (op, caller) = (op(), caller("a"));
    let event = Event::by(&op, &caller, EventType::CorporaUpdated)
        .resource("corpus", "c1")
        .fields(&["name"])
        .failed(Code::Conflict);

    let mut tx = test.db.tenant(&tenant("a")).await.unwrap();
    audit::record(&mut tx, &event).await.unwrap();
    drop(tx);
    assert_eq!(all(&test.db, "a").await, []);

    let mut tx = test.db.tenant(&tenant("a")).await.unwrap();
    audit::record(&mut tx, &event).await.unwrap();
    tx.commit().await.unwrap();
    let [row] = <[Recorded; 1]>::try_from(all(&test.db, "a").await).unwrap();
    assert_eq!(row.known_type(), Some(EventType::CorporaUpdated));
    assert_eq!((row.actor_type.as_str(), row.actor_id.as_deref()), ("vouched", Some("vouched")));
    assert_eq!((row.actor_role.as_deref(), row.outcome.as_str()), (Some("editor"), "failure"));
    assert_eq!((row.resource_type.as_deref(), row.resource_id.as_deref()), (Some("corpus"), Some("c1")));
    assert_eq!((row.ip_address.as_deref(), row.user_agent.as_deref()), (Some("192.0.2.7"), Some("test/1")));
    assert_eq!(
        (row.request_id.as_deref(), row.error_code.as_deref()),
        (Some(op.request_id.as_str()), Some("CONFLICT"))
    );
    assert_eq!(row.metadata_json, serde_json::json!({"user_id": "u1", "updated_fields": ["name"]}));
    assert_eq!(row.occurred_at.timestamp_micros(), op.now.timestamp_micros());

    let mut tx = test.db.tenant(&tenant("a")).await.unwrap();
    assert_eq!(audit::get(&mut tx, row.id).await.unwrap(), Some(row.clone()));
    drop(tx);
    let mut tx = test.db.tenant(&tenant("b")).await.unwrap();
    assert_eq!(audit::get(&mut tx, row.id).await.unwrap(), None);
}

#[tokio::test]
async fn the_runtime_role_cannot_rewrite_history_nor_speak_for_another_tenant() {
    let test = database().await;
    let mut tx = test.db.tenant(&tenant("a")).await.unwrap();
    let foreign = Event::by(&op(), &caller("b"), EventType::CorporaCreated);
    assert!(audit::record(&mut tx, &foreign).await.is_err());
    for forbidden in ["UPDATE audit_events SET outcome = 'success'", "DELETE FROM audit_events"] {
        let mut tx = test.db.platform().await.unwrap();
        let error = sqlx::query(AssertSqlSafe(forbidden)).execute(&mut *tx).await.unwrap_err();
        assert!(error.to_string().contains("permission denied"), "{error}");
    }
}

#[tokio::test]
async fn events_are_found_by_what_they_are_newest_first() {
    let test = database().await;
    let (first, caller) = (op(), caller("a"));
    let mut tx = test.db.tenant(&tenant("a")).await.unwrap();
    for (n, event_type) in
        [EventType::CorporaCreated, EventType::DocumentsDeleted, EventType::RunInvoked].iter().enumerate()
    {
        let op = Op { now: first.now + TimeDelta::seconds(i64::try_from(n).unwrap()), ..first.clone() };
        let event = Event::by(&op, &caller, *event_type).resource("thing", &n.to_string());
        let event = if n == 1 { event.failed(Code::NotFound) } else { event };
        audit::record(&mut tx, &event).await.unwrap();
    }
    let cases = [
        (Filter::default(), vec!["2", "1", "0"]),
        (Filter { event_type: Some("run.invoked".into()), ..Filter::default() }, vec!["2"]),
        (Filter { outcome: Some(Outcome::Failure), ..Filter::default() }, vec!["1"]),
        (Filter { resource_type: Some("thing".into()), resource_id: Some("0".into()), ..Filter::default() }, vec!["0"]),
        (Filter { from: Some(first.now + TimeDelta::seconds(1)), ..Filter::default() }, vec!["2", "1"]),
        (Filter { to: Some(first.now + TimeDelta::milliseconds(999)), ..Filter::default() }, vec!["0"]),
        (Filter { resource_id: Some("' OR true --".into()), ..Filter::default() }, vec![]),
    ];
    for (filter, expected) in cases {
        let found = audit::find(&mut tx, &filter, 0, 10).await.unwrap();
        let ids: Vec<_> = found.iter().map(|r| r.resource_id.as_deref().unwrap()).collect();
        assert_eq!(ids, expected, "{filter:?}");
    }
    let second = audit::find(&mut tx, &Filter::default(), 1, 1).await.unwrap();
    assert_eq!(second[0].resource_id.as_deref(), Some("1"));
}

#[tokio::test]
async fn noted_events_of_all_tenants_and_of_nobody_are_written() {
    let test = database().await;
    let (log, writer) = AuditLog::new(&test.db, &AuditSettings::default());
    let stop = CancellationToken::new();
    let running = tokio::spawn(writer.run(stop.clone()));
    for n in 0..250 {
        let name = if n % 2 == 0 { "a" } else { "b" };
        log.note(Event::by(&op(), &caller(name), EventType::AuthAccessSuccess).route("GET", "/v1/corpora"));
    }
    log.note(Event::anonymous(&op(), EventType::AuthAccessFailure).failed(Code::AuthUnauthorized));
    let key = CredentialId::new("k1").unwrap();
    log.note(Event::refused(&op(), &tenant("a"), &key, EventType::AuthAccessFailure).failed(Code::AuthRevokedKey));
    log.flush().await;
    assert_eq!((all(&test.db, "a").await.len(), all(&test.db, "b").await.len(), total(&test).await), (126, 125, 252));
    assert_eq!(log.waiting(), 0);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn shutdown_writes_what_was_noted_and_nothing_can_be_noted_after() {
    let test = database().await;
    let (log, writer) = AuditLog::new(&test.db, &AuditSettings::default());
    for _ in 0..333 {
        log.note(Event::by(&op(), &caller("a"), EventType::RunInvoked));
    }
    let stop = CancellationToken::new();
    stop.cancel();
    writer.run(stop).await;
    log.note(Event::by(&op(), &caller("a"), EventType::RunInvoked));
    log.flush().await;
    assert_eq!(total(&test).await, 333);
}

#[tokio::test]
async fn a_full_queue_drops_without_waiting() {
    let test = database().await;
    let (log, writer) = AuditLog::new(&test.db, &AuditSettings { queue: 10, ..AuditSettings::default() });
    for _ in 0..50 {
        log.note(Event::by(&op(), &caller("a"), EventType::RunInvoked));
    }
    assert_eq!(log.waiting(), 10);
    let stop = CancellationToken::new();
    stop.cancel();
    writer.run(stop).await;
    assert_eq!(total(&test).await, 10);
}

#[tokio::test]
async fn events_wait_for_a_database_that_is_away() {
    let test = database().await;
    let mut owner = connect(&test.url).await;
    let name: String = sqlx::query_scalar("SELECT current_database()").fetch_one(&mut owner).await.unwrap();
    drop(owner);
    let mut admin = connect(&nexus_core::pg::testing::server_url()).await;
    let allow = async |admin: &mut sqlx::PgConnection, yes: bool| {
        let statement = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {yes}");
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *admin).await.unwrap();
    };
    allow(&mut admin, false).await;
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1")
        .bind(&name)
        .execute(&mut admin)
        .await
        .unwrap();

    let settings = PgSettings { acquire_timeout: Duration::from_millis(200), ..PgSettings::new(test.url.clone()) };
    let (log, writer) = AuditLog::new(&Db::new(&settings).unwrap(), &AuditSettings::default());
    let stop = CancellationToken::new();
    let running = tokio::spawn(writer.run(stop.clone()));
    for _ in 0..5 {
        log.note(Event::by(&op(), &caller("a"), EventType::RunInvoked));
    }
    let flush = tokio::time::timeout(Duration::from_secs(1), log.flush()).await;
    assert!(flush.is_err(), "nothing can be written now");
    log.note(Event::by(&op(), &caller("a"), EventType::RunInvoked));

    allow(&mut admin, true).await;
    tokio::time::timeout(Duration::from_secs(30), log.flush()).await.expect("written when the database is back");
    assert_eq!(total(&test).await, 6);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever_for_a_database_that_is_away() {
    let nowhere = SecretString::from("postgres://nobody@localhost/none?host=/nonexistent");
    let settings = PgSettings { acquire_timeout: Duration::from_millis(100), ..PgSettings::new(nowhere) };
    let audit = AuditSettings { drain: Duration::from_millis(300), ..AuditSettings::default() };
    let (log, writer) = AuditLog::new(&Db::new(&settings).unwrap(), &audit);
    log.note(Event::by(&op(), &caller("a"), EventType::RunInvoked));
    let stop = CancellationToken::new();
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(20), writer.run(stop)).await.expect("the writer ends");
}

#[tokio::test]
async fn one_event_that_is_refused_does_not_take_others_with_it() {
    let test = database().await;
    let mut owner = connect(&test.url).await;
    sqlx::query("ALTER TABLE audit_events ADD CHECK (resource_id IS DISTINCT FROM 'poison')")
        .execute(&mut owner)
        .await
        .unwrap();
    let (log, writer) = AuditLog::new(&test.db, &AuditSettings::default());
    for id in ["one", "poison", "two"] {
        log.note(Event::by(&op(), &caller("a"), EventType::RunInvoked).resource("run", id));
    }
    let stop = CancellationToken::new();
    stop.cancel();
    writer.run(stop).await;
    let mut ids: Vec<_> = all(&test.db, "a").await.into_iter().filter_map(|r| r.resource_id).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["one", "two"]);
}
