//! Sessions and messages in PostgreSQL.

use nexus_core::pg::{Db, DbError};
use serde::Serialize;

use crate::llm::{Speaker, Turn};

/// An entry as [`keep`] takes it.
pub(super) fn written(entry: &impl Serialize) -> Result<String, DbError> {
    serde_json::to_string(entry).map_err(|error| DbError::Failed(sqlx::Error::Encode(error.into())))
}

/// Writes questions and answers down, a JSON array of them, in one round trip. Gives the number of each question with what was
/// said before it, the newest first. An entry that was written before is left as it is.
pub(super) async fn keep(db: &Db, entries: &str) -> Result<Vec<(usize, Turn)>, DbError> {
    let rows: Vec<(i32, String, String)> =
        db.repeatable("SELECT entry_number, speaker, said FROM nexus_keep_exchanges($1::jsonb)", entries).await?;
    let turn = |(number, speaker, text): (i32, String, String)| {
        let speaker = if speaker == "assistant" { Speaker::Assistant } else { Speaker::User };
        (usize::try_from(number).unwrap_or(usize::MAX), Turn { speaker, text })
    };
    Ok(rows.into_iter().map(turn).collect())
}
