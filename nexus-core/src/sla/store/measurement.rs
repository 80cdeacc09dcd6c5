//! What replicas measured. Each replaces its own rows as a whole, so that writing twice counts nothing twice.

use std::{ops::RangeInclusive, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

use super::{Connection, corrupt, tenant};
use crate::{
    id::TenantId,
    sla::{
        Class, Histogram,
        recorder::{Part, Who},
        window::{Grid, Tally},
    },
};

/// How many rows one call removes at most.
pub(in crate::sla) const PRUNE_BATCH: u64 = 10_000;
/// How many rows one query for news gives at most.
const NEWS_BATCH: usize = 20_000;
/// How many queries one look at the others makes at most. What is older than all of that is not seen.
const NEWS_BATCHES: usize = 5;
/// Rows that were written by a transaction that was open so long ago are not missed.
const IN_FLIGHT: TimeDelta = TimeDelta::seconds(5);

/// What a replica measured.
#[derive(Debug)]
pub(in crate::sla) struct News {
    pub who: Who,
    pub start: DateTime<Utc>,
    pub replica: Uuid,
    pub tally: Tally,
}

/// A window of a tenant's requests, of all replicas together.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// What was measured.
    pub class: Class,
    /// Where the window begins.
    pub start: DateTime<Utc>,
    /// When it was last written.
    pub computed_at: DateTime<Utc>,
    /// The counts.
    pub tally: Tally,
}

/// Writes parts of this replica. Needs a platform transaction.
pub(in crate::sla) async fn write(
    conn: &mut Connection,
    grid: Grid,
    replica: Uuid,
    parts: &[Part],
) -> Result<(), sqlx::Error> {
    // Always in the same order, so that two replicas never wait for each other.
    sqlx::query(
        "INSERT INTO sla_measurements (tenant_id, route_class, window_seconds, window_start, replica, request_count,
             error_count, latencies_json, saturation_total, saturation_samples, computed_at)
         SELECT t, c, $1, s, $2, n, e, l, st, ss, clock_timestamp()
         FROM UNNEST ($3::text[], $4::text[], $5::timestamptz[], $6::bigint[], $7::bigint[], $8::jsonb[], $9::bigint[],
             $10::bigint[]) AS part (t, c, s, n, e, l, st, ss)
         ORDER BY t, c, s
         ON CONFLICT (tenant_id, route_class, window_seconds, window_start, replica) DO UPDATE SET
             request_count = excluded.request_count, error_count = excluded.error_count,
             latencies_json = excluded.latencies_json, saturation_total = excluded.saturation_total,
             saturation_samples = excluded.saturation_samples, computed_at = excluded.computed_at",
    )
    .bind(width(grid))
    .bind(replica)
    .bind(column(parts, |p| p.who.0.to_string()))
    .bind(column(parts, |p| p.who.1.as_str()))
    .bind(column(parts, |p| p.start))
    .bind(column(parts, |p| signed(p.tally.requests)))
    .bind(column(parts, |p| signed(p.tally.errors)))
    .bind(column(parts, |p| serde_json::to_value(&p.tally.latencies).unwrap_or(Value::Null)))
    .bind(column(parts, |p| signed(p.tally.saturation_total)))
    .bind(column(parts, |p| signed(p.tally.saturation_samples)))
    .execute(conn)
    .await?;
    Ok(())
}

/// Which measurements are news.
#[derive(Debug)]
pub(in crate::sla) struct Wanted<'a> {
    /// Of windows that begin within this time.
    pub within: &'a RangeInclusive<DateTime<Utc>>,
    /// Written since this time of the database's clock; at any time when nothing is said.
    pub since: Option<DateTime<Utc>>,
    /// Only of these tenants.
    pub only: Option<&'a [TenantId]>,
}

/// What was written, the newest first, and the time to ask from next. Needs a platform transaction.
pub(in crate::sla) async fn news(
    conn: &mut Connection,
    grid: Grid,
    wanted: &Wanted<'_>,
) -> Result<(Vec<News>, DateTime<Utc>), sqlx::Error> {
    let now: DateTime<Utc> = sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(&mut *conn).await?;
    let only: Option<Vec<&str>> = wanted.only.map(|tenants| tenants.iter().map(TenantId::as_str).collect());
    let (mut news, mut before) = (Vec::new(), None);
    for _ in 0..NEWS_BATCHES {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT tenant_id, route_class, window_start, replica, request_count, error_count, latencies_json,
                    saturation_total, saturation_samples, computed_at
             FROM sla_measurements
             WHERE computed_at >= coalesce($1, '-infinity') AND computed_at <= coalesce($2, 'infinity')
                 AND window_start BETWEEN $3 AND $4 AND window_seconds = $5 AND ($6::text[] IS NULL OR tenant_id = ANY($6))
             ORDER BY computed_at DESC LIMIT $7",
        )
        .bind(wanted.since)
        .bind(before)
        .bind(wanted.within.start())
        .bind(wanted.within.end())
        .bind(width(grid))
        .bind(&only)
        .bind(i64::try_from(NEWS_BATCH).unwrap_or(i64::MAX))
        .fetch_all(&mut *conn)
        .await?;
        let (full, last) = (rows.len() >= NEWS_BATCH, rows.last().map(|row| row.computed_at));
        for row in rows {
            let (replica, start, who) = (row.replica, row.window_start, (tenant(&row.tenant_id)?, row.class()?));
            news.push(News { who, start, replica, tally: row.tally()? });
        }
        if !full || last == before {
            return Ok((news, now - IN_FLIGHT));
        }
        before = last;
    }
    tracing::warn!("more was measured than is read at once: what is oldest is not judged here");
    Ok((news, now - IN_FLIGHT))
}

/// The newest windows of a tenant, merged into steps of this many seconds, newest first.
pub async fn list(
    conn: &mut Connection,
    of: &TenantId,
    class: Option<Class>,
    (grid, step): (Grid, u32),
    limit: i64,
) -> Result<Vec<Measurement>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "WITH steps AS (
             SELECT DISTINCT route_class, date_bin(make_interval(secs => $4), window_start, 'epoch') AS step
             FROM sla_measurements
             WHERE tenant_id = $1 AND window_seconds = $2 AND ($3::text IS NULL OR route_class = $3)
             ORDER BY step DESC, route_class LIMIT $5)
         SELECT m.tenant_id, m.route_class, s.step AS window_start, m.replica, m.request_count, m.error_count,
                m.latencies_json, m.saturation_total, m.saturation_samples, m.computed_at
         FROM steps s JOIN sla_measurements m ON m.tenant_id = $1 AND m.window_seconds = $2
             AND m.route_class = s.route_class AND m.window_start >= s.step
             AND m.window_start < s.step + make_interval(secs => $4)
         ORDER BY s.step DESC, m.route_class",
    )
    .bind(of)
    .bind(width(grid))
    .bind(class.map(Class::as_str))
    .bind(f64::from(step))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    let mut merged: Vec<Measurement> = Vec::new();
    for row in rows {
        let (class, start, computed_at) = (row.class()?, row.window_start, row.computed_at);
        let tally = row.tally()?;
        match merged.last_mut().filter(|last| (last.class, last.start) == (class, start)) {
            Some(last) => {
                last.tally.merge(&tally);
                last.computed_at = last.computed_at.max(computed_at);
            }
            None => merged.push(Measurement { class, start, computed_at, tally }),
        }
    }
    Ok(merged)
}

/// How many requests of a tenant there were since a time, and how many of them failed.
pub(in crate::sla) async fn total(
    conn: &mut Connection,
    (tenant, class): &Who,
    grid: Grid,
    since: DateTime<Utc>,
) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as(
        "SELECT coalesce(sum(request_count), 0)::bigint, coalesce(sum(error_count), 0)::bigint FROM sla_measurements
         WHERE tenant_id = $1 AND route_class = $2 AND window_seconds = $3 AND window_start >= $4",
    )
    .bind(tenant)
    .bind(class.as_str())
    .bind(width(grid))
    .bind(since)
    .fetch_one(conn)
    .await
}

/// Removes windows that are older than this; how many rows went. Needs a platform transaction.
pub(in crate::sla) async fn prune(
    conn: &mut Connection,
    now: DateTime<Utc>,
    keep: Duration,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "DELETE FROM sla_measurements WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM sla_measurements WHERE window_start < $1 - make_interval(secs => $2)
             ORDER BY window_start LIMIT $3 FOR UPDATE SKIP LOCKED))",
    )
    .bind(now)
    .bind(keep.as_secs_f64())
    .bind(signed(PRUNE_BATCH))
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

#[derive(FromRow)]
struct Row {
    tenant_id: String,
    route_class: String,
    window_start: DateTime<Utc>,
    replica: Uuid,
    request_count: i64,
    error_count: i64,
    latencies_json: Json<Value>,
    saturation_total: i64,
    saturation_samples: i64,
    computed_at: DateTime<Utc>,
}

impl Row {
    fn class(&self) -> Result<Class, sqlx::Error> {
        Class::parse(&self.route_class).ok_or_else(|| corrupt("class", &self.route_class))
    }

    fn tally(self) -> Result<Tally, sqlx::Error> {
        let latencies: Histogram =
            serde_json::from_value(self.latencies_json.0).map_err(|_| corrupt("latencies of", &self.tenant_id))?;
        Ok(Tally {
            requests: self.request_count.unsigned_abs(),
            errors: self.error_count.unsigned_abs(),
            latencies,
            saturation_total: self.saturation_total.unsigned_abs(),
            saturation_samples: self.saturation_samples.unsigned_abs(),
        })
    }
}

fn column<T>(parts: &[Part], of: impl Fn(&Part) -> T) -> Vec<T> {
    parts.iter().map(of).collect()
}

fn width(grid: Grid) -> i32 {
    i32::try_from(grid.seconds()).unwrap_or(i32::MAX)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
