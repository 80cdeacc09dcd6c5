//! Corpora that runs looked up a moment ago.

use std::{sync::Arc, time::Duration};

use nexus_core::{
    id::{CorpusId, TenantId},
    pg::{
        Db, DbError,
        changes::Changes,
        remembered::{Bounds, Remembered, Void},
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
    known: Remembered<Arc<Corpus>>,
}

impl Corpora {
    /// Sets up the lookup.
    #[must_use]
    pub fn new(db: Db, changes: &Changes) -> Self {
        let bounds = Bounds::values(ENTRIES).no_older_than(MAX_AGE);
        let known = Remembered::new(changes, bounds, |topic, tenant, id| match topic {
            "corpus" => match (tenant.parse(), id.parse()) {
                (Ok(tenant), Ok(id)) => Void::Key(key(&tenant, &id)),
                _ => Void::All,
            },
            _ => Void::Nothing,
        });
        Self { db, known }
    }

    /// The corpus, if the tenant has it.
    pub async fn get(&self, tenant: &TenantId, id: &CorpusId) -> Result<Option<Arc<Corpus>>, DbError> {
        let key = key(tenant, id);
        if let Some(corpus) = self.known.get(&key).await {
            return Ok(Some(corpus));
        }
        let before = self.known.moment();
        let mut tx = self.db.tenant(tenant).await?;
        let Some(corpus) = store::find(&mut tx, id).await?.map(Arc::new) else { return Ok(None) };
        self.known.put(&key, &corpus, before);
        Ok(Some(corpus))
    }

    /// Forgets a corpus, so that a change of it counts at once in this process. The notification reaches the others.
    pub fn forget(&self, tenant: &TenantId, id: &CorpusId) {
        self.known.forget(Void::Key(key(tenant, id)));
    }
}

/// Neither part holds the character between them.
fn key(tenant: &TenantId, id: &CorpusId) -> Vec<u8> {
    [tenant.as_str(), id.as_str()].join("\0").into_bytes()
}
