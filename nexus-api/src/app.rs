//! Everything that handlers need, put together once.

use std::{fmt, ops::Deref, sync::Arc, time::Duration};

use nexus_authz::{access::Access, caller::RoleSettings, credential::Credentials};
use nexus_core::{
    audit::AuditLog,
    billing::Billing,
    clock::Clock,
    crypto::{rotation::Rotations, vault::Vault},
    escrow::Escrow,
    idempotency::Idempotency,
    keyring::Keyring,
    limit::Limiter,
    pg::{Db, changes::Changes},
    plan::Plans,
    quota::Quotas,
    resilience::Integrations,
    shared::Shared,
    sla::Sla,
    slots::Slots,
    switch::Switches,
};
use nexus_retrieval::{
    document::{DocumentSettings, cost::Charges, source::Sources},
    embed::Embedder,
    import::ImportSettings,
    run::Runs,
    speech::Voice,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    audit::AuditDesk, auth::AuthSettings, billing::Webhook, layers::Origins, run::replay::Replays,
    self_serve::SelfServeSettings,
};

/// The parts of the platform, shared by all handlers. Cheap to clone.
#[derive(Clone)]
pub struct Platform(Arc<Parts>);

/// What a [`Platform`] is made of.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// State that replicas share and may lose.
    pub shared: Shared,
    /// Calls to services of others, and how those are doing.
    pub integrations: Integrations,
    /// Notifications of changes to what caches hold.
    pub changes: Changes,
    /// Checks API keys.
    pub credentials: Credentials,
    /// How callers prove who they are.
    pub auth: AuthSettings,
    /// Which web pages of other origins may call.
    pub origins: Origins,
    /// What roles may do.
    pub roles: RoleSettings,
    /// Lets requests through, or not.
    pub limiter: Limiter,
    /// Makes changes happen once.
    pub idempotency: Idempotency,
    /// Allowances that are counted.
    pub escrow: Escrow,
    /// Counts what tenants use, and what is left.
    pub quotas: Quotas,
    /// Announces billing events.
    pub billing: Billing,
    /// The receiver of billing events, if there is one.
    pub webhook: Option<Webhook>,
    /// What administrators do without the operator.
    pub self_serve: SelfServeSettings,
    /// Decides what callers may do and read.
    pub access: Access,
    /// Measures requests, and says where a service level is at risk.
    pub sla: Sla,
    /// Bounds how many documents are taken in at once.
    pub intake: Slots,
    /// Rules for documents.
    pub documents: DocumentSettings,
    /// What puts documents on the account of their tenant.
    pub charges: Charges,
    /// Rules for imports.
    pub imports: ImportSettings,
    /// The age of a heartbeat from which workers count as gone.
    pub heartbeat_stale: Duration,
    /// The largest file, in bytes.
    pub max_upload: usize,
    /// What the operator stopped, or rolls out.
    pub switches: Switches,
    /// What the plans of tenants include.
    pub plans: Plans,
    /// Sources of documents.
    pub sources: Sources,
    /// The embedding model of this server.
    pub embedder: Arc<dyn Embedder>,
    /// Answers questions.
    pub runs: Runs,
    /// Speaks answers and keeps the sound.
    pub voice: Voice,
    /// Seals and opens for tenants.
    pub vault: Vault,
    /// Replaces the keys of tenants.
    pub rotations: Rotations,
    /// Keys of the platform.
    pub keyring: Keyring,
    /// Streams that can be resumed.
    pub replays: Replays,
    /// Records what happened, without making anybody wait.
    pub audit: AuditLog,
    /// What the routes of the audit log need besides.
    pub audit_desk: AuditDesk,
    /// The time.
    pub clock: Clock,
    /// Work that shutdown waits for.
    pub tasks: TaskTracker,
    /// Cancelled when the server begins to stop.
    pub stopping: CancellationToken,
}

impl Platform {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Platform {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Platform")
    }
}
