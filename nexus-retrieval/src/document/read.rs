//! Reading documents, as far as the scope goes.

use nexus_authz::scope::ReadScope;
use nexus_core::{
    id::DocumentId,
    op::Op,
    order::{Order, Value},
    page::{Page, PageRequest},
    pg::Db,
};

use super::{Document, DocumentError, DocumentField, DocumentFilter, Status, store};

/// The most characters of text that one request gets.
pub const MAX_TEXT_CHARS: u64 = 100_000;

/// A span of a document's stored text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextSpan {
    /// Where it begins, in characters.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
    /// How many characters the whole text has.
    pub total_chars: u64,
    /// The span.
    pub text: String,
    /// The SHA-256 of the whole text, in hex.
    pub content_hash: String,
}

/// One document; what the scope may not read does not exist.
pub async fn get(op: &Op, db: &Db, scope: &ReadScope, id: &DocumentId) -> Result<Document, DocumentError> {
    let mut tx = db.tenant(scope.tenant()).await?;
    store::find(op, &mut tx, scope, id).await?.ok_or(DocumentError::NotFound)
}

/// The readable documents, oldest first.
pub async fn list(op: &Op, db: &Db, scope: &ReadScope, page: &PageRequest) -> Result<Page<Document>, DocumentError> {
    Ok(store::list(op, db, scope, page).await?)
}

/// A part of the documents that a client chose, and what there is of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The documents, in the order that was asked for: one more than was asked for when there are more.
    pub documents: Vec<Document>,
    /// How many documents there are on all pages, by status; nothing where only a look at each could tell, and there are too
    /// many for that.
    pub by_status: Option<Vec<(Status, i64)>>,
}

/// The readable documents that fit, in any order, from a place on.
pub async fn listed(
    op: &Op,
    db: &Db,
    scope: &ReadScope,
    filter: &DocumentFilter,
    (order, past, limit): (&Order<DocumentField>, Option<&[Value]>, u32),
) -> Result<Listed, DocumentError> {
    let mut tx = db.tenant(scope.tenant()).await?;
    let documents = store::listed::page(op, &mut tx, scope, filter, (order, past, limit.saturating_add(1))).await?;
    let by_status = store::listed::by_status(op, &mut tx, scope, filter).await?;
    Ok(Listed { documents, by_status })
}

/// The stored text between two offsets, so that a citation can be checked.
pub async fn text(
    op: &Op,
    db: &Db,
    scope: &ReadScope,
    id: &DocumentId,
    start: u64,
    end: Option<u64>,
) -> Result<TextSpan, DocumentError> {
    let end = end.unwrap_or_else(|| start.saturating_add(MAX_TEXT_CHARS));
    if end < start || end - start > MAX_TEXT_CHARS {
        return Err(DocumentError::Invalid(format!("end must be at most {MAX_TEXT_CHARS} after start").into()));
    }
    let (from, chars) = match (i32::try_from(start), i32::try_from(end - start)) {
        (Ok(from), Ok(chars)) if from < i32::MAX => (i64::from(from), i64::from(chars)),
        _ => return Err(DocumentError::Invalid("start is too large".into())),
    };
    let mut tx = db.tenant(scope.tenant()).await?;
    store::find(op, &mut tx, scope, id).await?.ok_or(DocumentError::NotFound)?;
    let (total, hash, text) = store::text(&mut tx, id, from, chars).await?.ok_or(DocumentError::NotFound)?;
    let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
    Ok(TextSpan {
        start,
        end: start.saturating_add(length),
        total_chars: u64::try_from(total).unwrap_or_default(),
        text,
        content_hash: hex::encode(hash),
    })
}
