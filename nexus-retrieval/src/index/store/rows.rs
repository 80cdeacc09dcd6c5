//! What passages show of the rows that they come from.

use std::sync::Arc;

use serde_json::{Map, Value};
use sqlx::{FromRow, types::Json};

use crate::{
    index::{Hit, Origin},
    ingest::location::Location,
};

/// A document, of `documents` and `document_texts`.
#[derive(FromRow)]
pub(in crate::index) struct OriginRow {
    document_id: String,
    title: String,
    filename: String,
    content_type: String,
    metadata_json: Json<Map<String, Value>>,
    content_sha256: Vec<u8>,
}

/// A passage, of `chunks`.
#[derive(FromRow)]
pub(in crate::index) struct PassageRow {
    heading: Option<String>,
    location: Option<Json<Location>>,
    start_char: i64,
    end_char: i64,
    text: String,
}

impl From<OriginRow> for Origin {
    fn from(row: OriginRow) -> Self {
        Self {
            id: row.document_id,
            title: row.title,
            filename: row.filename,
            content_type: row.content_type,
            metadata: row.metadata_json.0,
            content_hash: hex::encode(row.content_sha256),
        }
    }
}

impl PassageRow {
    /// The passage of a document, with no score.
    pub(in crate::index) fn of(self, origin: Arc<Origin>) -> Hit {
        Hit {
            origin,
            location: Location::under(self.location.map(|location| location.0), self.heading.as_deref()).map(Arc::new),
            heading: self.heading.map(Arc::from),
            start: self.start_char.unsigned_abs(),
            end: self.end_char.unsigned_abs(),
            text: self.text.into(),
            score: 0.0,
        }
    }
}
