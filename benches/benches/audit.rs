//! How fast events come into the audit log, into its chains, and through the check of a stranger.
//!
//! `cargo bench --workspace --bench audit`, with a database (`scripts/with-services.sh`).

#![allow(
    clippy::unwrap_used,
    clippy::similar_names,
    clippy::missing_docs_in_private_items,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a benchmark"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use nexus_core::{
    audit::{self, AnchorFile, AuditSettings, Event, EventType, Export, Extent, Sealer, SigningKey, Trust, Verifier},
    clock::Clock,
    op::Op,
    pg::{
        Db,
        testing::{self, TestDb},
    },
    principal::{Principal, Role},
};
use tokio_util::sync::CancellationToken;

const WRITERS: usize = 4;
/// Events of one transaction, as the queue of the server writes them.
const GROUP: usize = 100;

fn event(tenant: &str, op: &Op) -> Event {
    let caller = Principal::vouched_for(tenant.parse().unwrap(), "u1".parse().unwrap(), Role::Editor);
    Event::by(op, &caller, EventType::AuthAccessSuccess).route("POST", "/v1/corpora/{corpus_id}/search")
}

/// Writes so many events from several connections; how many a second.
async fn append(db: &Db, events: usize) -> f64 {
    let began = Instant::now();
    let writers = (0..WRITERS).map(|writer| {
        let db = db.clone();
        tokio::spawn(async move {
            let ip = Some("192.0.2.7".parse().unwrap());
            let op = Op { ip, user_agent: Some("bench/1".into()), ..Op::internal(Clock::system().now()) };
            for group in 0..events / WRITERS / GROUP {
                let tenant = format!("t{}", (writer + group) % 50);
                let events: Vec<Event> = (0..GROUP).map(|_| event(&tenant, &op)).collect();
                let mut tx = db.platform().await.unwrap();
                audit::record_all(&mut tx, &events).await.unwrap();
                tx.commit().await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    events as f64 / began.elapsed().as_secs_f64()
}

fn sealer(test: &TestDb, dir: &tempfile::TempDir) -> (Sealer, String) {
    let key = Arc::new(SigningKey::new("2a".repeat(32).into()).unwrap());
    let public = key.public().to_owned();
    let settings = AuditSettings { every: Duration::ZERO, ..AuditSettings::default() };
    let file = AnchorFile::new(dir.path().join("checkpoints.jsonl"));
    (Sealer::new(&test.db, key, file, &Clock::system(), &settings), public)
}

#[tokio::main]
async fn main() {
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let (warm, events) = (10_000, 200_000);
    let plain = testing::database().await;
    append(&plain.db, warm).await;
    let alone = append(&plain.db, events).await;
    println!("append, nobody seals: {alone:.0} events a second");

    let test = testing::database().await;
    let dir = tempfile::tempdir().unwrap();
    let (sealer, key) = sealer(&test, &dir);
    let stop = CancellationToken::new();
    let sealing = tokio::spawn(sealer.clone().run(stop.clone()));
    append(&test.db, warm).await;
    let began = Instant::now();
    let beside = append(&test.db, events).await;
    println!("append, sealed meanwhile: {beside:.0} events a second, {:.2} of the rate alone", beside / alone);
    stop.cancel();
    sealing.await.unwrap();
    sealer.seal_now().await.unwrap();
    let both = events as f64 / began.elapsed().as_secs_f64();
    println!("append and seal, to the last event: {both:.0} events a second");

    let other = tempfile::tempdir().unwrap();
    let (behind, _) = self::sealer(&plain, &other);
    let began = Instant::now();
    behind.seal_now().await.unwrap();
    println!("seal what waits: {:.0} events a second", (warm + events) as f64 / began.elapsed().as_secs_f64());

    let mut export = Export::new(&test.db, Extent::default());
    let began = Instant::now();
    let mut lines = Vec::new();
    while let Some(some) = export.next().await.unwrap() {
        lines.extend_from_slice(&some);
    }
    println!("export: {:.0} events a second", export.events() as f64 / began.elapsed().as_secs_f64());
    let text = String::from_utf8(lines).unwrap();
    for _ in 0..3 {
        let mut verifier = Verifier::new(Trust { keys: vec![key.clone()], ..Trust::default() });
        let began = Instant::now();
        text.lines().for_each(|line| verifier.line(line).unwrap());
        let report = verifier.finish().unwrap();
        let rate = report.events as f64 / began.elapsed().as_secs_f64();
        let (events, checkpoints) = (report.events, report.checkpoints);
        println!("verify: {rate:.0} events a second ({events} events, {checkpoints} checkpoints, one thread)");
    }
}
