//! Grants in PostgreSQL.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use nexus_core::{
    clock,
    id::DocumentId,
    op::Op,
    page::{After, Page, PageRequest},
    pg::{DbError, TenantTx},
    principal::Principal,
};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{Grant, NewGrant, PrincipalType, Right, Target, change::AclError};

#[derive(FromRow)]
struct Row {
    id: Uuid,
    tenant_id: String,
    kind: String,
    target_id: String,
    principal_type: String,
    principal_id: String,
    permission: String,
    granted_by: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for Grant {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let corrupt = |what: &str| sqlx::Error::Decode(format!("grant {}: {what}", row.id).into());
        let on = match row.kind.as_str() {
            "document" => row.target_id.parse().map(Target::Document),
            _ => row.target_id.parse().map(Target::Corpus),
        };
        Ok(Self {
            id: row.id,
            tenant: row.tenant_id.parse().map_err(|_| corrupt("tenant"))?,
            on: on.map_err(|_| corrupt("target"))?,
            principal_type: PrincipalType::from_word(&row.principal_type).ok_or_else(|| corrupt("principal type"))?,
            principal_id: row.principal_id,
            right: Right::from_word(&row.permission).ok_or_else(|| corrupt("permission"))?,
            granted_by: row.granted_by,
            expires_at: row.expires_at,
            created_at: row.created_at,
        })
    }
}

/// The statements about grants on one kind of target, which differ in the names of a table and a column.
struct Statements {
    put: &'static str,
    find_same: &'static str,
    find: &'static str,
    list: &'static str,
    amend: &'static str,
    remove: &'static str,
}

macro_rules! columns {
    ($kind:literal) => {
        concat!(
            "id, tenant_id, '",
            $kind,
            "' AS kind, ",
            $kind,
            "_id AS target_id, principal_type, principal_id, permission, granted_by, expires_at, created_at"
        )
    };
}

macro_rules! select {
    ($kind:literal, $($rest:literal),+) => {
        concat!("SELECT ", columns!($kind), " FROM ", $kind, "_permissions", $($rest),+)
    };
}

macro_rules! statements {
    ($kind:literal) => {
        Statements {
            put: concat!(
                "INSERT INTO ",
                $kind,
                "_permissions AS g (tenant_id, id, ",
                $kind,
                "_id, principal_type, principal_id, permission, granted_by, expires_at, created_at)
                 SELECT $1, n.id, $2, n.principal_type, n.principal_id, n.permission, $3, n.expires_at, $4
                 FROM unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::timestamptz[])
                     AS n (id, principal_type, principal_id, permission, expires_at)
                 ON CONFLICT (tenant_id, ",
                $kind,
                "_id, principal_type, principal_id, permission) DO UPDATE
                     SET expires_at = excluded.expires_at, granted_by = excluded.granted_by
                     WHERE g.expires_at IS DISTINCT FROM excluded.expires_at
                 RETURNING ",
                columns!($kind)
            ),
            find_same: select!(
                $kind,
                " WHERE ",
                $kind,
                "_id = $1 AND principal_type = $2 AND principal_id = $3 AND permission = $4"
            ),
            find: select!($kind, " WHERE ", $kind, "_id = $1 AND id = $2"),
            list: select!($kind, " WHERE ", $kind, "_id = $1 ORDER BY created_at, id LIMIT $2"),
            amend: concat!(
                "UPDATE ",
                $kind,
                "_permissions SET expires_at = $3 WHERE ",
                $kind,
                "_id = $1 AND id = $2 RETURNING ",
                columns!($kind)
            ),
            remove: concat!(
                "DELETE FROM ",
                $kind,
                "_permissions WHERE ",
                $kind,
                "_id = $1 AND id = $2 RETURNING ",
                columns!($kind)
            ),
        }
    };
}

const DOCUMENT: Statements = statements!("document");
const CORPUS: Statements = statements!("corpus");

fn about(on: &Target) -> &'static Statements {
    match on {
        Target::Document(_) => &DOCUMENT,
        Target::Corpus(_) => &CORPUS,
    }
}

/// Makes a grant on a document, or moves the end of one that is there.
pub async fn put(
    op: &Op,
    tx: &mut TenantTx,
    granted_by: &str,
    document: &DocumentId,
    new: &NewGrant,
) -> Result<(), sqlx::Error> {
    let on = Target::Document(document.clone());
    put_all(op, tx, granted_by, &on, std::slice::from_ref(new)).await.map(drop)
}

/// Makes grants, no two of which may differ only in their end, or moves the end of those that are there. Returns what
/// changed. A grant that stays as it is, is locked all the same, so that it can be read afterwards.
pub(super) async fn put_all(
    op: &Op,
    tx: &mut TenantTx,
    granted_by: &str,
    on: &Target,
    new: &[NewGrant],
) -> Result<Vec<Grant>, sqlx::Error> {
    let tenant = tx.tenant().clone();
    let rows: Vec<Row> = sqlx::query_as(about(on).put)
        .bind(&tenant)
        .bind(on.id())
        .bind(granted_by)
        .bind(op.now)
        .bind(new.iter().map(|_| clock::fresh_uuid()).collect::<Vec<_>>())
        .bind(new.iter().map(|g| g.principal_type.as_str()).collect::<Vec<_>>())
        .bind(new.iter().map(|g| g.principal_id.as_str()).collect::<Vec<_>>())
        .bind(new.iter().map(|g| g.right.as_str()).collect::<Vec<_>>())
        .bind(new.iter().map(|g| g.expires_at).collect::<Vec<_>>())
        .fetch_all(&mut **tx)
        .await?;
    rows.into_iter().map(Grant::try_from).collect()
}

/// The grant that says the same, whenever it ends.
pub(super) async fn find_same(tx: &mut TenantTx, on: &Target, new: &NewGrant) -> Result<Option<Grant>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(about(on).find_same)
        .bind(on.id())
        .bind(new.principal_type.as_str())
        .bind(&new.principal_id)
        .bind(new.right.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    row.map(Grant::try_from).transpose()
}

/// A grant on this target.
pub async fn find(tx: &mut TenantTx, on: &Target, id: Uuid) -> Result<Option<Grant>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(about(on).find).bind(on.id()).bind(id).fetch_optional(&mut **tx).await?;
    row.map(Grant::try_from).transpose()
}

/// All grants on a target, expired ones too, oldest first.
pub async fn list(tx: &mut TenantTx, on: &Target, limit: i64) -> Result<Vec<Grant>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(about(on).list).bind(on.id()).bind(limit).fetch_all(&mut **tx).await?;
    rows.into_iter().map(Grant::try_from).collect()
}

/// Moves the end of a grant, which must be one on this target.
pub(super) async fn amend(
    tx: &mut TenantTx,
    on: &Target,
    id: Uuid,
    expires_at: Option<DateTime<Utc>>,
) -> Result<Option<Grant>, sqlx::Error> {
    let row: Option<Row> =
        sqlx::query_as(about(on).amend).bind(on.id()).bind(id).bind(expires_at).fetch_optional(&mut **tx).await?;
    row.map(Grant::try_from).transpose()
}

/// Takes a grant back, which must be one on this target.
pub(super) async fn remove(tx: &mut TenantTx, on: &Target, id: Uuid) -> Result<Option<Grant>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(about(on).remove).bind(on.id()).bind(id).fetch_optional(&mut **tx).await?;
    row.map(Grant::try_from).transpose()
}

/// A target that vanished meanwhile breaks the reference to it.
impl From<sqlx::Error> for AclError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_foreign_key_violation() => Self::Gone,
            _ => Self::Db(DbError::from(error)),
        }
    }
}

/// Of documents with their corpora, those on which one of these names may do something, by grants on the document or on its
/// corpus.
pub async fn granted(
    op: &Op,
    tx: &mut TenantTx,
    names: &[String],
    action: Right,
    documents: &[(String, String)],
) -> Result<HashSet<String>, sqlx::Error> {
    let rights: Vec<&str> = action.allowed_by().iter().map(|r| r.as_str()).collect();
    let found: Vec<String> = sqlx::query_scalar(
        "SELECT d.id FROM unnest($1::text[], $2::text[]) AS d (id, corpus_id)
         WHERE EXISTS (SELECT FROM document_permissions g
                       WHERE g.document_id = d.id AND g.principal = ANY($3) AND g.permission = ANY($4)
                         AND (g.expires_at IS NULL OR g.expires_at > $5))
            OR EXISTS (SELECT FROM corpus_permissions g
                       WHERE g.corpus_id = d.corpus_id AND g.principal = ANY($3) AND g.permission = ANY($4)
                         AND (g.expires_at IS NULL OR g.expires_at > $5))",
    )
    .bind(documents.iter().map(|(id, _)| id).collect::<Vec<_>>())
    .bind(documents.iter().map(|(_, corpus)| corpus).collect::<Vec<_>>())
    .bind(names)
    .bind(rights)
    .bind(op.now)
    .fetch_all(&mut **tx)
    .await?;
    Ok(found.into_iter().collect())
}

/// The grants that speak to one principal, on documents and on corpora, ended ones too, oldest first.
pub async fn of_principal(
    tx: &mut TenantTx,
    kind: PrincipalType,
    id: &str,
    page: &PageRequest,
) -> Result<Page<Grant>, sqlx::Error> {
    let (at, after) = page.after.as_ref().map_or((None, None), |a| (Some(a.created_at), a.id.parse::<Uuid>().ok()));
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT * FROM (",
        select!("document", " WHERE principal = $1"),
        " UNION ALL ",
        select!("corpus", " WHERE principal = $1"),
        ") g WHERE $2::timestamptz IS NULL OR (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4"
    ))
    .bind(format!("{}:{id}", kind.as_str()))
    .bind(at)
    .bind(after.unwrap_or_default())
    .bind(i64::from(page.limit) + 1)
    .fetch_all(&mut **tx)
    .await?;
    let grants = rows.into_iter().map(Grant::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_overfetch(grants, page.limit, |g| After { created_at: g.created_at, id: g.id.to_string() }))
}

/// The grants on a document and on its corpus that speak to one of these names, ended ones too.
pub async fn speaking_to(
    tx: &mut TenantTx,
    names: &[String],
    document: &str,
    corpus: &str,
    limit: i64,
) -> Result<Vec<Grant>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        select!("document", " WHERE document_id = $1 AND principal = ANY($3)"),
        " UNION ALL ",
        select!("corpus", " WHERE corpus_id = $2 AND principal = ANY($3)"),
        " ORDER BY created_at, id LIMIT $4"
    ))
    .bind(document)
    .bind(corpus)
    .bind(names)
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter().map(Grant::try_from).collect()
}

/// Whether a caller may do something to a document, by its grants and those on its corpus alone.
pub async fn allows(
    op: &Op,
    conn: &mut PgConnection,
    principal: &Principal,
    document: &DocumentId,
    action: Right,
) -> Result<bool, sqlx::Error> {
    let rights: Vec<&str> = action.allowed_by().iter().map(|r| r.as_str()).collect();
    sqlx::query_scalar(
        "SELECT EXISTS (
             SELECT FROM document_permissions
             WHERE document_id = $1 AND principal = ANY($2) AND permission = ANY($3)
               AND (expires_at IS NULL OR expires_at > $4)
             UNION ALL
             SELECT FROM corpus_permissions
             WHERE corpus_id = (SELECT corpus_id FROM documents WHERE id = $1)
               AND principal = ANY($2) AND permission = ANY($3) AND (expires_at IS NULL OR expires_at > $4))",
    )
    .bind(document)
    .bind(principal.grant_names())
    .bind(rights)
    .bind(op.now)
    .fetch_one(conn)
    .await
}
