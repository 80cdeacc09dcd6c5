//! Questions and answers on their way into the database, those of many runs at a time.
//!
//! While a statement is on its way, what comes next waits and goes together in the next one: a busy server writes larger
//! statements, not more of them, and an idle one waits for nothing. What the database refuses is tried again entry by entry, so
//! that nobody is refused for somebody else's. Whoever stops waiting does not undo what is written.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use nexus_core::{
    clock,
    id::TenantId,
    op::Op,
    pg::{Db, DbError},
};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{Answer, Exchange, MAX_TURNS, store, within_budget};
use crate::llm::Turn;

/// How many statements are on their way at once. More would be smaller, and each takes a connection.
const LANES: usize = 2;
/// How many entries a statement has, at most.
const TOGETHER: usize = 64;

/// Writes down what runs ask and answer. Cheap to clone.
#[derive(Clone)]
pub struct Records(Arc<Inner>);

struct Inner {
    db: Db,
    waiting: Mutex<VecDeque<Waiting>>,
    lanes: Arc<Semaphore>,
}

struct Waiting {
    entry: Value,
    done: oneshot::Sender<Result<Vec<Turn>, DbError>>,
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("waiting", &self.0.waiting().len()).finish_non_exhaustive()
    }
}

impl Records {
    /// Writes into this database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self(Arc::new(Inner { db, waiting: Mutex::default(), lanes: Arc::new(Semaphore::new(LANES)) }))
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
        let newest_first = self.keep(entry(op, tenant, exchange, question)).await?;
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
        self.keep(entry(op, tenant, exchange, answer)).await.map(drop)
    }

    async fn keep(&self, entry: Value) -> Result<Vec<Turn>, DbError> {
        let (done, kept) = oneshot::channel();
        self.0.waiting().push_back(Waiting { entry, done });
        self.send();
        kept.await.unwrap_or_else(|_| Err(DbError::abandoned()))
    }

    /// Sees to it that somebody takes what waits: this call, or one that is under way and looks again before it ends.
    fn send(&self) {
        if let Ok(lane) = Arc::clone(&self.0.lanes).try_acquire_owned() {
            tokio::spawn(Arc::clone(&self.0).drain(lane));
        }
    }
}

impl Inner {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn drain(self: Arc<Self>, mut lane: OwnedSemaphorePermit) {
        loop {
            let batch: Vec<Waiting> = {
                let mut waiting = self.waiting();
                let n = waiting.len().min(TOGETHER);
                waiting.drain(..n).collect()
            };
            if !batch.is_empty() {
                self.write(batch).await;
                continue;
            }
            // What came after the look and before the lane is free found no free lane.
            drop(lane);
            if self.waiting().is_empty() {
                return;
            }
            let Ok(again) = Arc::clone(&self.lanes).try_acquire_owned() else { return };
            lane = again;
        }
    }

    async fn write(&self, batch: Vec<Waiting>) {
        let (mut entries, waiting): (Vec<Value>, Vec<_>) = batch.into_iter().map(|w| (w.entry, w.done)).unzip();
        for (number, entry) in entries.iter_mut().enumerate() {
            if let Some(fields) = entry.as_object_mut() {
                fields.insert("number".to_owned(), number.into());
            }
        }
        let entries = Value::Array(entries);
        match store::keep(&self.db, &entries).await {
            Ok(turns) => {
                let mut said: Vec<Vec<Turn>> = waiting.iter().map(|_| Vec::new()).collect();
                for (number, turn) in turns {
                    if let Some(said) = said.get_mut(number) {
                        said.push(turn);
                    }
                }
                for (done, said) in waiting.into_iter().zip(said) {
                    let _ = done.send(Ok(said));
                }
            }
            Err(error) if waiting.len() > 1 && !matches!(error, DbError::Unreachable(_)) => {
                let Value::Array(entries) = entries else { return };
                for (entry, done) in entries.into_iter().zip(waiting) {
                    let alone = store::keep(&self.db, &Value::Array(vec![entry])).await;
                    let _ = done.send(alone.map(|turns| turns.into_iter().map(|(_, turn)| turn).collect()));
                }
            }
            Err(error) => {
                tracing::warn!(%error, entries = waiting.len(), "what runs asked and answered could not be written");
                let mut error = Some(error);
                for done in waiting {
                    let _ = done.send(Err(error.take().unwrap_or_else(DbError::abandoned)));
                }
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
