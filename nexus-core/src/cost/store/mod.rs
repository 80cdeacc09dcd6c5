//! The tables of costs. Amounts cross as whole micro- and nano-dollars, never as binary fractions.

pub mod bill;
pub mod price;
pub mod report;
pub mod spend;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{FromRow, PgConnection};

use super::{Budget, HardCap, Month, Ratio, Usd};
use crate::pg::DbError;

const COLUMNS: &str = "SELECT (monthly_budget_usd * 1000000)::bigint AS monthly, (warn_ratio * 10000)::int AS warn_at,
    enforce_hard_cap, hard_cap_mode, (current_month_override_usd * 1000000)::bigint AS special, override_month,
    created_at, updated_at FROM tenant_budgets WHERE tenant_id = nexus_tenant()";

#[derive(FromRow)]
struct BudgetRow {
    monthly: Option<i64>,
    warn_at: i32,
    enforce_hard_cap: bool,
    hard_cap_mode: String,
    special: Option<i64>,
    override_month: Option<NaiveDate>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<BudgetRow> for Budget {
    type Error = sqlx::Error;
    fn try_from(row: BudgetRow) -> Result<Self, sqlx::Error> {
        let odd = |what: &str| sqlx::Error::Decode(format!("tenant_budgets: {what}").into());
        let ratio = u16::try_from(row.warn_at).ok().and_then(Ratio::new);
        let day = row.override_month.map(|day| Month::of(day.and_time(chrono::NaiveTime::MIN).and_utc()));
        Ok(Self {
            monthly: row.monthly.map(Usd::from_micros),
            warn_ratio: ratio.ok_or_else(|| odd("warn_ratio"))?,
            enforce: row.enforce_hard_cap,
            mode: HardCap::parse(&row.hard_cap_mode).ok_or_else(|| odd("hard_cap_mode"))?,
            month_override: day.zip(row.special.map(Usd::from_micros)),
            created_at: Some(row.created_at),
            updated_at: Some(row.updated_at),
        })
    }
}

/// The budget of the transaction's tenant, if it set one.
pub async fn budget(conn: &mut PgConnection) -> Result<Option<Budget>, sqlx::Error> {
    let row: Option<BudgetRow> = sqlx::query_as(COLUMNS).fetch_optional(conn).await?;
    row.map(Budget::try_from).transpose()
}

/// As [`budget`], and nobody else changes it until the transaction ends.
pub async fn lock_budget(conn: &mut PgConnection) -> Result<Option<Budget>, sqlx::Error> {
    // Where there is no row yet there is nothing to lock: two first changes at once would lose one.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('cost budget ' || nexus_tenant(), 0))")
        .execute(&mut *conn)
        .await?;
    budget(conn).await
}

/// Writes the budget of the transaction's tenant.
pub async fn put_budget(conn: &mut PgConnection, budget: &Budget, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let special = budget.month_override;
    sqlx::query(
        "INSERT INTO tenant_budgets (tenant_id, monthly_budget_usd, warn_ratio, enforce_hard_cap, hard_cap_mode,
             current_month_override_usd, override_month, created_at, updated_at)
         VALUES (nexus_tenant(), $1::bigint * 0.000001, $2::int * 0.0001, $3, $4, $5::bigint * 0.000001, $6, $7, $7)
         ON CONFLICT (tenant_id) DO UPDATE SET monthly_budget_usd = excluded.monthly_budget_usd,
             warn_ratio = excluded.warn_ratio, enforce_hard_cap = excluded.enforce_hard_cap,
             hard_cap_mode = excluded.hard_cap_mode, current_month_override_usd = excluded.current_month_override_usd,
             override_month = excluded.override_month, updated_at = excluded.updated_at",
    )
    .bind(budget.monthly.map(Usd::micros))
    .bind(i32::from(budget.warn_ratio.ten_thousandths()))
    .bind(budget.enforce)
    .bind(budget.mode.as_str())
    .bind(special.map(|(_, amount)| amount.micros()))
    .bind(special.map(|(month, _)| month.first_day()))
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the database has understood what it was given and will never take it: data that does not fit its type, or a
/// broken constraint. Everything else may pass.
#[must_use]
pub fn is_refused(error: &DbError) -> bool {
    error
        .cause()
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
}
