//! Corpora in memory: what is asked often and does not change is searched without the database doing it.
//!
//! A corpus that was searched often enough at one revision is read once, and from then on compared here, where a vector costs
//! nanoseconds. Before each search the database is asked whether the corpus, or who may read it, changed (`corpora.revision` and
//! `grants_revision`, which triggers keep): so a search never shows less than what was committed before it began, on any
//! replica, and a grant that was taken away counts at once. Many searches ask together. What is read once more is searched by
//! the database meanwhile, by the same formulas. When the database is away nothing is found, and the search fails.
//!
//! Memory is bounded by [`MemorySettings::bytes`]; a corpus that does not fit, or has more passages than are compared one by one,
//! stays in the database.

mod image;
mod search;
mod store;
mod vectors;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use moka::sync::Cache;
use nexus_authz::scope::{Documents, ReadScope};
use nexus_core::{
    id::{CorpusId, TenantId},
    op::Op,
    pg::{Db, DbError, Plans, together::Together},
    settings::Source,
};
use tokio::sync::Semaphore;

pub use self::search::View;
use self::{image::Image, store::Rows};
use crate::corpus::{Corpus, store::Revisions};

/// The most passages of a corpus in memory: more are not compared one by one in the database either.
const MOST_PASSAGES: u64 = 20_000;
/// The most that one corpus takes: comparing more would keep a processor from others for longer than a database does.
const MOST_BYTES: u64 = 64 << 20;
/// How much of the memory callers take, with what they are granted.
const SHARE_OF_CALLERS: u64 = 8;
/// How many corpora are watched until they are searched often enough.
const WATCHED: u64 = 10_000;
/// What nobody asked for in so long a time makes room.
const IDLE: Duration = Duration::from_mins(10);
/// What an entry takes beside what it holds.
const OVERHEAD: usize = 512;

/// The knobs of corpora in memory.
#[derive(Debug, Clone, Copy)]
pub struct MemorySettings {
    /// How much memory they take at most, in bytes; none are held with zero.
    pub bytes: u64,
    /// After how many searches at one revision a corpus is read. Reading one costs about as much as so many searches of it by the
    /// database, so that a corpus that changes all the time costs at most twice what it would without.
    pub after: u32,
}

impl Default for MemorySettings {
    fn default() -> Self {
        Self { bytes: 32 << 20, after: 16 }
    }
}

impl MemorySettings {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        let default = Self::default();
        let mb = s.number(
            "SEARCH_MEMORY_MB",
            default.bytes >> 20,
            0..=1_000_000,
            "How much memory corpora take that are searched often; with 0 every search is the database's",
        );
        Self { bytes: mb << 20, ..default }
    }
}

/// A corpus of a tenant.
type Key = (TenantId, CorpusId);

/// What the grants of a caller show of an image.
#[derive(Clone)]
struct Sight {
    revisions: Revisions,
    /// All of it when there is no list.
    readable: Option<Arc<[bool]>>,
    until: Option<DateTime<Utc>>,
}

/// A corpus that is not in memory at this revision.
struct Watched {
    revision: i64,
    searches: AtomicU32,
    /// Whether it was read; it is not read again at this revision when it did not fit.
    read: AtomicBool,
}

/// Corpora in memory. Cheap to clone.
#[derive(Clone)]
pub struct Memory {
    db: Db,
    settings: MemorySettings,
    revisions: Together<Rows>,
    images: Cache<Key, Arc<Image>>,
    sights: Cache<(Key, Arc<[String]>), Sight>,
    watched: Cache<Key, Arc<Watched>>,
    /// Reading is hard work for the database: one corpus at a time.
    reading: Arc<Semaphore>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Memory {
    /// Sets the memory up, empty.
    #[must_use]
    pub fn new(db: Db, settings: MemorySettings) -> Self {
        let kib = |bytes: usize| u32::try_from((bytes + OVERHEAD) >> 10).unwrap_or(u32::MAX).saturating_add(1);
        let images = Cache::builder()
            .max_capacity(settings.bytes >> 10)
            .weigher(move |_: &Key, image: &Arc<Image>| kib(image.bytes()))
            .time_to_idle(IDLE)
            .build();
        let sights = Cache::builder()
            .max_capacity((settings.bytes >> 10) / SHARE_OF_CALLERS)
            .weigher(move |(_, names): &(Key, Arc<[String]>), sight: &Sight| {
                let names: usize = names.iter().map(|name| name.len() + OVERHEAD / 8).sum();
                kib(names + sight.readable.as_ref().map_or(0, |readable| readable.len()))
            })
            .time_to_idle(IDLE)
            .build();
        let watched = Cache::builder().max_capacity(WATCHED).time_to_idle(IDLE).build();
        let revisions = Together::new(Rows(db.clone()));
        Self { db, settings, revisions, images, sights, watched, reading: Arc::new(Semaphore::new(1)) }
    }

    /// The corpus as this caller may read it now, if it is in memory as it is now. Otherwise it is counted, and read when it was
    /// searched often.
    pub async fn view(&self, op: &Op, scope: &ReadScope, corpus: &Corpus) -> Result<Option<View>, DbError> {
        if !self.may_fit(corpus) {
            return Ok(None);
        }
        let key = (scope.tenant().clone(), corpus.id.clone());
        let Some(now) = self.revisions.send(key.clone()).await? else { return Ok(None) };
        let Some(image) = self.images.get(&key).filter(|image| image.revision == now.content) else {
            self.watch(key, now.content);
            return Ok(None);
        };
        let readable = match scope.documents() {
            Documents::All => None,
            Documents::GrantedTo(names) => match self.sight(op, &key, names, &image, now).await? {
                Some(sight) => sight.readable,
                None => return Ok(None),
            },
        };
        Ok(Some(View::new(image, readable, scope, corpus)))
    }

    /// Whether a corpus is in memory, at whatever revision.
    #[must_use]
    pub fn holds(&self, tenant: &TenantId, corpus: &CorpusId) -> bool {
        self.images.contains_key(&(tenant.clone(), corpus.clone()))
    }

    /// How large the corpus is at least, compared with what there is room for.
    fn may_fit(&self, corpus: &Corpus) -> bool {
        let vectors = corpus.chunk_count.saturating_mul(u64::try_from(corpus.embedding_dimension).unwrap_or(u64::MAX));
        corpus.chunk_count <= MOST_PASSAGES && vectors.saturating_mul(4) < self.most_bytes()
    }

    fn most_bytes(&self) -> u64 {
        self.settings.bytes.min(MOST_BYTES)
    }

    /// What grants show of an image; nothing when the corpus is another by now.
    async fn sight(
        &self,
        op: &Op,
        key: &Key,
        names: &Arc<[String]>,
        image: &Image,
        now: Revisions,
    ) -> Result<Option<Sight>, DbError> {
        let whose = (key.clone(), Arc::clone(names));
        if let Some(sight) = self.sights.get(&whose)
            && sight.revisions == now
            && sight.until.is_none_or(|until| op.now < until)
        {
            return Ok(Some(sight));
        }
        let mut tx = self.db.reading(&key.0, Plans::Judged).await?;
        let granted = store::granted(op, &mut tx, &key.1, names).await?;
        drop(tx);
        let Some(granted) = granted.filter(|granted| granted.revisions.content == image.revision) else {
            return Ok(None);
        };
        let listed = |id: &String| granted.documents.binary_search(id).is_ok();
        let readable =
            (!granted.whole).then(|| image.documents.iter().map(|document| listed(&document.origin.id)).collect());
        let sight = Sight { revisions: granted.revisions, readable, until: granted.until };
        self.sights.insert(whose, sight.clone());
        Ok(Some(sight))
    }

    /// Counts a search that the database carries out, and reads the corpus after enough of them.
    fn watch(&self, key: Key, revision: i64) {
        let fresh = || Arc::new(Watched { revision, searches: AtomicU32::new(0), read: AtomicBool::new(false) });
        let mut watched = self.watched.get_with(key.clone(), fresh);
        if watched.revision != revision {
            watched = fresh();
            self.watched.insert(key.clone(), Arc::clone(&watched));
        }
        let searches = watched.searches.fetch_add(1, Ordering::Relaxed) + 1;
        if searches < self.settings.after || watched.read.load(Ordering::Relaxed) {
            return;
        }
        let Ok(turn) = Arc::clone(&self.reading).try_acquire_owned() else { return };
        watched.read.store(true, Ordering::Relaxed);
        let memory = self.clone();
        tokio::spawn(async move {
            let read = memory.read(&key).await;
            drop(turn);
            match read {
                Ok(Some(image)) => {
                    memory.images.insert(key.clone(), Arc::new(image));
                    memory.watched.invalidate(&key);
                    memory.report();
                }
                // It does not fit, or changed its shape.
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, tenant = %key.0, corpus = %key.1, "a corpus could not be read into memory");
                    memory.watched.invalidate(&key);
                }
            }
        });
    }

    async fn read(&self, key: &Key) -> Result<Option<Image>, DbError> {
        let begun = std::time::Instant::now();
        let most = usize::try_from(self.most_bytes()).unwrap_or(usize::MAX);
        let mut tx = self.db.reading(&key.0, Plans::Judged).await?;
        let image = store::load(&mut tx, &key.1, most).await?;
        metrics::histogram!("nexusrag_search_memory_read_seconds").record(begun.elapsed().as_secs_f64());
        Ok(image)
    }

    fn report(&self) {
        self.images.run_pending_tasks();
        let kib = u32::try_from(self.images.weighted_size()).unwrap_or(u32::MAX);
        metrics::gauge!("nexusrag_search_memory_bytes").set(f64::from(kib) * 1024.0);
    }
}
