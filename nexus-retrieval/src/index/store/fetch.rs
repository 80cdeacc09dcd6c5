//! The passages behind candidates.

use std::{collections::BTreeMap, sync::Arc};

use nexus_core::pg::TenantTx;
use pgvector::HalfVector;
use serde_json::{Map, Value};
use sqlx::{FromRow, types::Json};

use crate::{
    index::{Hit, Origin},
    ingest::location::Location,
};

#[derive(FromRow)]
struct HitRow {
    id: i64,
    document_id: String,
    title: String,
    filename: String,
    content_type: String,
    metadata_json: Json<Map<String, Value>>,
    content_sha256: Vec<u8>,
    heading: Option<String>,
    location: Option<Json<Location>>,
    start_char: i64,
    end_char: i64,
    text: String,
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
        Self {
            origin: Arc::new(Origin {
                id: row.document_id,
                title: row.title,
                filename: row.filename,
                content_type: row.content_type,
                metadata: row.metadata_json.0,
                content_hash: hex::encode(row.content_sha256),
            }),
            location: Location::under(row.location.map(|l| l.0), row.heading.as_deref()).map(Arc::new),
            heading: row.heading.map(Arc::from),
            start: row.start_char.unsigned_abs(),
            end: row.end_char.unsigned_abs(),
            text: row.text.into(),
            score: score as f32,
        }
    }
}
