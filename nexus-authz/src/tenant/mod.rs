//! Tenants: made by an operator, known by their id everywhere.

mod store;

use chrono::{DateTime, Utc};
use nexus_core::id::TenantId;

pub use self::store::{create, list};

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name for people.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}
