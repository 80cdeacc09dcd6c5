//! The passages behind candidates.

use std::{collections::BTreeMap, sync::Arc};

use nexus_core::pg::TenantTx;
use pgvector::HalfVector;
use sqlx::FromRow;

use super::rows::{OriginRow, PassageRow};
use crate::index::Hit;

#[derive(FromRow)]
struct HitRow {
    id: i64,
    #[sqlx(flatten)]
    origin: OriginRow,
    #[sqlx(flatten)]
    passage: PassageRow,
    cosine: Option<f64>,
}

/// The chunks with these ids, in their order. The ids come from [`candidates`](super::candidates) of the same transaction, which asked for what
/// may be read, and sees what it saw then.
pub(in crate::index) async fn fetch(
    tx: &mut TenantTx,
    ids: &[i64],
    vector: Option<&[f32]>,
) -> Result<Vec<Hit>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // Each is looked up by its key, whatever the planner thinks of the sizes: joined, five passages cost a scan of all documents.
    let rows: Vec<HitRow> = sqlx::query_as(
        "SELECT c.id, c.document_id, d.title, d.filename, d.content_type, d.metadata_json, t.content_sha256, c.heading, c.location,
                c.start_char, c.end_char, c.text, 1 - (c.embedding <=> $2::halfvec) AS cosine
         FROM unnest($1::bigint[]) AS found (id)
         CROSS JOIN LATERAL (SELECT * FROM chunks c WHERE c.id = found.id OFFSET 0) c
         CROSS JOIN LATERAL (SELECT * FROM documents d WHERE d.id = c.document_id OFFSET 0) d
         CROSS JOIN LATERAL (SELECT * FROM document_texts t WHERE t.document_id = c.document_id OFFSET 0) t",
    )
    .bind(ids)
    .bind(vector.map(HalfVector::from_f32_slice))
    .fetch_all(&mut **tx)
    .await?;
    let mut rows: BTreeMap<i64, HitRow> = rows.into_iter().map(|r| (r.id, r)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).map(Hit::from).collect())
}

impl From<HitRow> for Hit {
    #[allow(clippy::cast_possible_truncation, reason = "a score needs no more than 24 bits")]
    fn from(row: HitRow) -> Self {
        let score = row.cosine.filter(|c| c.is_finite()).unwrap_or_default().clamp(0.0, 1.0);
        Self { score: score as f32, ..row.passage.of(Arc::new(row.origin.into())) }
    }
}
