//! `/v1/documents`: what a tenant puts in.

pub(crate) mod reindex;

use axum::extract::State;
use bytes::Bytes;
use nexus_authz::{
    caller::Caller,
    permission::{DocumentDelete, DocumentIngest, DocumentRead, DocumentUpdate, Permission},
};
use nexus_core::{
    audit::{Event, EventType},
    id::{CorpusId, DocumentId},
    op::Op,
    pg::Db,
    problem::Problem as _,
};
use nexus_retrieval::document::{
    self, DocumentError, IngestSource,
    accept::{self, NewDocument},
    change::{self, Patch},
    read,
};
use nexus_sdk::wire;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::Platform,
    cost,
    http::{
        Body, Context, Done, Faults, Multipart, NoContent, Once, Path, Query, Refusal, Reply, Validate,
        caller::{As, Intake},
        context::Surface,
        multipart::FormLimits,
        page::{check_limit, checked_id, page_request},
    },
};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new()
        .routes(routes!(list, upload))
        .routes(routes!(ingest_text))
        .routes(routes!(get, patch, delete))
        .routes(routes!(text))
        .merge(reindex::routes())
}

/// Which documents.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only those of this corpus.
    corpus_id: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u32>,
    /// `meta.next_cursor` of the page before.
    cursor: Option<String>,
}

impl Validate for ListQuery {
    fn validate(&self, faults: &mut Faults) {
        check_limit(self.limit, faults);
    }
}

/// Lists the documents that the caller may read, oldest first.
#[utoipa::path(get, path = "/documents", tag = "documents", operation_id = "list_documents", params(ListQuery), extensions(("x-permission" = json!("document.read"))),
    responses((status = 200, description = "The documents", body = wire::Envelope<Vec<wire::Document>>)))]
async fn list(
    State(platform): State<Platform>,
    As(op, caller): As<DocumentRead>,
    Query(query): Query<ListQuery>,
) -> Result<Reply<Vec<wire::Document>>, Refusal> {
    let mut scope = platform.access.scope(&op, &caller).await?;
    if let Some(corpus) = &query.corpus_id {
        // An id that cannot exist has no documents.
        let Ok(corpus) = corpus.parse::<CorpusId>() else { return Ok(Reply::ok(Vec::new())) };
        scope = scope.within(corpus);
    }
    let page = page_request(query.limit, query.cursor.as_deref())?;
    let page = read::list(&op, &platform.db, &scope, &page).await?;
    Ok(Reply::ok(page.items.into_iter().map(to_wire).collect()).next(page.next.as_ref()))
}

/// A file with its corpus.
#[derive(ToSchema)]
#[allow(dead_code, reason = "documents the form; the form itself is read part by part")]
struct UploadForm {
    /// The corpus.
    corpus_id: String,
    /// The file: text, Markdown, HTML, CSV, JSON, PDF, DOCX, PPTX, XLSX or e-mail. Its content decides
    /// which; its declared type and name are hints.
    #[schema(value_type = String, format = Binary)]
    file: String,
    /// The id of the document; the server chooses one otherwise.
    document_id: Option<String>,
    /// Whether to replace a document that is there.
    overwrite: Option<bool>,
    /// What to attach, as a JSON object; `labels` and `title` in it have a meaning.
    metadata_json: Option<String>,
    /// Characters of a chunk at most.
    chunk_size_chars: Option<u32>,
    /// Characters that neighbouring chunks share.
    chunk_overlap_chars: Option<u32>,
}

/// Uploads a document. It is processed by a job; poll `status_url`.
#[utoipa::path(post, path = "/documents", tag = "documents", operation_id = "upload_document", request_body(content = UploadForm, content_type = "multipart/form-data"),
    extensions(("x-permission" = json!("document.ingest"))),
    responses((status = 202, description = "Accepted", body = wire::Envelope<wire::DocumentAccepted>),
              (status = 200, description = "A document with this id was there and stays as it is", body = wire::Envelope<wire::DocumentAccepted>)))]
async fn upload(
    State(platform): State<Platform>,
    Intake(op, caller, _place): Intake<DocumentIngest>,
    context: Context,
    once: Once,
    form: Multipart,
) -> Result<Done<Reply<wire::DocumentAccepted>>, Refusal> {
    let form = form.read(&FormLimits::around(platform.max_upload)).await?;
    let file = form.file("file")?;
    let new = NewDocument {
        corpus: checked_id("corpus_id", form.require("corpus_id")?)?,
        id: form.text("document_id").filter(|id| !id.is_empty()).map(|id| checked_id("document_id", id)).transpose()?,
        filename: file.filename.clone().unwrap_or_else(|| "upload.txt".to_owned()),
        content_type: file.content_type.clone().unwrap_or_default(),
        source: file.bytes.clone(),
        ingest_source: IngestSource::UploadFile,
        metadata: form.json_object("metadata_json")?,
        chunk_size_chars: form.number("chunk_size_chars")?,
        chunk_overlap_chars: form.number("chunk_overlap_chars")?,
        overwrite: form.flag("overwrite")?,
    };
    accept_document(&platform, &op, &caller, (once, &context), new).await
}

/// Ingests a text. With a `document_id` the call can be repeated: a document that is there stays unless `overwrite` is set.
#[utoipa::path(post, path = "/documents/text", tag = "documents", operation_id = "ingest_text", request_body = wire::TextDocument,
    extensions(("x-permission" = json!("document.ingest"))),
    responses((status = 202, description = "Accepted", body = wire::Envelope<wire::DocumentAccepted>),
              (status = 200, description = "A document with this id was there and stays as it is", body = wire::Envelope<wire::DocumentAccepted>)))]
async fn ingest_text(
    State(platform): State<Platform>,
    Intake(op, caller, _place): Intake<DocumentIngest>,
    context: Context,
    once: Once,
    Body(body): Body<wire::TextDocument>,
) -> Result<Done<Reply<wire::DocumentAccepted>>, Refusal> {
    let filename = body.filename.unwrap_or_else(|| "raw_text.txt".to_owned());
    let markdown = filename.rsplit_once('.').is_some_and(|(_, e)| matches!(e, "md" | "markdown"));
    let new = NewDocument {
        corpus: checked_id("corpus_id", &body.corpus_id)?,
        id: body.document_id.map(|id| checked_id("document_id", &id)).transpose()?,
        content_type: if markdown { "text/markdown" } else { "text/plain" }.to_owned(),
        filename,
        source: Bytes::from(body.text),
        ingest_source: IngestSource::RawText,
        metadata: body.metadata_json.unwrap_or_default(),
        chunk_size_chars: body.chunk_size_chars.map(to_usize),
        chunk_overlap_chars: body.chunk_overlap_chars.map(to_usize),
        overwrite: body.overwrite,
    };
    accept_document(&platform, &op, &caller, (once, &context), new).await
}

/// One document.
#[utoipa::path(get, path = "/documents/{document_id}", tag = "documents", operation_id = "get_document", params(("document_id" = String, Path, description = "The document")),
    extensions(("x-permission" = json!("document.read"))),
    responses((status = 200, description = "The document", body = wire::Envelope<wire::Document>)))]
async fn get(
    State(platform): State<Platform>,
    As(op, caller): As<DocumentRead>,
    Path(id): Path<DocumentId>,
) -> Result<Reply<wire::Document>, Refusal> {
    let scope = platform.access.scope(&op, &caller).await?;
    Ok(Reply::ok(to_wire(read::get(&op, &platform.db, &scope, &id).await?)))
}

/// Changes the name, the metadata or the labels of a document. What is not given stays.
#[utoipa::path(patch, path = "/documents/{document_id}", tag = "documents", operation_id = "patch_document", params(("document_id" = String, Path, description = "The document")),
    request_body = wire::PatchDocument, extensions(("x-permission" = json!("document.update"))),
    responses((status = 200, description = "The document", body = wire::Envelope<wire::Document>)))]
async fn patch(
    State(platform): State<Platform>,
    As(op, caller): As<DocumentUpdate>,
    Path(id): Path<DocumentId>,
    once: Once,
    Body(body): Body<wire::PatchDocument>,
) -> Result<Done<Reply<wire::Document>>, Refusal> {
    let patch = Patch { filename: body.filename, metadata: body.metadata_json, labels: body.labels };
    let change = async |db: Db| {
        let changed = change::patch(&op, &db, &platform.access, &caller, &id, patch).await;
        Ok(Reply::ok(to_wire(changed.map_err(|error| refuse(&platform, &op, &caller, Some(&id), error))?)))
    };
    once.perform(&platform, &op, &caller, change).await
}

/// Deletes a document with its chunks and grants.
#[utoipa::path(delete, path = "/documents/{document_id}", tag = "documents", operation_id = "delete_document", params(("document_id" = String, Path, description = "The document")),
    extensions(("x-permission" = json!("document.delete"))),
    responses((status = 204, description = "Deleted")))]
async fn delete(
    State(platform): State<Platform>,
    As(op, caller): As<DocumentDelete>,
    Path(id): Path<DocumentId>,
    once: Once,
) -> Result<Done<NoContent>, Refusal> {
    let change = async |db: Db| {
        let deleted = change::delete(&op, &db, &platform.access, &caller, &id).await;
        deleted.map_err(|error| refuse(&platform, &op, &caller, Some(&id), error))?;
        Ok(NoContent)
    };
    once.perform(&platform, &op, &caller, change).await
}

/// A span of characters.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SpanQuery {
    /// The first character.
    #[param(default = 0)]
    start: Option<u64>,
    /// One past the last character; at most 100,000 after the first.
    end: Option<u64>,
}

impl Validate for SpanQuery {}

/// The stored text between two offsets: the quote of a citation is exactly what stands here.
#[utoipa::path(get, path = "/documents/{document_id}/text", tag = "documents", operation_id = "get_document_text", params(("document_id" = String, Path, description = "The document"), SpanQuery),
    extensions(("x-permission" = json!("document.read"))),
    responses((status = 200, description = "The text", body = wire::Envelope<wire::DocumentText>)))]
async fn text(
    State(platform): State<Platform>,
    As(op, caller): As<DocumentRead>,
    Path(id): Path<DocumentId>,
    Query(span): Query<SpanQuery>,
) -> Result<Reply<wire::DocumentText>, Refusal> {
    let scope = platform.access.scope(&op, &caller).await?;
    let found = read::text(&op, &platform.db, &scope, &id, span.start.unwrap_or(0), span.end).await?;
    Ok(Reply::ok(text_to_wire(id, found)))
}

/// The text in the form of the wire.
pub(crate) fn text_to_wire(id: DocumentId, found: read::TextSpan) -> wire::DocumentText {
    wire::DocumentText {
        document_id: id.into(),
        start: found.start,
        end: found.end,
        total_chars: found.total_chars,
        text: found.text,
        content_hash: found.content_hash,
    }
}

impl Validate for wire::TextDocument {
    const MAX_BYTES: Option<usize> = Some(32 * 1024 * 1024);
}

impl Validate for wire::PatchDocument {}

/// A source is stored before the transaction begins that remembers the answer, so that none waits for a store of objects.
async fn accept_document(
    platform: &Platform,
    op: &Op,
    caller: &Caller<DocumentIngest>,
    (mut once, context): (Once, &Context),
    new: NewDocument,
) -> Result<Done<Reply<wire::DocumentAccepted>>, Refusal> {
    if let Some(done) = once.again(platform, op, caller).await? {
        return Ok(done);
    }
    let id = new.id.clone();
    let refused = |error| {
        cost::headers::tell_refused(context, &error);
        refuse(platform, op, caller, id.as_ref(), error)
    };
    let rules = (&platform.documents, &platform.access, &platform.charges);
    let staged = accept::stage(op, &platform.db, &platform.sources, rules, caller, new).await;
    let change = async |db: Db| {
        let taken = staged.map_err(refused)?.accept(op, &db, &platform.documents).await.map_err(refused)?;
        cost::headers::tell(context, taken.cost.as_ref());
        let data = wire::DocumentAccepted { differs: taken.differs, ..accepted(&taken.document, context.surface) };
        Ok(if taken.queued { Reply::accepted(data) } else { Reply::ok(data) })
    };
    once.perform(platform, op, caller, change).await
}

/// What the grants deny is recorded, without making anybody wait.
pub(crate) fn refuse<P: Permission>(
    platform: &Platform,
    op: &Op,
    caller: &Caller<P>,
    id: Option<&DocumentId>,
    error: DocumentError,
) -> Refusal {
    if let (DocumentError::Denied, Some(id)) = (&error, id) {
        let event = Event::by(op, caller, EventType::AuthzAccessDenied).resource("document", id.as_str());
        platform.audit.note(event.failed(error.code()));
    }
    error.into()
}

fn accepted(document: &document::Document, surface: Surface) -> wire::DocumentAccepted {
    let prefix = if surface == Surface::V1 { "/v1" } else { "" };
    wire::DocumentAccepted {
        document_id: document.id.to_string(),
        status: status_to_wire(document.status),
        job_id: document.last_job_id.map(|id| id.to_string()),
        status_url: format!("{prefix}/documents/{}", document.id),
        differs: false,
    }
}

pub(crate) fn status_to_wire(status: document::Status) -> wire::DocumentStatus {
    match status {
        document::Status::Queued => wire::DocumentStatus::Queued,
        document::Status::Processing => wire::DocumentStatus::Processing,
        document::Status::Succeeded => wire::DocumentStatus::Succeeded,
        document::Status::Failed => wire::DocumentStatus::Failed,
    }
}

fn to_usize(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

pub(crate) fn to_wire(d: document::Document) -> wire::Document {
    let source = match d.ingest_source {
        IngestSource::UploadFile => wire::IngestSource::UploadFile,
        IngestSource::RawText => wire::IngestSource::RawText,
    };
    wire::Document {
        id: d.id.into(),
        tenant_id: d.tenant.into(),
        corpus_id: d.corpus.into(),
        filename: d.filename,
        content_type: d.content_type,
        source,
        ingest_source: source,
        status: status_to_wire(d.status),
        failure_reason: d.failure_reason,
        created_at: d.created_at,
        updated_at: d.updated_at,
        queued_at: d.queued_at,
        processing_started_at: d.processing_started_at,
        completed_at: d.completed_at,
        last_reindexed_at: d.last_reindexed_at,
        last_job_id: d.last_job_id.map(|id| id.to_string()),
        num_chunks: d.num_chunks.and_then(|n| u64::try_from(n).ok()),
        title: Some(d.title),
        labels: d.labels,
        metadata_json: d.metadata,
        declared_content_type: d.declared_type,
        ingest_notes: d.notes,
    }
}
