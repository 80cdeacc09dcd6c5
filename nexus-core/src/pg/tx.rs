//! Transactions that know for whom they act.

use std::ops::{Deref, DerefMut};

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};

use super::DbError;
use crate::id::TenantId;

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
        let tx = pool.begin_with(AssertSqlSafe(begin)).await?;
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
        Ok(Self(pool.begin_with("BEGIN; SET LOCAL nexus.platform = 'on'").await?))
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
