//! What taking documents in is expected to use, and what it used.

use nexus_core::{
    cost::{Component, CostError, Costs, Expected, INTERNAL, Order, Tab, Units, Used},
    id::TenantId,
    op::Op,
    principal::Principal,
};

use crate::{embed::ModelId, run::cost::embedder_of};

/// The class of what is done with documents, in reports.
const CLASS: &str = "ingest";

/// Puts what happens to documents on the account of their tenant. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Charges {
    costs: Costs,
    embedder: &'static str,
}

impl Charges {
    /// Charges for passages that this model embeds.
    #[must_use]
    pub fn new(costs: Costs, model: &ModelId) -> Self {
        Self { costs, embedder: embedder_of(model) }
    }

    /// Charges nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { costs: Costs::off(), embedder: INTERNAL }
    }

    /// Opens the tab of a document that is taken in. Its passages are embedded later, on a tab of their own: here it is made
    /// sure that there is room for that.
    pub(super) async fn intake(&self, op: &Op, by: &Principal, bytes: u64) -> Result<Tab, CostError> {
        let used = vec![stored(bytes), queued(1), self.embedded(bytes)];
        self.open(op, &by.tenant, Some(by), used).await
    }

    /// Opens the tab of documents that are processed anew.
    pub(super) async fn anew(&self, op: &Op, by: &Principal, (jobs, bytes): (u64, u64)) -> Result<Tab, CostError> {
        self.open(op, &by.tenant, Some(by), vec![queued(jobs), self.embedded(bytes)]).await
    }

    /// Opens the tab of passages that are to be embedded, so many characters together.
    pub(crate) async fn embedding(&self, op: &Op, tenant: &TenantId, chars: u64) -> Result<Tab, CostError> {
        self.open(op, tenant, None, vec![self.embedded(chars)]).await
    }

    /// What embedding passages used.
    pub(crate) fn embedded_chunks(&self, chars: u64, chunks: usize) -> Used {
        let mut used = self.embedded(chars);
        used.units.chunks = u64::try_from(chunks).ok();
        used
    }

    async fn open(
        &self,
        op: &Op,
        tenant: &TenantId,
        by: Option<&Principal>,
        used: Vec<Used>,
    ) -> Result<Tab, CostError> {
        let order = Order { tenant, by, class: CLASS, session: None, degradable: false };
        self.costs.open(op, order, &|_| Expected { used: used.clone(), ..Expected::default() }).await
    }

    fn embedded(&self, chars: u64) -> Used {
        let units = Units { tokens: Some(self.costs.settings().tokens(chars).max(1)), ..Units::default() };
        Used::new(Component::Embedding, self.embedder, units).estimated(true)
    }
}

/// What keeping a source uses.
pub(super) fn stored(bytes: u64) -> Used {
    Used::new(Component::Storage, INTERNAL, Units { bytes: Some(bytes), ..Units::default() })
}

/// What jobs use.
pub(super) fn queued(jobs: u64) -> Used {
    Used::new(Component::Queue, INTERNAL, Units { requests: Some(jobs), ..Units::default() })
}
