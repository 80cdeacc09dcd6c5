//! What counts for a tenant: its budget and its prices, looked up once and remembered until one of them changes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::{Budget, CostSettings, PriceList, TENANTS, store};
use crate::{
    id::TenantId,
    pg::{
        Db, DbError,
        changes::{Change, Changes},
    },
};

/// Prices that lapsed are dropped after this time, and those that begin later are in the list already.
const MAX_AGE: Duration = Duration::from_hours(1);

/// What counts for a tenant.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) budget: Budget,
    pub(super) prices: PriceList,
}

/// Looks terms up. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct TermsCache {
    db: Db,
    unset: Budget,
    entries: moka::sync::Cache<TenantId, Arc<Terms>>,
    // Counts changes. What was read before a change must not be remembered after it.
    generation: Arc<AtomicU64>,
    changes: Changes,
}

impl TermsCache {
    pub(super) fn new(db: Db, changes: &Changes, settings: &CostSettings) -> Self {
        let cache = Self {
            db,
            unset: Budget::unset(settings.warn_ratio, settings.hard_cap),
            entries: moka::sync::Cache::builder().max_capacity(TENANTS).time_to_live(MAX_AGE).build(),
            generation: Arc::default(),
            changes: changes.clone(),
        };
        changes.on_change({
            let cache = cache.clone();
            move |change| cache.apply(change)
        });
        cache
    }

    /// Where bills go.
    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    /// What counts for a tenant now.
    pub(super) async fn get(&self, tenant: &TenantId, now: DateTime<Utc>) -> Result<Arc<Terms>, DbError> {
        if self.changes.confirmed().await
            && let Some(terms) = self.entries.get(tenant)
        {
            return Ok(terms);
        }
        let generation = self.generation.load(Ordering::SeqCst);
        let terms = Arc::new(self.load(&self.db, tenant, now).await?);
        if self.changes.connected() {
            self.entries.insert(tenant.clone(), Arc::clone(&terms));
            if self.generation.load(Ordering::SeqCst) != generation {
                self.entries.invalidate(tenant);
            }
        }
        Ok(terms)
    }

    async fn load(&self, db: &Db, tenant: &TenantId, now: DateTime<Utc>) -> Result<Terms, DbError> {
        let mut tx = db.tenant(tenant).await?;
        let budget = store::budget(&mut tx).await?.unwrap_or_else(|| self.unset.clone());
        let prices = store::price::list_in_force(&mut tx, now).await?;
        Ok(Terms { budget, prices })
    }

    pub(super) fn forget(&self, tenant: Option<&TenantId>) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        match tenant {
            Some(tenant) => self.entries.invalidate(tenant),
            None => self.entries.invalidate_all(),
        }
    }

    fn apply(&self, change: &Change) {
        match change {
            // A tenant that is none is that of a price for everybody.
            Change::Of { topic, tenant, .. } if topic == "pricing" || topic == "budget" => {
                self.forget(tenant.parse().ok().as_ref());
            }
            Change::Of { .. } => {}
            Change::Lost => self.forget(None),
        }
    }
}
