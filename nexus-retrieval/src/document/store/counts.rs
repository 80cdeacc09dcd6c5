//! How many documents there are.

use nexus_core::pg::{DbError, TenantTx};

/// Documents by where they are on their way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByStatus {
    /// Accepted; a job waits.
    pub queued: i64,
    /// A worker is on it.
    pub processing: i64,
    /// Searchable.
    pub succeeded: i64,
    /// Given up.
    pub failed: i64,
}

/// Counts the documents of the tenant of the transaction, whoever may read them.
pub async fn by_status(tx: &mut TenantTx) -> Result<ByStatus, DbError> {
    let (queued, processing, succeeded, failed) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE status = 'queued'), count(*) FILTER (WHERE status = 'processing'),
                count(*) FILTER (WHERE status = 'succeeded'), count(*) FILTER (WHERE status = 'failed')
         FROM documents WHERE tenant_id = nexus_tenant()",
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(ByStatus { queued, processing, succeeded, failed })
}
