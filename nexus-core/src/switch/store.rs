//! Switches in PostgreSQL.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Row;
use crate::pg::DbError;

type Columns = (String, i32, Option<String>, Option<DateTime<Utc>>, String, DateTime<Utc>);

pub(super) async fn all(conn: &mut PgConnection) -> Result<Vec<Row>, DbError> {
    let rows: Vec<Columns> =
        sqlx::query_as("SELECT id, value, reason, expires_at, set_by, updated_at FROM switches ORDER BY id LIMIT 100")
            .fetch_all(conn)
            .await?;
    let row = |(id, value, reason, expires_at, set_by, updated_at)| Row {
        id,
        value: u8::try_from(value).unwrap_or(u8::MAX),
        reason,
        expires_at,
        set_by,
        updated_at,
    };
    Ok(rows.into_iter().map(row).collect())
}

pub(super) async fn put(conn: &mut PgConnection, row: &Row) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO switches (id, value, reason, expires_at, set_by, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET value = EXCLUDED.value, reason = EXCLUDED.reason,
             expires_at = EXCLUDED.expires_at, set_by = EXCLUDED.set_by, updated_at = EXCLUDED.updated_at",
    )
    .bind(&row.id)
    .bind(i32::from(row.value))
    .bind(&row.reason)
    .bind(row.expires_at)
    .bind(&row.set_by)
    .bind(row.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}
