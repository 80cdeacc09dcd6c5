//! Corpora that runs looked up a moment ago.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use nexus_core::{
    id::{CorpusId, TenantId},
    pg::{
        Db, DbError,
        changes::{Change, Changes},
    },
};

use super::{Corpus, store};

const ENTRIES: u64 = 10_000;
/// Sizes of a corpus change without a notification; plans made from them may be this old.
const MAX_AGE: Duration = Duration::from_secs(10);

/// Looks corpora up for runs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Corpora {
    db: Db,
    entries: moka::sync::Cache<(TenantId, CorpusId), Arc<Corpus>>,
    // Counts changes. A row that was read before a change must not be remembered after it.
    generation: Arc<AtomicU64>,
    changes: Changes,
}

impl Corpora {
    /// Sets up the lookup.
    #[must_use]
    pub fn new(db: Db, changes: &Changes) -> Self {
        let entries = moka::sync::Cache::builder().max_capacity(ENTRIES).time_to_live(MAX_AGE).build();
        let corpora = Self { db, entries, generation: Arc::default(), changes: changes.clone() };
        changes.on_change({
            let corpora = corpora.clone();
            move |change| corpora.apply(change)
        });
        corpora
    }

    /// The corpus, if the tenant has it.
    pub async fn get(&self, tenant: &TenantId, id: &CorpusId) -> Result<Option<Arc<Corpus>>, DbError> {
        let key = (tenant.clone(), id.clone());
        if self.changes.confirmed().await
            && let Some(corpus) = self.entries.get(&key)
        {
            return Ok(Some(corpus));
        }
        let generation = self.generation.load(Ordering::SeqCst);
        let mut tx = self.db.tenant(tenant).await?;
        let Some(corpus) = store::find(&mut tx, id).await?.map(Arc::new) else { return Ok(None) };
        if self.changes.connected() {
            self.entries.insert(key.clone(), Arc::clone(&corpus));
            if self.generation.load(Ordering::SeqCst) != generation {
                self.entries.invalidate(&key);
            }
        }
        Ok(Some(corpus))
    }

    /// Forgets a corpus, so that a change of it counts at once in this process. The notification reaches the others.
    pub fn forget(&self, tenant: &TenantId, id: &CorpusId) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.entries.invalidate(&(tenant.clone(), id.clone()));
    }

    fn apply(&self, change: &Change) {
        let key = match change {
            Change::Of { topic, tenant, id } if topic == "corpus" => match (tenant.parse(), id.parse()) {
                (Ok(tenant), Ok(id)) => Some((tenant, id)),
                _ => None,
            },
            Change::Of { .. } => return,
            Change::Lost => None,
        };
        self.generation.fetch_add(1, Ordering::SeqCst);
        match key {
            Some(key) => self.entries.invalidate(&key),
            None => self.entries.invalidate_all(),
        }
    }
}
