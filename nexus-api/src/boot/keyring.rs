//! Under which master key the platform's own keys lie.

use nexus_core::{
    keyring::{Keyring, KeyringError, Masters},
    pg::Db,
};

use super::BootError;
use crate::{
    secrets,
    settings::{Database, Settings},
};

/// The keyring of the settings. An installation with a database of its own makes the master key by itself; where none is required,
/// the one of encryption at rest serves.
pub fn open(settings: &Settings) -> Result<Keyring, BootError> {
    let given = &settings.keyring;
    let master = match (&given.master, &settings.database) {
        (Some(master), _) => Some(master.clone()),
        (None, _) if given.required => None,
        (None, Database::Embedded(_)) => Some(secrets::keyring_master_key(&settings.data_dir)?),
        (None, Database::Given(_)) => settings.crypto.master.clone(),
    };
    Ok(Keyring::new(master.map(|master| Masters::new(master, given.previous.clone())), given.required))
}

/// Makes sure that the keys of this database open, before anything is to be signed with them.
pub(super) async fn check(keyring: &Keyring, db: &Db) -> Result<(), BootError> {
    let mut tx = db.platform().await?;
    keyring.check(&mut tx).await.map_err(|error| match error {
        KeyringError::Db(error) => error.into(),
        other => BootError::Keyring(other),
    })
}

/// As a start does, for whoever wants to know before.
pub async fn look(settings: &Settings, db: &Db) -> Result<(), BootError> {
    check(&open(settings)?, db).await
}
