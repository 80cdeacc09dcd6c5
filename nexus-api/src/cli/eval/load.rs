//! A data set into a corpus, through the same door as every document.

use std::{collections::BTreeSet, fmt::Write as _, sync::Arc, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use nexus_authz::permission::{CorpusCreate, CorpusRead, DocumentIngest, DocumentReindex};
use nexus_core::id::{CorpusId, DocumentId};
use nexus_retrieval::{
    corpus::{self, CorpusError, NewCorpus},
    document::{
        DocumentError, IngestSource, Status,
        accept::{self, NewDocument},
        change, store,
    },
    eval::{Dataset, dataset::Text},
};
use serde_json::{Map, json};
use sha2::{Digest as _, Sha256};

use super::{
    super::{admin, tenant},
    Bench, Failure, Output,
};

/// How many documents are handed in at once.
const IN_FLIGHT: usize = 8;
/// How often it is looked whether documents are done.
const POLL: Duration = Duration::from_millis(200);

/// Makes sure that every document of a data set is searchable.
pub(super) async fn ensure(
    bench: &Bench<'_>,
    corpus: &CorpusId,
    dataset: &Dataset,
    again: bool,
    out: Output,
) -> Result<(), Failure> {
    let office = admin::Office {
        db: bench.platform.db.clone(),
        pepper: bench.platform.credentials.pepper().clone(),
        keyring: bench.platform.keyring.clone(),
        signing: Arc::clone(&bench.platform.audit_desk.key),
        op: bench.op(),
    };
    tenant::ensure_tenant(&office, &bench.tenant, None).await?;
    ensure_corpus(bench, corpus).await?;
    let ids: BTreeSet<String> = dataset.documents.iter().map(|text| document_id(corpus, &text.id)).collect();
    if ids.len() < dataset.documents.len() {
        return Err(Failure::Failed("two documents of the data set have the same id".to_owned()));
    }
    out.note(&format!("{corpus}: {} documents", dataset.documents.len()));
    let queued: Vec<Option<DocumentId>> = stream::iter(&dataset.documents)
        .map(|text| hand_in(bench, corpus, text, again))
        .buffer_unordered(IN_FLIGHT)
        .try_collect()
        .await?;
    for id in queued.into_iter().flatten() {
        until_searchable(bench, &id).await?;
    }
    Ok(())
}

/// The id of a document of a data set: unique in the tenant, which holds several data sets. Characters that an id cannot
/// have are spelled out.
pub(super) fn document_id(corpus: &CorpusId, id: &str) -> String {
    let mut name = format!("{corpus}.");
    for c in id.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') {
            name.push(c);
        } else {
            let _ = write!(name, "-x{:x}-", u32::from(c));
        }
    }
    name
}

async fn ensure_corpus(bench: &Bench<'_>, id: &CorpusId) -> Result<(), Failure> {
    let db = &bench.platform.db;
    match corpus::get(db, &bench.caller::<CorpusRead>()?, id).await {
        Ok(_) => return Ok(()),
        Err(CorpusError::NotFound) => {}
        Err(error) => return Err(Failure::from_error(error)),
    }
    let new = NewCorpus {
        id: Some(id.clone()),
        name: id.to_string(),
        provider_config: json!({}),
        embedding_model: bench.platform.embedder.model().clone(),
        embedding_dimension: bench.platform.embedder.dimension(),
    };
    corpus::create(&bench.op(), db, &bench.caller::<CorpusCreate>()?, new).await.map_err(Failure::from_error)?;
    Ok(())
}

/// Hands a document in; its id when a job works on it now.
async fn hand_in(
    bench: &Bench<'_>,
    corpus: &CorpusId,
    text: &Text,
    overwrite: bool,
) -> Result<Option<DocumentId>, Failure> {
    let platform = bench.platform;
    let sha256 = Sha256::digest(text.text.as_bytes());
    let title = text.title.as_ref().map(|title| ("title".to_owned(), json!(title)));
    let new = NewDocument {
        corpus: corpus.clone(),
        id: Some(document_id(corpus, &text.id).parse().map_err(Failure::from_error)?),
        filename: text.id.clone(),
        content_type: text.content_type.to_owned(),
        source: text.text.clone().into(),
        ingest_source: IngestSource::RawText,
        metadata: Map::from_iter(title),
        chunk_size_chars: None,
        chunk_overlap_chars: None,
        overwrite,
    };
    let rules = (&platform.documents, &platform.access, &platform.charges);
    let caller = bench.caller::<DocumentIngest>()?;
    let accepted = accept::accept(&bench.op(), &platform.db, &platform.sources, rules, &caller, new).await;
    match accepted {
        // Every document is looked at until it is searchable: one that failed before is not.
        Ok(accepted) if overwrite && !accepted.queued && !accepted.document.status.is_in_flight() => {
            reindex(bench, &accepted.document.id).await.map(Some)
        }
        Ok(accepted) if accepted.queued || accepted.document.source_sha256 == sha256.as_slice() => {
            Ok(Some(accepted.document.id))
        }
        Ok(_) => Err(Failure::Failed(format!("{}: its text has changed; --reindex takes the new one", text.id))),
        // A document without text cannot be found, which the figures will say.
        Err(DocumentError::Invalid(_)) if text.text.trim().is_empty() => Ok(None),
        Err(error) => Err(Failure::Failed(format!("{}: {error}", text.id))),
    }
}

/// Queues a document again that is as it was: handing it in once more is no work.
async fn reindex(bench: &Bench<'_>, id: &DocumentId) -> Result<DocumentId, Failure> {
    let platform = bench.platform;
    let (op, caller) = (bench.op(), bench.caller::<DocumentReindex>()?);
    let charged = (&platform.access, &platform.charges);
    let tab = change::quote(&op, &platform.db, &platform.sources, charged, &caller, id).await;
    let asked = ((None, None), tab.map_err(Failure::from_error)?);
    let rules = (&platform.documents, &platform.access);
    change::reindex(&op, &platform.db, rules, &caller, id, asked)
        .await
        .map(|document| document.id)
        .map_err(Failure::from_error)
}

async fn until_searchable(bench: &Bench<'_>, id: &DocumentId) -> Result<(), Failure> {
    loop {
        let mut tx = bench.platform.db.tenant(&bench.tenant).await.map_err(Failure::from_error)?;
        let document = store::find_unscoped(&mut tx, id).await.map_err(Failure::from_error)?;
        drop(tx);
        match document {
            Some(document) if document.status.is_in_flight() => tokio::time::sleep(POLL).await,
            Some(document) if document.status == Status::Succeeded => return Ok(()),
            Some(document) => {
                let why = document.failure_reason.unwrap_or_default();
                return Err(Failure::Failed(format!("{id} could not be processed: {why}; --reindex tries again")));
            }
            None => return Err(Failure::Failed(format!("{id}: the document is gone"))),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn any_id_of_a_data_set_becomes_the_id_of_a_document() {
        let corpus: CorpusId = "c".parse().unwrap();
        for (id, expected) in [("a_b-1.2", "c.a_b-1.2"), ("MED/10 é", "c.MED-x2f-10-x20--xe9-")] {
            assert_eq!(document_id(&corpus, id), expected);
            expected.parse::<DocumentId>().unwrap();
        }
    }
}
