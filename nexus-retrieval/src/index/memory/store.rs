//! What is held in memory, read from PostgreSQL.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use nexus_core::{
    id::CorpusId,
    op::Op,
    pg::{
        Db, DbError, TenantTx,
        together::{Answers, Carrier},
    },
};
use pgvector::HalfVector;
use serde_json::{Value, json};
use sqlx::{FromRow, types::Json};

use super::{
    Key,
    image::{Document, Image, Passage, narrow},
};
use crate::{
    corpus::store::{self as corpora, Revisions},
    index::store::rows::{OriginRow, PassageRow},
};

/// The rows of corpora, which are asked for their revisions.
pub(super) struct Rows(pub(super) Db);

impl Carrier for Rows {
    type Entry = Key;
    type Answer = Option<Revisions>;

    async fn carry(&self, keys: Vec<Key>) -> Result<Answers<Self>, DbError> {
        // Busy corpora are asked for by many at once, and read once.
        let mut numbers: BTreeMap<&Key, usize> = BTreeMap::new();
        for key in &keys {
            let next = numbers.len();
            numbers.entry(key).or_insert(next);
        }
        let entry = |(key, number): (&&Key, &usize)| json!({ "number": number, "tenant": key.0.as_str(), "corpus": key.1.as_str() });
        let entries = Value::Array(numbers.iter().map(entry).collect());
        let read = "SELECT entry_number, of_content, of_grants FROM nexus_revisions($1::jsonb)";
        let rows: Vec<(i32, i64, i64)> = self.0.repeatable(read, &entries.to_string()).await?;
        let found: BTreeMap<usize, Revisions> = rows
            .into_iter()
            .filter_map(|(number, content, grants)| {
                Some((usize::try_from(number).ok()?, Revisions { content, grants }))
            })
            .collect();
        let of = |key: &Key| numbers.get(key).and_then(|number| found.get(number)).copied();
        Ok(keys.iter().map(|key| Ok(of(key))).collect())
    }
}

/// What the grants of a caller show of a corpus.
pub(super) struct Granted {
    pub(super) revisions: Revisions,
    /// All of it.
    pub(super) whole: bool,
    /// These documents, in the order of their ids, when it is not all.
    pub(super) documents: Vec<String>,
    /// When the first of the grants ends.
    pub(super) until: Option<DateTime<Utc>>,
}

/// Reads what these names are granted. The transaction is one that reads at one moment.
pub(super) async fn granted(
    op: &Op,
    tx: &mut TenantTx,
    corpus: &CorpusId,
    names: &[String],
) -> Result<Option<Granted>, sqlx::Error> {
    let Some((revisions, _)) = corpora::revisions(tx, corpus).await? else { return Ok(None) };
    let (whole, documents, until) = sqlx::query_as(
        "WITH own AS MATERIALIZED (
             SELECT g.document_id AS id, g.expires_at FROM document_permissions g
             WHERE g.principal = ANY($2) AND (g.expires_at IS NULL OR g.expires_at > $3)),
         whole AS MATERIALIZED (
             SELECT g.expires_at FROM corpus_permissions g
             WHERE g.corpus_id = $1 AND g.principal = ANY($2) AND (g.expires_at IS NULL OR g.expires_at > $3))
         SELECT EXISTS (SELECT FROM whole),
                ARRAY (SELECT d.id FROM documents d
                       WHERE d.corpus_id = $1 AND NOT EXISTS (SELECT FROM whole) AND d.id IN (SELECT id FROM own)
                       ORDER BY d.id COLLATE \"C\"),
                least((SELECT min(expires_at) FROM own), (SELECT min(expires_at) FROM whole))",
    )
    .bind(corpus)
    .bind(names)
    .bind(op.now)
    .fetch_one(&mut **tx)
    .await?;
    Ok(Some(Granted { revisions, whole, documents, until }))
}

#[derive(FromRow)]
struct DocumentRow {
    #[sqlx(flatten)]
    origin: OriginRow,
    status: String,
    labels_json: Json<BTreeMap<String, String>>,
}

#[derive(FromRow)]
struct ChunkRow {
    id: i64,
    document_id: String,
    #[sqlx(flatten)]
    passage: PassageRow,
    term_count: i32,
    embedding: HalfVector,
}

/// Reads a corpus, unless it is larger than so many bytes. The transaction is one that reads at one moment.
pub(super) async fn load(tx: &mut TenantTx, corpus: &CorpusId, most: usize) -> Result<Option<Image>, sqlx::Error> {
    let Some((revisions, dimension)) = corpora::revisions(tx, corpus).await? else { return Ok(None) };
    let mut image = Image::new(revisions.content, dimension);
    let mut documents = sqlx::query_as::<_, DocumentRow>(
        "SELECT d.id AS document_id, d.title, d.filename, d.content_type, d.status, d.labels_json, d.metadata_json, t.content_sha256
         FROM documents d JOIN document_texts t ON t.document_id = d.id
         WHERE d.corpus_id = $1 ORDER BY d.id COLLATE \"C\"",
    )
    .bind(corpus)
    .fetch(&mut **tx);
    while let Some(row) = documents.try_next().await? {
        image.file(row.into());
        if image.bytes() > most {
            return Ok(None);
        }
    }
    drop(documents);
    let mut passages = sqlx::query_as::<_, ChunkRow>(
        "SELECT id, document_id, start_char, end_char, heading, location, text, term_count, embedding
         FROM chunks WHERE corpus_id = $1 ORDER BY id",
    )
    .bind(corpus)
    .fetch(&mut **tx);
    while let Some(row) = passages.try_next().await? {
        let Ok(at) = image.documents.binary_search_by(|d| d.origin.id.cmp(&row.document_id)) else { return Ok(None) };
        let Some(document) = image.documents.get(at) else { return Ok(None) };
        let passage = Passage {
            id: row.id,
            document: narrow(at),
            length: row.term_count.unsigned_abs(),
            shown: row.passage.of(Arc::clone(&document.origin)),
        };
        if !image.add(passage, row.embedding.as_slice().iter().map(|x| x.to_f32())) || image.bytes() > most {
            return Ok(None);
        }
    }
    drop(passages);
    let mut terms = sqlx::query_as::<_, (String, Vec<i64>, Vec<i32>)>(
        "SELECT term, array_agg(chunk_id), array_agg(term_freq) FROM postings
         WHERE corpus_id = $1 GROUP BY term ORDER BY term COLLATE \"C\"",
    )
    .bind(corpus)
    .fetch(&mut **tx);
    while let Some((term, passages, freqs)) = terms.try_next().await? {
        image.list(&term, passages.into_iter().zip(freqs));
        if image.bytes() > most {
            return Ok(None);
        }
    }
    drop(terms);
    image.close();
    Ok(Some(image))
}

impl From<DocumentRow> for Document {
    fn from(row: DocumentRow) -> Self {
        Self { origin: Arc::new(row.origin.into()), status: row.status, labels: row.labels_json.0 }
    }
}
