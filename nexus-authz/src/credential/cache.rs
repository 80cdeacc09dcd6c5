//! Keys that were checked a moment ago, and when keys were used.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use nexus_core::{
    id::{CredentialId, TenantId},
    pg::{
        changes::Changes,
        remembered::{Bounds, Remembered, Void},
    },
    principal::Principal,
};

use super::{CredentialSettings, Known};

/// Checked keys by their hash.
pub(super) fn known(settings: &CredentialSettings, changes: &Changes) -> Remembered<Known> {
    let bounds = Bounds::values(settings.cache_entries).no_older_than(settings.cache_ttl);
    Remembered::new(changes, bounds, |topic, tenant, _| match topic {
        "api_key" | "user" => of(tenant),
        _ => Void::Nothing,
    })
}

/// The keys of a tenant.
pub(super) fn of(tenant: &str) -> Void<Known> {
    let tenant = tenant.to_owned();
    Void::Where(Box::new(move |known| known.principal.tenant.as_str() == tenant))
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
