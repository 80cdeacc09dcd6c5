//! The ledger in PostgreSQL. Its arithmetic is in functions of the migration, so that a turn is one statement.

use std::time::Duration;

use chrono::NaiveDate;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::{
    Draw, Limits, Period, Spent,
    decide::{Answer, Ask},
};
use crate::{
    id::TenantId,
    pg::{DbError, TenantTx},
};

/// Which lease of which allowance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) tenant: TenantId,
    pub(super) meter: &'static str,
    pub(super) day: NaiveDate,
    pub(super) lease: Uuid,
    /// Whether the ledger is known to have it.
    pub(super) known: bool,
}

/// What a turn brought.
#[derive(Debug)]
pub(super) struct Turned {
    pub(super) answer: Answer,
    /// What others have been granted and have not spent, when not all that was needed was there.
    pub(super) idle_elsewhere: i64,
}

/// One turn at the ledger. `None` when the lease is gone.
pub(super) async fn turn(
    tx: &mut TenantTx,
    place: &Place,
    ask: &Ask,
    limits: Limits,
    ttl: Duration,
) -> Result<Option<Turned>, DbError> {
    let row =
        sqlx::query("SELECT * FROM ledger_turn($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)")
            .bind(&place.tenant)
            .bind(place.meter)
            .bind(place.day)
            .bind(place.lease)
            .bind(place.known)
            .bind(ask.granted)
            .bind(ask.drawn)
            .bind(ask.held)
            .bind(ask.need)
            .bind(ask.least)
            .bind(ask.extra)
            .bind(ask.cover)
            .bind(limits.day)
            .bind(limits.month)
            .bind(ttl.as_secs_f64())
            .bind(ask.ahead)
            .fetch_one(&mut **tx)
            .await?;
    if !row.try_get::<bool, _>("alive")? {
        return Ok(None);
    }
    let others = Spent { day: row.try_get("day_others")?, month: row.try_get("month_others")? };
    let answer = Answer {
        granted: row.try_get("granted")?,
        drawn: row.try_get("drawn")?,
        settled: row.try_get("own_settled")?,
        others,
    };
    Ok(Some(Turned { answer, idle_elsewhere: row.try_get("idle_elsewhere")? }))
}

/// What a holder tells of one lease while nobody waits.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) place: Place,
    pub(super) ask: Ask,
    /// Whether the lease ends with this word.
    pub(super) last: bool,
}

/// Removes some of the accounts that are older than so many days; a month is as old as its last day. Needs a platform
/// transaction.
pub(super) async fn prune(conn: &mut PgConnection, days: i32) -> Result<(), DbError> {
    sqlx::query(
        "DELETE FROM ledger_accounts WHERE (tenant_id, meter, period_type, period_start) IN (
             SELECT tenant_id, meter, period_type, period_start FROM ledger_accounts
             WHERE period_start < (now() AT TIME ZONE 'utc')::date - $1::integer
                                  - CASE period_type WHEN 'month' THEN 31 ELSE 0 END LIMIT 10000)",
    )
    .bind(days)
    .execute(conn)
    .await?;
    Ok(())
}

/// A lease that is there.
pub(super) type Found = (Uuid, (i64, Spent));

/// Tells the ledger of many leases in one statement, and folds settlements into them. Returns the leases that are there,
/// with what was settled on them and what all others have spent. Needs a platform transaction.
pub(super) async fn keep(conn: &mut PgConnection, kept: &[Kept], ttl: Duration) -> Result<Vec<Found>, DbError> {
    let rows = sqlx::query(include_str!("sql/keep.sql"))
        .bind(kept.iter().map(|k| k.place.tenant.as_str()).collect::<Vec<_>>())
        .bind(kept.iter().map(|k| k.place.lease).collect::<Vec<_>>())
        .bind(kept.iter().map(|k| k.ask.granted).collect::<Vec<_>>())
        .bind(kept.iter().map(|k| k.ask.drawn).collect::<Vec<_>>())
        .bind(kept.iter().map(|k| if k.last { 0.0 } else { ttl.as_secs_f64() }).collect::<Vec<_>>())
        .bind(kept.iter().map(|k| k.ask.ahead).collect::<Vec<_>>())
        .fetch_all(conn)
        .await?;
    let found = rows.iter().map(|row| {
        let others = Spent { day: row.try_get("day_others")?, month: row.try_get("month_others")? };
        Ok::<_, sqlx::Error>((row.try_get("id")?, (row.try_get("settled")?, others)))
    });
    Ok(found.collect::<Result<_, _>>()?)
}

/// Closes lapsed leases, at most so many, and returns how many. Needs a platform transaction.
pub(super) async fn sweep(conn: &mut PgConnection, limit: i32) -> Result<i32, DbError> {
    Ok(sqlx::query_scalar("SELECT ledger_sweep($1)").bind(limit).fetch_one(conn).await?)
}

/// Writes a settlement down. It counts when the transaction commits.
pub(super) async fn draw(tx: &mut TenantTx, draw: &Draw) -> Result<(), DbError> {
    let tenant = tx.tenant().clone();
    sqlx::query(
        "INSERT INTO ledger_draws (tenant_id, id, lease_id, meter, day, month, amount)
         VALUES ($1, $2, $3, $4, $5, date_trunc('month', $5::date)::date, $6)",
    )
    .bind(&tenant)
    .bind(draw.id)
    .bind(draw.lease_id)
    .bind(draw.meter)
    .bind(draw.day)
    .bind(draw.amount)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What the tenant of the transaction has spent in a period, as far as replicas have told.
pub async fn spent(tx: &mut TenantTx, meter: &str, period: Period, start: NaiveDate) -> Result<i64, DbError> {
    let tenant = tx.tenant().clone();
    let spent = sqlx::query_scalar("SELECT ledger_spent($1, $2, $3, $4)")
        .bind(tenant)
        .bind(meter)
        .bind(period.as_str())
        .bind(start)
        .fetch_one(&mut **tx)
        .await?;
    Ok(spent)
}
