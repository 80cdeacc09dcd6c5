//! Grants in PostgreSQL.

use chrono::{DateTime, Utc};
use nexus_core::{clock, id::DocumentId, op::Op, pg::TenantTx, principal::Principal};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{Grant, NewGrant, PrincipalType, Right};

#[derive(FromRow)]
struct Row {
    id: Uuid,
    tenant_id: String,
    document_id: String,
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
        Ok(Self {
            id: row.id,
            tenant: row.tenant_id.parse().map_err(|_| corrupt("tenant"))?,
            document: row.document_id.parse().map_err(|_| corrupt("document"))?,
            principal_type: PrincipalType::from_word(&row.principal_type).ok_or_else(|| corrupt("principal type"))?,
            principal_id: row.principal_id,
            right: Right::from_word(&row.permission).ok_or_else(|| corrupt("permission"))?,
            granted_by: row.granted_by,
            expires_at: row.expires_at,
            created_at: row.created_at,
        })
    }
}

macro_rules! columns {
    () => {
        "id, tenant_id, document_id, principal_type, principal_id, permission, granted_by, expires_at, created_at"
    };
}

/// Makes a grant, or moves the end of one that is there. The second value says whether anything changed.
pub async fn put(
    op: &Op,
    tx: &mut TenantTx,
    granted_by: &str,
    document: &DocumentId,
    new: &NewGrant,
) -> Result<(Grant, bool), sqlx::Error> {
    let tenant = tx.tenant().clone();
    let changed: Option<Row> = sqlx::query_as(concat!(
        "INSERT INTO document_permissions AS g
             (tenant_id, id, document_id, principal_type, principal_id, permission, granted_by, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (tenant_id, document_id, principal_type, principal_id, permission) DO UPDATE
             SET expires_at = excluded.expires_at, granted_by = excluded.granted_by
             WHERE g.expires_at IS DISTINCT FROM excluded.expires_at
         RETURNING ",
        columns!()
    ))
    .bind(&tenant)
    .bind(clock::fresh_uuid())
    .bind(document)
    .bind(new.principal_type.as_str())
    .bind(&new.principal_id)
    .bind(new.right.as_str())
    .bind(granted_by)
    .bind(new.expires_at)
    .bind(op.now)
    .fetch_optional(&mut **tx)
    .await?;
    if let Some(row) = changed {
        return Ok((row.try_into()?, true));
    }
    let row: Row = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM document_permissions
         WHERE document_id = $1 AND principal_type = $2 AND principal_id = $3 AND permission = $4"
    ))
    .bind(document)
    .bind(new.principal_type.as_str())
    .bind(&new.principal_id)
    .bind(new.right.as_str())
    .fetch_one(&mut **tx)
    .await?;
    Ok((row.try_into()?, false))
}

/// All grants on a document, expired ones too, oldest first.
pub async fn list(tx: &mut TenantTx, document: &DocumentId, limit: i64) -> Result<Vec<Grant>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT ",
        columns!(),
        " FROM document_permissions WHERE document_id = $1 ORDER BY created_at, id LIMIT $2"
    ))
    .bind(document)
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter().map(Grant::try_from).collect()
}

/// Takes a grant back. It must be one of this document.
pub async fn remove(tx: &mut TenantTx, document: &DocumentId, id: Uuid) -> Result<Option<Grant>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(concat!(
        "DELETE FROM document_permissions WHERE id = $1 AND document_id = $2 RETURNING ",
        columns!()
    ))
    .bind(id)
    .bind(document)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Grant::try_from).transpose()
}

/// Whether a caller may do something to a document, by its grants alone.
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
               AND (expires_at IS NULL OR expires_at > $4))",
    )
    .bind(document)
    .bind(principal.grant_names())
    .bind(rights)
    .bind(op.now)
    .fetch_one(conn)
    .await
}
