//! Rights on documents that a provider named, in PostgreSQL.

use std::collections::BTreeMap;

use nexus_authz::{
    policy::{Resource, ResourceType},
    scope::ReadScope,
};
use nexus_core::{id::CorpusId, op::Op, pg::TenantTx};
use serde_json::{Map, Value};
use sqlx::{FromRow, types::Json};

/// A document that we have, and whether a grant on it names the caller.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) granted: bool,
    id: String,
    status: String,
    content_type: String,
    labels: BTreeMap<String, String>,
    metadata: Map<String, Value>,
}

impl Known {
    /// What policies see.
    pub(super) fn resource<'a>(&'a self, scope: &'a ReadScope, corpus: &'a CorpusId) -> Resource<'a> {
        Resource {
            kind: ResourceType::Document,
            id: Some(&self.id),
            tenant: scope.tenant(),
            corpus: Some(corpus),
            status: Some(&self.status),
            content_type: Some(&self.content_type),
            labels: Some(&self.labels),
            metadata: Some(&self.metadata),
        }
    }
}

#[derive(FromRow)]
struct Row {
    whole: bool,
    granted: bool,
    id: Option<String>,
    status: Option<String>,
    content_type: Option<String>,
    labels_json: Option<Json<BTreeMap<String, String>>>,
    metadata_json: Option<Json<Map<String, Value>>>,
}

impl Row {
    fn known(self) -> Option<(String, Known)> {
        let id = self.id?;
        let known = Known {
            granted: self.granted,
            id: id.clone(),
            status: self.status?,
            content_type: self.content_type?,
            labels: self.labels_json?.0,
            metadata: self.metadata_json?.0,
        };
        Some((id, known))
    }
}

/// Whether the caller has a grant on the whole corpus, and the documents of it among these ids.
pub(super) async fn look_up(
    op: &Op,
    tx: &mut TenantTx,
    scope: &ReadScope,
    corpus: &CorpusId,
    ids: &[&str],
) -> Result<(bool, BTreeMap<String, Known>), sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT w.whole, EXISTS (
                    SELECT FROM document_permissions g WHERE g.document_id = d.id AND g.principal = ANY($3)
                    AND (g.expires_at IS NULL OR g.expires_at > $4)) AS granted,
                d.id, d.status, d.content_type, d.labels_json, d.metadata_json
         FROM (SELECT $3::text[] IS NULL OR EXISTS (
                   SELECT FROM corpus_permissions g WHERE g.corpus_id = $1 AND g.principal = ANY($3)
                   AND (g.expires_at IS NULL OR g.expires_at > $4)) AS whole) w
         LEFT JOIN documents d ON d.corpus_id = $1 AND d.id = ANY($2)",
    )
    .bind(corpus)
    .bind(ids)
    .bind(scope.grant_names())
    .bind(op.now)
    .fetch_all(&mut **tx)
    .await?;
    let whole = rows.first().is_some_and(|row| row.whole);
    Ok((whole, rows.into_iter().filter_map(Row::known).collect()))
}
