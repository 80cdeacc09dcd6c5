//! Compiled policies of tenants that were asked for a moment ago.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use nexus_core::{
    id::TenantId,
    pg::{
        Db, DbError,
        changes::{Change, Changes},
    },
};

use super::{PolicySet, store};

/// The most bytes of conditions, roughly, that are kept.
const MAX_WEIGHT: u64 = 64 * 1024 * 1024;
/// What a policy weighs besides its condition.
const POLICY_WEIGHT: usize = 512;

/// Finds the policies that count for a tenant. Cheap to clone.
///
/// What is remembered counts only while it is confirmed that no change is missing; otherwise the database is asked. When it
/// does not answer, or a policy cannot be understood, there is an error and nothing may be decided.
#[derive(Debug, Clone)]
pub struct PolicyCache {
    db: Db,
    entries: moka::sync::Cache<TenantId, PolicySet>,
    // Counts changes. Policies that were read before a change must not be remembered after it.
    generation: Arc<AtomicU64>,
    changes: Changes,
}

impl PolicyCache {
    /// Sets up the lookup.
    #[must_use]
    pub fn new(db: Db, changes: &Changes) -> Self {
        let entries = moka::sync::Cache::builder().max_capacity(MAX_WEIGHT).weigher(|_, set| weight(set)).build();
        let cache = Self { db, entries, generation: Arc::default(), changes: changes.clone() };
        changes.on_change({
            let cache = cache.clone();
            move |change| cache.apply(change)
        });
        cache
    }

    /// The policies that count for a tenant.
    pub async fn of(&self, tenant: &TenantId) -> Result<PolicySet, DbError> {
        if self.changes.confirmed().await
            && let Some(set) = self.entries.get(tenant)
        {
            return Ok(set);
        }
        let generation = self.generation.load(Ordering::SeqCst);
        let mut tx = self.db.tenant(tenant).await?;
        store::be_impatient(&mut tx, self.changes.failed_lately()).await?;
        let set = PolicySet::compile(store::in_force(&mut tx).await?);
        drop(tx);
        if self.changes.connected() {
            self.entries.insert(tenant.clone(), set.clone());
            if self.generation.load(Ordering::SeqCst) != generation {
                self.entries.invalidate(tenant);
            }
        }
        Ok(set)
    }

    /// Whether policies can be read.
    pub async fn ready(&self) -> Result<(), DbError> {
        let mut tx = self.db.platform().await?;
        Ok(store::probe(&mut tx).await?)
    }

    fn apply(&self, change: &Change) {
        let tenant = match change {
            Change::Of { topic, tenant, .. } if topic == "policy" => tenant.parse().ok(),
            Change::Of { .. } => return,
            Change::Lost => None,
        };
        self.generation.fetch_add(1, Ordering::SeqCst);
        match tenant {
            Some(tenant) => self.entries.invalidate::<TenantId>(&tenant),
            // The operator's policies count for everybody.
            None => self.entries.invalidate_all(),
        }
    }
}

fn weight(set: &PolicySet) -> u32 {
    let bytes = set.policies().iter().map(|p| POLICY_WEIGHT + p.condition.json().to_string().len());
    u32::try_from(bytes.sum::<usize>() + POLICY_WEIGHT).unwrap_or(u32::MAX)
}
