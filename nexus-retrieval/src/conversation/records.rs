//! Questions and answers on their way into the database, those of many runs at a time.
//!
//! What the database refuses is tried again entry by entry, so that nobody is refused for somebody else's. Whoever stops
//! waiting does not undo what is written.

use nexus_core::{
    clock,
    id::TenantId,
    op::Op,
    pg::{
        Db, DbError,
        together::{Answers, Carrier, Together},
    },
};
use serde_json::{Value, json};

use super::{Answer, Exchange, MAX_TURNS, store, within_budget};
use crate::llm::Turn;

/// Writes down what runs ask and answer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Records(Together<Exchanges>);

impl Records {
    /// Writes into this database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self(Together::new(Exchanges(db)))
    }

    /// Writes a question down and returns what was said before, oldest first, within a number of characters.
    pub async fn ask(
        &self,
        op: &Op,
        tenant: &TenantId,
        exchange: &Exchange,
        question: &str,
        budget_chars: usize,
    ) -> Result<Vec<Turn>, DbError> {
        let question = json!({ "question": question, "turns": MAX_TURNS });
        let newest_first = self.0.send(entry(op, tenant, exchange, question)).await?;
        Ok(within_budget(newest_first, budget_chars))
    }

    /// Writes an answer down, together with its checkpoint, what it cost and its receipt.
    pub async fn answer(
        &self,
        op: &Op,
        tenant: &TenantId,
        exchange: &Exchange,
        answer: Answer<'_>,
    ) -> Result<(), DbError> {
        let answer = json!({
            "answer": answer.text,
            "citations": answer.citations,
            "corpus_id": exchange.corpus.as_str(),
            "state": answer.state,
            "bill": answer.bill,
            "receipt": answer.receipt,
        });
        self.0.send(entry(op, tenant, exchange, answer)).await.map(drop)
    }
}

/// The table of questions and answers.
struct Exchanges(Db);

impl Carrier for Exchanges {
    type Entry = Value;
    type Answer = Vec<Turn>;

    async fn carry(&self, mut entries: Vec<Value>) -> Result<Answers<Self>, DbError> {
        for (number, entry) in entries.iter_mut().enumerate() {
            if let Some(fields) = entry.as_object_mut() {
                fields.insert("number".to_owned(), number.into());
            }
        }
        let count = entries.len();
        let entries = Value::Array(entries);
        match store::keep(&self.0, &entries).await {
            Ok(turns) => {
                let mut said: Vec<Vec<Turn>> = vec![Vec::new(); count];
                for (number, turn) in turns {
                    if let Some(said) = said.get_mut(number) {
                        said.push(turn);
                    }
                }
                Ok(said.into_iter().map(Ok).collect())
            }
            Err(error) if count > 1 && !matches!(error, DbError::Unreachable(_)) => {
                let Value::Array(entries) = entries else { return Ok(Vec::new()) };
                let mut kept = Vec::with_capacity(count);
                for entry in entries {
                    let alone = store::keep(&self.0, &Value::Array(vec![entry])).await;
                    kept.push(alone.map(|turns| turns.into_iter().map(|(_, turn)| turn).collect()));
                }
                Ok(kept)
            }
            Err(error) => {
                tracing::warn!(%error, entries = count, "what runs asked and answered could not be written");
                Err(error)
            }
        }
    }
}

/// An entry with what both kinds have, and the fields of its kind.
fn entry(op: &Op, tenant: &TenantId, exchange: &Exchange, fields: Value) -> Value {
    let mut entry = json!({
        "tenant": tenant.as_str(),
        "id": clock::fresh_uuid(),
        "user_id": exchange.user.as_str(),
        "session_id": exchange.session.as_str(),
        "run_id": exchange.run,
        "at": op.now,
    });
    if let (Value::Object(entry), Value::Object(fields)) = (&mut entry, fields) {
        entry.extend(fields);
    }
    entry
}
