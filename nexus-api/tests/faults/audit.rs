//! `kill -9` of whoever seals: the log verifies all the same, by the commands that a stranger has.

use std::{process::Command, time::Duration};

use nexus_core::{
    audit::{self, Event, EventType},
    clock::Clock,
    op::Op,
    pg::{Db, PgSettings},
    principal::{Principal, Role},
    settings::Source,
};
use serde_json::Value;
use sqlx::PgConnection;
use tokio::task::JoinSet;

use crate::harness::{Home, chance, rounds, until};

const WRITERS: usize = 8;

/// Writes so many events, some of them in transactions that are given up.
async fn write(db: Db, writer: usize, events: usize) {
    let tenant = format!("t{}", writer % 3);
    let caller = Principal::vouched_for(tenant.parse().unwrap(), "u1".parse().unwrap(), Role::Editor);
    let op = Op::internal(Clock::system().now());
    let mut left = events;
    while left > 0 {
        let many = (1 + chance(40) as usize).min(left);
        let events: Vec<Event> = (0..many)
            .map(|n| Event::by(&op, &caller, EventType::DocumentsDeleted).resource("document", &n.to_string()))
            .collect();
        let mut tx = db.tenant(&caller.tenant).await.unwrap();
        audit::record_all(&mut tx, &events).await.unwrap();
        if chance(10) > 0 {
            tx.commit().await.unwrap();
            left -= many;
        }
        tokio::time::sleep(Duration::from_millis(chance(10))).await;
    }
}

async fn unsealed(url: &str) -> i64 {
    let mut owner: PgConnection = nexus_core::pg::testing::connect(&url.to_owned().into()).await;
    sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM audit_events) - (SELECT coalesce(sum(cardinality(ids)), 0)::bigint FROM audit_seals)",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap()
}

/// Exports and checks as somebody would who has the file of checkpoints and the public key.
fn verify(home: &Home) -> (Option<i32>, Value) {
    let path = |name: &str| home.dir.path().join(name).to_str().unwrap().to_owned();
    let (log, kept) = (path("log.jsonl"), path("audit/checkpoints.jsonl"));
    let key = home.command(&["audit", "key"]).output().unwrap();
    let key = String::from_utf8(key.stdout).unwrap().trim().to_owned();
    let exported = home.command(&["audit", "export", "--out", &log]).output().unwrap();
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let checked =
        home.command(&["--json", "audit", "verify", &log, "--key", &key, "--checkpoints", &kept]).output().unwrap();
    let said = serde_json::from_slice(&checked.stdout);
    (checked.status.code(), said.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&checked.stderr))))
}

/// The same by a program that was written from the description of the format alone.
fn verify_otherwise(home: &Home) -> (Option<i32>, String) {
    let path = |name: &str| home.dir.path().join(name);
    let key = home.command(&["audit", "key"]).output().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/verify-audit.py");
    let done = Command::new("python3")
        .arg(script)
        .arg(path("log.jsonl"))
        .arg(String::from_utf8(key.stdout).unwrap().trim())
        .arg(path("audit/checkpoints.jsonl"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (done.status.code(), said)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_the_dying_sealed_verifies_and_a_change_to_it_does_not() {
    let (kills, each) = (rounds(2), rounds(1250));
    let home = Home::new().await.with("AUDIT_CHECKPOINT_SECONDS", "1");
    let url = home.database_url();
    let db = Db::new(&PgSettings::read(url.clone().into(), &mut Source::default())).unwrap();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write(db.clone(), writer, each));
    }
    for _ in 0..kills {
        let server = home.start(&[]).await;
        tokio::time::sleep(Duration::from_millis(chance(1500))).await;
        server.kill();
    }
    writers.join_all().await;
    let server = home.start(&[]).await;
    until("everything is sealed", 60, || async { unsealed(&url).await == 0 }).await;
    server.terminate().await;

    let (code, report) = verify(&home);
    assert_eq!((code, &report["valid"]), (Some(0), &Value::Bool(true)), "{report}");
    assert!(report["events"].as_u64().unwrap() >= (WRITERS * each) as u64, "{report}");
    assert_eq!(report["anchored"], report["checkpoints"], "every checkpoint is in the file: {report}");
    println!("{kills} kills of the sealer, 8 writers: {report}");

    let (code, said) = verify_otherwise(&home);
    assert!(code == Some(0) && said.contains(&format!("{} events", report["events"])), "{said}");

    let mut owner: PgConnection = nexus_core::pg::testing::connect(&url.into()).await;
    let id: i64 = sqlx::query_scalar(
        "UPDATE audit_events SET resource_id = 'x'
         WHERE id = (SELECT id FROM audit_events WHERE tenant_id = 't1' ORDER BY id OFFSET 100 LIMIT 1) RETURNING id",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    let (code, found) = verify(&home);
    assert_eq!((code, found["what"].as_str(), found["id"].as_i64()), (Some(3), Some("edited"), Some(id)), "{found}");
    let (code, said) = verify_otherwise(&home);
    assert!(code == Some(3) && said.contains(&format!("id {id} was edited")), "{said}");
}
