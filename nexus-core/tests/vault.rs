//! Keys of tenants on a real database: how they come to be, what is sealed with them, and how they are replaced.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt as _, future::BoxFuture};
use nexus_core::{
    clock::{Clock, fresh_uuid},
    crypto::{
        Binding, CryptoSettings, FailMode, Key,
        kms::{KeyName, Kms, KmsError, KmsProvider, LocalKms, MasterKey},
        rotation::{QUEUE, Reseal, ResealError, RotationHandler, RotationStatus, Rotations, Step, Wish},
        vault::{self, KeyStatus, LiveKey, SealedObject, Sealing, Vault, VaultError},
    },
    id::{TenantId, UserId},
    job::{self, Handler as _, Lease},
    op::Op,
    pg::{
        Db, DbError, TenantTx,
        testing::{TestDb, connect, database},
    },
    principal::{Principal, Role},
    problem::{Code, Problem as _},
};
use uuid::Uuid;

/// A service that counts what it is asked and can be away.
#[derive(Debug)]
struct Counting {
    kms: LocalKms,
    unwraps: AtomicUsize,
    away: AtomicBool,
}

impl Counting {
    fn new() -> Arc<Self> {
        let master = MasterKey::parse(&"a master key that only tests use".to_owned().into()).unwrap();
        Arc::new(Self { kms: LocalKms::new(master, None), unwraps: AtomicUsize::new(0), away: AtomicBool::new(false) })
    }

    fn go_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    fn is_there(&self) -> Result<(), KmsError> {
        let away = self.away.load(Ordering::SeqCst);
        if away { Err(KmsError::Unavailable { reason: "away".into(), retry_after: None }) } else { Ok(()) }
    }
}

impl Kms for Counting {
    fn provider(&self) -> KmsProvider {
        KmsProvider::Local
    }
    fn reference(&self, name: &KeyName) -> String {
        self.kms.reference(name)
    }
    fn wrap<'a>(&'a self, name: &'a KeyName, key: &'a Key) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
        async {
            self.is_there()?;
            self.kms.wrap(name, key).await
        }
        .boxed()
    }
    fn unwrap<'a>(&'a self, name: &'a KeyName, wrapped: &'a [u8]) -> BoxFuture<'a, Result<Key, KmsError>> {
        async {
            self.unwraps.fetch_add(1, Ordering::SeqCst);
            self.is_there()?;
            self.kms.unwrap(name, wrapped).await
        }
        .boxed()
    }
}

fn tenant(name: &str) -> TenantId {
    name.parse().unwrap()
}

async fn tenants(names: &[&str]) -> TestDb {
    let test = database().await;
    let mut tx = test.db.platform().await.unwrap();
    for name in names {
        sqlx::query("INSERT INTO tenants (id, name) VALUES ($1, $1)").bind(name).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    test
}

fn op() -> Op {
    Op::internal(Clock::system().now())
}

fn place<'a>(tenant: &'a str, id: &'a str, version: u64) -> Binding<'a> {
    Binding { tenant, kind: "note", id, field: "text", version }
}

async fn seal(vault: &Vault, of: &str, id: &str) -> (Vec<u8>, Uuid) {
    match vault.seal(&op(), &tenant(of), &place(of, id, 1), b"a text").await.unwrap() {
        Sealing::Sealed { bytes, key } => (bytes, key),
        Sealing::Plain => panic!("it was not sealed"),
    }
}

#[tokio::test]
async fn the_first_key_is_made_once_and_each_tenant_has_its_own() {
    let test = tenants(&["a", "b"]).await;
    let kms = Counting::new();
    let vault = Vault::new(&test.db, Some(kms.clone()), CryptoSettings::default());
    let names: Vec<String> = (0..12).map(|n| format!("n{n}")).collect();
    let sealed = futures::future::join_all(names.iter().map(|id| seal(&vault, "a", id))).await;
    assert!(sealed.iter().all(|(_, key)| *key == sealed[0].1));
    let keys = vault::keys(&test.db, &tenant("a")).await.unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!((keys[0].version, keys[0].status, keys[0].id), (1, KeyStatus::Active, sealed[0].1));
    assert_eq!(keys[0].reference, "local://a/tenant-master/v1");
    assert!(vault::keys(&test.db, &tenant("b")).await.unwrap().is_empty());
    for (id, (bytes, _)) in names.iter().zip(&sealed) {
        assert_eq!(vault.open(&tenant("a"), &place("a", id, 1), bytes).await.unwrap(), b"a text");
        let refused = vault.open(&tenant("b"), &place("b", id, 1), bytes).await.unwrap_err();
        assert_eq!(refused.code().as_str(), "DECRYPTION_FAILED");
    }
    let (of_b, _) = seal(&vault, "b", "n0").await;
    assert!(vault.open(&tenant("a"), &place("b", "n0", 1), &of_b).await.is_err());
    let events: Vec<String> =
        sqlx::query_scalar("SELECT event_type FROM audit_events WHERE tenant_id = 'a' ORDER BY id")
            .fetch_all(&mut connect(&test.url).await)
            .await
            .unwrap();
    assert_eq!(events, ["crypto.key.created", "crypto.key.activated"]);
}

#[tokio::test]
async fn a_service_that_is_away_holds_up_nobody_whose_key_is_known() {
    let test = tenants(&["a", "b"]).await;
    let kms = Counting::new();
    let vault = Vault::new(&test.db, Some(kms.clone()), CryptoSettings::default());
    let (sealed, _) = seal(&vault, "a", "n").await;
    let asked = kms.unwraps.load(Ordering::SeqCst);
    assert_eq!(vault.health().await, Some(Ok(())));
    let asked = asked + 1;
    kms.go_away(true);
    for _ in 0..20 {
        vault.open(&tenant("a"), &place("a", "n", 1), &sealed).await.unwrap();
        seal(&vault, "a", "m").await;
    }
    assert_eq!(kms.unwraps.load(Ordering::SeqCst), asked, "the key is remembered");
    let error = vault.seal(&op(), &tenant("b"), &place("b", "n", 1), b"text").await.unwrap_err();
    assert_eq!(error.code().as_str(), "KMS_UNAVAILABLE");
    // Another process knows no key.
    let other = Vault::new(&test.db, Some(kms.clone()), CryptoSettings::default());
    assert!(matches!(other.health().await, Some(Err(KmsError::Unavailable { .. }))));
    let error = other.open(&tenant("a"), &place("a", "n", 1), &sealed).await.unwrap_err();
    assert_eq!(error.code().as_str(), "KMS_UNAVAILABLE");
    kms.go_away(false);
    other.open(&tenant("a"), &place("a", "n", 1), &sealed).await.unwrap();
    // Nothing is remembered where nothing may be.
    let forgetful = CryptoSettings { cache_for: Duration::ZERO, ..CryptoSettings::default() };
    let forgetful = Vault::new(&test.db, Some(kms.clone()), forgetful);
    let asked = kms.unwraps.load(Ordering::SeqCst);
    for _ in 0..3 {
        forgetful.open(&tenant("a"), &place("a", "n", 1), &sealed).await.unwrap();
    }
    assert!(kms.unwraps.load(Ordering::SeqCst) >= asked + 2);
}

#[tokio::test]
async fn what_cannot_be_sealed_is_refused_unless_the_settings_say_otherwise() {
    let test = tenants(&["a"]).await;
    let kms = Counting::new();
    kms.go_away(true);
    let outcome = async |enabled, required, fail_mode| {
        let settings = CryptoSettings { enabled, required, fail_mode, ..CryptoSettings::default() };
        let vault = Vault::new(&test.db, Some(kms.clone()), settings);
        match vault.seal(&op(), &tenant("a"), &place("a", "n", 1), b"text").await {
            Ok(Sealing::Plain) => "plain".to_owned(),
            Ok(Sealing::Sealed { .. }) => "sealed".to_owned(),
            Err(error) => error.code().as_str().to_owned(),
        }
    };
    assert_eq!(outcome(true, true, FailMode::Closed).await, "KMS_UNAVAILABLE");
    assert_eq!(outcome(false, true, FailMode::Closed).await, "ENCRYPTION_REQUIRED");
    for (required, mode) in [(false, FailMode::Closed), (true, FailMode::Open), (false, FailMode::Open)] {
        assert_eq!(outcome(true, required, mode).await, "plain");
        assert_eq!(outcome(false, required, mode).await, "plain");
    }
    kms.go_away(false);
    assert_eq!(outcome(true, true, FailMode::Closed).await, "sealed");
}

#[tokio::test]
async fn what_lies_for_minutes_is_sealed_without_asking_anybody() {
    let test = tenants(&["a"]).await;
    let kms = Counting::new();
    let vault = Vault::new(&test.db, Some(kms.clone()), CryptoSettings::default());
    let first = vault.sealing_briefly(&op(), &tenant("a")).await.unwrap().unwrap();
    kms.go_away(true);
    let asked = kms.unwraps.load(Ordering::SeqCst);
    test.db.close().await;
    for _ in 0..20 {
        let live = vault.sealing_briefly(&op(), &tenant("a")).await.unwrap().unwrap();
        assert_eq!(live.id, first.id);
        assert!(vault.opening(&tenant("a"), live.key.version).await.is_ok());
    }
    assert_eq!(kms.unwraps.load(Ordering::SeqCst), asked);
    assert!(vault.sealing(&op(), &tenant("a")).await.is_err(), "what lies for years is asked for");
}

/// Things in memory, with their rows in the database.
#[derive(Default)]
struct Notes {
    lying: Mutex<BTreeMap<String, Vec<u8>>>,
    tries: Mutex<BTreeMap<String, u32>>,
    slow: AtomicBool,
}

impl Notes {
    fn lie(&self, path: &str) -> Option<Vec<u8>> {
        self.lying.lock().unwrap().get(path).cloned()
    }

    async fn write(&self, db: &Db, vault: &Vault, id: &str) -> Result<(), VaultError> {
        let live = vault.active(&op(), &tenant("a")).await?;
        let bytes = vault.seal_with(&live, &place("a", id, 1), b"a text")?;
        self.lying.lock().unwrap().insert(id.to_owned(), bytes);
        self.record(db, id, &live).await
    }

    async fn record(&self, db: &Db, id: &str, under: &LiveKey) -> Result<(), VaultError> {
        let row = SealedObject::new(id, ("note", id), under);
        let mut tx = db.tenant(&tenant("a")).await?;
        row.record(&mut tx, op().now).await?;
        Ok(tx.commit().await?)
    }

    /// What a reader does: the row says where it lies; when it lies there no more, the row says so by now.
    async fn read(&self, db: &Db, vault: &Vault, id: &str) -> Result<Vec<u8>, String> {
        for _ in 0..5 {
            let mut tx = db.tenant(&tenant("a")).await.map_err(|e| e.to_string())?;
            let row = SealedObject::find(&mut tx, id).await.map_err(|e| e.to_string())?.ok_or("no row")?;
            drop(tx);
            let Some(bytes) = self.lie(&row.path) else { continue };
            let place = place("a", id, u64::from(row.version));
            return vault.open(&tenant("a"), &place, &bytes).await.map_err(|e| e.to_string());
        }
        Err(format!("{id} was moved again and again"))
    }
}

struct Reseals(Arc<Notes>, Db);

impl Reseal for Reseals {
    fn kind(&self) -> &'static str {
        "note"
    }
    fn left<'a>(&'a self, tx: &'a mut TenantTx, to: Uuid, but: &'a [String]) -> BoxFuture<'a, Result<u64, DbError>> {
        SealedObject::left(tx, ("note", to), but).boxed()
    }
    fn page<'a>(
        &'a self,
        tx: &'a mut TenantTx,
        to: Uuid,
        range: (&'a str, u32),
        but: &'a [String],
    ) -> BoxFuture<'a, Result<Vec<String>, DbError>> {
        SealedObject::page(tx, ("note", to), range, but).boxed()
    }
    fn reseal<'a>(&'a self, step: &'a Step, name: &'a str) -> BoxFuture<'a, Result<(), ResealError>> {
        async move {
            *self.0.tries.lock().unwrap().entry(name.to_owned()).or_default() += 1;
            let mut tx = self.1.tenant(&step.tenant).await?;
            let Some(mut row) = SealedObject::find(&mut tx, name).await? else { return Ok(()) };
            drop(tx);
            if row.key != step.to.id {
                let bytes = self.0.lie(&row.path).ok_or(ResealError::Broken(Code::NotFound))?;
                let old = place("a", name, u64::from(row.version));
                let plain = step.vault.open(&step.tenant, &old, &bytes).await?;
                let new = place("a", name, u64::from(row.version) + 1);
                let sealed = step.vault.seal_with(&step.to, &new, &plain)?;
                let next = row.next(&step.to);
                self.0.lying.lock().unwrap().insert(next.path.clone(), sealed);
                if self.0.slow.load(Ordering::SeqCst) {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                let mut tx = self.1.tenant(&step.tenant).await?;
                if !row.replace(&mut tx, &next).await? {
                    return Ok(());
                }
                step.count(&mut tx).await?;
                tx.commit().await?;
                row = next;
                // Here a worker may die, too.
                tokio::task::yield_now().await;
            }
            self.0.lying.lock().unwrap().remove(row.old_path.as_deref().unwrap_or_default());
            let mut tx = self.1.tenant(&step.tenant).await?;
            row.tidied(&mut tx).await?;
            Ok(tx.commit().await?)
        }
        .boxed()
    }
}

struct Stage {
    test: TestDb,
    vault: Vault,
    notes: Arc<Notes>,
    rotations: Rotations,
    who: Principal,
}

impl Stage {
    async fn with_notes(count: usize, settings: CryptoSettings) -> Self {
        let test = tenants(&["a"]).await;
        let vault = Vault::new(&test.db, Some(Counting::new()), settings);
        let notes = Arc::new(Notes::default());
        for n in 0..count {
            notes.write(&test.db, &vault, &format!("n{n:05}")).await.unwrap();
        }
        let reseals: Arc<dyn Reseal> = Arc::new(Reseals(Arc::clone(&notes), test.db.clone()));
        let rotations = Rotations::new(vault.clone(), vec![reseals]);
        let who = Principal::vouched_for(tenant("a"), UserId::new("u").unwrap(), Role::Admin);
        Self { test, vault, notes, rotations, who }
    }

    async fn rotate(&self, force: bool) -> Result<Uuid, VaultError> {
        let db = &self.test.db;
        let prepared = self.rotations.prepare(&op(), db, &tenant("a")).await?;
        let wish = Wish { reencrypt: true, force, reason: None };
        let (_, rotation) = self.rotations.start(&op(), db, &self.who, prepared, &wish).await?;
        Ok(rotation.unwrap().id)
    }

    async fn lease(&self) -> Option<Lease> {
        let mut tx = self.test.db.platform().await.unwrap();
        // Nothing of a killed worker is waited for.
        sqlx::query("UPDATE jobs SET run_at = now() WHERE state = 'queued'").execute(&mut *tx).await.unwrap();
        let lease =
            job::claim(&mut tx, QUEUE, &fresh_uuid().to_string(), Duration::from_mins(1), &["rotate_keys"]).await;
        tx.commit().await.unwrap();
        lease.unwrap()
    }

    fn handler(&self) -> RotationHandler {
        RotationHandler::new(self.test.db.clone(), self.rotations.clone(), Clock::system())
    }

    async fn work_to_the_end(&self) {
        while let Some(lease) = self.lease().await {
            self.handler().run(&lease).await.unwrap();
        }
    }

    async fn statuses(&self) -> Vec<(u32, KeyStatus)> {
        let keys = vault::keys(&self.test.db, &tenant("a")).await.unwrap();
        keys.into_iter().map(|key| (key.version, key.status)).collect()
    }
}

#[tokio::test]
async fn a_rotation_survives_killed_workers_and_readers_never_fail() {
    let stage = Stage::with_notes(300, CryptoSettings { batch: 17, ..CryptoSettings::default() }).await;
    let id = stage.rotate(false).await.unwrap();
    assert_eq!(stage.statuses().await, [(2, KeyStatus::Active), (1, KeyStatus::Retiring)]);
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..8)
        .map(|reader| {
            let (db, vault, notes, done) =
                (stage.test.db.clone(), stage.vault.clone(), Arc::clone(&stage.notes), Arc::clone(&done));
            tokio::spawn(async move {
                let mut reads = 0;
                for n in (0..300).cycle().skip(reader * 37) {
                    let read = notes.read(&db, &vault, &format!("n{n:05}")).await;
                    assert_eq!(read.as_deref(), Ok(b"a text".as_slice()));
                    reads += 1;
                    if done.load(Ordering::SeqCst) {
                        return reads;
                    }
                }
                reads
            })
        })
        .collect();
    stage.notes.slow.store(true, Ordering::SeqCst);
    // Each worker is stopped dead in the middle of what it does, and its lease lapses.
    for kill in 0..10_u64 {
        let Some(lease) = stage.lease().await else { break };
        let handler = stage.handler();
        let work = tokio::spawn(async move { handler.run(&lease).await });
        tokio::time::sleep(Duration::from_millis(10 + 7 * kill)).await;
        work.abort();
        let _ = work.await;
        sqlx::query("UPDATE jobs SET state = 'queued', run_at = now(), leased_by = NULL, lease_until = NULL WHERE state = 'running'")
            .execute(&mut connect(&stage.test.url).await)
            .await
            .unwrap();
    }
    stage.notes.slow.store(false, Ordering::SeqCst);
    stage.work_to_the_end().await;
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
    let (rotation, failures) = stage.rotations.get(&stage.test.db, &tenant("a"), id).await.unwrap();
    assert_eq!(rotation.status, RotationStatus::Completed, "{rotation:?}");
    assert_eq!((rotation.total, rotation.processed, rotation.failed), (300, 300, 0));
    assert!(failures.is_empty());
    assert_eq!(stage.statuses().await, [(2, KeyStatus::Active), (1, KeyStatus::Retired)]);
    // Nothing of the old version lies about, and nothing was lost.
    let lying: Vec<String> = stage.notes.lying.lock().unwrap().keys().cloned().collect();
    assert_eq!(lying, (0..300).map(|n| format!("n{n:05}.2-2")).collect::<Vec<_>>());
    let events: Vec<String> = sqlx::query_scalar(
        "SELECT event_type FROM audit_events WHERE event_type LIKE 'crypto.%' AND event_type NOT LIKE '%progress' ORDER BY id",
    )
    .fetch_all(&mut connect(&stage.test.url).await)
    .await
    .unwrap();
    assert_eq!(
        events[2..],
        [
            "crypto.key.created",
            "crypto.key.activated",
            "crypto.rotation.started",
            "crypto.key.retired",
            "crypto.rotation.completed"
        ]
    );
}

#[tokio::test]
async fn a_thing_that_cannot_be_read_is_told_once_and_stops_nothing() {
    let stage = Stage::with_notes(20, CryptoSettings { batch: 3, ..CryptoSettings::default() }).await;
    stage.notes.lying.lock().unwrap().get_mut("n00007").unwrap()[130] ^= 1;
    stage.notes.lying.lock().unwrap().remove("n00011");
    let id = stage.rotate(false).await.unwrap();
    stage.work_to_the_end().await;
    let (rotation, mut failures) = stage.rotations.get(&stage.test.db, &tenant("a"), id).await.unwrap();
    assert_eq!((rotation.status, rotation.processed, rotation.failed), (RotationStatus::Failed, 18, 2));
    assert_eq!(rotation.error_code.as_deref(), Some("KEY_ROTATION_FAILED"));
    failures.sort_by(|a, b| a.name.cmp(&b.name));
    let told: Vec<_> = failures.iter().map(|f| (f.name.as_str(), f.attempts, f.code.as_str())).collect();
    assert_eq!(told, [("n00007", 3, "DECRYPTION_FAILED"), ("n00011", 3, "NOT_FOUND")]);
    let tries = stage.notes.tries.lock().unwrap().clone();
    assert!(
        tries.iter().all(|(name, n)| *n == if ["n00007", "n00011"].contains(&name.as_str()) { 3 } else { 1 }),
        "{tries:?}"
    );
    // What is left under the old version is not orphaned: that version goes on to open.
    assert_eq!(stage.statuses().await, [(2, KeyStatus::Active), (1, KeyStatus::Retiring)]);
    stage.notes.read(&stage.test.db, &stage.vault, "n00006").await.unwrap();
}

#[tokio::test]
async fn pausing_and_cancelling_hold_while_a_worker_is_at_it() {
    let stage = Stage::with_notes(200, CryptoSettings { batch: 50, ..CryptoSettings::default() }).await;
    let db = &stage.test.db;
    let id = stage.rotate(false).await.unwrap();
    stage.notes.slow.store(true, Ordering::SeqCst);
    let begin = |lease: Lease| {
        let handler = stage.handler();
        tokio::spawn(async move { handler.run(&lease).await })
    };
    let processed = async || stage.rotations.get(db, &tenant("a"), id).await.unwrap().0.processed;
    let work = begin(stage.lease().await.unwrap());
    while processed().await < 10 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let paused = stage.rotations.pause(&op(), db, &stage.who, id).await.unwrap();
    assert_eq!(paused.status, RotationStatus::Paused);
    let at = processed().await;
    work.await.unwrap().unwrap();
    assert_eq!(processed().await, at, "nothing was moved after the answer");
    assert!((10..200).contains(&at), "{at}");
    // The job is over without the rotation; resuming makes another.
    stage.rotations.resume(&op(), db, &stage.who, id).await.unwrap();
    let work = begin(stage.lease().await.unwrap());
    while processed().await < at + 10 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let cancelled = stage.rotations.cancel(&op(), db, &stage.who, id).await.unwrap();
    assert_eq!(
        (cancelled.status, cancelled.error_code.as_deref()),
        (RotationStatus::Failed, Some("KEY_ROTATION_FAILED"))
    );
    let at = processed().await;
    work.await.unwrap().unwrap();
    assert_eq!(processed().await, at);
    // Over is over, and says so without an error.
    assert_eq!(stage.rotations.resume(&op(), db, &stage.who, id).await.unwrap().status, RotationStatus::Failed);
    for n in 0..200 {
        stage.notes.read(db, &stage.vault, &format!("n{n:05}")).await.unwrap();
    }
    // The next rotation takes what the cancelled one left, too.
    stage.notes.slow.store(false, Ordering::SeqCst);
    let next = stage.rotate(false).await.unwrap();
    stage.work_to_the_end().await;
    let (rotation, _) = stage.rotations.get(db, &tenant("a"), next).await.unwrap();
    assert_eq!((rotation.status, rotation.total, rotation.processed), (RotationStatus::Completed, 200, 200));
    assert_eq!(stage.statuses().await, [(3, KeyStatus::Active), (2, KeyStatus::Retired), (1, KeyStatus::Retired)]);
}

#[tokio::test]
async fn one_rotation_goes_on_at_a_time_and_one_key_seals() {
    let stage = Stage::with_notes(3, CryptoSettings::default()).await;
    let outcomes = futures::future::join_all((0..6).map(|_| stage.rotate(false))).await;
    let begun: Vec<_> = outcomes.iter().filter_map(|o| o.as_ref().ok()).collect();
    assert_eq!(begun.len(), 1, "{outcomes:?}");
    let refused = outcomes.iter().filter_map(|o| o.as_ref().err()).map(|error| error.code().as_str());
    assert!(refused.into_iter().all(|code| code == "KEY_ROTATION_IN_PROGRESS"));
    let active = stage.statuses().await.into_iter().filter(|(_, status)| *status == KeyStatus::Active).count();
    assert_eq!(active, 1);
    // By force the one that goes on is cancelled.
    let second = stage.rotate(true).await.unwrap();
    let (first, _) = stage.rotations.get(&stage.test.db, &tenant("a"), *begun[0]).await.unwrap();
    assert_eq!(first.status, RotationStatus::Failed);
    stage.work_to_the_end().await;
    let (second, _) = stage.rotations.get(&stage.test.db, &tenant("a"), second).await.unwrap();
    assert_eq!((second.status, second.processed), (RotationStatus::Completed, 3));
    let twice = "INSERT INTO tenant_keys (tenant_id, id, key_alias, key_version, provider, key_ref, wrapped_key, status, created_at)
         VALUES ('a', gen_random_uuid(), 'x', 99, 'local_kms', 'x', '', 'active', now())";
    assert!(sqlx::query(twice).execute(&mut connect(&stage.test.url).await).await.is_err(), "two keys would seal");
}

#[tokio::test]
async fn what_a_slow_request_sealed_before_is_taken_until_its_key_has_ended() {
    let stage = Stage::with_notes(2, CryptoSettings::default()).await;
    let db = &stage.test.db;
    let old = stage.vault.active(&op(), &tenant("a")).await.unwrap();
    let bytes = stage.vault.seal_with(&old, &place("a", "late", 1), b"a text").unwrap();
    let id = stage.rotate(false).await.unwrap();
    stage.notes.lying.lock().unwrap().insert("late".to_owned(), bytes);
    stage.notes.record(db, "late", &old).await.unwrap();
    stage.work_to_the_end().await;
    let (rotation, _) = stage.rotations.get(db, &tenant("a"), id).await.unwrap();
    assert_eq!((rotation.status, rotation.processed), (RotationStatus::Completed, 3));
    assert_eq!(stage.notes.read(db, &stage.vault, "late").await.unwrap(), b"a text");
    let refused = stage.notes.record(db, "too-late", &old).await.unwrap_err();
    assert_eq!(refused.code().as_str(), "KEY_NOT_ACTIVE");
}
