//! What seals the audit log of this installation.

use std::sync::Arc;

use nexus_core::{
    audit::{AnchorFile, Sealer},
    clock::Clock,
    pg::Db,
};

use crate::{secrets::Secrets, settings::Settings};

/// A sealer that keeps checkpoints in the data directory.
pub(super) fn sealer(settings: &Settings, db: &Db, secrets: &Secrets, clock: &Clock) -> Sealer {
    let file = AnchorFile::new(settings.data_dir.join("audit/checkpoints.jsonl"));
    Sealer::new(db, Arc::clone(&secrets.audit), file, clock, &settings.audit)
}
