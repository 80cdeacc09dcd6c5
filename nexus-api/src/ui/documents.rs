//! The documents of a caller, looked for and sorted as he likes.

use axum::extract::State;
use chrono::{DateTime, Utc};
use nexus_authz::permission::DocumentRead;
use nexus_core::{id::CorpusId, order::Kind};
use nexus_retrieval::document::{Document, DocumentField, DocumentFilter, Status, read};
use nexus_sdk::wire::{self, DocumentStatus};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{cursor::Cursors, list};
use crate::{
    app::Platform,
    document::status_to_wire,
    http::{Faults, Query, Refusal, Reply, Validate, caller::As, query::moment},
};

/// The routes of this part.
pub(super) fn routes() -> OpenApiRouter<Platform> {
    OpenApiRouter::new().routes(routes!(documents))
}

/// Which documents, in which order.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DocumentsQuery {
    /// Only with this text in the name or the id, in any case.
    #[param(max_length = 256)]
    q: Option<String>,
    /// Fields with commas between them, `-` before one that falls: `created_at`, `updated_at`, `filename`, `status`.
    #[param(default = "-created_at", example = "status,-updated_at")]
    sort: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 25)]
    limit: Option<u32>,
    /// `page.next_cursor` of the page before, with the same query.
    cursor: Option<String>,
    /// Only those that are so far.
    #[param(value_type = Option<DocumentStatus>)]
    status: Option<DocumentStatus>,
    /// Only those of this corpus.
    corpus_id: Option<String>,
    /// Only created since.
    #[serde(default, deserialize_with = "moment")]
    created_from: Option<DateTime<Utc>>,
    /// Only created until.
    #[serde(default, deserialize_with = "moment")]
    created_to: Option<DateTime<Utc>>,
}

impl Validate for DocumentsQuery {
    fn validate(&self, faults: &mut Faults) {
        list::check(self.limit, [("q", &self.q)], faults);
    }
}

impl DocumentsQuery {
    fn filter(&self) -> DocumentFilter {
        let status = self.status.map(|status| match status {
            DocumentStatus::Queued => Status::Queued,
            DocumentStatus::Processing => Status::Processing,
            DocumentStatus::Succeeded => Status::Succeeded,
            DocumentStatus::Failed => Status::Failed,
        });
        DocumentFilter { q: list::said(self.q.as_ref()), status, from: self.created_from, to: self.created_to }
    }
}

/// The documents that fit and that the caller may read. Facets count all of them, and not only those of the page.
#[utoipa::path(get, path = "/ui/documents", tag = "ui", operation_id = "list_ui_documents", params(DocumentsQuery), extensions(("x-permission" = json!("document.read"))),
    responses((status = 200, description = "The documents", body = wire::Envelope<wire::UiDocumentPage>)))]
async fn documents(
    State(platform): State<Platform>,
    As(op, caller): As<DocumentRead>,
    Query(query): Query<DocumentsQuery>,
) -> Result<Reply<wire::UiDocumentPage>, Refusal> {
    let order = list::order(query.sort.as_deref(), DocumentField::CreatedAt)?;
    let (filter, limit) = (query.filter(), list::size(query.limit));
    let cursors = Cursors {
        key: &platform.audit_desk.cursors,
        tenant: &caller.tenant,
        list: "documents",
        order: &order,
        id: Kind::Text,
        filter: format!("{filter:?} {:?}", query.corpus_id),
    };
    let past = query.cursor.as_deref().map(|token| cursors.decode(token)).transpose()?;
    let mut scope = platform.access.scope(&op, &caller).await?;
    if let Some(corpus) = &query.corpus_id {
        // An id that cannot exist has no documents.
        let Ok(corpus) = corpus.parse::<CorpusId>() else { return Ok(Reply::ok(nothing())) };
        scope = scope.within(corpus);
    }
    let found = read::listed(&op, &platform.db, &scope, &filter, (&order, past.as_deref(), limit)).await?;
    let (items, page) = list::page(found.documents, limit, |last| cursors.encode(last.place(&order)))?;
    Ok(Reply::ok(wire::UiDocumentPage {
        items: items.into_iter().map(to_wire).collect(),
        page,
        facets: wire::UiDocumentFacets { status: found.by_status.map(facets) },
    }))
}

fn nothing() -> wire::UiDocumentPage {
    let page = wire::UiPageInfo { next_cursor: None, has_more: false };
    wire::UiDocumentPage { items: Vec::new(), page, facets: wire::UiDocumentFacets { status: Some(Vec::new()) } }
}

fn facets(counts: Vec<(Status, i64)>) -> Vec<wire::UiFacet> {
    let facet = |(status, count): (Status, i64)| wire::UiFacet { value: status.as_str().to_owned(), count };
    counts.into_iter().map(facet).collect()
}

fn to_wire(d: Document) -> wire::UiDocument {
    wire::UiDocument {
        id: d.id.into(),
        filename: d.filename,
        status: status_to_wire(d.status),
        corpus_id: d.corpus.into(),
        content_type: d.content_type,
        created_at: d.created_at,
        updated_at: d.updated_at,
        last_reindexed_at: d.last_reindexed_at,
    }
}
