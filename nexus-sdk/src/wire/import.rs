//! Imports: folders, archives and buckets that the server itself takes into a corpus.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Asks the server to take every file of a source into a corpus.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct CreateImport {
    /// The corpus the documents go to.
    #[cfg_attr(feature = "schema", schema(example = "c1"))]
    pub corpus_id: String,
    /// Where the files are: a folder, an archive or a bucket below one of the sources that the operator allows.
    #[cfg_attr(feature = "schema", schema(example = "s3://bucket/handbooks"))]
    pub source: String,
    /// Whether to replace documents whose file changed.
    #[serde(default)]
    pub overwrite: bool,
}

/// How far an import got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ImportStatus {
    /// Waiting, or at work.
    Running,
    /// Every file was taken or is counted as something else.
    Succeeded,
    /// Given up; `failure_reason` says why.
    Failed,
}

/// A file that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportFailure {
    /// Its path inside the source.
    #[cfg_attr(feature = "schema", schema(example = "2026/scan.pdf"))]
    pub path: String,
    /// Why.
    #[cfg_attr(feature = "schema", schema(example = "the text contains a NUL character"))]
    pub reason: String,
}

/// An import. The documents that it made are processed by jobs of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Import {
    /// The import's id.
    pub id: String,
    /// The corpus the documents go to.
    #[cfg_attr(feature = "schema", schema(example = "c1"))]
    pub corpus_id: String,
    /// Where the files are.
    #[cfg_attr(feature = "schema", schema(example = "s3://bucket/handbooks"))]
    pub source: String,
    /// Whether documents whose file changed are replaced.
    pub overwrite: bool,
    /// How far it got.
    pub status: ImportStatus,
    /// Why it was given up; null unless it was.
    #[serde(default)]
    pub failure_reason: Option<String>,
    /// The file that it is behind.
    #[serde(default)]
    pub position: Option<String>,
    /// Files accepted as documents, new or changed.
    pub accepted: u64,
    /// Files that were there already, as they are.
    pub unchanged: u64,
    /// Files that differ from the document of their name, which stays as it is unless documents are replaced.
    #[serde(default)]
    pub differing: u64,
    /// Files of no type that is read.
    pub skipped: u64,
    /// Files not accepted for another reason.
    pub failed: u64,
    /// The first hundred of those.
    #[serde(default)]
    pub failures: Vec<ImportFailure>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it last got further.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    #[serde(default)]
    pub finished_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_import_reads_and_writes_the_same_json() {
        let literal = r#"{"id":"i1","corpus_id":"c1","source":"s3://b/p","overwrite":false,"status":"running","failure_reason":null,"position":"a.pdf","accepted":1,"unchanged":0,"differing":0,"skipped":2,"failed":1,"failures":[{"path":"b","reason":"why"}],"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:06Z","finished_at":null}"#;
        let import: Import = serde_json::from_str(literal).unwrap();
        assert_eq!(serde_json::to_string(&import).unwrap(), literal);
        assert!(serde_json::from_str::<CreateImport>(r#"{"corpus_id":"c1","source":"x","tenant_id":"t2"}"#).is_err());
    }
}
