//! What counts for a tenant: its budget and its prices, looked up once and remembered until one of them changes.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use super::{Budget, CostSettings, PriceList, TENANTS, store};
use crate::{
    id::TenantId,
    pg::{
        Db, DbError,
        changes::Changes,
        remembered::{Bounds, Remembered, Void},
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
    known: Remembered<Arc<Terms>>,
}

impl TermsCache {
    pub(super) fn new(db: Db, changes: &Changes, settings: &CostSettings) -> Self {
        let known = Remembered::new(changes, Bounds::values(TENANTS).no_older_than(MAX_AGE), |topic, tenant, _| {
            match topic {
                // A tenant that is none is that of a price for everybody.
                "pricing" | "budget" => Void::of_tenant(tenant.parse().ok().as_ref()),
                _ => Void::Nothing,
            }
        });
        Self { db, unset: Budget::unset(settings.warn_ratio, settings.hard_cap), known }
    }

    /// Where bills go.
    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    /// What counts for a tenant now.
    pub(super) async fn get(&self, tenant: &TenantId, now: DateTime<Utc>) -> Result<Arc<Terms>, DbError> {
        self.known.of(tenant.as_str().as_bytes(), async { Ok(Arc::new(self.load(tenant, now).await?)) }).await
    }

    async fn load(&self, tenant: &TenantId, now: DateTime<Utc>) -> Result<Terms, DbError> {
        let mut tx = self.db.tenant(tenant).await?;
        let budget = store::budget(&mut tx).await?.unwrap_or_else(|| self.unset.clone());
        let prices = store::price::list_in_force(&mut tx, now).await?;
        Ok(Terms { budget, prices })
    }

    pub(super) fn forget(&self, tenant: Option<&TenantId>) {
        self.known.forget(Void::of_tenant(tenant));
    }
}
