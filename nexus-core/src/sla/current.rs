//! Keeping the policies current. A tenant's change reads what counts for that tenant; a change of the operator, or one that may
//! have been missed, reads everything, and not more often than every so many seconds. When the database is away, what was known
//! counts on.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::{
    Owner, Sla,
    engine::{Board, Engine},
    policies::Policies,
    store,
    upkeep::{Progress, within},
};
use crate::{id::TenantId, pg::DbError};

/// How often policies are read anew although nobody said that they changed, and while nobody would say so.
const REREAD: [Duration; 2] = [Duration::from_mins(1), Duration::from_secs(5)];
/// How long changes are collected before they are read: many at once cost little more than one.
const COLLECT: Duration = Duration::from_millis(250);
/// How often everything is read at most because somebody changed something.
const ALL_EVERY: Duration = Duration::from_secs(3);
/// The most tenants that are read one by one.
const MAX_TENANTS: usize = 1000;

/// What may have changed since it was read.
#[derive(Debug)]
pub(super) struct Stale {
    all: bool,
    /// Somebody waits for it here, and it is read at once.
    at_once: bool,
    tenants: BTreeSet<TenantId>,
}

impl Default for Stale {
    fn default() -> Self {
        Self { all: true, at_once: true, tenants: BTreeSet::new() }
    }
}

impl Stale {
    /// Everything, wanted at once.
    pub(super) fn all(&mut self) {
        (self.all, self.at_once) = (true, true);
    }

    /// What a notification says: that something of a tenant changed, or of the operator.
    pub(super) fn of(&mut self, tenant: Option<TenantId>) {
        match tenant {
            Some(tenant) if self.tenants.len() < MAX_TENANTS => {
                self.tenants.insert(tenant);
            }
            _ => self.all = true,
        }
    }
}

impl Sla {
    /// Something of an owner was changed here: afterwards this replica goes by it.
    pub async fn changed(&self, owner: &Owner) {
        let Some(engine) = self.engine() else { return };
        match owner {
            Owner::Tenant(tenant) => engine.stale().of(Some(tenant.clone())),
            Owner::Operator => engine.stale().all(),
        }
        let mut progress = engine.progress.lock().await;
        if let Err(error) = within(engine.catch_up(&mut progress)).await {
            tracing::debug!(%error, "policies for service levels are read later");
        }
    }
}

impl Engine {
    /// Reads what changed soon after it was said, without waiting for the next turn.
    pub(super) async fn keep_current(&self, stop: &CancellationToken) {
        let changes = async {
            loop {
                self.wake.notified().await;
                tokio::time::sleep(COLLECT).await;
                let mut progress = self.progress.lock().await;
                if let Err(error) = within(self.catch_up(&mut progress)).await {
                    tracing::debug!(%error, "policies for service levels are read later");
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = changes => {}
        }
    }

    /// Reads the policies that may have changed, and puts them up.
    pub(super) async fn catch_up(&self, progress: &mut Progress) -> Result<(), DbError> {
        let [rarely, often] = REREAD;
        let bound = if self.changes.connected() { rarely } else { often };
        let age = progress.read.map(|read| read.elapsed());
        let (all, tenants) = {
            let mut stale = self.stale();
            let due = stale.all && (stale.at_once || age.is_none_or(|age| age >= ALL_EVERY));
            let all = due || age.is_none_or(|age| age >= bound);
            if all {
                (stale.all, stale.at_once) = (false, false);
            }
            (all, std::mem::take(&mut stale.tenants))
        };
        if !all && tenants.is_empty() {
            return Ok(());
        }
        let mut lost = Lost { engine: self, all, tenants: Some(tenants) };
        let known = Arc::clone(&self.board().policies);
        let tenants: Vec<TenantId> = lost.tenants.iter().flatten().cloned().collect();
        let policies = self.read(&known, all, &tenants).await?;
        lost.tenants = None;
        if all {
            progress.read = Some(Instant::now());
        }
        if policies == *known {
            return Ok(());
        }
        // Somebody may be judged now who was not: what is recent is news again, and what is known stays.
        if all {
            progress.since = None;
        } else {
            progress.unseen.extend(tenants);
        }
        let policies = Arc::new(policies);
        self.note_broken(progress, &policies);
        let standings = self.board().standings.clone();
        self.publish(Board { policies, standings });
        Ok(())
    }

    async fn read(&self, known: &Policies, all: bool, tenants: &[TenantId]) -> Result<Policies, DbError> {
        let (now, defaults) = (self.clock.now(), &self.settings.defaults);
        let mut tx = self.db.platform().await?;
        if !all {
            let found = store::policy::assigned(&mut tx, now, Some(tenants)).await?;
            let mut policies = known.clone();
            policies.replace(tenants, &found, defaults);
            return Ok(policies);
        }
        let found = store::policy::assigned(&mut tx, now, None).await?;
        let global = store::policy::global(&mut tx).await?;
        Ok(Policies::compile(&found, global.as_ref(), defaults))
    }
}

/// What was to be read, unless it was: a reading that failed or was given up is made again.
struct Lost<'a> {
    engine: &'a Engine,
    all: bool,
    tenants: Option<BTreeSet<TenantId>>,
}

impl Drop for Lost<'_> {
    fn drop(&mut self) {
        let Some(tenants) = self.tenants.take() else { return };
        let mut stale = self.engine.stale();
        stale.all |= self.all;
        for tenant in tenants {
            stale.of(Some(tenant));
        }
    }
}
