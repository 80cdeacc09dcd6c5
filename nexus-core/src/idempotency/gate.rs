//! Twins in one process wait for each other here, and not in the database.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex as Lock, PoisonError, Weak},
};

use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::{Instant, timeout_at},
};

use super::{
    Scope,
    decide::{self, Digest},
};
use crate::id::TenantId;

/// Entries are swept when there are so many, and then when there are twice as many as were in use.
const SWEEP_FROM: usize = 1024;

/// The requests that are at work in this process, by scope. There are never more of them than requests.
#[derive(Debug, Default)]
pub(super) struct Gates(Lock<Entries>);

#[derive(Debug, Default)]
struct Entries {
    gates: HashMap<(TenantId, Digest), Weak<Mutex<()>>>,
    sweep_at: usize,
}

/// The place of one request among its twins of this process; the next one's when it is dropped.
#[derive(Debug)]
pub struct Place(#[expect(dead_code, reason = "held, not looked at")] OwnedMutexGuard<()>);

/// How a request came through.
#[derive(Debug)]
pub(super) enum Passed {
    /// Nobody was before it.
    First(Place),
    /// A twin was at work and is done, well or not. All who waited for it go on at once.
    AfterTwin,
}

impl Gates {
    /// A place, or the wait for a twin of this process; `None` when the twin takes too long.
    pub(super) async fn pass(&self, scope: &Scope<'_>, give_up: Instant) -> Option<Passed> {
        let gate = self.gate(scope);
        match Arc::clone(&gate).try_lock_owned() {
            Ok(place) => Some(Passed::First(Place(place))),
            Err(_) => timeout_at(give_up, gate.lock()).await.ok().map(|_| Passed::AfterTwin),
        }
    }

    fn gate(&self, scope: &Scope<'_>) -> Arc<Mutex<()>> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.gates.len() >= entries.sweep_at.max(SWEEP_FROM) {
            entries.gates.retain(|_, gate| gate.strong_count() > 0);
            entries.sweep_at = entries.gates.len() * 2;
        }
        let entry = entries.gates.entry((scope.tenant.clone(), decide::scope(scope))).or_default();
        entry.upgrade().unwrap_or_else(|| {
            let gate = Arc::default();
            *entry = Arc::downgrade(&gate);
            gate
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;
    use crate::{id::CredentialId, idempotency::Key};

    #[tokio::test]
    async fn one_twin_passes_at_a_time_and_strangers_do_not_wait() {
        let gates = Gates::default();
        let (tenant, other) = (TenantId::new("t").unwrap(), TenantId::new("t2").unwrap());
        let (actor, key) = (CredentialId::new("k").unwrap(), Key::parse(b"key").unwrap());
        let scope = Scope { tenant: &tenant, actor: &actor, method: "POST", path: "/v1/x", key: &key };
        let at_once = Instant::now();
        let place = gates.pass(&scope, at_once).await.unwrap();
        assert!(matches!(place, Passed::First(_)));
        assert!(gates.pass(&scope, at_once).await.is_none());
        let stranger = gates.pass(&Scope { tenant: &other, ..scope }, at_once).await;
        assert!(matches!(stranger, Some(Passed::First(_))));
        let later = at_once + Duration::from_mins(1);
        let (one, two, ()) = tokio::join!(gates.pass(&scope, later), gates.pass(&scope, later), async { drop(place) });
        assert!(matches!((one, two), (Some(Passed::AfterTwin), Some(Passed::AfterTwin))));
        assert!(matches!(gates.pass(&scope, at_once).await, Some(Passed::First(_))));
    }

    #[tokio::test]
    async fn who_is_done_is_forgotten() {
        let gates = Gates::default();
        let (tenant, actor) = (TenantId::new("t").unwrap(), CredentialId::new("k").unwrap());
        for n in 0..5 * SWEEP_FROM {
            let key = Key::parse(n.to_string().as_bytes()).unwrap();
            let scope = Scope { tenant: &tenant, actor: &actor, method: "POST", path: "/v1/x", key: &key };
            gates.pass(&scope, Instant::now()).await.unwrap();
        }
        assert!(gates.0.lock().unwrap().gates.len() <= SWEEP_FROM);
    }
}
