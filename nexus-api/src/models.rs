//! Temporary: the deterministic embedder only.
use nexus_core::settings::Source;
use nexus_retrieval::embed::{EmbedError, Embedder, HashEmbedder};
use std::{path::Path, sync::Arc};
/// t
#[derive(Debug, Clone)]
pub struct EmbedSettings;
pub(crate) fn embed(_: &mut Source, _: &Path) -> EmbedSettings {
    EmbedSettings
}
/// t
pub fn build(_: &EmbedSettings) -> Result<Arc<dyn Embedder>, EmbedError> {
    Ok(Arc::new(HashEmbedder::default()))
}
