//! What one replica takes away, another does not give any more.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use nexus_authz::{
    credential::{
        AuthError, CredentialSettings, Credentials, Pepper, key,
        store::{self, NewKey},
    },
    policy::PolicyCache,
};
use nexus_core::{
    clock::Clock,
    id::CredentialId,
    op::Op,
    pg::{
        Db,
        changes::Changes,
        testing::{self, TestDb},
    },
};
use sqlx::AssertSqlSafe;
use tokio_util::sync::CancellationToken;

/// Rounds that go on side by side.
const LANES: usize = 20;

struct Replica {
    db: Db,
    changes: Changes,
    credentials: Credentials,
}

fn op() -> Op {
    Op::internal(Clock::system().now())
}

fn pepper() -> Pepper {
    Pepper::new("0123456789abcdef0123456789abcdef".into()).unwrap()
}

async fn replica(database: &TestDb) -> Replica {
    let db = database.db.clone();
    let changes = Changes::listen(&db, CancellationToken::new());
    while !changes.confirmed().await {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let credentials = Credentials::new(db.clone(), pepper(), CredentialSettings::default(), &changes);
    Replica { db, changes, credentials }
}

async fn world() -> TestDb {
    let database = testing::database().await;
    let mut owner = testing::connect(&database.url).await;
    sqlx::raw_sql(
        "INSERT INTO tenants (id, name) VALUES ('t', 't');
         INSERT INTO users (tenant_id, id, role) VALUES ('t', 'u', 'reader');
         INSERT INTO groups (tenant_id, id, display_name) VALUES ('t', 'g', 'G');",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    database
}

async fn issue(db: &Db) -> (CredentialId, String) {
    let (id, plaintext) = key::generate();
    let token = plaintext.expose().to_owned();
    let mut tx = db.tenant(&"t".parse().unwrap()).await.unwrap();
    let new = NewKey {
        id: &id,
        user: &"u".parse().unwrap(),
        name: None,
        shown: "nx",
        hash: pepper().hash(key::parse(&token).unwrap()),
        expires_at: None,
    };
    store::insert(&op(), &mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    (id, token)
}

async fn run(db: &Db, statement: String) {
    let mut tx = db.tenant(&"t".parse().unwrap()).await.unwrap();
    sqlx::query(AssertSqlSafe(statement)).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_revoked_on_one_replica_is_refused_by_the_next_request_on_the_other() {
    let rounds = std::env::var("NEXUS_ROUNDS").map_or(200, |n| n.parse().unwrap());
    let database = world().await;
    let (here, there) = (Arc::new(replica(&database).await), Arc::new(replica(&database).await));
    let lanes = (0..LANES).map(|lane| {
        let (here, there) = (Arc::clone(&here), Arc::clone(&there));
        tokio::spawn(async move {
            let mut refused = 0;
            for round in (lane..rounds).step_by(LANES) {
                let (id, token) = issue(&here.db).await;
                there.credentials.authenticate(&op(), &token).await.unwrap();
                there.credentials.authenticate(&op(), &token).await.unwrap();
                run(&here.db, format!("UPDATE api_keys SET revoked_at = now() WHERE id = '{id}'")).await;
                here.changes.settled().await;
                let outcome = there.credentials.authenticate(&op(), &token).await;
                assert!(matches!(outcome, Err(AuthError::Revoked)), "round {round}: {outcome:?}");
                refused += 1;
            }
            refused
        })
    });
    let refused: usize = join_all(lanes).await.into_iter().map(Result::unwrap).sum();
    println!("{refused} of {rounds} refused");
    assert_eq!(refused, rounds);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_remembered_or_the_rounds_above_would_show_nothing() {
    let database = world().await;
    let there = replica(&database).await;
    let (_, token) = issue(&there.db).await;
    there.credentials.authenticate(&op(), &token).await.unwrap();
    let mut owner = testing::connect(&database.url).await;
    sqlx::raw_sql("ALTER TABLE api_keys DISABLE TRIGGER api_keys_changed; UPDATE api_keys SET revoked_at = now()")
        .execute(&mut owner)
        .await
        .unwrap();
    there.changes.settled().await;
    assert!(there.credentials.authenticate(&op(), &token).await.is_ok(), "nobody said that the key is revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_come_with_the_key_and_go_with_the_membership() {
    let database = world().await;
    let there = replica(&database).await;
    let (_, token) = issue(&there.db).await;
    let groups = async || {
        let principal = there.credentials.authenticate(&op(), &token).await.unwrap();
        principal.groups.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert!(groups().await.is_empty());
    run(&there.db, "INSERT INTO group_members (tenant_id, group_id, user_id) VALUES ('t', 'g', 'u')".into()).await;
    there.changes.settled().await;
    assert_eq!(groups().await, ["g"]);
    run(&there.db, "DELETE FROM groups WHERE id = 'g'".into()).await;
    there.changes.settled().await;
    assert!(groups().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_confirmed_while_policies_cannot_be_read() {
    let database = world().await;
    let there = replica(&database).await;
    let (_, token) = issue(&there.db).await;
    there.credentials.authenticate(&op(), &token).await.unwrap();
    let mut owner = testing::connect(&database.url).await;
    sqlx::raw_sql("BEGIN; LOCK TABLE authorization_policies IN ACCESS EXCLUSIVE MODE")
        .execute(&mut owner)
        .await
        .unwrap();
    there.changes.settled().await;
    let policies = PolicyCache::new(there.db.clone(), &there.changes);
    assert!(!there.changes.confirmed().await);
    // The confirmation waited for the table, so that nobody waits as long for it again.
    assert!(there.changes.failed_lately());
    assert!(policies.of(&"t".parse().unwrap()).await.is_err());
    // Keys do not need policies: the database is asked.
    there.credentials.authenticate(&op(), &token).await.unwrap();
    sqlx::raw_sql("ROLLBACK").execute(&mut owner).await.unwrap();
    policies.of(&"t".parse().unwrap()).await.unwrap();
    while !there.changes.confirmed().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!there.changes.failed_lately());
}
