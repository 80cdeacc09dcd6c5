//! Documents as far as a scope goes.

use nexus_authz::scope::ReadScope;
use nexus_core::{
    id::DocumentId,
    op::Op,
    page::{After, Page, PageRequest},
    pg::TenantTx,
};
use sqlx::types::Json;

use super::{Document, Row};

/// The most rows that are read at once when policies leave few of them.
const MAX_ROWS: usize = 1000;

/// The part of a statement that keeps out what the caller may not read: `$1` are the names that grants may speak to, on a
/// document or its whole corpus, `$2` is the time, `$3` and `$4` are the policies as a jsonpath with its variables.
macro_rules! may_read {
    () => {
        may_read!(
            "EXISTS (SELECT FROM document_permissions g
                     WHERE g.document_id = d.id AND g.principal = ANY($1)
                       AND (g.expires_at IS NULL OR g.expires_at > $2))"
        )
    };
    ($granted:literal) => {
        concat!(
            "WHERE ($1::text[] IS NULL
                OR d.corpus_id IN (SELECT g.corpus_id FROM corpus_permissions g
                                   WHERE g.principal = ANY($1) AND (g.expires_at IS NULL OR g.expires_at > $2))
                OR ",
            $granted,
            ") AND ($3::text IS NULL
                OR jsonb_path_match(nexus_attributes(d), (SELECT $3::text::jsonpath), $4::jsonb, true)) "
        )
    };
}
macro_rules! readable {
    ($rest:literal) => {
        select!(may_read!(), $rest)
    };
}
/// The same for one page of many documents, from a place on. Whoever has many grants is asked about for each document on the way,
/// because the page is soon full; whoever has few would make the way long, and all of them are read first. The place is a condition that
/// an index answers whether there is one or not: in a plan that is kept for all values no alternative could, and row-level
/// security lets none through that calls `coalesce`.
macro_rules! page {
    ($rest:literal) => {
        select!(
            may_read!(
                "CASE WHEN (SELECT EXISTS (SELECT FROM document_permissions g WHERE g.principal = ANY($1) OFFSET 500))
                      THEN EXISTS (SELECT FROM document_permissions g
                                   WHERE g.document_id = d.id AND g.principal = ANY($1)
                                     AND (g.expires_at IS NULL OR g.expires_at > $2) OFFSET 0)
                      ELSE d.id IN (SELECT g.document_id FROM document_permissions g
                                    WHERE g.principal = ANY($1) AND (g.expires_at IS NULL OR g.expires_at > $2)) END"
            ),
            "AND (d.created_at, d.id) > (CASE WHEN $5::timestamptz IS NULL THEN '-infinity' ELSE $5 END, $6) ",
            $rest,
            " ORDER BY d.created_at, d.id LIMIT $7"
        )
    };
}
pub(super) use may_read;

const ANYWHERE: &str = page!("");
const IN_CORPUS: &str = page!("AND d.corpus_id = $8");

/// A document that the scope may read.
pub async fn find(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    id: &DocumentId,
) -> Result<Option<Document>, sqlx::Error> {
    let predicate = scope.predicate();
    let row: Option<Row> = sqlx::query_as(readable!("AND d.id = $5"))
        .bind(scope.grant_names())
        .bind(op.now)
        .bind(predicate.map(|p| p.path.as_str()))
        .bind(predicate.map(|p| Json(&p.vars)))
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    let document = row.map(Document::try_from).transpose()?;
    Ok(document.filter(|d| scope.permits(&d.resource())))
}

/// The documents that the scope may read, oldest first. One statement, unless policies say more than it can express: then
/// it is repeated further on, until the page is full or no document is left.
pub async fn list(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    page: &PageRequest,
) -> Result<Page<Document>, sqlx::Error> {
    let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX).saturating_add(1);
    let (mut ask, mut after) = (wanted, page.after.clone());
    let mut kept: Vec<Document> = Vec::new();
    loop {
        let rows = some(op, tx, scope, after.as_ref(), ask).await?;
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
    tx: &mut TenantTx,
    scope: &ReadScope,
    after: Option<&After>,
    limit: usize,
) -> Result<Vec<Document>, sqlx::Error> {
    let predicate = scope.predicate();
    let (at, id) = after.map_or((None, ""), |a| (Some(a.created_at), a.id.as_str()));
    let query = sqlx::query_as(if scope.corpus().is_some() { IN_CORPUS } else { ANYWHERE })
        .bind(scope.grant_names())
        .bind(op.now)
        .bind(predicate.map(|p| p.path.as_str()))
        .bind(predicate.map(|p| Json(&p.vars)))
        .bind(at)
        .bind(id)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let query = match scope.corpus() {
        Some(corpus) => query.bind(corpus),
        None => query,
    };
    let rows: Vec<Row> = query.fetch_all(&mut **tx).await?;
    rows.into_iter().map(Document::try_from).collect()
}
