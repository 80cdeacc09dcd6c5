//! `kill -9` while the key of a tenant is replaced: every read succeeds, nothing is left behind, and nothing is lost.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{StreamExt as _, stream};
use nexus_core::{
    clock::Clock,
    crypto::{
        CryptoSettings,
        kms::{LocalKms, MasterKey},
        vault::Vault,
    },
    id::{DocumentId, TenantId},
    op::Op,
    pg::{Db, PgSettings},
};
use nexus_retrieval::{document::source::Sources, objects::Shelf};
use object_store::local::LocalFileSystem;
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::harness::{Home, Http, Server, chance, rounds, until};

const READERS: usize = 8;

/// The shelf of a server, as another process of the same installation has it.
#[derive(Clone)]
struct Installation {
    db: Db,
    sources: Sources,
    tenant: TenantId,
    names: Arc<Vec<String>>,
}

impl Installation {
    fn open(home: &Home, objects: usize) -> Self {
        let url = SecretString::from(home.database_url());
        let db = Db::new(&PgSettings::new(url)).unwrap();
        let master = MasterKey::parse(&"a master key that only tests use".to_owned().into()).unwrap();
        let vault = Vault::new(&db, Some(Arc::new(LocalKms::new(master, None))), CryptoSettings::default());
        let folder = home.dir.path().join("objects");
        fs::create_dir_all(&folder).unwrap();
        let store = Arc::new(LocalFileSystem::new_with_prefix(folder).unwrap());
        let tenant: TenantId = "t".parse().unwrap();
        let names = (0..objects).map(|_| Sources::fresh_key(&tenant)).collect();
        Self { sources: Sources::on(Shelf::sealed(store, db.clone(), vault)), db, tenant, names: Arc::new(names) }
    }

    async fn put(&self, n: usize) {
        let op = Op::internal(Clock::system().now());
        let ready = self.sources.ready(&op, &self.tenant).await.unwrap();
        let key = (&document(n), self.names[n].as_str());
        let shelved = self.sources.put(&self.tenant, key, ready, body(n).into()).await.unwrap();
        let mut tx = self.db.tenant(&self.tenant).await.unwrap();
        shelved.record(&mut tx, op.now).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What is wrong with the object of this number, if anything is.
    async fn read(&self, n: usize) -> Option<String> {
        match self.sources.get(&self.tenant, &document(n), &self.names[n]).await {
            Ok(Some(read)) if read == body(n) => None,
            Ok(Some(_)) => Some(format!("object {n} has changed")),
            Ok(None) => Some(format!("object {n} is gone")),
            Err(error) => Some(format!("object {n}: {error}")),
        }
    }

    /// Reads whatever comes, but for one, until it is told to stop; what went wrong.
    async fn read_on(self, but: usize, stop: Arc<AtomicBool>, reads: Arc<AtomicUsize>) -> Vec<String> {
        let mut wrong = Vec::new();
        while !stop.load(Ordering::SeqCst) {
            let n = usize::try_from(chance(self.names.len() as u64)).unwrap();
            if n != but {
                wrong.extend(self.read(n).await);
                reads.fetch_add(1, Ordering::SeqCst);
            }
            // The workers need the machine, too.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        wrong
    }
}

fn document(n: usize) -> DocumentId {
    DocumentId::new(format!("d{n}")).unwrap()
}

/// Most are short; some have more than a chunk.
fn body(n: usize) -> Vec<u8> {
    let line = format!("Line of object {n}, which no other object has.\n");
    line.repeat(if n.is_multiple_of(97) { 2000 } else { 1 + n % 30 }).into_bytes()
}

/// What lies below a folder; half-written files, which the store does not list, are counted apart.
fn lying(below: &Path) -> (BTreeMap<String, PathBuf>, usize) {
    let (mut found, mut half, mut folders) = (BTreeMap::new(), 0, vec![below.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(below).unwrap().to_str().unwrap().to_owned();
            match (entry.file_type().unwrap().is_dir(), name.contains('#')) {
                (true, _) => folders.push(path),
                (false, true) => half += 1,
                (false, false) => drop(found.insert(name, path)),
            }
        }
    }
    (found, half)
}

async fn number(owner: &mut PgConnection, statement: &'static str) -> i64 {
    sqlx::query_scalar(statement).fetch_one(owner).await.unwrap()
}

const PROCESSED: &str = "SELECT processed_items FROM key_rotation_jobs ORDER BY created_at DESC LIMIT 1";
const ACTIVE: &str = "SELECT count(*) FROM tenant_keys WHERE status = 'active'";

async fn rotate(http: &Http) -> String {
    let (status, body) = http.send("POST", "/v1/admin/crypto/keys/t/rotate", &json!({})).await;
    assert_eq!(status, 200, "{body}");
    let said: Value = serde_json::from_str(&body).unwrap();
    said["data"]["rotation_job"]["id"].as_str().unwrap().to_owned()
}

async fn job(http: &Http, id: &str) -> Value {
    let (status, body) = http.get(&format!("/v1/admin/crypto/rotation-jobs/{id}")).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str::<Value>(&body).unwrap()["data"].clone()
}

async fn over(http: &Http, id: &str) -> Value {
    until("the rotation is over", 900, || async { !job(http, id).await["completed_at"].is_null() }).await;
    job(http, id).await
}

/// One version seals, whenever one looks; how often that was.
async fn watch(url: String, stop: Arc<AtomicBool>) -> usize {
    let mut owner = nexus_core::pg::testing::connect(&SecretString::from(url)).await;
    let mut looks = 0;
    while !stop.load(Ordering::SeqCst) {
        assert_eq!(number(&mut owner, ACTIVE).await, 1, "one version seals");
        looks += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    looks
}

/// Kills workers, each somewhere in its part of the way; how many were at it.
async fn storm(home: &Home, mut worker: Server, (objects, kills): (usize, usize)) -> (Server, i64) {
    let mut owner = nexus_core::pg::testing::connect(&SecretString::from(home.database_url())).await;
    let (part, mut in_the_middle) = (objects / (kills + 1), 0);
    for n in 1..=kills {
        let mark = (part * n).saturating_sub(usize::try_from(chance(part as u64 / 2)).unwrap());
        let give_up = Instant::now() + Duration::from_mins(5);
        while number(&mut owner, PROCESSED).await < i64::try_from(mark).unwrap() {
            assert!(Instant::now() < give_up, "it stands still before {mark}:\n{}", worker.log());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(chance(20))).await;
        let running = "SELECT count(*) FROM jobs WHERE kind = 'rotate_keys' AND state = 'running'";
        in_the_middle += number(&mut owner, running).await;
        worker.kill();
        worker = home.start(&["--role", "worker"]).await;
    }
    (worker, in_the_middle)
}

fn items(job: &Value) -> [u64; 3] {
    ["total_items", "processed_items", "failed_items"].map(|name| job[name].as_u64().unwrap())
}

/// What could not be read is told once, and is all that is left under the old key.
async fn check_first(owner: &mut PgConnection, (folder, broken): (&Path, &str), job: &Value, objects: usize) -> usize {
    let all = objects as u64;
    assert_eq!((&job["status"], items(job)), (&json!("failed"), [all, all - 1, 1]), "{job}");
    let told = json!([{ "kind": "document_source", "name": broken, "attempts": 3, "error_code": "DECRYPTION_FAILED" }]);
    assert_eq!(job["failures"], told);
    let under_old =
        "SELECT count(*) FROM sealed_objects o JOIN tenant_keys k ON k.id = o.key_id WHERE k.status <> 'active'";
    assert_eq!(number(owner, under_old).await, 1);
    assert_eq!(number(owner, "SELECT count(*) FROM sealed_objects WHERE old_path IS NOT NULL").await, 0);
    let (lies, half) = lying(folder);
    assert_eq!(lies.len(), objects, "an object is there twice, or not at all");
    assert_eq!(lies.keys().filter(|name| !name.ends_with(".2-2")).count(), 1);
    half
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_replaced_under_readers_while_workers_are_killed() {
    let (objects, kills) = (rounds(400), rounds(3).min(10));
    let home = Home::new().await;
    let key = home.key("t", "admin", "u");
    let there = Installation::open(&home, objects);
    let folder = home.dir.path().join("objects");
    stream::iter(0..objects).for_each_concurrent(READERS, |n| there.put(n)).await;
    // One object was damaged before anybody looks.
    let broken = objects / 3;
    let path = folder.join(&there.names[broken]);
    let sound = fs::read(&path).unwrap();
    let mut bent = sound.clone();
    bent[130] ^= 1;
    fs::write(&path, bent).unwrap();

    let api = home.start(&["--role", "api"]).await;
    let http = api.http(&key);
    let worker = home.start(&["--role", "worker"]).await;
    let (stop, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let readers: Vec<_> = (0..READERS)
        .map(|_| tokio::spawn(there.clone().read_on(broken, Arc::clone(&stop), Arc::clone(&reads))))
        .collect();
    let watcher = tokio::spawn(watch(home.database_url(), Arc::clone(&stop)));
    let began = Instant::now();
    let id = rotate(&http).await;
    let (worker, in_the_middle) = storm(&home, worker, (objects, kills)).await;
    let first = over(&http, &id).await;
    let took = began.elapsed();
    let mut owner = nexus_core::pg::testing::connect(&SecretString::from(home.database_url())).await;
    let half = check_first(&mut owner, (&folder, &there.names[broken]), &first, objects).await;
    assert!(half <= kills * 4, "{half} half-written files");

    // Repaired, it goes with the others, and the older versions end.
    fs::write(&path, sound).unwrap();
    let second = rotate(&http).await;
    let second = over(&http, &second).await;
    let all = objects as u64;
    assert_eq!((&second["status"], items(&second)), (&json!("completed"), [all, all, 0]), "{second}");
    stop.store(true, Ordering::SeqCst);
    let mut wrong = Vec::new();
    for reader in readers {
        wrong.extend(reader.await.unwrap());
    }
    let looks = watcher.await.unwrap();
    let statuses: Vec<String> =
        sqlx::query_scalar("SELECT status FROM tenant_keys ORDER BY key_version").fetch_all(&mut owner).await.unwrap();
    assert_eq!(statuses, ["retired", "retired", "active"]);
    // Another process, which remembers nothing, reads every one of them.
    let anew = Installation { names: Arc::clone(&there.names), ..Installation::open(&home, 0) };
    let read = stream::iter(0..objects).map(|n| anew.read(n)).buffer_unordered(READERS);
    wrong.extend(read.filter_map(futures::future::ready).collect::<Vec<_>>().await);
    assert_eq!(wrong, Vec::<String>::new());
    let moved = |name: &&String| name.ends_with(".3-3") || name.ends_with(".2-3");
    assert_eq!(lying(&folder).0.keys().filter(moved).count(), objects);
    println!(
        "rotation: {objects} objects, {kills} kills ({in_the_middle} in the middle), {} reads by {READERS} readers and none \
         failed, {looks} looks at keys, {half} half-written files, {:.1} s",
        reads.load(Ordering::SeqCst),
        took.as_secs_f64()
    );
    drop(worker);
}
