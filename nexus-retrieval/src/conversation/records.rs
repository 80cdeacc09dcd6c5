//! Questions and answers on their way into the database, those of many runs at a time.
//!
//! What the database refuses is tried again entry by entry, so that nobody is refused for somebody else's. Whoever stops
//! waiting does not undo what is written.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use nexus_core::{
    clock,
    id::TenantId,
    op::Op,
    pg::{
        Db, DbError,
        together::{Answers, Carrier, Together},
    },
};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

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
        let entry = Entry { question: Some(question), turns: Some(MAX_TURNS), ..Entry::of(op, tenant, exchange) };
        let newest_first = self.0.send(store::written(&entry)?).await?;
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
        let entry = Entry {
            answer: Some(answer.text),
            citations: Some(&answer.citations),
            corpus_id: Some(exchange.corpus.as_str()),
            state: Some(&answer.state),
            bill: answer.bill.as_ref(),
            receipt: Some(&answer.receipt),
            ..Entry::of(op, tenant, exchange)
        };
        self.0.send(store::written(&entry)?).await.map(drop)
    }
}

/// The table of questions and answers.
struct Exchanges(Db);

impl Carrier for Exchanges {
    /// A JSON object.
    type Entry = String;
    type Answer = Vec<Turn>;

    async fn carry(&self, entries: Vec<String>) -> Result<Answers<Self>, DbError> {
        let count = entries.len();
        match store::keep(&self.0, &numbered(&entries)).await {
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
                let mut kept = Vec::with_capacity(count);
                for entry in entries {
                    let alone = store::keep(&self.0, &numbered(&[entry])).await;
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

/// An array of entries that say which they are.
fn numbered(entries: &[String]) -> String {
    let mut all = String::from("[");
    for (number, entry) in entries.iter().enumerate() {
        let (comma, fields) = (if number == 0 { "" } else { "," }, entry.trim_start_matches('{'));
        let _infallible = write!(all, "{comma}{{\"number\":{number},{fields}");
    }
    all.push(']');
    all
}

/// What is kept of a question or an answer: fields that both have, and those of its kind.
#[derive(Serialize)]
struct Entry<'a> {
    tenant: &'a str,
    id: Uuid,
    user_id: &'a str,
    session_id: &'a str,
    run_id: &'a str,
    at: DateTime<Utc>,
    question: Option<&'a str>,
    turns: Option<i64>,
    answer: Option<&'a str>,
    citations: Option<&'a Value>,
    corpus_id: Option<&'a str>,
    state: Option<&'a Value>,
    bill: Option<&'a Value>,
    receipt: Option<&'a Value>,
}

impl<'a> Entry<'a> {
    fn of(op: &Op, tenant: &'a TenantId, exchange: &'a Exchange) -> Self {
        Self {
            tenant: tenant.as_str(),
            id: clock::fresh_uuid(),
            user_id: exchange.user.as_str(),
            session_id: exchange.session.as_str(),
            run_id: &exchange.run,
            at: op.now,
            question: None,
            turns: None,
            answer: None,
            citations: None,
            corpus_id: None,
            state: None,
            bill: None,
            receipt: None,
        }
    }
}
