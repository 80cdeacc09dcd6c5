//! Texts to vectors.
//!
//! An [`Embedder`] turns texts into unit vectors of one fixed dimension. Three are built in: MiniLM runs in this
//! process, the hash needs no model at all, and any endpoint of the `OpenAI` protocol serves the rest. Vectors of
//! different models cannot be compared, so every stored vector carries its [`ModelId`].
//!
//! When the backend is away the call fails with an [`EmbedError`]; there is no silent fallback to another model, because
//! its vectors would be noise to the index.

mod cache;
mod error;
mod hash;
#[cfg(feature = "minilm")]
pub mod minilm;
mod model_id;
#[cfg(feature = "openai")]
pub mod openai;
mod settings;

use futures::future::BoxFuture;
use nexus_core::resilience::Integrations;

pub use self::{
    cache::QueryCache,
    error::EmbedError,
    hash::HashEmbedder,
    model_id::{InvalidModelId, ModelId},
    settings::{EmbedSettings, Provider, build},
};

/// Which side of the search a text stands on; some models prefix queries and passages differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A question, short, with somebody waiting for it.
    Query,
    /// A sentence of a passage that was found and is looked at more closely: somebody waits for it, behind those who ask.
    Closer,
    /// A piece of a document, one of many.
    Passage,
}

/// A model that turns texts into vectors.
pub trait Embedder: Send + Sync + 'static {
    /// The model, as it is stored next to each vector.
    fn model(&self) -> &ModelId;

    /// The length of every vector.
    fn dimension(&self) -> usize;

    /// Lets calls to others go by the breakers of an installation. What runs in this process calls nobody.
    fn connect(&self, _: &Integrations) {}

    /// One vector a text, in the order of the texts: finite, of [`Self::dimension`] and of length one, or all zeros
    /// when the model sees nothing in the text. Dropping the future gives up the work that has not begun.
    fn embed(&self, texts: Vec<String>, purpose: Purpose) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>>;
}
