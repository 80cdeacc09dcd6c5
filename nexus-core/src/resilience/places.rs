//! Places for calls that go on: so many at once to one service in one place, and not all of them for one tenant.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::Integration;
use crate::id::TenantId;

type Where = (Integration, Arc<str>);

/// The places of this process. Where nobody calls there is no entry, so that there are no more of them than calls.
#[derive(Debug)]
pub(super) struct Places {
    max: usize,
    tenant_max: usize,
    taken: Mutex<HashMap<Where, Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_tenant: HashMap<TenantId, usize>,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub(super) struct Held {
    places: Arc<Places>,
    at: Where,
    tenant: Option<TenantId>,
}

impl Places {
    pub(super) fn new(max: usize, tenant_max: usize) -> Self {
        Self { max, tenant_max, taken: Mutex::default() }
    }

    /// A place, if one is free there and the tenant has not its share already. There is no queue.
    pub(super) fn take(self: &Arc<Self>, which: Integration, place: &Arc<str>, of: Option<&TenantId>) -> Option<Held> {
        let at = (which, Arc::clone(place));
        let mut all = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (others, own) = all
            .get(&at)
            .map_or((0, 0), |here| (here.all, of.and_then(|tenant| here.by_tenant.get(tenant)).copied().unwrap_or(0)));
        if others >= self.max || own >= self.tenant_max {
            return None;
        }
        let here = all.entry(at.clone()).or_default();
        here.all += 1;
        if let Some(tenant) = of {
            here.by_tenant.insert(tenant.clone(), own + 1);
        }
        Some(Held { places: Arc::clone(self), at, tenant: of.cloned() })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut all = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(here) = all.get_mut(&self.at) else { return };
        here.all = here.all.saturating_sub(1);
        if let Some(tenant) = &self.tenant {
            let left = here.by_tenant.get(tenant).map_or(0, |own| own.saturating_sub(1));
            if left == 0 {
                here.by_tenant.remove(tenant);
            } else {
                here.by_tenant.insert(tenant.clone(), left);
            }
        }
        if here.all == 0 {
            all.remove(&self.at);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_tenant_has_its_share_of_a_place_and_a_region_is_not_held_up_by_another() {
        let (a, b): (TenantId, TenantId) = ("a".parse().unwrap(), "b".parse().unwrap());
        let (eu, us): (Arc<str>, Arc<str>) = ("eu".into(), "us".into());
        let places = Arc::new(Places::new(3, 2));
        let take = |place, of| places.take(Integration::AwsBedrock, place, of);
        let one = take(&eu, Some(&a)).unwrap();
        let _two = take(&eu, Some(&a)).unwrap();
        assert!(take(&eu, Some(&a)).is_none(), "its share");
        let _three = take(&eu, Some(&b)).unwrap();
        assert!(take(&eu, None).is_none(), "all places");
        let _elsewhere = (take(&us, Some(&a)).unwrap(), take(&us, None).unwrap());
        drop(one);
        assert!(take(&eu, Some(&a)).is_some());
        assert!(places.take(Integration::GcpVertex, &eu, Some(&a)).is_some());
    }

    #[test]
    fn nothing_is_remembered_of_places_where_nobody_calls() {
        let places = Arc::new(Places::new(3, 2));
        let tenant = "a".parse().unwrap();
        let held: Vec<_> =
            (0..100).map(|n| places.take(Integration::AwsBedrock, &n.to_string().into(), Some(&tenant))).collect();
        assert!(held.iter().all(Option::is_some));
        drop(held);
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
