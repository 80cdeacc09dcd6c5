//! The tables of service levels. Which rows a transaction may see and write, row-level security decides.

pub mod autoscaling;
pub mod incident;
pub mod measurement;
pub mod policy;

use super::change::Owner;
use crate::id::TenantId;

/// A connection inside a transaction of a tenant or of the platform.
pub type Connection = sqlx::PgConnection;

/// What stands for the operator in a column of the tenant.
const OPERATOR: &str = "*";

impl Owner {
    /// The word in the column of the tenant.
    pub(super) fn column(&self) -> &str {
        match self {
            Self::Tenant(tenant) => tenant.as_str(),
            Self::Operator => OPERATOR,
        }
    }

    fn of_column(column: &str) -> Result<Self, sqlx::Error> {
        if column == OPERATOR { Ok(Self::Operator) } else { tenant(column).map(Self::Tenant) }
    }
}

fn tenant(column: &str) -> Result<TenantId, sqlx::Error> {
    column.parse().map_err(|_| corrupt("tenant", column))
}

/// A column holds what this program does not know.
fn corrupt(what: &str, value: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{what} {value:?} in a table of service levels").into())
}

fn one_row(affected: u64) -> Result<(), sqlx::Error> {
    if affected == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

fn violates(error: &sqlx::Error, code: &str) -> bool {
    matches!(error, sqlx::Error::Database(db) if db.code().as_deref() == Some(code))
}
