//! The tables of seals and checkpoints.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection};

use super::{
    super::{
        chain::{Head, Heads, Seal},
        checkpoint::{Checkpoint, Signed},
        entry::Entry,
        window::{Look, Window},
    },
    rows::{EntryRow, SealRow, SealedRow, flat, one, signed, unsigned, wrong},
};
use crate::pg::DbError;

/// The lock of whoever seals.
const LOCK: i64 = 0x6e65_7875_7361_7564;

/// A checkpoint as it stands in the database.
#[derive(Debug, Clone, FromRow)]
struct Row {
    number: i64,
    body: String,
    public_key: String,
    signature: String,
    settled: i64,
}

impl Row {
    fn signed(self) -> Signed {
        Signed { text: self.body, key: self.public_key, signature: self.signature }
    }
}

/// The newest checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    /// Its number.
    pub number: u64,
    /// Itself.
    pub signed: Signed,
    /// Every event up to this number is in a seal, or never came to be.
    pub settled: i64,
}

/// Makes sure that nobody else seals until the transaction ends; false when somebody does.
pub async fn try_lock(conn: &mut PgConnection) -> Result<bool, DbError> {
    Ok(sqlx::query_scalar("SELECT pg_try_advisory_xact_lock($1)").bind(LOCK).fetch_one(conn).await?)
}

/// From here on the transaction reads tables through their indexes. Sealing always wants the next few events, and a planner
/// without statistics, or with those of a shorter log, would look through all of it for them.
pub async fn by_index(conn: &mut PgConnection) -> Result<(), DbError> {
    sqlx::raw_sql("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off").execute(conn).await?;
    Ok(())
}

/// The newest checkpoint, if there is one.
pub async fn newest(conn: &mut PgConnection) -> Result<Option<Newest>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT number, body, public_key, signature, settled FROM audit_checkpoints ORDER BY number DESC LIMIT 1",
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Newest { number: unsigned(row.number), settled: row.settled, signed: row.signed() }))
}

/// Checkpoints from a number on, in order.
pub async fn checkpoints(conn: &mut PgConnection, from: u64, limit: i64) -> Result<Vec<Signed>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT number, body, public_key, signature, settled FROM audit_checkpoints
         WHERE number >= $1 ORDER BY number LIMIT $2",
    )
    .bind(signed(from))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Row::signed).collect())
}

/// Writes a checkpoint down.
pub async fn insert_checkpoint(
    conn: &mut PgConnection,
    checkpoint: &Checkpoint,
    text: &Signed,
    settled: i64,
) -> Result<(), DbError> {
    sqlx::query(
        "INSERT INTO audit_checkpoints (number, body, public_key, signature, settled, pruned_through)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(signed(checkpoint.number))
    .bind(&text.text)
    .bind(&text.key)
    .bind(&text.signature)
    .bind(settled)
    .bind(checkpoint.pruned.as_ref().map(|pruned| signed(pruned.through)))
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the blocks of a checkpoint down.
pub async fn insert_seals(conn: &mut PgConnection, checkpoint: u64, seals: &[Seal]) -> Result<(), DbError> {
    let ids = |seal: &Seal| seal.ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    sqlx::query(
        "INSERT INTO audit_seals (checkpoint, chain, first_seq, ids, leaves, min_id, max_id, previous, head, position, path)
         SELECT $1, s.chain, s.first_seq, string_to_array(s.ids, ',')::bigint[], s.leaves, s.min_id, s.max_id, s.previous,
             s.head, s.position, s.path
         FROM UNNEST ($2::text[], $3::bigint[], $4::text[], $5::bytea[], $6::bigint[], $7::bigint[], $8::bytea[], $9::bytea[],
             $10::bigint[], $11::bytea[])
             AS s (chain, first_seq, ids, leaves, min_id, max_id, previous, head, position, path)",
    )
    .bind(signed(checkpoint))
    .bind(seals.iter().map(|s| s.chain.clone()).collect::<Vec<_>>())
    .bind(seals.iter().map(|s| signed(s.before.seq + 1)).collect::<Vec<_>>())
    .bind(seals.iter().map(ids).collect::<Vec<_>>())
    .bind(seals.iter().map(|s| flat(&s.leaves)).collect::<Vec<_>>())
    .bind(seals.iter().map(|s| s.ids.iter().min().copied()).collect::<Vec<_>>())
    .bind(seals.iter().map(|s| s.ids.iter().max().copied()).collect::<Vec<_>>())
    .bind(seals.iter().map(|s| s.before.hash.0.to_vec()).collect::<Vec<_>>())
    .bind(seals.iter().map(|s| s.head.hash.0.to_vec()).collect::<Vec<_>>())
    .bind(seals.iter().map(|s| signed(s.place.index)).collect::<Vec<_>>())
    .bind(seals.iter().map(|s| flat(&s.place.path)).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Where all chains are, or were at a checkpoint. The names of chains are found one after the other in the index, so that it
/// does not matter how long they are.
pub async fn heads(conn: &mut PgConnection, at: Option<u64>) -> Result<Heads, DbError> {
    let rows: Vec<(String, i64, Vec<u8>)> = sqlx::query_as(
        "WITH RECURSIVE names AS (
             (SELECT chain FROM audit_seals ORDER BY chain LIMIT 1)
             UNION ALL
             SELECT (SELECT s.chain FROM audit_seals s WHERE s.chain > names.chain ORDER BY s.chain LIMIT 1)
             FROM names WHERE names.chain IS NOT NULL)
         SELECT names.chain, newest.seq, newest.head FROM names CROSS JOIN LATERAL (
             SELECT first_seq + cardinality(ids) - 1 AS seq, head FROM audit_seals s
             WHERE s.chain = names.chain AND s.checkpoint <= $1 ORDER BY s.first_seq DESC LIMIT 1) AS newest",
    )
    .bind(at.map_or(i64::MAX, signed))
    .fetch_all(conn)
    .await?;
    let mut heads = Heads::default();
    put(&mut heads, rows)?;
    Ok(heads)
}

/// Moves heads on by what was sealed after a checkpoint.
pub async fn advance(conn: &mut PgConnection, heads: &mut Heads, after: u64) -> Result<(), DbError> {
    let rows: Vec<(String, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT chain, first_seq + cardinality(ids) - 1, head FROM audit_seals WHERE checkpoint > $1 ORDER BY checkpoint",
    )
    .bind(signed(after))
    .fetch_all(conn)
    .await?;
    put(heads, rows)
}

fn put(heads: &mut Heads, rows: Vec<(String, i64, Vec<u8>)>) -> Result<(), DbError> {
    for (chain, seq, hash) in rows {
        heads.set(&chain, Head { seq: unsigned(seq), hash: one("audit_seals.head", &hash)? });
    }
    Ok(())
}

/// What sealing goes on from after a start.
pub async fn resume(conn: &mut PgConnection, settled: i64) -> Result<Window, DbError> {
    let sealed: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM (SELECT unnest(ids) AS id FROM audit_seals WHERE max_id > $1) s WHERE id > $1 ORDER BY id",
    )
    .bind(settled)
    .fetch_all(&mut *conn)
    .await?;
    let xmax = bound(conn, Bound::Xmax).await?;
    Ok(Window::resume(settled, &sealed, xmax))
}

/// How many events wait to be sealed; no more than the limit are counted.
pub async fn waiting(conn: &mut PgConnection, window: &Window, limit: i64) -> Result<u64, DbError> {
    let (first, last) = window.gaps();
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (
             (SELECT 1 FROM UNNEST ($2::bigint[], $3::bigint[]) AS gap (first, last) CROSS JOIN LATERAL
                  (SELECT FROM audit_events WHERE id BETWEEN gap.first AND gap.last OFFSET 0) AS e LIMIT $4)
             UNION ALL
             (SELECT 1 FROM audit_events WHERE id > $1 ORDER BY id LIMIT $4)) AS found",
    )
    .bind(window.seen())
    .bind(first)
    .bind(last)
    .bind(limit)
    .fetch_one(conn)
    .await?;
    Ok(unsigned(count.min(limit)))
}

/// The columns of an event, whole statements around them.
macro_rules! entries {
    ($rest:literal) => {
        concat!(
            "SELECT id, occurred_at, tenant_id, actor_type, actor_id, actor_role, event_type, outcome, resource_type,
                 resource_id, request_id, ip_address, user_agent, metadata_json::text AS metadata, error_code, created_at ",
            $rest
        )
    };
}

/// The next events to be sealed, in the order of their numbers, and what is known of the numbers now.
pub async fn unsealed(
    conn: &mut PgConnection,
    window: &mut Window,
    limit: usize,
) -> Result<Vec<Entry<'static>>, DbError> {
    let xmin = bound(conn, Bound::Xmin).await?;
    let (first, last) = window.gaps();
    let statement = entries!(
        "FROM (
             (SELECT e.* FROM UNNEST ($2::bigint[], $3::bigint[]) AS gap (first, last) CROSS JOIN LATERAL
                  (SELECT * FROM audit_events WHERE id BETWEEN gap.first AND gap.last OFFSET 0) AS e)
             UNION ALL
             (SELECT * FROM audit_events WHERE id > $1 ORDER BY id LIMIT $4)) AS found
         ORDER BY id LIMIT $4"
    );
    let rows: Vec<EntryRow> = sqlx::query_as(statement)
        .bind(window.seen())
        .bind(first)
        .bind(last)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&mut *conn)
        .await?;
    let xmax = bound(conn, Bound::Xmax).await?;
    let found: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let through = if found.len() < limit { i64::MAX } else { found.last().copied().unwrap_or(0) };
    window.take(Look { found: &found, through, xmin, xmax });
    Ok(rows.into_iter().map(EntryRow::entry).collect())
}

#[derive(Clone, Copy)]
enum Bound {
    Xmin,
    Xmax,
}

async fn bound(conn: &mut PgConnection, which: Bound) -> Result<u64, DbError> {
    let statement = match which {
        Bound::Xmin => "SELECT pg_snapshot_xmin(pg_current_snapshot())::text",
        Bound::Xmax => "SELECT pg_snapshot_xmax(pg_current_snapshot())::text",
    };
    let text: String = sqlx::query_scalar(statement).fetch_one(conn).await?;
    text.parse().map_err(|_| wrong("pg_current_snapshot()"))
}

/// Up to which checkpoint everything was sealed before a time, and how many events those hold that were not removed yet.
pub async fn prunable(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Option<(u64, u64)>, DbError> {
    let row: Option<(i64, i64)> = sqlx::query_as(
        "WITH gone AS (SELECT coalesce(max(pruned_through), 0) AS through FROM audit_checkpoints),
         old AS (SELECT max(number) AS through FROM (
             SELECT number FROM audit_checkpoints, gone WHERE number > gone.through AND sealed_at < $1
                 AND sealed_at < now() - interval '1 day' ORDER BY number LIMIT $2) AS step)
         SELECT old.through, (SELECT coalesce(sum(cardinality(ids)), 0)::bigint FROM audit_seals, gone
             WHERE checkpoint > gone.through AND checkpoint <= old.through)
         FROM old WHERE old.through IS NOT NULL",
    )
    .bind(before)
    .bind(limit)
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(through, events)| (unsigned(through), unsigned(events))))
}

/// Removes what a checkpoint of this transaction says is removed.
pub async fn prune(conn: &mut PgConnection, through: u64) -> Result<u64, DbError> {
    let gone: i64 = sqlx::query_scalar("SELECT nexus_prune_audit($1)").bind(signed(through)).fetch_one(conn).await?;
    Ok(unsigned(gone))
}

/// The checkpoint up to which events were removed.
pub async fn pruned_through(conn: &mut PgConnection) -> Result<Option<u64>, DbError> {
    let through: Option<i64> =
        sqlx::query_scalar("SELECT max(pruned_through) FROM audit_checkpoints").fetch_one(conn).await?;
    Ok(through.map(unsigned))
}

/// The blocks of one checkpoint, of one chain or of all.
pub async fn seals_of(conn: &mut PgConnection, checkpoint: u64, chain: Option<&str>) -> Result<Vec<Seal>, DbError> {
    let rows: Vec<SealRow> = sqlx::query_as(
        "SELECT chain, first_seq, ids, leaves, previous, head, position, path FROM audit_seals
         WHERE checkpoint = $1 AND ($2::text IS NULL OR chain = $2) ORDER BY chain",
    )
    .bind(signed(checkpoint))
    .bind(chain)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(SealRow::seal).collect()
}

/// Checkpoints after a number that matter to a chain: those that hold blocks of it, and those that tell of retention.
pub async fn checkpoints_of(
    conn: &mut PgConnection,
    chain: &str,
    after: u64,
    limit: i64,
) -> Result<Vec<Signed>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT number, body, public_key, signature, settled FROM audit_checkpoints c
         WHERE number > $2 AND (pruned_through IS NOT NULL
             OR EXISTS (SELECT FROM audit_seals s WHERE s.checkpoint = c.number AND s.chain = $1))
         ORDER BY number LIMIT $3",
    )
    .bind(chain)
    .bind(signed(after))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Row::signed).collect())
}

/// The block that an event is in, with its checkpoint.
pub async fn seal_of(conn: &mut PgConnection, chain: &str, id: i64) -> Result<Option<(Seal, Signed)>, DbError> {
    let row: Option<SealedRow> = sqlx::query_as(
        "SELECT s.chain, s.first_seq, s.ids, s.leaves, s.previous, s.head, s.position, s.path, c.body, c.public_key,
             c.signature
         FROM audit_seals s JOIN audit_checkpoints c ON c.number = s.checkpoint
         WHERE s.max_id >= $2 AND s.min_id <= $2 AND s.chain = $1 AND $2 = ANY (s.ids) ORDER BY s.max_id LIMIT 1",
    )
    .bind(chain)
    .bind(id)
    .fetch_optional(conn)
    .await?;
    row.map(SealedRow::sealed).transpose()
}

/// Events by their numbers, whichever tenant they are of now; those that are gone are left out.
pub async fn entries(conn: &mut PgConnection, ids: &[i64]) -> Result<Vec<Entry<'static>>, DbError> {
    let statement = entries!("FROM audit_events WHERE id = ANY ($1)");
    let rows: Vec<EntryRow> = sqlx::query_as(statement).bind(ids).fetch_all(conn).await?;
    Ok(rows.into_iter().map(EntryRow::entry).collect())
}

/// Events that would have to be in a block and are in none.
pub async fn strays(
    conn: &mut PgConnection,
    chain: Option<&str>,
    settled: i64,
    limit: i64,
) -> Result<Vec<Entry<'static>>, DbError> {
    let statement = entries!(
        "FROM audit_events e
         WHERE id <= $1 AND ($2::text IS NULL OR coalesce(tenant_id, '') = $2)
             AND NOT EXISTS (SELECT FROM (SELECT unnest(ids) AS id FROM audit_seals) s WHERE s.id = e.id)
         ORDER BY id LIMIT $3"
    );
    let rows: Vec<EntryRow> = sqlx::query_as(statement).bind(settled).bind(chain).bind(limit).fetch_all(conn).await?;
    Ok(rows.into_iter().map(EntryRow::entry).collect())
}
