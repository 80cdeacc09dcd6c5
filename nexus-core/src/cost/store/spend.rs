//! What was spent, by part and by time.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection};

use crate::cost::{Granularity, Usd};

/// What one part of the work of one provider cost in a class of requests.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Share {
    /// Which part.
    pub component: String,
    /// Whose.
    pub provider: String,
    /// Of which requests.
    pub route_class: String,
    micros: i64,
}

impl Share {
    /// How much it cost.
    #[must_use]
    pub fn cost(&self) -> Usd {
        Usd::from_micros(self.micros)
    }
}

/// What the transaction's tenant spent from one moment up to another, by part.
pub async fn shares(
    conn: &mut PgConnection,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Share>, sqlx::Error> {
    sqlx::query_as(
        "SELECT component, provider, route_class, (sum(cost_usd) * 1000000)::bigint AS micros FROM usage_cost_events
         WHERE tenant_id = nexus_tenant() AND occurred_at >= $1 AND occurred_at < $2 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    )
    .bind(from)
    .bind(to)
    .fetch_all(conn)
    .await
}

/// What the transaction's tenant spent in each hour or day in which it spent something.
pub async fn series(
    conn: &mut PgConnection,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    granularity: Granularity,
) -> Result<Vec<(DateTime<Utc>, Usd)>, sqlx::Error> {
    let points: Vec<(DateTime<Utc>, i64)> = sqlx::query_as(
        "SELECT date_trunc($3, occurred_at, 'UTC'), (sum(cost_usd) * 1000000)::bigint FROM usage_cost_events
         WHERE tenant_id = nexus_tenant() AND occurred_at >= $1 AND occurred_at < $2 GROUP BY 1 ORDER BY 1",
    )
    .bind(from)
    .bind(to)
    .bind(granularity.as_str())
    .fetch_all(conn)
    .await?;
    Ok(points.into_iter().map(|(at, micros)| (at, Usd::from_micros(micros))).collect())
}
