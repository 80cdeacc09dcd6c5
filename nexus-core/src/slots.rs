//! Places for what takes memory or time: so many at once, and not all of them for one tenant.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    id::TenantId,
    problem::{Code, Kind, Problem},
    sla::window::Load,
};

/// The places of this process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Slots(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    gauge: &'static str,
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

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// All places are taken, by whomever.
    #[error("all places are taken")]
    House,
    /// The tenant has as many as it may have.
    #[error("the tenant has as many places as it may have")]
    Tenant,
}

impl Problem for Full {
    fn kind(&self) -> Kind {
        Kind::Unavailable
    }
    fn code(&self) -> Code {
        Code::ServiceBusy
    }
    fn message(&self) -> Cow<'static, str> {
        "All places are taken; try again shortly".into()
    }
    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_secs(1))
    }
}

/// How many of so many places one tenant gets by default: three quarters, and never all where there is more than one.
#[must_use]
pub fn share(all: usize) -> usize {
    (all - all / 4).min(all.saturating_sub(1)).max(1)
}

impl Slots {
    /// This many places, of which one tenant gets at most `tenant_max`. The gauge shows how many are taken.
    #[must_use]
    pub fn new(gauge: &'static str, max: usize, tenant_max: usize) -> Self {
        Self(Arc::new(Inner { gauge, max, tenant_max, taken: Mutex::default() }))
    }

    /// A place, if one is free for this tenant. There is no queue: a client that waits is better off asking again.
    pub fn take(&self, tenant: &TenantId) -> Result<Slot, Full> {
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_tenant = taken.by_tenant.get(tenant).copied().unwrap_or_default();
        if of_tenant >= self.0.tenant_max || taken.all >= self.0.max {
            metrics::counter!("nexusrag_service_busy_total").increment(1);
            // A tenant that fills its own share is told so, whatever the others do.
            return Err(if of_tenant >= self.0.tenant_max { Full::Tenant } else { Full::House });
        }
        taken.all += 1;
        taken.by_tenant.insert(tenant.clone(), of_tenant + 1);
        metrics::gauge!(self.0.gauge).increment(1);
        Ok(Slot { slots: self.clone(), tenant: tenant.clone() })
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
        metrics::gauge!(self.slots.0.gauge).decrement(1);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_tenant_cannot_take_all_places_and_dropping_gives_back() {
        let (a, b): (TenantId, TenantId) = ("a".parse().unwrap(), "b".parse().unwrap());
        let slots = Slots::new("places", 3, 2);
        let first = slots.take(&a).unwrap();
        let _second = slots.take(&a).unwrap();
        assert_eq!(slots.take(&a).unwrap_err(), Full::Tenant);
        let _third = slots.take(&b).unwrap();
        assert_eq!(slots.take(&b).unwrap_err(), Full::House);
        assert_eq!(slots.take(&a).unwrap_err(), Full::Tenant);
        let loads: HashMap<_, _> = slots.loads().into_iter().collect();
        let load = Load { own: 2, own_max: 2, all: 3, all_max: 3, tenants: 2 };
        assert_eq!(loads, HashMap::from([(a, load), (b.clone(), Load { own: 1, ..load })]));
        drop(first);
        assert!(slots.take(&b).is_ok());
    }

    #[test]
    fn a_share_leaves_room_for_others_where_there_is_any() {
        let shares = [1, 2, 3, 4, 8, 10, 256].map(share);
        assert_eq!(shares, [1, 1, 2, 3, 6, 8, 192]);
    }
}
