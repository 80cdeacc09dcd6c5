//! Documents: what was ingested, how far it got, and its text.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Object;

/// A document as its readers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Document {
    /// The document's id, unique within its tenant.
    #[cfg_attr(feature = "schema", schema(example = "doc-1"))]
    pub id: String,
    /// The tenant that owns the document.
    #[cfg_attr(feature = "schema", schema(example = "t1"))]
    pub tenant_id: String,
    /// The corpus the document belongs to.
    #[cfg_attr(feature = "schema", schema(example = "c1"))]
    pub corpus_id: String,
    /// The file name it was given.
    #[cfg_attr(feature = "schema", schema(example = "handbook.md"))]
    pub filename: String,
    /// The media type, by the content of what was sent.
    #[cfg_attr(feature = "schema", schema(example = "text/markdown"))]
    pub content_type: String,
    /// The same as `ingest_source`, kept for older clients.
    pub source: IngestSource,
    /// How the document came in.
    pub ingest_source: IngestSource,
    /// How far ingestion got.
    pub status: DocumentStatus,
    /// Why ingestion failed; null unless it did.
    #[serde(default)]
    pub failure_reason: Option<String>,
    /// When the document was created.
    pub created_at: DateTime<Utc>,
    /// When anything about it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was last queued.
    #[serde(default)]
    pub queued_at: Option<DateTime<Utc>>,
    /// When a worker last began with it.
    #[serde(default)]
    pub processing_started_at: Option<DateTime<Utc>>,
    /// When a worker last finished with it, well or not.
    #[serde(default)]
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was last indexed again.
    #[serde(default)]
    pub last_reindexed_at: Option<DateTime<Utc>>,
    /// The job that ingested it last.
    #[serde(default)]
    pub last_job_id: Option<String>,
    /// How many passages it was cut into; given for a single document that succeeded, null otherwise.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(example = 12))]
    pub num_chunks: Option<u64>,
    /// The document's title, when one is known.
    #[serde(default)]
    pub title: Option<String>,
    /// The labels that policies may look at.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Whatever the client stored with the document.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Object))]
    pub metadata_json: Object,
    /// The media type that the client named, where the content is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(example = "application/octet-stream"))]
    pub declared_content_type: Option<String>,
    /// What could not be read of the file, in sentences; absent when all of it could.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schema(example = json!(["These pages could not be read and were left out: 3."])))]
    pub ingest_notes: Vec<String>,
}

/// How a document came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum IngestSource {
    /// As a file.
    UploadFile,
    /// As text in a JSON body.
    RawText,
}

/// How far ingestion got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum DocumentStatus {
    /// Waiting for a worker.
    Queued,
    /// A worker has it.
    Processing,
    /// Searchable.
    Succeeded,
    /// Given up; `failure_reason` says why.
    Failed,
}

impl DocumentStatus {
    /// Whether ingestion has ended, well or not.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// The answer to an upload, a text, or a reindex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DocumentAccepted {
    /// The document's id.
    #[cfg_attr(feature = "schema", schema(example = "doc-1"))]
    pub document_id: String,
    /// How far ingestion got.
    pub status: DocumentStatus,
    /// The job that will ingest it, or did.
    #[serde(default)]
    pub job_id: Option<String>,
    /// Where to ask how far it got.
    #[cfg_attr(feature = "schema", schema(example = "/v1/documents/doc-1"))]
    pub status_url: String,
    /// Given and true when the document was there, stays as it is, and is not what was sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub differs: bool,
}

/// Asks for a text to be ingested as a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TextDocument {
    /// The corpus the document goes to.
    #[cfg_attr(feature = "schema", schema(example = "c1"))]
    pub corpus_id: String,
    /// The text; it may not be blank.
    #[cfg_attr(
        feature = "schema",
        schema(example = "Leave requests go to your lead.\n\nRoutine changes need a second pair of eyes.")
    )]
    pub text: String,
    /// The id to use; the server makes one when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(example = "doc-1"))]
    pub document_id: Option<String>,
    /// The file name to show; `raw_text.txt` when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(example = "handbook.md"))]
    pub filename: Option<String>,
    /// Anything to store with the document; an object under `labels` becomes the document's labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>, example = json!({"labels": {"team": "people"}})))]
    pub metadata_json: Option<Object>,
    /// The longest passage, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, example = 1200))]
    pub chunk_size_chars: Option<u32>,
    /// How much neighbouring passages share, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0, example = 150))]
    pub chunk_overlap_chars: Option<u32>,
    /// Whether to replace a document that already has this id.
    #[serde(default)]
    pub overwrite: bool,
}

/// Asks for a document to be indexed again; absent fields take the server's defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ReindexRequest {
    /// The longest passage, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 1, example = 1200))]
    pub chunk_size_chars: Option<u32>,
    /// How much neighbouring passages share, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(minimum = 0, example = 150))]
    pub chunk_overlap_chars: Option<u32>,
}

/// A part of a document's stored text, to check a citation against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DocumentText {
    /// The document's id.
    #[cfg_attr(feature = "schema", schema(example = "doc-1"))]
    pub document_id: String,
    /// Where `text` begins, in Unicode scalar values from the start of the stored text.
    #[cfg_attr(feature = "schema", schema(example = 0))]
    pub start: u64,
    /// Where `text` ends, exclusive, counted likewise.
    #[cfg_attr(feature = "schema", schema(example = 31))]
    pub end: u64,
    /// The length of the whole stored text, counted likewise.
    #[cfg_attr(feature = "schema", schema(example = 78))]
    pub total_chars: u64,
    /// Exactly the text between `start` and `end`.
    #[cfg_attr(feature = "schema", schema(example = "Leave requests go to your lead."))]
    pub text: String,
    /// The lower-case hexadecimal SHA-256 of the whole stored text.
    #[cfg_attr(
        feature = "schema",
        schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    )]
    pub content_hash: String,
}

/// Changes what is stored with a document; absent fields stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PatchDocument {
    /// The new file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(example = "handbook-2026.md"))]
    pub filename: Option<String>,
    /// The new metadata; it replaces the old as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Object>))]
    pub metadata_json: Option<Object>,
    /// The new labels; they replace the old as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(example = json!({"team": "people"})))]
    pub labels: Option<BTreeMap<String, String>>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_document_reads_and_writes_the_same_json() {
        let literal = r#"{"id":"d1","tenant_id":"t1","corpus_id":"c1","filename":"raw_text.txt","content_type":"text/plain","source":"raw_text","ingest_source":"raw_text","status":"succeeded","failure_reason":null,"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:06Z","queued_at":"2026-01-02T03:04:05Z","processing_started_at":null,"completed_at":null,"last_reindexed_at":null,"last_job_id":"j1","num_chunks":3,"title":"Leave","labels":{"team":"people"},"metadata_json":{"labels":{"team":"people"}}}"#;
        let document: Document = serde_json::from_str(literal).unwrap();
        assert_eq!(serde_json::to_string(&document).unwrap(), literal);
    }

    #[test]
    fn a_document_without_the_newer_fields_still_reads() {
        let literal = r#"{"id":"d1","tenant_id":"t1","corpus_id":"c1","filename":"a.txt","content_type":"text/plain","source":"upload_file","ingest_source":"upload_file","status":"queued","created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:06Z"}"#;
        let document: Document = serde_json::from_str(literal).unwrap();
        assert!(document.labels.is_empty() && document.title.is_none());
        assert!(!document.status.is_final());
    }

    #[test]
    fn an_accepted_document_reads_and_writes_the_same_json() {
        let literal = r#"{"document_id":"d1","status":"queued","job_id":"j1","status_url":"/v1/documents/d1"}"#;
        let accepted: DocumentAccepted = serde_json::from_str(literal).unwrap();
        assert_eq!(serde_json::to_string(&accepted).unwrap(), literal);
    }

    #[test]
    fn requests_refuse_fields_they_do_not_know() {
        let text: TextDocument = serde_json::from_str(r#"{"corpus_id":"c1","text":"x"}"#).unwrap();
        assert!(!text.overwrite);
        assert!(serde_json::from_str::<TextDocument>(r#"{"corpus_id":"c1","text":"x","tenant_id":"t2"}"#).is_err());
        assert!(serde_json::from_str::<ReindexRequest>(r#"{"overlap":1}"#).is_err());
        assert!(serde_json::from_str::<PatchDocument>(r#"{"status":"queued"}"#).is_err());
    }
}
