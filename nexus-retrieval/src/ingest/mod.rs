//! Documents to chunks: the work that a job does after a document was accepted.
//!
//! The job carries the id of the document and nothing else. Text, chunks, postings, statistics, the document's state and the
//! end of the job are written in one transaction, so that a worker that dies leaves everything as it was, and one that lost
//! its lease changes nothing. When the embedding model or the object store is away the job is tried again later.

#[cfg(feature = "files")]
pub mod bulk;
pub mod chunk;
mod cut;
pub mod extract;
mod handler;
mod index;
pub mod language;
pub mod location;
mod reap;
pub mod terms;

use std::time::Duration;

use nexus_core::{
    id::DocumentId,
    job::{self, JobError, JobId, NewJob},
    pg::{DbError, TenantTx},
};
use serde::{Deserialize, Serialize};

pub use self::{
    handler::IngestHandler,
    index::{INDEX_KIND, IndexHandler},
    reap::ReapHandler,
};

/// The queue that ingestion jobs wait in.
pub const QUEUE: &str = "ingest";
/// The kind of job that processes a document.
pub const KIND: &str = "ingest_document";
/// The kind of job that removes a source that nothing needs.
pub const REAP_KIND: &str = "reap_source";
/// After which time a source without a document is removed.
pub const REAP_DELAY: Duration = Duration::from_hours(1);
const REAP_ATTEMPTS: u32 = 20;

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    document_id: DocumentId,
}

#[derive(Debug, Serialize, Deserialize)]
struct ReapPayload {
    source_key: String,
}

/// Queues the processing of a document, in the transaction that accepts it.
pub(crate) async fn enqueue(tx: &mut TenantTx, document: &DocumentId, attempts: u32) -> Result<JobId, DbError> {
    let payload = serde_json::json!(Payload { document_id: document.clone() });
    let job = NewJob::new(tx.tenant(), QUEUE, KIND, payload, attempts);
    job::enqueue(tx, &job).await
}

/// Queues the removal of a source that may turn out to be needed by nothing.
pub(crate) async fn enqueue_reap(tx: &mut TenantTx, key: &str, delay: Duration) -> Result<JobId, DbError> {
    let payload = serde_json::json!(ReapPayload { source_key: key.to_owned() });
    let job = NewJob { delay, ..NewJob::new(tx.tenant(), QUEUE, REAP_KIND, payload, REAP_ATTEMPTS) };
    job::enqueue(tx, &job).await
}

/// An error whose words a tenant may read as the reason why something failed; the log has the cause.
pub(crate) fn without_cause(error: JobError) -> JobError {
    match error {
        JobError::Db(error) => {
            tracing::warn!(%error, "a job is held up by the database");
            JobError::Retry("The database could not be used".to_owned())
        }
        other => other,
    }
}

/// The same for an outside service that failed: what is told, and what is logged.
pub(crate) fn held_up(told: &str, cause: &dyn std::fmt::Display) -> JobError {
    tracing::warn!(%cause, told, "a job is held up");
    JobError::Retry(told.to_owned())
}

fn to_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
