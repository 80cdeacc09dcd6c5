//! PostgreSQL as the platform uses it.
//!
//! The server connects as a role that owns nothing and is bound by row-level security. Tables of a tenant are reached only
//! through a [`TenantTx`], which names the tenant in the round trip that begins the transaction; without it no row is
//! visible. [`PlatformTx`] is the loud exception for what happens before the tenant is known, or for all tenants.
//!
//! When the database is away, beginning a transaction fails within the acquire timeout and the error says so. Nothing is
//! retried here: the caller knows whether that is safe.

mod bound;
pub mod changes;
#[cfg(feature = "embedded")]
pub mod embedded;
pub mod keyset;
mod migrate;
pub mod remembered;
mod settings;
mod spare;
#[cfg(feature = "testing")]
pub mod testing;
pub mod together;
mod tx;

use std::{borrow::Cow, str::FromStr as _, sync::Arc};

use sqlx::{
    FromRow, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions, PgRow},
};
use tokio::sync::Semaphore;

pub use self::{
    bound::Bound,
    migrate::{MigrateError, migrate},
    settings::PgSettings,
    tx::{Plans, PlatformTx, Rows, TenantTx},
};
use crate::{
    id::TenantId,
    problem::{Code, Kind, Problem},
};

/// The role that the server works as.
const RUNTIME_ROLE: &str = "nexus_app";

/// A database error that reached a boundary. Its cause is for the log.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database could not be reached, or no connection became free in time.
    #[error("the database cannot be reached: {0}")]
    Unreachable(#[source] sqlx::Error),
    /// Row-level security refused a statement. This is a defect that was stopped from doing harm.
    #[error("row-level security refused a statement: {0}")]
    RowSecurity(#[source] sqlx::Error),
    /// A text holds a character that the database cannot keep: NUL. Whatever checks what is given says it better and earlier.
    #[error("a text cannot be stored: {0}")]
    Unstorable(#[source] sqlx::Error),
    /// Anything else.
    #[error("a statement failed: {0}")]
    Failed(#[source] sqlx::Error),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::Tls(_) => {
                Self::Unreachable(error)
            }
            sqlx::Error::Database(db) if db.code().as_deref() == Some("42501") => Self::RowSecurity(error),
            sqlx::Error::Database(db) if is_outage(&**db) => Self::Unreachable(error),
            sqlx::Error::Database(db) if matches!(db.code().as_deref(), Some("22021" | "22P05")) => {
                Self::Unstorable(error)
            }
            _ => Self::Failed(error),
        }
    }
}

impl DbError {
    /// What the database or the way to it said.
    #[must_use]
    pub fn cause(&self) -> &sqlx::Error {
        let (Self::Unreachable(cause) | Self::RowSecurity(cause) | Self::Unstorable(cause) | Self::Failed(cause)) =
            self;
        cause
    }

    /// The database did not answer within the time that somebody had.
    pub(crate) fn too_slow() -> Self {
        Self::Unreachable(sqlx::Error::PoolTimedOut)
    }

    /// The task that was to write is gone, and nobody knows whether it did.
    #[must_use]
    pub fn abandoned() -> Self {
        Self::Unreachable(sqlx::Error::WorkerCrashed)
    }
}

/// Classes 57 (operator intervention) and 08 (connection) are outages, not defects.
fn is_outage(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.code().is_some_and(|c| c.starts_with("57P") || c.starts_with("08") || c == "53300")
}

impl Problem for DbError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unreachable(_) => Kind::Unavailable,
            Self::Unstorable(_) => Kind::Invalid,
            Self::RowSecurity(_) | Self::Failed(_) => Kind::Internal,
        }
    }
    fn code(&self) -> Code {
        match self {
            Self::Unreachable(_) => Code::ServiceUnavailable,
            Self::Unstorable(_) => Code::RequestValidation,
            Self::RowSecurity(_) => Code::RlsGuard,
            Self::Failed(_) => Code::Db,
        }
    }
    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Unreachable(_) => "The database is not available; try again shortly",
            Self::Unstorable(_) => "A text must not contain the NUL character",
            Self::RowSecurity(_) => "The request was stopped by the tenant guard",
            Self::Failed(_) => "The database could not complete the request",
        }
        .into()
    }
}

/// A pooler in between may leave start-up options out. A connection without the runtime role would work as the owner of the
/// schema, so it is not used: every use of the database fails instead.
async fn works_as_runtime_role(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    let role: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(conn).await?;
    if role == RUNTIME_ROLE {
        return Ok(());
    }
    let said =
        format!("connections work as {role} and not as {RUNTIME_ROLE}: does a pooler leave start-up options out?");
    Err(sqlx::Error::Configuration(said.into()))
}

/// A handle to the database, or to one transaction of it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    pool: PgPool,
    connect: Arc<PgConnectOptions>,
    /// How many transactions may be bound at once.
    places: Arc<Semaphore>,
    spare: spare::Spare,
    link: Option<bound::Link>,
}

impl Db {
    /// Connects lazily: the first transaction finds out whether the server is there.
    pub fn new(settings: &PgSettings) -> Result<Self, DbError> {
        let owner = parse_url(&settings.url)?;
        let timeout = settings.statement_timeout.as_millis().to_string();
        let connect = owner.application_name("nexus").statement_cache_capacity(256).options([
            ("role", RUNTIME_ROLE),
            ("statement_timeout", timeout.as_str()),
            ("idle_in_transaction_session_timeout", "30s"),
            // A filtered search must not under-return: the index is read on until enough permitted rows are found.
            ("hnsw.iterative_scan", "relaxed_order"),
            // Three times the candidates of a search: the index holds the vectors of all tenants, and with fewer, some of the
            // nearest are missed.
            ("hnsw.ef_search", "200"),
            ("jit", "off"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(settings.max_connections)
            .min_connections(settings.min_connections)
            .acquire_timeout(settings.acquire_timeout)
            .idle_timeout(settings.idle_timeout)
            .test_before_acquire(false)
            .after_connect(|conn, _| Box::pin(works_as_runtime_role(conn)))
            .connect_lazy_with(connect.clone());
        let places = Arc::new(Semaphore::new((settings.max_connections as usize / 2).max(1)));
        let spare = spare::Spare::of(settings.max_connections);
        Ok(Self { pool, connect: Arc::new(connect), places, spare, link: None })
    }

    /// Begins a transaction that sees and touches one tenant only.
    pub async fn tenant(&self, tenant: &TenantId) -> Result<TenantTx, DbError> {
        match &self.link {
            None => TenantTx::begin(self.pool(), tenant).await,
            Some(link) => TenantTx::part(link, tenant).await,
        }
    }

    /// Begins a transaction that only reads, whose statements all see the tenant as it was at the first of them, and says how
    /// they are planned. As a part of a bound transaction it is one as any other.
    pub async fn reading(&self, tenant: &TenantId, plans: Plans) -> Result<TenantTx, DbError> {
        match &self.link {
            None => TenantTx::read(self.pool(), tenant, plans).await,
            Some(link) => TenantTx::part(link, tenant).await,
        }
    }

    /// Begins a transaction of the platform itself: credentials, jobs, the audit log.
    pub async fn platform(&self) -> Result<PlatformTx, DbError> {
        match &self.link {
            None => PlatformTx::begin(self.pool()).await,
            Some(link) => PlatformTx::part(link).await,
        }
    }

    /// Begins a transaction whose [`Bound::db`] makes every further transaction a part of it.
    pub async fn bind(&self, tenant: &TenantId) -> Result<Bound, DbError> {
        Bound::begin(self, tenant).await
    }

    /// Runs a statement of one argument, a text, as a transaction of its own, never as a part of a bound one; it names tenants itself,
    /// as functions of the schema do. Where the connection turned out to be dead it is run again on another one, so it must
    /// be one that changes nothing when it is run twice.
    pub async fn repeatable<R>(&self, statement: &'static str, argument: &str) -> Result<Vec<R>, DbError>
    where
        R: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        tx::repeatable((&self.pool, &self.spare), || sqlx::query_as(statement).bind(argument))
            .await
            .map_err(DbError::from)
    }

    /// Runs one statement that only reads and names the tenant itself, as functions of the schema do: without the round trips
    /// that begin and end a transaction. As a part of a bound transaction it is one as any other.
    pub async fn fetch<'q, R>(
        &self,
        tenant: &TenantId,
        statement: impl Fn() -> Rows<'q, R> + Send,
    ) -> Result<Vec<R>, DbError>
    where
        R: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let rows = match &self.link {
            None => tx::repeatable((&self.pool, &self.spare), statement).await,
            Some(link) => statement().fetch_all(&mut *TenantTx::part(link, tenant).await?).await,
        };
        rows.map_err(DbError::from)
    }

    /// Whether the database answers, and whether its schema is at least the one this program was built for: a replica that
    /// was not replaced yet goes on while a newer one migrates.
    pub async fn ready(&self) -> Result<(), DbError> {
        let expected = alembic_equiv_migrations::MIGRATOR.iter().map(|m| m.version).max().unwrap_or_default();
        let mut tx = self.platform().await?;
        let found: Option<i64> =
            sqlx::query_scalar("SELECT nexus_schema_version()").fetch_one(&mut *tx).await.map_err(DbError::from)?;
        if found.is_some_and(|version| version >= expected) {
            Ok(())
        } else {
            Err(DbError::Failed(sqlx::Error::Protocol(format!("schema {found:?}, this program needs {expected}"))))
        }
    }

    /// Connections in use and open, for gauges.
    #[must_use]
    pub fn connections(&self) -> (usize, u32) {
        let open = self.pool.size();
        let idle = self.pool.num_idle() + self.spare.count();
        ((open as usize).saturating_sub(idle), open)
    }

    /// How many connections may be open at once.
    #[must_use]
    pub fn max_connections(&self) -> usize {
        self.pool.options().get_max_connections() as usize
    }

    /// Waits for borrowed connections and closes all.
    pub async fn close(&self) {
        let closed = self.pool.close();
        self.spare.clear();
        closed.await;
    }

    /// The pool, for a transaction: what is at hand for statements must not keep it waiting.
    fn pool(&self) -> &PgPool {
        self.spare.make_room(&self.pool);
        &self.pool
    }

    /// How to open a connection outside of the pool, such as the one that listens for changes.
    pub(crate) fn connect_options(&self) -> &PgConnectOptions {
        &self.connect
    }
}

/// Reads a database URL, also in the spelling of other ecosystems (`postgresql+asyncpg://`).
pub(crate) fn parse_url(url: &secrecy::SecretString) -> Result<PgConnectOptions, sqlx::Error> {
    use secrecy::ExposeSecret as _;
    let url = url.expose_secret();
    let url = match url.split_once("://") {
        Some((scheme, rest)) if scheme.starts_with("postgresql+") => Cow::Owned(format!("postgresql://{rest}")),
        _ => Cow::Borrowed(url),
    };
    PgConnectOptions::from_str(&url)
}
