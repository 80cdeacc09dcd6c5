//! Sessions and messages in PostgreSQL.

use nexus_core::{clock, op::Op, pg::TenantTx};

use super::{Answer, Exchange};
use crate::llm::{Speaker, Turn};

/// Opens the session, writes the question down and reads what was said before, in one round trip. The statement sees the
/// messages as they were before it, so that the question is not among them.
pub(super) async fn ask(
    op: &Op,
    tx: &mut TenantTx,
    exchange: &Exchange,
    question: &str,
    limit: i64,
) -> Result<Vec<Turn>, sqlx::Error> {
    let tenant = tx.tenant().clone();
    let rows: Vec<(String, String)> = sqlx::query_as(
        "WITH session AS (
             INSERT INTO sessions (tenant_id, user_id, id, created_at, last_seen_at) VALUES ($1, $2, $3, $7, $7)
             ON CONFLICT (tenant_id, user_id, id) DO UPDATE SET last_seen_at = excluded.last_seen_at
         ), question AS (
             INSERT INTO messages (tenant_id, id, user_id, session_id, run_id, role, content, created_at)
             VALUES ($1, $4, $2, $3, $5, 'user', $6, $7)
         )
         SELECT role, content FROM messages WHERE user_id = $2 AND session_id = $3 ORDER BY id DESC LIMIT $8",
    )
    .bind(tenant)
    .bind(&exchange.user)
    .bind(&exchange.session)
    .bind(clock::fresh_uuid())
    .bind(&exchange.run)
    .bind(question)
    .bind(op.now)
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    let speaker = |role: &str| if role == "assistant" { Speaker::Assistant } else { Speaker::User };
    Ok(rows.into_iter().map(|(role, text)| Turn { speaker: speaker(&role), text }).collect())
}

/// Writes the answer, the checkpoint, what it cost and its receipt down, in one round trip.
pub(super) async fn answer(
    op: &Op,
    tx: &mut TenantTx,
    exchange: &Exchange,
    answer: &Answer<'_>,
) -> Result<(), sqlx::Error> {
    let tenant = tx.tenant().clone();
    sqlx::query(
        "WITH answer AS (
             INSERT INTO messages (tenant_id, id, user_id, session_id, run_id, role, content, citations_json, created_at)
             VALUES ($1, $2, $3, $4, $5, 'assistant', $6, $7, $8)
         )
         INSERT INTO checkpoints (tenant_id, id, run_id, user_id, session_id, corpus_id, state_json, created_at)
         SELECT $1, $2, $5, $3, $4, $9, $10, $8 FROM nexus_record_costs($11), nexus_record_event($12)",
    )
    .bind(tenant)
    .bind(clock::fresh_uuid())
    .bind(&exchange.user)
    .bind(&exchange.session)
    .bind(&exchange.run)
    .bind(answer.text)
    .bind(&answer.citations)
    .bind(op.now)
    .bind(&exchange.corpus)
    .bind(&answer.state)
    .bind(&answer.bill)
    .bind(&answer.receipt)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
