//! Places for runs: so many at once, and not all of them for one tenant.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use nexus_core::{id::TenantId, sla::window::Load};

/// The places of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Slots(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    max: usize,
    tenant_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_tenant: HashMap<TenantId, usize>,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub struct Slot {
    slots: Slots,
    tenant: TenantId,
}

impl Slots {
    /// This many places, of which one tenant gets at most `tenant_max`.
    #[must_use]
    pub fn new(max: usize, tenant_max: usize) -> Self {
        Self(Arc::new(Inner { max, tenant_max, taken: Mutex::default() }))
    }

    /// A place, if one is free for this tenant. There is no queue: a client that waits is better off asking again.
    #[must_use]
    pub fn take(&self, tenant: &TenantId) -> Option<Slot> {
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_tenant = taken.by_tenant.get(tenant).copied().unwrap_or_default();
        if taken.all >= self.0.max || of_tenant >= self.0.tenant_max {
            return None;
        }
        taken.all += 1;
        taken.by_tenant.insert(tenant.clone(), of_tenant + 1);
        metrics::gauge!("nexusrag_runs_in_flight").increment(1);
        Some(Slot { slots: self.clone(), tenant: tenant.clone() })
    }

    /// Who holds how many places now.
    #[must_use]
    pub fn loads(&self) -> Vec<(TenantId, Load)> {
        let taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, tenants) = (taken.all, taken.by_tenant.len());
        let load = |own| Load { own, own_max: self.0.tenant_max, all, all_max: self.0.max, tenants };
        taken.by_tenant.iter().map(|(tenant, own)| (tenant.clone(), load(*own))).collect()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        if let Some(of_tenant) = taken.by_tenant.get_mut(&self.tenant) {
            *of_tenant = of_tenant.saturating_sub(1);
            if *of_tenant == 0 {
                taken.by_tenant.remove(&self.tenant);
            }
        }
        metrics::gauge!("nexusrag_runs_in_flight").decrement(1);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_tenant_cannot_take_all_places_and_dropping_gives_back() {
        let (a, b): (TenantId, TenantId) = ("a".parse().unwrap(), "b".parse().unwrap());
        let slots = Slots::new(3, 2);
        let first = slots.take(&a).unwrap();
        let _second = slots.take(&a).unwrap();
        assert!(slots.take(&a).is_none());
        let _third = slots.take(&b).unwrap();
        assert!(slots.take(&b).is_none());
        let loads: HashMap<_, _> = slots.loads().into_iter().collect();
        let load = Load { own: 2, own_max: 2, all: 3, all_max: 3, tenants: 2 };
        assert_eq!(loads, HashMap::from([(a, load), (b.clone(), Load { own: 1, ..load })]));
        drop(first);
        assert!(slots.take(&b).is_some());
    }
}
