//! Transactions that know for whom they act.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, SqlSafeStr, Transaction};

use super::DbError;
use crate::id::TenantId;

/// How long beginning a transaction may take once there is a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// A transaction inside one tenant. Dropping it rolls back.
#[derive(Debug)]
pub struct TenantTx {
    tx: Transaction<'static, Postgres>,
    tenant: TenantId,
}

impl TenantTx {
    pub(super) async fn begin(pool: &PgPool, tenant: &TenantId) -> Result<Self, DbError> {
        // A tenant id is of a closed alphabet without quotes, so that it can stand in the statement that begins the
        // transaction and saves a round trip.
        let begin = format!("BEGIN; SET LOCAL nexus.tenant = '{tenant}'");
        let tx = begin_live(pool, || AssertSqlSafe(begin.clone())).await?;
        Ok(Self { tx, tenant: tenant.clone() })
    }

    /// The tenant whose rows are visible.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Makes the changes of this transaction durable.
    pub async fn commit(self) -> Result<(), DbError> {
        self.tx.commit().await.map_err(DbError::from)
    }
}

impl Deref for TenantTx {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.tx
    }
}

impl DerefMut for TenantTx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

/// A transaction of the platform. It sees credentials, jobs, tenants and the audit log of everybody, and no documents.
#[derive(Debug)]
pub struct PlatformTx(Transaction<'static, Postgres>);

impl PlatformTx {
    pub(super) async fn begin(pool: &PgPool) -> Result<Self, DbError> {
        Ok(Self(begin_live(pool, || "BEGIN; SET LOCAL nexus.platform = 'on'").await?))
    }

    /// Makes the changes of this transaction durable.
    pub async fn commit(self) -> Result<(), DbError> {
        self.0.commit().await.map_err(DbError::from)
    }
}

impl Deref for PlatformTx {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for PlatformTx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

/// Begins on a connection that lives. Pooled connections do not notice that their server went away and came back; such a
/// one fails at its first statement, which has no effect yet, so that the next can be tried.
async fn begin_live<S>(pool: &PgPool, statement: impl Fn() -> S) -> Result<Transaction<'static, Postgres>, sqlx::Error>
where
    S: SqlSafeStr,
{
    let mut left = pool.size();
    // A server that vanished without a word never answers on a connection that was open.
    let limit = pool.options().get_acquire_timeout() + PATIENCE;
    let begun = async {
        loop {
            match pool.begin_with(statement()).await {
                Err(error) if left > 0 && is_broken(&error) => left -= 1,
                begun => return begun,
            }
        }
    };
    tokio::time::timeout(limit, begun).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// Whether an open connection turned out to be dead, as opposed to one that could not be opened.
fn is_broken(error: &sqlx::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error {
        sqlx::Error::Io(e) => matches!(e.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof),
        // The last words of a server that stops.
        sqlx::Error::Database(e) => e.code().is_some_and(|code| code == "57P01"),
        _ => false,
    }
}
