//! Documents as far as a scope goes.

use nexus_authz::scope::ReadScope;
use nexus_core::{
    id::DocumentId,
    op::Op,
    page::{After, Page, PageRequest},
    pg::{Db, DbError, TenantTx},
};
use sqlx::types::Json;

use super::Document;

/// The most rows that are read at once when policies leave few of them.
const MAX_ROWS: usize = 1000;

/// The part of a statement that keeps out what the caller may not read: `$1` are the names that grants may speak to, on a
/// document or its whole corpus, `$2` is the time, `$3` and `$4` are the policies as a jsonpath with its variables.
macro_rules! may_read {
    () => {
        "WHERE ($1::text[] IS NULL
            OR d.corpus_id IN (SELECT g.corpus_id FROM corpus_permissions g
                               WHERE g.principal = ANY($1) AND (g.expires_at IS NULL OR g.expires_at > $2))
            OR EXISTS (SELECT FROM document_permissions g
                       WHERE g.document_id = d.id AND g.principal = ANY($1)
                         AND (g.expires_at IS NULL OR g.expires_at > $2)))
         AND ($3::text IS NULL
            OR jsonb_path_match(nexus_attributes(d), (SELECT $3::text::jsonpath), $4::jsonb, true)) "
    };
}
macro_rules! readable {
    ($rest:literal) => {
        select!(may_read!(), $rest)
    };
}
pub(super) use may_read;

macro_rules! page {
    ($function:literal) => {
        concat!("SELECT ", columns!(), " FROM ", $function, "($1, $2, $3, $4, $5, $6, $7, $8, $9) d")
    };
}
const ANYWHERE: &str = page!("nexus_documents_page");
const IN_CORPUS: &str = page!("nexus_corpus_documents_page");

/// A document that the scope may read.
pub async fn find(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    id: &DocumentId,
) -> Result<Option<Document>, sqlx::Error> {
    let predicate = scope.predicate();
    let document: Option<Document> = sqlx::query_as(readable!("AND d.id = $5"))
        .bind(scope.grant_names())
        .bind(op.now)
        .bind(predicate.map(|p| p.path.as_str()))
        .bind(predicate.map(|p| Json(&p.vars)))
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(document.filter(|d| scope.permits(&d.resource())))
}

/// The documents that the scope may read, oldest first. One statement, unless policies say more than it can express: then
/// it is repeated further on, until the page is full or no document is left.
pub async fn list(op: &Op, db: &Db, scope: &ReadScope, page: &PageRequest) -> Result<Page<Document>, DbError> {
    let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX).saturating_add(1);
    let (mut ask, mut after) = (wanted, page.after.clone());
    let mut kept: Vec<Document> = Vec::new();
    loop {
        let rows = some(op, db, scope, after.as_ref(), ask).await?;
        let exhausted = rows.len() < ask;
        after = rows.last().map(position);
        kept.extend(rows.into_iter().filter(|d| scope.permits(&d.resource())));
        if exhausted || kept.len() >= wanted {
            kept.truncate(wanted);
            return Ok(Page::from_overfetch(kept, page.limit, position));
        }
        ask = ask.saturating_mul(2).min(MAX_ROWS.max(wanted));
    }
}

fn position(document: &Document) -> After {
    After { created_at: document.created_at, id: document.id.to_string() }
}

async fn some(
    op: &Op,
    db: &Db,
    scope: &ReadScope,
    after: Option<&After>,
    limit: usize,
) -> Result<Vec<Document>, DbError> {
    let predicate = scope.predicate();
    db.fetch(scope.tenant(), || {
        sqlx::query_as(if scope.corpus().is_some() { IN_CORPUS } else { ANYWHERE })
            .bind(scope.tenant())
            .bind(scope.grant_names())
            .bind(op.now)
            .bind(predicate.map(|p| p.path.as_str()))
            .bind(predicate.map(|p| Json(&p.vars)))
            .bind(after.map(|a| a.created_at))
            .bind(after.map_or("", |a| a.id.as_str()))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .bind(scope.corpus())
    })
    .await
}
