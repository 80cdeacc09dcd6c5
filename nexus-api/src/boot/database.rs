//! The database below, and what has to be right with it before anything is built on it.

use nexus_authz::credential::store as keys;
use nexus_core::pg::{
    self, Db, DbError, PgSettings,
    embedded::{EmbeddedError, EmbeddedPostgres},
};
use secrecy::SecretString;

use super::{BootError, published};
use crate::{
    secrets::Secrets,
    settings::{Database, Settings},
};

/// A database that is there, and the private server behind it when it is ours.
#[derive(Debug)]
pub struct OpenDatabase {
    /// The URL of the owner of the schema.
    pub url: SecretString,
    /// The private server.
    pub embedded: Option<EmbeddedPostgres>,
}

impl OpenDatabase {
    /// Finds the database, or starts the private one. When another process of this installation runs the private one, its
    /// database is used.
    pub async fn open(settings: &Settings) -> Result<Self, BootError> {
        match &settings.database {
            Database::Given(url) => Ok(Self { url: url.clone(), embedded: None }),
            Database::Embedded(embedded) => match EmbeddedPostgres::start(embedded).await {
                Ok(server) => {
                    let url = server.url("nexus", "nexus");
                    published::write(&settings.data_dir, &url)?;
                    Ok(Self { url: url.into(), embedded: Some(server) })
                }
                Err(EmbeddedError::Owned { pid, data_dir }) => match published::read(&settings.data_dir) {
                    Some(url) => Ok(Self { url, embedded: None }),
                    None => Err(EmbeddedError::Owned { pid, data_dir }.into()),
                },
                Err(error) => Err(error.into()),
            },
        }
    }

    /// The handle that the server works with.
    pub fn handle(&self, settings: &Settings) -> Result<Db, BootError> {
        Ok(Db::new(&PgSettings { url: self.url.clone(), ..settings.pg.clone() })?)
    }

    /// Stops the private server, if there is one.
    pub async fn close(self) -> Result<(), BootError> {
        match self.embedded {
            Some(server) => Ok(server.stop().await?),
            None => Ok(()),
        }
    }
}

/// A database with its schema, and the secrets that belong to it.
pub(super) struct Ready {
    pub(super) database: OpenDatabase,
    pub(super) db: Db,
    pub(super) secrets: Secrets,
}

impl Ready {
    /// Brings the schema up to date, where that is wanted at the start, and makes sure of the secrets.
    pub(super) async fn make(settings: &Settings, database: OpenDatabase) -> Result<Self, BootError> {
        let secrets = settings.secrets.clone().complete(&settings.data_dir)?;
        if settings.migrate_on_start {
            pg::migrate(&database.url).await?;
        }
        let db = database.handle(settings)?;
        check_pepper(&db, &secrets).await?;
        Ok(Self { database, db, secrets })
    }
}

/// Makes sure that key hashes of this database and of this process depend on the same pepper.
pub(crate) async fn check_pepper(db: &Db, secrets: &Secrets) -> Result<(), BootError> {
    let fingerprint = secrets.pepper.fingerprint();
    let mut tx = db.platform().await?;
    let on_record = keys::pepper_on_record(&mut tx, &fingerprint).await.map_err(DbError::from)?;
    tx.commit().await?;
    if on_record == fingerprint { Ok(()) } else { Err(BootError::OtherPepper) }
}
