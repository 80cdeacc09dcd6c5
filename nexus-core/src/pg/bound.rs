//! One transaction that many verbs work in, each as if it had one of its own.
//!
//! A verb takes a [`Db`], begins and commits. What it is given from [`Db::bind`] makes its transactions parts of a single
//! one: a part is a savepoint, committing it keeps what it did, dropping it undoes that, and nothing is durable before
//! [`Bound::commit`]. Parts come one after the other; a second one waits as it would for a free connection.
//!
//! Half of the connections at most are bound at any time. A bound verb may look something up in a connection of its own,
//! and so there is always one to be had.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Weak},
    time::Duration,
};

use sqlx::{AssertSqlSafe, PgConnection, Postgres, Transaction};
use tokio::{
    sync::{MappedMutexGuard, Mutex, MutexGuard, OwnedMutexGuard, OwnedSemaphorePermit},
    time::timeout,
};

use super::{Db, DbError, TenantTx};
use crate::id::TenantId;

/// A transaction whose parts are handed out.
#[derive(Debug)]
pub struct Bound {
    slot: Arc<Mutex<Slot>>,
    db: Db,
    tenant: TenantId,
    _place: OwnedSemaphorePermit,
}

/// The transaction, whether its last part was dropped halfway, and whether that acted for somebody else.
#[derive(Debug)]
pub(super) struct Slot {
    tx: Option<Transaction<'static, Postgres>>,
    unfinished: bool,
    elsewhere: bool,
}

/// The way to the transaction from a [`Db`]; it ends with the [`Bound`].
#[derive(Debug, Clone)]
pub(super) struct Link {
    slot: Weak<Mutex<Slot>>,
    tenant: TenantId,
    patience: Duration,
}

/// A part of a bound transaction.
#[derive(Debug)]
pub(super) struct Part(OwnedMutexGuard<Slot>);

impl Bound {
    pub(super) async fn begin(db: &Db, tenant: &TenantId) -> Result<Self, DbError> {
        let patience = db.pool.options().get_acquire_timeout();
        let place = timeout(patience, Arc::clone(&db.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(DbError::Unreachable(sqlx::Error::PoolTimedOut)) };
        let tx = TenantTx::begin(db.pool(), tenant).await?.into_own();
        let slot = Arc::new(Mutex::new(Slot { tx, unfinished: false, elsewhere: false }));
        let link = Link { slot: Arc::downgrade(&slot), tenant: tenant.clone(), patience };
        let db = Db { link: Some(link), ..db.clone() };
        Ok(Self { slot, db, tenant: tenant.clone(), _place: place })
    }

    /// What verbs are given.
    #[must_use]
    pub fn db(&self) -> Db {
        self.db.clone()
    }

    /// The tenant that it was begun for.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The transaction itself, in the tenant that it was begun for: what is done here stays when a part is undone.
    pub async fn connection(&mut self) -> Result<MappedMutexGuard<'_, PgConnection>, DbError> {
        let mut slot = self.slot.lock().await;
        slot.settle().await?;
        if std::mem::take(&mut slot.elsewhere) {
            run(slot.connection()?, act_for(&self.tenant)).await?;
        }
        MutexGuard::try_map(slot, |slot| slot.tx.as_deref_mut()).map_err(|_| over())
    }

    /// Makes the changes of all parts durable.
    pub async fn commit(self) -> Result<(), DbError> {
        let mut slot = self.slot.lock().await;
        slot.settle().await?;
        let tx = slot.tx.take().ok_or_else(over)?;
        tx.commit().await.map_err(DbError::from)
    }
}

impl Link {
    /// A part that sees one tenant.
    pub(super) async fn tenant(&self, tenant: &TenantId) -> Result<Part, DbError> {
        self.begin(act_for(tenant), *tenant != self.tenant).await
    }

    /// A part of the platform.
    pub(super) async fn platform(&self) -> Result<Part, DbError> {
        self.begin("SET LOCAL nexus.tenant = ''; SET LOCAL nexus.platform = 'on'".to_owned(), true).await
    }

    async fn begin(&self, who: String, elsewhere: bool) -> Result<Part, DbError> {
        let slot = self.slot.upgrade().ok_or_else(over)?;
        let waited = timeout(self.patience, slot.lock_owned()).await;
        let mut guard = waited.map_err(|_| DbError::Unreachable(sqlx::Error::PoolTimedOut))?;
        guard.settle().await?;
        guard.unfinished = true;
        guard.elsewhere |= elsewhere;
        run(guard.connection()?, format!("SAVEPOINT part; {who}")).await?;
        Ok(Part(guard))
    }
}

impl Part {
    /// Keeps what was done in this part, for as long as the whole is not given up.
    pub(super) async fn commit(mut self) -> Result<(), DbError> {
        run(self.0.connection()?, "RELEASE SAVEPOINT part".to_owned()).await?;
        self.0.unfinished = false;
        Ok(())
    }
}

impl Deref for Part {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        self.0.tx.as_deref().unwrap_or_else(|| unreachable!("a part is handed out while there is a transaction"))
    }
}

impl DerefMut for Part {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.0.tx.as_deref_mut().unwrap_or_else(|| unreachable!("a part is handed out while there is a transaction"))
    }
}

impl Slot {
    fn connection(&mut self) -> Result<&mut PgConnection, DbError> {
        self.tx.as_deref_mut().ok_or_else(over)
    }

    /// Undoes a part that was dropped. Dropping cannot wait, so whoever comes next does it; a statement that failed in it is
    /// undone with it, and the transaction is sound again.
    async fn settle(&mut self) -> Result<(), DbError> {
        if std::mem::take(&mut self.unfinished) {
            run(self.connection()?, "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part".to_owned()).await?;
        }
        Ok(())
    }
}

/// As in `TenantTx`: the alphabet of tenant ids has no quotes.
fn act_for(tenant: &TenantId) -> String {
    format!("SET LOCAL nexus.tenant = '{tenant}'; SET LOCAL nexus.platform = ''")
}

async fn run(conn: &mut PgConnection, statement: String) -> Result<(), DbError> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(conn).await.map(drop).map_err(DbError::from)
}

/// A part of a transaction that has ended.
fn over() -> DbError {
    DbError::Failed(sqlx::Error::Protocol("the bound transaction has ended".to_owned()))
}
