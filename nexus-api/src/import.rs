//! `/v1/imports`: folders, archives and buckets that the server itself takes into a corpus.

use axum::extract::State;
use nexus_authz::permission::DocumentIngest;
use nexus_core::pg::Db;
use nexus_retrieval::import::{self, ImportError, Status};
use nexus_sdk::wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    http::{Accepted, Body, Done, Faults, Once, Path, Refusal, Reply, Validate, caller::As, page::checked_id},
};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(get))
}

/// Begins an import. A job does it; poll the import.
#[utoipa::path(post, path = "/imports", tag = "documents", operation_id = "create_import", request_body = wire::CreateImport,
    extensions(("x-permission" = json!("document.ingest"))),
    responses((status = 202, description = "Accepted", body = wire::Envelope<wire::Import>)))]
async fn create(
    State(platform): State<Platform>,
    As(op, caller): As<DocumentIngest>,
    once: Once,
    Body(body): Body<wire::CreateImport>,
) -> Result<Done<Accepted<wire::Import>>, Refusal> {
    let corpus = checked_id("corpus_id", &body.corpus_id)?;
    let wanted = (corpus, body.source, body.overwrite);
    let change =
        async |db: Db| Ok(Accepted(to_wire(import::begin(&op, &db, &platform.imports, &caller, wanted).await?)));
    once.perform(&platform, &op, &caller, change).await
}

/// One import of the caller, with how far it got. Administrators see those of everybody.
#[utoipa::path(get, path = "/imports/{import_id}", tag = "documents", operation_id = "get_import", params(("import_id" = String, Path, description = "The import")),
    extensions(("x-permission" = json!("document.ingest"))),
    responses((status = 200, description = "The import", body = wire::Envelope<wire::Import>)))]
async fn get(
    State(platform): State<Platform>,
    As(_op, caller): As<DocumentIngest>,
    Path(id): Path<String>,
) -> Result<Reply<wire::Import>, Refusal> {
    // An id that cannot exist does not exist.
    let id = id.parse().map_err(|_| ImportError::NotFound)?;
    Ok(Reply::ok(to_wire(import::get(&platform.db, &caller, id).await?)))
}

impl Validate for wire::CreateImport {
    fn validate(&self, faults: &mut Faults) {
        faults.length("source", &self.source, &(1..=1000));
    }
}

fn to_wire(import: import::Import) -> wire::Import {
    let failure = |failed: import::FailedFile| wire::ImportFailure { path: failed.path, reason: failed.reason };
    wire::Import {
        id: import.id.to_string(),
        corpus_id: import.corpus.into(),
        source: import.source,
        overwrite: import.overwrite,
        status: match import.status {
            Status::Running => wire::ImportStatus::Running,
            Status::Succeeded => wire::ImportStatus::Succeeded,
            Status::Failed => wire::ImportStatus::Failed,
        },
        failure_reason: import.failure_reason,
        position: import.position.map(|position| position.name),
        accepted: import.counts.accepted.unsigned_abs(),
        unchanged: import.counts.unchanged.unsigned_abs(),
        differing: import.counts.differing.unsigned_abs(),
        skipped: import.counts.skipped.unsigned_abs(),
        failed: import.counts.failed.unsigned_abs(),
        failures: import.failures.into_iter().map(failure).collect(),
        created_at: import.created_at,
        updated_at: import.updated_at,
        finished_at: import.finished_at,
    }
}
