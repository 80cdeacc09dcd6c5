//! Policies that a statement cannot express, asked row by row.

use std::collections::BTreeMap;

use nexus_authz::{
    policy::{Resource, ResourceType},
    scope::ReadScope,
};
use nexus_core::{id::CorpusId, pg::TenantTx};
use serde_json::{Map, Value};
use sqlx::{FromRow, types::Json};

/// Which chunks may be read, as far as was looked.
#[derive(Debug, Default)]
pub(super) struct Judged(BTreeMap<i64, bool>);

#[derive(FromRow)]
struct Row {
    chunk: i64,
    id: String,
    corpus_id: CorpusId,
    status: String,
    content_type: String,
    labels_json: Json<BTreeMap<String, String>>,
    metadata_json: Json<Map<String, Value>>,
}

impl Judged {
    /// Looks at the chunks that were not looked at yet.
    pub(super) async fn look(
        &mut self,
        tx: &mut TenantTx,
        scope: &ReadScope,
        chunks: impl Iterator<Item = i64>,
    ) -> Result<(), sqlx::Error> {
        let mut new: Vec<i64> = chunks.filter(|id| !self.0.contains_key(id)).collect();
        new.sort_unstable();
        new.dedup();
        if new.is_empty() {
            return Ok(());
        }
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT c.id AS chunk, d.id, d.corpus_id, d.status, d.content_type, d.labels_json, d.metadata_json
             FROM chunks c JOIN documents d ON d.id = c.document_id WHERE c.id = ANY($1)",
        )
        .bind(new)
        .fetch_all(&mut **tx)
        .await?;
        self.0.extend(rows.iter().map(|row| (row.chunk, row.is_permitted(scope))));
        Ok(())
    }

    /// Whether a chunk may be read; one that was not seen may not.
    pub(super) fn permitted(&self, chunk: i64) -> bool {
        self.0.get(&chunk).copied().unwrap_or(false)
    }
}

impl Row {
    fn is_permitted(&self, scope: &ReadScope) -> bool {
        scope.permits(&Resource {
            id: Some(&self.id),
            corpus: Some(&self.corpus_id),
            status: Some(&self.status),
            content_type: Some(&self.content_type),
            labels: Some(&self.labels_json.0),
            metadata: Some(&self.metadata_json.0),
            ..Resource::new(ResourceType::Document, scope.tenant())
        })
    }
}
