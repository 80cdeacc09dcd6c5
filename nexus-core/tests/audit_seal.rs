//! Sealing on a real database: what is committed comes into its chain once, whoever writes and whoever is killed.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use std::{fs, sync::Arc, time::Duration};

use chrono::TimeDelta;
use nexus_core::{
    audit::{
        self, AnchorError, AnchorFile, Anchors, AuditSettings, Event, EventType, Export, Extent, Fault, Report,
        SealError, Sealer, Signed, SigningKey, Trust, Verifier, What, seals,
    },
    clock::{self, Clock},
    id::{TenantId, UserId},
    op::Op,
    pg::{
        Db,
        testing::{TestDb, connect, database},
    },
    principal::{Principal, Role},
};
use sqlx::{AssertSqlSafe, PgConnection};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

struct World {
    test: TestDb,
    dir: TempDir,
    key: Arc<SigningKey>,
    clock: Clock,
    settings: AuditSettings,
}

impl World {
    async fn new() -> Self {
        let settings = AuditSettings { every: Duration::ZERO, retention: Some(2), ..AuditSettings::default() };
        let key = Arc::new(SigningKey::new("2a".repeat(32).into()).unwrap());
        let dir = tempfile::tempdir().unwrap();
        Self { test: database().await, dir, key, clock: Clock::system(), settings }
    }

    fn file(&self) -> AnchorFile {
        AnchorFile::new(self.dir.path().join("audit/checkpoints.jsonl"))
    }

    fn sealer(&self) -> Sealer {
        Sealer::new(&self.test.db, Arc::clone(&self.key), self.file(), &self.clock, &self.settings)
    }

    async fn owner(&self) -> PgConnection {
        connect(&self.test.url).await
    }

    fn anchors(&self) -> Anchors {
        let text = fs::read_to_string(self.file().path()).unwrap_or_default();
        let lines: Vec<Signed> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        Anchors::read(&[self.key.public().to_owned()], lines).unwrap()
    }

    async fn check(&self, extent: Extent) -> Result<Report, Fault> {
        let since = extent.after;
        let mut export = Export::new(&self.test.db, extent);
        let mut verifier =
            Verifier::new(Trust { keys: vec![self.key.public().to_owned()], anchors: self.anchors(), since });
        while let Some(lines) = export.next().await.unwrap() {
            for line in std::str::from_utf8(&lines).unwrap().lines() {
                verifier.line(line)?;
            }
        }
        verifier.finish()
    }

    async fn check_all(&self) -> Result<Report, Fault> {
        self.check(Extent::default()).await
    }

    async fn check_of(&self, chain: &str) -> Result<Report, Fault> {
        self.check(Extent { chain: Some(chain.to_owned()), ..Extent::default() }).await
    }
}

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

fn event(name: &str, n: usize) -> Event {
    let caller = Principal::vouched_for(tenant(name), UserId::new("u1").unwrap(), Role::Editor);
    let op = Op { ip: Some("192.0.2.7".parse().unwrap()), ..Op::internal(Clock::system().now()) };
    Event::by(&op, &caller, EventType::DocumentsDeleted).resource("document", &format!("d{n}")).corpus("c1")
}

async fn write(db: &Db, name: &str, events: usize, commit: bool) {
    let mut tx = db.tenant(&tenant(name)).await.unwrap();
    let events: Vec<Event> = (0..events).map(|n| event(name, n)).collect();
    audit::record_all(&mut tx, &events).await.unwrap();
    if commit {
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_committed_is_sealed_once_and_proves_itself() {
    let world = World::new().await;
    let db = &world.test.db;
    world.sealer().seal_now().await.unwrap();
    assert_eq!(world.check_all().await.unwrap(), Report::default());

    write(db, "a", 3, true).await;
    write(db, "a", 5, false).await;
    write(db, "b", 1, true).await;
    let mut tx = db.platform().await.unwrap();
    let op = Op::internal(world.clock.now());
    audit::record(&mut tx, &Event::anonymous(&op, EventType::AuthAccessFailure)).await.unwrap();
    tx.commit().await.unwrap();
    world.sealer().seal_now().await.unwrap();
    write(db, "a", 2, true).await;
    world.sealer().seal_now().await.unwrap();
    world.sealer().seal_now().await.unwrap();

    let report = world.check_all().await.unwrap();
    assert_eq!((report.events, report.chains, report.checkpoints, report.anchored), (7, 3, 2, 2));
    for (chain, events) in [("a", 5), ("b", 1), ("", 1), ("nobody", 0)] {
        assert_eq!(world.check_of(chain).await.unwrap().events, events, "{chain}");
    }
    // A part after a checkpoint that was checked before.
    let part = world.check(Extent { chain: Some("a".into()), after: Some(1), most: None }).await.unwrap();
    assert_eq!(part.events, 2);
    let cut = world.check(Extent { chain: Some("a".into()), after: None, most: Some(1) }).await.unwrap();
    assert_eq!((cut.events, cut.more), (3, true));
}

#[tokio::test]
async fn an_event_whose_transaction_ends_late_is_sealed_later_and_not_lost() {
    let world = World::new().await;
    let db = &world.test.db;
    let mut slow = db.tenant(&tenant("a")).await.unwrap();
    audit::record(&mut slow, &event("a", 1)).await.unwrap();
    write(db, "b", 2, true).await;
    world.sealer().seal_now().await.unwrap();
    assert_eq!(world.check_all().await.unwrap().events, 2);
    write(db, "b", 1, true).await;
    world.sealer().seal_now().await.unwrap();
    slow.commit().await.unwrap();
    // Another process takes over in between: it knows only what the database knows.
    world.sealer().seal_now().await.unwrap();
    let report = world.check_all().await.unwrap();
    assert_eq!((report.events, report.checkpoints), (4, 3));
}

/// Every way in which the owner of the database may change what was sealed.
#[tokio::test]
async fn the_owner_of_the_database_is_found_out() {
    const EDITS: [(&str, What); 24] = [
        ("UPDATE audit_events SET occurred_at = occurred_at + interval '1 microsecond' WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET tenant_id = 'b' WHERE id = 3", What::Moved),
        ("UPDATE audit_events SET tenant_id = NULL WHERE id = 3", What::Moved),
        ("UPDATE audit_events SET actor_type = 'system' WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET actor_id = NULL WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET actor_role = 'admin' WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET event_type = 'ops.viewed' WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET outcome = 'failure' WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET resource_type = NULL WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET resource_id = 'd9' WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET request_id = 'x' WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET ip_address = '192.0.2.8' WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET user_agent = '' WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET metadata_json = metadata_json || '{\"count\": 1}' WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET error_code = 'CONFLICT' WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET created_at = now() WHERE id = 3", What::Edited),
        ("UPDATE audit_events SET id = 1000 WHERE id = 3", What::Missing),
        ("DELETE FROM audit_events WHERE id = 3", What::Missing),
        ("DELETE FROM audit_events WHERE id >= 3", What::Missing),
        ("UPDATE audit_seals SET ids = ARRAY[1, 2, 4, 3] WHERE chain = 'a' AND first_seq = 1", What::Edited),
        (
            "UPDATE audit_seals SET head = decode(repeat('00', 32), 'hex') WHERE chain = 'a' AND first_seq = 1",
            What::BrokenBlock,
        ),
        ("DELETE FROM audit_checkpoints WHERE number = 2", What::RolledBack),
        ("UPDATE audit_checkpoints SET body = replace(body, 'events 4', 'events 5') WHERE number = 1", What::NotSigned),
        ("DELETE FROM audit_seals WHERE chain = 'a' AND first_seq = 1", What::NotInCheckpoint),
    ];
    let world = World::new().await;
    write(&world.test.db, "a", 4, true).await;
    world.sealer().seal_now().await.unwrap();
    write(&world.test.db, "a", 1, true).await;
    world.sealer().seal_now().await.unwrap();
    world.check_all().await.unwrap();
    let mut owner = world.owner().await;
    for (edit, what) in EDITS {
        sqlx::raw_sql(
            "CREATE TABLE kept_events AS TABLE audit_events; CREATE TABLE kept_seals AS TABLE audit_seals;
             CREATE TABLE kept_checkpoints AS TABLE audit_checkpoints",
        )
        .execute(&mut owner)
        .await
        .unwrap();
        let done = sqlx::query(AssertSqlSafe(edit)).execute(&mut owner).await.unwrap();
        assert!(done.rows_affected() > 0, "{edit}");
        for checked in [world.check_all().await, world.check_of("a").await] {
            let fault = checked.expect_err(edit);
            let of_event = matches!(what, What::Edited | What::Missing | What::Moved) && !edit.contains("ids");
            assert!(!of_event || fault.at.as_ref().is_some_and(|at| at.chain == "a" && at.seq == 3), "{edit}: {fault}");
            // A chain alone does not tell a block that is gone from events that are gone.
            let same = fault.what == what || what == What::NotInCheckpoint && fault.what == What::Missing;
            assert!(same, "{edit}: {fault:?}");
        }
        sqlx::raw_sql(
            "TRUNCATE audit_events, audit_seals, audit_checkpoints; INSERT INTO audit_events TABLE kept_events;
             INSERT INTO audit_seals TABLE kept_seals; INSERT INTO audit_checkpoints TABLE kept_checkpoints;
             DROP TABLE kept_events, kept_seals, kept_checkpoints",
        )
        .execute(&mut owner)
        .await
        .unwrap();
        world.check_all().await.unwrap();
    }
    // An event that was put where the sealer has already looked.
    sqlx::query(
        "INSERT INTO audit_events (id, occurred_at, tenant_id, actor_type, event_type, outcome)
         VALUES (-1, now(), 'a', 'system', 'ops.viewed', 'success')",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    world.sealer().seal_now().await.unwrap();
    assert_eq!(world.check_all().await.unwrap_err().what, What::Inserted);
}

#[tokio::test]
async fn the_runtime_role_adds_to_the_chains_and_changes_nothing() {
    let world = World::new().await;
    write(&world.test.db, "a", 1, true).await;
    world.sealer().seal_now().await.unwrap();
    for forbidden in [
        "UPDATE audit_seals SET head = head",
        "DELETE FROM audit_seals",
        "TRUNCATE audit_seals",
        "UPDATE audit_checkpoints SET body = body",
        "DELETE FROM audit_checkpoints",
        "INSERT INTO audit_checkpoints (number, body, public_key, signature, settled, sealed_at)
             VALUES (9, '', '', '', 0, now() - interval '1 year')",
        "INSERT INTO audit_events (id, occurred_at, actor_type, event_type, outcome)
             VALUES (0, now(), 'system', 'ops.viewed', 'success')",
        "SELECT setval('audit_events_number', 1)",
        "SELECT nexus_prune_audit(1)",
    ] {
        let mut tx = world.test.db.platform().await.unwrap();
        let error = sqlx::query(forbidden).execute(&mut *tx).await.expect_err(forbidden);
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "42501", "{forbidden}: {error}");
    }
    // Tenants see the chains of nobody.
    let mut tx = world.test.db.tenant(&tenant("a")).await.unwrap();
    let seen: i64 =
        sqlx::query_scalar("SELECT (SELECT count(*) FROM audit_seals) + (SELECT count(*) FROM audit_checkpoints)")
            .fetch_one(&mut *tx)
            .await
            .unwrap();
    assert_eq!(seen, 0);
}

#[tokio::test]
async fn retention_leaves_a_signed_record_and_what_remains_proves_itself() {
    let world = World { clock: Clock::manual(Clock::system().now()), ..World::new().await };
    let db = &world.test.db;
    write(db, "a", 3, true).await;
    write(db, "b", 1, true).await;
    world.sealer().seal_now().await.unwrap();
    write(db, "a", 2, true).await;
    world.sealer().seal_now().await.unwrap();
    // Not old enough, whatever the clock of the program says.
    world.clock.advance(TimeDelta::days(3));
    world.sealer().seal_now().await.unwrap();
    assert_eq!(world.check_all().await.unwrap().events, 6);

    let mut owner = world.owner().await;
    sqlx::query("UPDATE audit_checkpoints SET sealed_at = sealed_at - interval '3 days' WHERE number = 1")
        .execute(&mut owner)
        .await
        .unwrap();
    write(db, "a", 1, true).await;
    world.sealer().seal_now().await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_events").fetch_one(&mut owner).await.unwrap();
    assert_eq!(left, 3);
    let report = world.check_all().await.unwrap();
    assert_eq!((report.events, report.chains), (3, 2));
    assert_eq!(world.check_of("a").await.unwrap().events, 3);
    assert_eq!(world.check_of("b").await.unwrap().events, 0);
    // The chain goes on where it was.
    write(db, "b", 1, true).await;
    world.sealer().seal_now().await.unwrap();
    assert_eq!(world.check_of("b").await.unwrap().events, 1);

    // Whoever removes more than the record says is found out.
    sqlx::raw_sql(
        "DELETE FROM audit_seals WHERE checkpoint = 2; DELETE FROM audit_checkpoints WHERE number = 1;
         UPDATE audit_checkpoints SET pruned_through = 2 WHERE pruned_through = 1",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    assert!(world.check_all().await.is_err());
}

#[tokio::test]
async fn a_log_that_was_put_back_is_not_gone_on_with() {
    let world = World::new().await;
    write(&world.test.db, "a", 1, true).await;
    world.sealer().seal_now().await.unwrap();
    write(&world.test.db, "a", 1, true).await;
    world.sealer().seal_now().await.unwrap();
    let mut owner = world.owner().await;
    sqlx::raw_sql("DELETE FROM audit_checkpoints WHERE number = 2; DELETE FROM audit_seals WHERE checkpoint = 2")
        .execute(&mut owner)
        .await
        .unwrap();
    let refused = world.sealer().seal_now().await.unwrap_err();
    assert!(matches!(refused, SealError::Anchor(AnchorError::Conflict { number: 2, .. })), "{refused}");
    assert_eq!(world.check_all().await.unwrap_err().what, What::RolledBack);
    // Somebody has looked, and moved the file aside.
    fs::rename(world.file().path(), world.dir.path().join("evidence.jsonl")).unwrap();
    world.sealer().seal_now().await.unwrap();
    assert_eq!(world.check_all().await.unwrap().events, 2);
}

#[tokio::test]
async fn a_drawn_key_does_not_follow_another_and_a_chosen_one_does() {
    let mut world = World::new().await;
    write(&world.test.db, "a", 1, true).await;
    world.sealer().seal_now().await.unwrap();
    let other = || SigningKey::new("2b".repeat(32).into()).unwrap();
    write(&world.test.db, "a", 1, true).await;
    let first = Arc::clone(&world.key);
    world.key = Arc::new(other().drawn());
    assert!(matches!(world.sealer().seal_now().await.unwrap_err(), SealError::OtherKey));
    world.key = Arc::new(other());
    world.sealer().seal_now().await.unwrap();
    let newest = {
        let mut tx = world.test.db.platform().await.unwrap();
        seals::newest(&mut tx).await.unwrap().unwrap()
    };
    assert_eq!((newest.number, newest.signed.key.as_str()), (2, world.key.public()));
    let keys = vec![first.public().to_owned(), world.key.public().to_owned()];
    let mut export = Export::new(&world.test.db, Extent::default());
    let mut verifier = Verifier::new(Trust { keys, ..Trust::default() });
    while let Some(lines) = export.next().await.unwrap() {
        std::str::from_utf8(&lines).unwrap().lines().for_each(|line| verifier.line(line).unwrap());
    }
    assert_eq!(verifier.finish().unwrap().events, 2);
}

fn chance(below: u64) -> u64 {
    let mut bytes = [0; 8];
    clock::fill_random(&mut bytes);
    u64::from_be_bytes(bytes) % below
}

/// Eight writers, sealers that are stopped anywhere, and every event is in its chain once. `NEXUS_FAULT_ROUNDS` multiplies.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_and_dying_sealers_leave_a_log_that_verifies() {
    let factor: f64 = std::env::var("NEXUS_FAULT_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(1.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number of rounds")]
    let (events, kills) = ((250.0 * factor) as usize, (4.0 * factor) as usize);
    let world = World::new().await;
    let mut writers = JoinSet::new();
    for n in 0..8 {
        let db = world.test.db.clone();
        writers.spawn(async move {
            let (mut left, mut written) = (events, 0);
            while left > 0 {
                let many = usize::try_from(1 + chance(20)).unwrap().min(left);
                let commit = chance(10) > 0;
                write(&db, ["a", "b", "c"][n % 3], many, commit).await;
                if commit {
                    (left, written) = (left - many, written + many);
                }
            }
            written
        });
    }
    for _ in 0..kills {
        let stop = CancellationToken::new();
        let two = [world.sealer(), world.sealer()].map(|sealer| tokio::spawn(sealer.run(stop.clone())));
        tokio::time::sleep(Duration::from_millis(20 + chance(200))).await;
        for sealer in two {
            sealer.abort();
            let _ = sealer.await;
        }
    }
    let written: usize = writers.join_all().await.into_iter().sum();
    world.sealer().seal_now().await.unwrap();
    let report = world.check_all().await.unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(report.events, u64::try_from(written).unwrap());
    assert_eq!(report.anchored, report.checkpoints);
    println!("{written} events of 8 writers, {kills} sealers stopped: {} checkpoints verify", report.checkpoints);
}
