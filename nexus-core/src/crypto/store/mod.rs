//! The tables of keys and of what they seal. Which rows a transaction may see, row-level security decides.

pub(super) mod jobs;
pub(super) mod keys;
pub(super) mod objects;

/// A connection inside a transaction of a tenant.
pub type Connection = sqlx::PgConnection;

/// A column holds what this program does not know.
fn corrupt(column: &str, value: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{column} {value:?} in a table of keys").into())
}
