//! A source that is handed in: what it is, and whether it can be read at all.
//!
//! A text is read at once, so that one that cannot be read is refused now, not hours later by a job. Any other file is only
//! looked at: its parser runs where it can do no harm, and what it finds wrong is the reason of a document that failed.

use bytes::Bytes;

use super::{DocumentError, IngestSource, accept::NewDocument};
use crate::ingest::extract::{ContentType, ExtractError, Limits, extract, sniff};

/// What is known of a source before it is processed.
#[derive(Debug)]
pub(super) struct Intake {
    pub(super) content_type: ContentType,
    /// The bytes as they are kept; a text is kept in UTF-8.
    pub(super) source: Bytes,
    /// What the client called it, when that is something else.
    pub(super) declared: Option<String>,
    /// The title that a text gives itself.
    pub(super) title: Option<String>,
}

/// Looks at a source. A file of many megabytes takes long enough for this to hold up other tasks.
pub(super) async fn look(new: &NewDocument, limits: Limits) -> Result<Intake, DocumentError> {
    let (bytes, declared, name) = (new.source.clone(), new.content_type.clone(), new.filename.clone());
    let is_file = new.ingest_source == IngestSource::UploadFile;
    let looking = tokio::task::spawn_blocking(move || {
        let mut intake = if is_file { found(&bytes, &declared, &name)? } else { said(bytes, &declared)? };
        if intake.content_type.is_text() {
            intake.title = extract(intake.content_type, &intake.source, &limits)?.title;
        }
        Ok::<_, ExtractError>(intake)
    });
    looking.await.unwrap_or(Err(ExtractError::Crashed)).map_err(DocumentError::from)
}

fn found(bytes: &Bytes, declared: &str, name: &str) -> Result<Intake, ExtractError> {
    let found = sniff(bytes, declared, name)?;
    let source = match found.bytes {
        std::borrow::Cow::Borrowed(_) => bytes.clone(),
        std::borrow::Cow::Owned(text) => text.into(),
    };
    Ok(Intake { content_type: found.content_type, source, declared: found.declared, title: None })
}

/// A text in a request is what the request says.
fn said(source: Bytes, declared: &str) -> Result<Intake, ExtractError> {
    Ok(Intake { content_type: ContentType::parse(declared)?, source, declared: None, title: None })
}
