//! Compiled policies of tenants that were asked for a moment ago.

use nexus_core::{
    id::TenantId,
    pg::{
        Db, DbError,
        changes::Changes,
        remembered::{Bounds, Remembered, Void},
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
    known: Remembered<PolicySet>,
    changes: Changes,
}

impl PolicyCache {
    /// Sets up the lookup.
    #[must_use]
    pub fn new(db: Db, changes: &Changes) -> Self {
        let bounds = Bounds { most: MAX_WEIGHT, weigh: weight, age: None };
        let known = Remembered::new(changes, bounds, |topic, tenant, _| match topic {
            // The operator's policies count for everybody.
            "policy" => Void::of_tenant(tenant.parse().ok().as_ref()),
            _ => Void::Nothing,
        });
        Self { db, known, changes: changes.clone() }
    }

    /// The policies that count for a tenant.
    pub async fn of(&self, tenant: &TenantId) -> Result<PolicySet, DbError> {
        let read = async {
            let mut tx = self.db.tenant(tenant).await?;
            store::be_impatient(&mut tx, self.changes.failed_lately()).await?;
            Ok(PolicySet::compile(store::in_force(&mut tx).await?))
        };
        self.known.of(tenant.as_str().as_bytes(), read).await
    }

    /// Whether policies can be read.
    pub async fn ready(&self) -> Result<(), DbError> {
        let mut tx = self.db.platform().await?;
        Ok(store::probe(&mut tx).await?)
    }
}

fn weight(set: &PolicySet) -> u32 {
    let bytes = set.policies().iter().map(|p| POLICY_WEIGHT + p.condition.json().to_string().len());
    u32::try_from(bytes.sum::<usize>() + POLICY_WEIGHT).unwrap_or(u32::MAX)
}
