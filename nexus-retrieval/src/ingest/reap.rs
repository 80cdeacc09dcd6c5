//! The job that removes a source which no document needs: one that was replaced, deleted, or never got its row.

use futures::future::BoxFuture;
use nexus_core::{
    job::{Handler, JobError, Lease},
    pg::{Db, DbError},
};

use super::{REAP_KIND, ReapPayload, held_up};
use crate::document::{source::Sources, store};

/// Removes sources.
#[derive(Debug)]
pub struct ReapHandler {
    db: Db,
    sources: Sources,
}

impl ReapHandler {
    /// Removes from this store what this database does not need.
    #[must_use]
    pub fn new(db: Db, sources: Sources) -> Self {
        Self { db, sources }
    }
}

impl Handler for ReapHandler {
    fn kind(&self) -> &'static str {
        REAP_KIND
    }

    fn run<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(async move {
            let payload: ReapPayload =
                serde_json::from_value(lease.payload.clone()).map_err(|e| JobError::Fatal(format!("payload: {e}")))?;
            let mut tx = self.db.tenant(&lease.tenant).await?;
            if store::source_in_use(&mut tx, &payload.source_key).await.map_err(DbError::from)? {
                return Ok(());
            }
            drop(tx);
            self.sources
                .remove(&lease.tenant, &payload.source_key)
                .await
                .map_err(|error| held_up("Document storage failed", &error))
        })
    }
}
