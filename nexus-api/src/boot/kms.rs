//! What keeps the keys of tenants, and what is under them.

use std::sync::Arc;

use nexus_core::{
    crypto::{
        kms::{self, Kms, KmsProvider},
        rotation::Reseal,
    },
    idempotency::ResealAnswers,
    pg::Db,
    resilience::Integrations,
};
use nexus_retrieval::{
    document::source,
    objects::{ResealObjects, Shelf},
    speech,
};

use super::BootError;
use crate::{
    secrets,
    settings::{Database, Settings},
};

/// The key-management service of the settings. The master key of an installation with a database of its own is made by
/// itself; replicas that share a database have to be given theirs. Nothing, when encryption is off and nothing is configured.
pub(super) fn open(settings: &Settings, integrations: &Integrations) -> Result<Option<Arc<dyn Kms>>, BootError> {
    let crypto = &settings.crypto;
    let master = match (&crypto.master, &settings.database) {
        (Some(master), _) => Some(master.clone()),
        (None, Database::Embedded(_)) if crypto.provider == KmsProvider::Local => {
            Some(secrets::master_key(&settings.data_dir)?)
        }
        (None, _) => None,
    };
    match kms::build(crypto, master, integrations) {
        Ok(kms) => Ok(Some(kms)),
        Err(_) if !crypto.enabled => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Everything that is sealed and outlives a rotation, in the order in which it is sealed anew.
pub(super) fn resealed(db: &Db, shelf: &Shelf) -> Vec<Arc<dyn Reseal>> {
    vec![
        Arc::new(ResealAnswers::new(db.clone())),
        Arc::new(ResealObjects::new(source::KIND, db.clone(), shelf)),
        Arc::new(ResealObjects::new(speech::KIND, db.clone(), shelf).that_lapse()),
    ]
}
