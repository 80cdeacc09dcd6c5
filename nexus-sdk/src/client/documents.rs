//! Documents: list, read, upload, ingest, wait, index again, delete.

use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use reqwest::Method;

use super::pages::pages;
use super::{Client, Error};
use crate::wire::{
    Document, DocumentAccepted, DocumentStatus, DocumentText, PatchDocument, ReindexRequest, TextDocument,
};

/// The first and the longest pause between two looks at a document that is being ingested.
const POLL: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// A file to ingest as a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The corpus the document goes to.
    pub corpus_id: String,
    /// The id to use; the server makes one when it is absent.
    pub document_id: Option<String>,
    /// The file name to show.
    pub filename: String,
    /// The media type, such as `text/plain`, `text/markdown` or `application/json`.
    pub content_type: String,
    /// What is in the file.
    pub bytes: Bytes,
    /// Whether to replace a document that already has this id.
    pub overwrite: bool,
}

/// The documents of the tenant that the credential may see; see [`Client::documents`].
#[derive(Debug, Clone, Copy)]
pub struct Documents<'a> {
    client: &'a Client,
}

impl<'a> Documents<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Every document, of one corpus or of all, oldest first, page by page as the stream is read.
    pub fn list(self, corpus_id: Option<&str>) -> impl Stream<Item = Result<Document, Error>> + Send + Unpin + use<> {
        let query = corpus_id.map(|id| ("corpus_id", id.to_owned())).into_iter().collect();
        pages(self.client.clone(), &["documents"], query, "a page of documents")
    }

    /// One document.
    pub async fn get(self, id: &str) -> Result<Document, Error> {
        self.client.fetch_data(&self.client.get(&["documents", id])?, "a document").await
    }

    /// The stored text of a document, or the characters of it in `range`, counted in Unicode scalar values.
    pub async fn text(self, id: &str, range: Option<std::ops::Range<u64>>) -> Result<DocumentText, Error> {
        let call = self.client.get(&["documents", id, "text"])?;
        let call = match range {
            Some(range) => call.query("start", &range.start.to_string()).query("end", &range.end.to_string()),
            None => call,
        };
        self.client.fetch_data(&call, "a document's text").await
    }

    /// Ingests a file. The answer comes before the work is done: see [`Documents::wait`].
    pub async fn upload(self, upload: Upload) -> Result<DocumentAccepted, Error> {
        let call = self.client.change(Method::POST, &["documents"])?.upload(upload);
        self.client.fetch_data(&call, "an accepted document").await
    }

    /// Ingests a text. The answer comes before the work is done: see [`Documents::wait`].
    pub async fn ingest_text(self, request: &TextDocument) -> Result<DocumentAccepted, Error> {
        let call = self.client.change(Method::POST, &["documents", "text"])?.json(request)?;
        self.client.fetch_data(&call, "an accepted document").await
    }

    /// Changes what is stored with a document.
    pub async fn patch(self, id: &str, request: &PatchDocument) -> Result<Document, Error> {
        let call = self.client.change(Method::PATCH, &["documents", id])?.json(request)?;
        self.client.fetch_data(&call, "a document").await
    }

    /// Indexes a document again.
    pub async fn reindex(self, id: &str, request: &ReindexRequest) -> Result<DocumentAccepted, Error> {
        let call = self.client.change(Method::POST, &["documents", id, "reindex"])?.json(request)?;
        self.client.fetch_data(&call, "an accepted document").await
    }

    /// Deletes a document.
    pub async fn delete(self, id: &str) -> Result<(), Error> {
        self.client.fetch_bytes(&self.client.change(Method::DELETE, &["documents", id])?).await.map(drop)
    }

    /// Waits until a document is searchable, at most for `patience`.
    pub async fn wait(self, id: &str, patience: Duration) -> Result<Document, Error> {
        let waited = tokio::time::timeout(patience, self.settled(id)).await;
        waited.map_err(|_| Error::StillIngesting { document_id: id.to_owned(), waited: patience })?
    }

    async fn settled(self, id: &str) -> Result<Document, Error> {
        let (mut pause, longest) = POLL;
        loop {
            let document = self.get(id).await?;
            match document.status {
                DocumentStatus::Succeeded => return Ok(document),
                DocumentStatus::Failed => {
                    let reason = document.failure_reason.unwrap_or_else(|| "the server gives no reason".to_owned());
                    return Err(Error::IngestFailed { document_id: document.id, reason });
                }
                DocumentStatus::Queued | DocumentStatus::Processing => {}
            }
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(longest);
        }
    }
}
