//! Transactions that know for whom they act.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use sqlx::{
    AssertSqlSafe, FromRow, PgConnection, PgPool, Postgres, SqlSafeStr, Transaction,
    postgres::{PgArguments, PgRow},
    query::QueryAs,
};

use super::{
    DbError,
    bound::{Link, Part},
    spare::Spare,
};
use crate::id::TenantId;

/// How long beginning a transaction may take once there is a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// How the statements of a transaction are planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Plans {
    /// By their values each time, until the database finds that it makes no difference.
    #[default]
    Judged,
    /// Once for each connection, whatever the values are: for large statements over little data, where planning would take
    /// longer than the work.
    Kept,
}

/// A statement with its arguments, which gives rows.
pub type Rows<'q, R> = QueryAs<'q, Postgres, R, PgArguments>;

/// A transaction of its own, or a part of a bound one.
#[derive(Debug)]
enum Tx {
    Own(Transaction<'static, Postgres>),
    Part(Part),
}

impl Tx {
    async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Own(tx) => tx.commit().await.map_err(DbError::from),
            Self::Part(part) => part.commit().await,
        }
    }
}

impl Deref for Tx {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        match self {
            Self::Own(tx) => tx,
            Self::Part(part) => part,
        }
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Self::Own(tx) => tx,
            Self::Part(part) => part,
        }
    }
}

/// A transaction inside one tenant. Dropping it rolls back.
#[derive(Debug)]
pub struct TenantTx {
    tx: Tx,
    tenant: TenantId,
}

impl TenantTx {
    pub(super) async fn begin(pool: &PgPool, tenant: &TenantId) -> Result<Self, DbError> {
        Self::begin_with(pool, tenant, ("", "")).await
    }

    pub(super) async fn read(pool: &PgPool, tenant: &TenantId, plans: Plans) -> Result<Self, DbError> {
        let plans = match plans {
            Plans::Judged => "",
            Plans::Kept => "; SET LOCAL plan_cache_mode = force_generic_plan",
        };
        Self::begin_with(pool, tenant, (" ISOLATION LEVEL REPEATABLE READ READ ONLY", plans)).await
    }

    async fn begin_with(pool: &PgPool, tenant: &TenantId, (mode, further): (&str, &str)) -> Result<Self, DbError> {
        // A tenant id is of a closed alphabet without quotes, so that it can stand in the statement that begins the
        // transaction and saves a round trip.
        let begin = format!("BEGIN{mode}; SET LOCAL nexus.tenant = '{tenant}'{further}");
        let tx = begin_live(pool, || AssertSqlSafe(begin.clone())).await?;
        Ok(Self { tx: Tx::Own(tx), tenant: tenant.clone() })
    }

    pub(super) async fn part(link: &Link, tenant: &TenantId) -> Result<Self, DbError> {
        Ok(Self { tx: Tx::Part(link.tenant(tenant).await?), tenant: tenant.clone() })
    }

    /// The transaction itself, when it is nobody's part.
    pub(super) fn into_own(self) -> Option<Transaction<'static, Postgres>> {
        match self.tx {
            Tx::Own(tx) => Some(tx),
            Tx::Part(_) => None,
        }
    }

    /// The tenant whose rows are visible.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Makes the changes of this transaction durable.
    pub async fn commit(self) -> Result<(), DbError> {
        self.tx.commit().await
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
pub struct PlatformTx(Tx);

impl PlatformTx {
    pub(super) async fn begin(pool: &PgPool) -> Result<Self, DbError> {
        Ok(Self(Tx::Own(begin_live(pool, || "BEGIN; SET LOCAL nexus.platform = 'on'").await?)))
    }

    pub(super) async fn part(link: &Link) -> Result<Self, DbError> {
        Ok(Self(Tx::Part(link.platform().await?)))
    }

    /// Makes the changes of this transaction durable.
    pub async fn commit(self) -> Result<(), DbError> {
        self.0.commit().await
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

/// Runs a statement as a transaction of its own, and again where the connection turned out to be dead.
pub(super) async fn repeatable<'q, R>(
    (pool, spare): (&PgPool, &Spare),
    statement: impl Fn() -> Rows<'q, R> + Send,
) -> Result<Vec<R>, sqlx::Error>
where
    R: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    let mut left = pool.size();
    let limit = pool.options().get_acquire_timeout() + PATIENCE;
    loop {
        let taken = tokio::time::timeout(limit, spare.take(pool)).await;
        let mut taken = taken.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
        match statement().fetch_all(taken.connection()).await {
            Ok(rows) => {
                spare.keep(pool, taken);
                return Ok(rows);
            }
            Err(error) if left > 0 && is_broken(&error) => {
                left -= 1;
                taken.bury();
            }
            Err(error) => return Err(error),
        }
    }
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
