//! What seals the audit log of this installation.

use std::sync::Arc;

use nexus_core::audit::{AnchorFile, Sealer};

use super::{BootError, objects};
use crate::{app::Platform, settings::Settings};

/// A sealer that keeps checkpoints in the data directory, and in the other place of the settings.
pub(super) fn sealer(settings: &Settings, platform: &Platform) -> Result<Sealer, BootError> {
    let file = AnchorFile::new(settings.data_dir.join("audit/checkpoints.jsonl"));
    let (db, key) = (&platform.db, Arc::clone(&platform.audit_desk.key));
    let sealer = Sealer::new(db, key, file, &platform.clock, &settings.audit).with_keyring(platform.keyring.clone());
    Ok(match objects::archive(settings, &platform.integrations)? {
        Some(archive) => sealer.and_in(Arc::new(archive)),
        None => sealer,
    })
}
