//! Keys that were checked a moment ago, and when keys were used.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use nexus_core::{
    id::{CredentialId, TenantId},
    pg::changes::{Change, Changes},
    principal::Principal,
};

use super::{CredentialSettings, Known};

/// Checked keys by their hash.
#[derive(Debug, Clone)]
pub(super) struct Cache {
    entries: moka::sync::Cache<[u8; 32], Known>,
    // Counts changes. A row that was read before a change must not be remembered after it.
    generation: Arc<AtomicU64>,
    changes: Changes,
}

impl Cache {
    pub(super) fn new(settings: &CredentialSettings, changes: &Changes) -> Self {
        let entries = moka::sync::Cache::builder()
            .max_capacity(settings.cache_entries)
            .time_to_live(settings.cache_ttl)
            .support_invalidation_closures()
            .build();
        let cache = Self { entries, generation: Arc::default(), changes: changes.clone() };
        changes.on_change({
            let cache = cache.clone();
            move |change| cache.apply(change)
        });
        cache
    }

    /// What is known of a key, when it is known to be what the database says.
    pub(super) async fn get(&self, hash: &[u8; 32]) -> Option<Known> {
        if self.changes.confirmed().await { self.entries.get(hash) } else { None }
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Remembers a key that was read in the given generation, unless something changed since.
    pub(super) fn put(&self, hash: [u8; 32], known: &Known, read_in: u64) {
        if !self.changes.connected() {
            return;
        }
        self.entries.insert(hash, known.clone());
        if self.generation() != read_in {
            self.entries.invalidate(&hash);
        }
    }

    /// Forgets the keys of a tenant.
    pub(super) fn forget(&self, tenant: &str) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        let tenant = tenant.to_owned();
        let of_tenant = move |_: &[u8; 32], known: &Known| known.principal.tenant.as_str() == tenant;
        if self.entries.invalidate_entries_if(of_tenant).is_err() {
            self.entries.invalidate_all();
        }
    }

    fn apply(&self, change: &Change) {
        match change {
            Change::Of { topic, tenant, .. } if topic == "api_key" || topic == "user" => self.forget(tenant),
            Change::Of { .. } => {}
            Change::Lost => {
                self.generation.fetch_add(1, Ordering::SeqCst);
                self.entries.invalidate_all();
            }
        }
    }
}

/// How many uses may wait to be written down.
const MAX_PENDING: usize = 100_000;

type Uses = HashMap<(TenantId, CredentialId), DateTime<Utc>>;

/// When keys were used since it was last written down. Losing it costs accuracy of `last_used_at`, nothing else.
#[derive(Debug, Clone, Default)]
pub struct LastUsed(Arc<Mutex<Uses>>);

impl LastUsed {
    /// Takes what is to be written down.
    #[must_use]
    pub fn take(&self) -> Vec<(TenantId, CredentialId, DateTime<Utc>)> {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *pending).into_iter().map(|((tenant, key), at)| (tenant, key, at)).collect()
    }

    pub(super) fn note(&self, principal: &Principal, now: DateTime<Utc>) {
        let mut pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() < MAX_PENDING {
            pending.insert((principal.tenant.clone(), principal.credential.clone()), now);
        }
    }

    pub(super) fn of(&self, principal: &Principal) -> Option<DateTime<Utc>> {
        let pending = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pending.get(&(principal.tenant.clone(), principal.credential.clone())).copied()
    }
}
