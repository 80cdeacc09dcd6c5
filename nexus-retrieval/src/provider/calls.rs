//! What was asked to find passages, noted as each answer comes: it costs something also when the rest fails or is given up.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

/// One call that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// A provider looked for passages.
    Search(&'static str),
    /// A model made a vector of the question.
    Embedding,
    /// A second look was taken at what was found.
    Rerank,
}

/// The calls of one question, which everybody notes who answers a part of it. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<Vec<Call>>>);

impl Calls {
    /// Notes a call that was answered.
    pub fn note(&self, call: Call) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// The calls since this was last asked.
    #[must_use]
    pub fn take(&self) -> Vec<Call> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
