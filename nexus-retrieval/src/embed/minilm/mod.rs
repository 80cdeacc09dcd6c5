//! all-MiniLM-L6-v2 in this process: no server, no network, no native library.
//!
//! The files `model.safetensors`, `tokenizer.json` and `config.json` lie in one folder and are read at start, all but the
//! rows of the 30,522 words, half of the model, which are read from the open file as texts need them. A file that is missing
//! or damaged stops the start with a sentence that names it. What is left to fail, a file that is cut short while it is in use or a
//! defect, ends the request and not the process.
//!
//! Texts longer than [`MAX_TOKENS`] tokens are embedded by their beginning, as the published model does.

mod attention;
mod kernel;
mod lanes;
mod layer;
mod math;
mod model;
mod tokenize;
mod weights;

use std::{path::Path, sync::Arc, thread};

use futures::{FutureExt as _, future::BoxFuture};

use self::{lanes::Lanes, model::Model, tokenize::Tokens};
use super::{EmbedError, Embedder, ModelId, Purpose};

/// How much of a text the model reads, in tokens with the two that frame it.
pub const MAX_TOKENS: usize = 256;

/// The name under which vectors of this model are stored.
pub const MODEL: &str = "all-MiniLM-L6-v2";

/// The embedding model and the threads it runs on.
#[derive(Debug)]
pub struct MiniLm {
    id: ModelId,
    lanes: Lanes,
}

impl MiniLm {
    /// Reads the model from a folder and starts `threads` threads for it.
    pub fn load(folder: &Path, threads: usize) -> Result<Self, EmbedError> {
        let (model, tokens) = thread::scope(|scope| {
            let tokens = scope.spawn(|| Tokens::load(folder));
            (Model::load(folder), tokens.join().unwrap_or_else(|_| Err(stopped())))
        });
        let engine = Arc::new(Engine { tokens: tokens?, model: model? });
        let lanes = Lanes::start(&engine, threads)?;
        Ok(Self { id: ModelId::built_in(MODEL), lanes })
    }
}

impl Embedder for MiniLm {
    fn model(&self) -> &ModelId {
        &self.id
    }

    fn dimension(&self) -> usize {
        model::HIDDEN
    }

    fn embed(&self, texts: Vec<String>, purpose: Purpose) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>> {
        self.lanes.run(texts, purpose).boxed()
    }
}

/// What a thread needs to turn texts into vectors.
#[derive(Debug)]
struct Engine {
    tokens: Tokens,
    model: Model,
}

impl Engine {
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let sequences = texts.iter().map(|text| self.tokens.of(text)).collect::<Result<Vec<_>, _>>()?;
        self.model.embed(&sequences).map_err(|why| EmbedError::Unavailable {
            why: format!("the words of the model cannot be read any more: {why}"),
        })
    }
}

/// A thread that ended before its work did.
fn stopped() -> EmbedError {
    EmbedError::Unavailable { why: "the model stopped while it worked on this".to_owned() }
}

/// A file of the model that cannot be used.
fn unusable(file: &Path, why: impl std::fmt::Display) -> EmbedError {
    EmbedError::NotConfigured { what: format!("the model file {} cannot be used: {why}", file.display()) }
}
