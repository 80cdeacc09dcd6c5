//! Jobs on a real database: who may work on what, and what survives failures.
#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use nexus_core::{
    clock::Clock,
    id::TenantId,
    job::{self, Handler, JobError, JobId, JobSettings, Lease, NewJob, Worker},
    pg::{
        Db, TenantTx,
        changes::Changes,
        testing::{TestDb, connect, database},
    },
    shared::{Shared, SharedSettings},
};
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const QUEUE: &str = "q";
const MINUTE: Duration = Duration::from_mins(1);

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

async fn with_tenants(names: &[&str]) -> TestDb {
    let test = database().await;
    let mut tx = test.db.platform().await.unwrap();
    for name in names {
        sqlx::query("INSERT INTO tenants (id, name) VALUES ($1, $1)").bind(name).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    test
}

async fn enqueue(db: &Db, name: &str) -> JobId {
    let mut tx = db.tenant(&tenant(name)).await.unwrap();
    let id = job::enqueue(&mut tx, &NewJob::new(&tenant(name), QUEUE, "work", json!({"n": 1}), 3)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn claim_as(db: &Db, worker: &str) -> Option<Lease> {
    let mut tx = db.platform().await.unwrap();
    let lease = job::claim(&mut tx, QUEUE, worker, MINUTE, &["work"]).await.unwrap();
    tx.commit().await.unwrap();
    lease
}

async fn claim(db: &Db) -> Option<Lease> {
    claim_as(db, "w1").await
}

async fn reclaim(db: &Db) -> u64 {
    let mut tx = db.platform().await.unwrap();
    let taken = job::reclaim(&mut tx, QUEUE).await.unwrap();
    tx.commit().await.unwrap();
    taken
}

/// Moves time for the rows of jobs: every lease has lapsed, every pause is over.
async fn let_time_pass(test: &TestDb) {
    let mut owner = connect(&test.url).await;
    sqlx::query("UPDATE jobs SET lease_until = lease_until - interval '1 day', run_at = run_at - interval '1 day'")
        .execute(&mut owner)
        .await
        .unwrap();
}

async fn state(test: &TestDb, id: JobId) -> (String, i32, Option<String>) {
    let mut owner = connect(&test.url).await;
    sqlx::query_as("SELECT state, attempt, last_error FROM jobs WHERE id = $1")
        .bind(id.0)
        .fetch_one(&mut owner)
        .await
        .unwrap()
}

async fn until<F: Future<Output = bool>>(what: &str, check: impl Fn() -> F) {
    let wait = async {
        while !check().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.unwrap_or_else(|_| panic!("never happened: {what}"));
}

#[tokio::test]
async fn a_job_vanishes_with_the_transaction_that_wanted_it() {
    let test = with_tenants(&["a"]).await;
    let mut tx = test.db.tenant(&tenant("a")).await.unwrap();
    job::enqueue(&mut tx, &NewJob::new(&tenant("a"), QUEUE, "work", json!({}), 3)).await.unwrap();
    drop(tx);
    assert_eq!(claim(&test.db).await, None);
    enqueue(&test.db, "a").await;
    assert!(claim(&test.db).await.is_some());
}

#[tokio::test]
async fn a_tenant_cannot_enqueue_for_another() {
    let test = with_tenants(&["a", "b"]).await;
    let mut tx = test.db.tenant(&tenant("a")).await.unwrap();
    assert!(job::enqueue(&mut tx, &NewJob::new(&tenant("b"), QUEUE, "work", json!({}), 3)).await.is_err());
}

#[tokio::test]
async fn a_job_waits_for_its_delay_and_for_a_worker_that_knows_its_kind() {
    let test = with_tenants(&["a"]).await;
    let mut tx = test.db.tenant(&tenant("a")).await.unwrap();
    let later = NewJob { delay: MINUTE, ..NewJob::new(&tenant("a"), QUEUE, "work", json!({}), 3) };
    job::enqueue(&mut tx, &later).await.unwrap();
    job::enqueue(&mut tx, &NewJob::new(&tenant("a"), QUEUE, "news", json!({}), 3)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(claim(&test.db).await, None);
    let_time_pass(&test).await;
    assert_eq!(claim(&test.db).await.unwrap().kind, "work");
    assert_eq!(claim(&test.db).await, None);
}

#[tokio::test]
async fn many_workers_never_hold_one_job_at_once() {
    let test = with_tenants(&["a", "b"]).await;
    for i in 0..40 {
        enqueue(&test.db, if i % 3 == 0 { "a" } else { "b" }).await;
    }
    let workers = (0..6).map(|w| {
        let db = test.db.clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            while let Some(lease) = claim_as(&db, &format!("w{w}")).await {
                mine.push(lease.id);
            }
            mine
        })
    });
    let mut all: Vec<JobId> = futures::future::join_all(workers).await.into_iter().flat_map(Result::unwrap).collect();
    // A worker that found its candidates locked stops early; the rest is still there.
    while let Some(lease) = claim(&test.db).await {
        all.push(lease.id);
    }
    assert_eq!(all.len(), 40);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 40);
}

#[tokio::test]
async fn a_stale_holder_changes_nothing() {
    let test = with_tenants(&["a"]).await;
    let id = enqueue(&test.db, "a").await;
    let stale = claim_as(&test.db, "w1").await.unwrap();
    assert_eq!(reclaim(&test.db).await, 0);
    let_time_pass(&test).await;
    assert_eq!(reclaim(&test.db).await, 1);
    let fresh = claim_as(&test.db, "w1").await.unwrap();
    assert_eq!((fresh.id, fresh.attempt), (id, 2));

    let mut tx = test.db.tenant(&tenant("a")).await.unwrap();
    assert!(matches!(job::renew(&mut tx, &stale, MINUTE).await, Err(JobError::Fenced)));
    assert!(matches!(job::complete(&mut tx, &stale).await, Err(JobError::Fenced)));
    assert!(matches!(job::retry(&mut tx, &stale, "x", MINUTE).await, Err(JobError::Fenced)));
    assert!(matches!(job::bury(&mut tx, &stale, "x").await, Err(JobError::Fenced)));
    assert!(matches!(job::release(&mut tx, &stale).await, Err(JobError::Fenced)));
    job::renew(&mut tx, &fresh, MINUTE).await.unwrap();
    job::complete(&mut tx, &fresh).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(state(&test, id).await.0, "succeeded");

    // A job ends once, even for its holder.
    let mut tx = test.db.tenant(&tenant("a")).await.unwrap();
    assert!(matches!(job::complete(&mut tx, &fresh).await, Err(JobError::Fenced)));
}

#[tokio::test]
async fn completion_and_effect_are_one() {
    let test = with_tenants(&["a"]).await;
    let id = enqueue(&test.db, "a").await;
    let lease = claim(&test.db).await.unwrap();
    let mut tx = test.db.tenant(&tenant("a")).await.unwrap();
    job::complete(&mut tx, &lease).await.unwrap();
    drop(tx);
    assert_eq!(state(&test, id).await.0, "running");
}

#[tokio::test]
async fn a_released_job_is_taken_at_once_and_loses_no_attempt() {
    let test = with_tenants(&["a"]).await;
    let id = enqueue(&test.db, "a").await;
    for n in 1..=5 {
        let lease = claim(&test.db).await.unwrap();
        assert_eq!((lease.id, lease.attempt, lease.max_attempts - lease.attempt), (id, n, 2));
        let mut tx = test.db.tenant(&tenant("a")).await.unwrap();
        job::release(&mut tx, &lease).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_flood_of_one_tenant_delays_another_by_one_job() {
    let test = with_tenants(&["flood", "late", "zeta"]).await;
    for _ in 0..30 {
        enqueue(&test.db, "flood").await;
    }
    enqueue(&test.db, "late").await;
    enqueue(&test.db, "zeta").await;
    // One at a time: whoever was served longest ago comes next.
    let mut order = Vec::new();
    for _ in 0..4 {
        let lease = claim(&test.db).await.unwrap();
        order.push(lease.tenant.to_string());
        let mut tx = test.db.tenant(&lease.tenant).await.unwrap();
        job::complete(&mut tx, &lease).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(order, ["flood", "late", "zeta", "flood"]);

    // Side by side: whoever has the fewest running comes next.
    for name in ["late", "late", "zeta", "zeta"] {
        enqueue(&test.db, name).await;
    }
    let mut running = BTreeMap::new();
    for _ in 0..6 {
        *running.entry(claim(&test.db).await.unwrap().tenant.to_string()).or_insert(0) += 1;
    }
    assert_eq!(running.into_values().collect::<Vec<_>>(), [2, 2, 2]);
}

#[tokio::test]
async fn only_old_finished_jobs_are_removed() {
    let test = with_tenants(&["a"]).await;
    let done = enqueue(&test.db, "a").await;
    let lease = claim(&test.db).await.unwrap();
    assert_eq!(lease.id, done);
    let mut tx = test.db.tenant(&tenant("a")).await.unwrap();
    job::complete(&mut tx, &lease).await.unwrap();
    tx.commit().await.unwrap();
    enqueue(&test.db, "a").await;
    for (age, gone) in [(Duration::from_hours(1), 0), (Duration::ZERO, 1), (Duration::ZERO, 0)] {
        let mut tx = test.db.platform().await.unwrap();
        assert_eq!(job::prune(&mut tx, age).await.unwrap(), gone);
        tx.commit().await.unwrap();
    }
    let mut tx = test.db.platform().await.unwrap();
    let stats = job::stats(&mut tx, QUEUE).await.unwrap();
    assert_eq!((stats.queued, stats.running, stats.dead), (1, 0, 0));
}

#[tokio::test]
async fn a_claim_reads_little_however_long_the_queue_is() {
    let test = with_tenants(&["a", "b", "c"]).await;
    let mut owner = connect(&test.url).await;
    sqlx::query(
        "INSERT INTO jobs (id, tenant_id, queue, kind, payload, max_attempts)
         SELECT gen_random_uuid(), (ARRAY['a','b','c'])[1 + n % 3], 'q', 'work', '{}', 3 FROM generate_series(1, 20000) n",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    let mut tx = test.db.platform().await.unwrap();
    let explain = concat!("EXPLAIN (ANALYZE, BUFFERS) ", include_str!("../src/job/sql/claim.sql"));
    let plan: Vec<String> = sqlx::query_scalar(explain)
        .bind(QUEUE)
        .bind("w")
        .bind(60.0)
        .bind(["work"].as_slice())
        .fetch_all(&mut *tx)
        .await
        .unwrap();
    // The first line about buffers is that of the whole statement.
    let read = plan.iter().find_map(|line| line.split_once("shared hit=")).unwrap().1;
    let pages: u32 = read.split(' ').next().unwrap().parse().unwrap();
    assert!(pages < 200, "{}", plan.join("\n"));
}

// The worker ----------------------------------------------------------------------------------------------------------

/// Does what its name in the payload says.
#[derive(Default)]
struct Work {
    started: AtomicU32,
    ended: AtomicU32,
    most: AtomicU32,
    gave_up: AtomicU32,
    mode: Mode,
    go: Notify,
}

#[derive(Default, Clone, Copy)]
enum Mode {
    #[default]
    Succeed,
    CompleteItself(&'static Db),
    Fail,
    Panic,
    Block,
}

struct Shares(Arc<Work>);

impl Handler for Shares {
    fn kind(&self) -> &'static str {
        "work"
    }

    fn run<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(async move {
            let work = &self.0;
            let now = work.started.fetch_add(1, Ordering::SeqCst) + 1 - work.ended.load(Ordering::SeqCst);
            work.most.fetch_max(now, Ordering::SeqCst);
            let result = match work.mode {
                Mode::Succeed => Ok(()),
                Mode::CompleteItself(db) => {
                    let mut tx = db.tenant(&lease.tenant).await?;
                    job::complete(&mut tx, lease).await?;
                    Ok(tx.commit().await?)
                }
                Mode::Fail => Err(JobError::Retry("not today".into())),
                Mode::Panic => panic!("a defect"),
                Mode::Block => {
                    work.go.notified().await;
                    Ok(())
                }
            };
            work.ended.fetch_add(1, Ordering::SeqCst);
            result
        })
    }

    fn gave_up<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        _lease: &'a Lease,
        error: &'a str,
    ) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(async move {
            self.0.gave_up.fetch_add(1, Ordering::SeqCst);
            sqlx::query("INSERT INTO corpora (tenant_id, id, name, provider_config_json, embedding_model, embedding_dimension) VALUES ($1, 'witness', $2, '{}', 'm', 1)")
                .bind(tx.tenant().clone())
                .bind(error)
                .execute(&mut **tx)
                .await
                .map_err(nexus_core::pg::DbError::from)?;
            Ok(())
        })
    }
}

struct Started {
    work: Arc<Work>,
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<()>,
    shared: Shared,
}

fn settings() -> JobSettings {
    JobSettings { poll: Duration::from_millis(50), backoff: Duration::ZERO, concurrency: 2, ..JobSettings::default() }
}

fn start(test: &TestDb, mode: Mode, settings: JobSettings) -> Started {
    let work = Arc::new(Work { mode, ..Work::default() });
    let (stop, shared) = (CancellationToken::new(), Shared::local(&SharedSettings::default()));
    let worker =
        Worker::new(QUEUE, test.db.clone(), shared.clone(), Clock::system(), settings).with(Shares(Arc::clone(&work)));
    let (changes, ending) = (Changes::listen(&test.db, stop.clone()), stop.clone());
    let ended = tokio::spawn(async move { worker.run(&changes, ending).await });
    Started { work, stop, ended, shared }
}

async fn count(test: &TestDb, state: &str) -> i64 {
    let mut owner = connect(&test.url).await;
    sqlx::query_scalar("SELECT count(*) FROM jobs WHERE state = $1").bind(state).fetch_one(&mut owner).await.unwrap()
}

#[tokio::test]
async fn a_worker_runs_what_is_enqueued_within_its_bound_and_says_that_it_lives() {
    let test = with_tenants(&["a", "b"]).await;
    let worker = start(&test, Mode::Succeed, settings());
    for i in 0..20 {
        enqueue(&test.db, if i % 2 == 0 { "a" } else { "b" }).await;
    }
    until("all jobs are done", || async { count(&test, "succeeded").await == 20 }).await;
    assert!(worker.work.most.load(Ordering::SeqCst) <= 2);
    assert_eq!(worker.work.started.load(Ordering::SeqCst), 20);
    until("a heartbeat", || async { job::last_heartbeat(&worker.shared).await.unwrap().is_some() }).await;
    worker.stop.cancel();
    worker.ended.await.unwrap();
}

#[tokio::test]
async fn a_notification_wakes_a_worker_that_never_polls() {
    let test = with_tenants(&["a"]).await;
    let worker = start(&test, Mode::Succeed, JobSettings { poll: Duration::from_hours(1), ..settings() });
    // The first round finds nothing; from then on only a notification can help.
    tokio::time::sleep(Duration::from_millis(300)).await;
    enqueue(&test.db, "a").await;
    until("the job is done", || async { count(&test, "succeeded").await == 1 }).await;
    worker.stop.cancel();
    worker.ended.await.unwrap();
}

#[tokio::test]
async fn a_handler_may_complete_its_job_itself() {
    let test = with_tenants(&["a"]).await;
    let db: &'static Db = Box::leak(Box::new(test.db.clone()));
    let worker = start(&test, Mode::CompleteItself(db), settings());
    enqueue(&test.db, "a").await;
    until("the job is done", || async { count(&test, "succeeded").await == 1 }).await;
    worker.stop.cancel();
    worker.ended.await.unwrap();
    assert_eq!(worker.work.started.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn failures_and_panics_are_retried_and_then_given_up_in_one_transaction() {
    for (mode, expected) in [(Mode::Fail, "not today"), (Mode::Panic, "The handler panicked.")] {
        let test = with_tenants(&["a"]).await;
        let worker = start(&test, mode, settings());
        let id = enqueue(&test.db, "a").await;
        until("the job is dead", || async { count(&test, "dead").await == 1 }).await;
        worker.stop.cancel();
        worker.ended.await.unwrap();
        assert_eq!(worker.work.started.load(Ordering::SeqCst), 3);
        assert_eq!(worker.work.gave_up.load(Ordering::SeqCst), 1);
        assert_eq!(state(&test, id).await, ("dead".into(), 3, Some(expected.into())));
        let mut owner = connect(&test.url).await;
        let witness: String =
            sqlx::query_scalar("SELECT name FROM corpora WHERE id = 'witness'").fetch_one(&mut owner).await.unwrap();
        assert_eq!(witness, expected);
    }
}

#[tokio::test]
async fn a_job_whose_workers_all_died_is_given_up() {
    let test = with_tenants(&["a"]).await;
    let id = enqueue(&test.db, "a").await;
    // A worker that dies does not use up an attempt, but not for ever: the job may be what kills it.
    let mut deaths = 0;
    while !claim(&test.db).await.unwrap().is_exhausted() {
        deaths += 1;
        let_time_pass(&test).await;
        assert_eq!(reclaim(&test.db).await, 1);
        assert!(deaths < 30);
    }
    assert!(deaths > 20, "{deaths}");
    let_time_pass(&test).await;
    assert_eq!(reclaim(&test.db).await, 1);
    let worker = start(&test, Mode::Succeed, settings());
    until("the job is dead", || async { count(&test, "dead").await == 1 }).await;
    worker.stop.cancel();
    worker.ended.await.unwrap();
    assert_eq!(worker.work.started.load(Ordering::SeqCst), 0);
    assert_eq!(worker.work.gave_up.load(Ordering::SeqCst), 1);
    assert_eq!(state(&test, id).await.2.unwrap(), "The worker stopped without a result.");
}

#[tokio::test]
async fn a_crash_is_survived_by_another_worker() {
    let test = with_tenants(&["a"]).await;
    let id = enqueue(&test.db, "a").await;
    let crashed = start(&test, Mode::Block, settings());
    until("the job runs", || async { crashed.work.started.load(Ordering::SeqCst) == 1 }).await;
    // The worker never runs again: nothing is completed, renewed or given back.
    crashed.ended.abort();
    let worker = start(&test, Mode::Succeed, settings());
    let_time_pass(&test).await;
    until("the job is done", || async { count(&test, "succeeded").await == 1 }).await;
    assert_eq!(state(&test, id).await.1, 2);
    worker.stop.cancel();
    worker.ended.await.unwrap();
}

#[tokio::test]
async fn a_handler_whose_lease_was_taken_is_stopped() {
    let test = with_tenants(&["a"]).await;
    let id = enqueue(&test.db, "a").await;
    let quick = JobSettings { lease: Duration::from_millis(600), poll: Duration::from_hours(1), ..settings() };
    let worker = start(&test, Mode::Block, quick);
    until("the job runs", || async { worker.work.started.load(Ordering::SeqCst) == 1 }).await;
    let mut owner = connect(&test.url).await;
    sqlx::query("UPDATE jobs SET attempt = 2, leased_by = 'thief', lease_until = now() + interval '1 hour'")
        .execute(&mut owner)
        .await
        .unwrap();
    worker.stop.cancel();
    // The handler never ends by itself, so that only the lost lease can end the drain before its time.
    let in_time = tokio::time::timeout(settings().drain / 2, worker.ended).await;
    in_time.expect("the handler is stopped").unwrap();
    assert_eq!(state(&test, id).await, ("running".into(), 2, None));
}

#[tokio::test]
async fn a_lease_is_renewed_for_as_long_as_the_handler_runs() {
    let test = with_tenants(&["a"]).await;
    enqueue(&test.db, "a").await;
    let worker = start(&test, Mode::Block, JobSettings { lease: Duration::from_millis(600), ..settings() });
    until("the job runs", || async { worker.work.started.load(Ordering::SeqCst) == 1 }).await;
    let other = start(&test, Mode::Succeed, settings());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(other.work.started.load(Ordering::SeqCst), 0);
    worker.work.go.notify_one();
    until("the job is done", || async { count(&test, "succeeded").await == 1 }).await;
    for w in [worker, other] {
        w.stop.cancel();
        w.ended.await.unwrap();
    }
}

#[tokio::test]
async fn shutdown_lets_jobs_finish_and_gives_back_the_rest() {
    let test = with_tenants(&["a"]).await;
    // Two slots: one job ends during the drain, the other does not.
    let (first, second) = (enqueue(&test.db, "a").await, enqueue(&test.db, "a").await);
    let worker = start(&test, Mode::Block, JobSettings { drain: Duration::from_secs(1), ..settings() });
    until("both run", || async { worker.work.started.load(Ordering::SeqCst) == 2 }).await;
    worker.stop.cancel();
    worker.work.go.notify_one();
    worker.ended.await.unwrap();
    let mut states = [state(&test, first).await.0, state(&test, second).await.0];
    states.sort();
    assert_eq!(states, ["queued", "succeeded"]);
    assert!(claim(&test.db).await.is_some(), "the job that was given back can be taken at once");
}
