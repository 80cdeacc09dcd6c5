//! How to reach PostgreSQL.

use std::time::Duration;

use secrecy::SecretString;

use crate::settings::Source;

/// The knobs of the database connection.
#[derive(Debug, Clone)]
pub struct PgSettings {
    /// The URL of the database, with the role that owns the schema.
    pub url: SecretString,
    /// Connections of one process at most.
    pub max_connections: u32,
    /// Connections kept open without work.
    pub min_connections: u32,
    /// How long to wait for a free connection.
    pub acquire_timeout: Duration,
    /// After which time an idle connection above the minimum is closed.
    pub idle_timeout: Duration,
    /// The longest statement; zero means no limit.
    pub statement_timeout: Duration,
}

impl PgSettings {
    /// The defaults, for a given URL.
    #[must_use]
    pub fn new(url: impl Into<SecretString>) -> Self {
        Self {
            url: url.into(),
            max_connections: 20,
            min_connections: 1,
            acquire_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_mins(5),
            statement_timeout: Duration::from_secs(15),
        }
    }

    /// Reads the knobs for a URL that is known already (given, or of the embedded server).
    pub fn read(url: SecretString, s: &mut Source) -> Self {
        Self {
            max_connections: s.number("API_DB_POOL_SIZE", 20, 2..=1000, "Database connections of one process at most"),
            acquire_timeout: s.millis(
                "API_DB_ACQUIRE_TIMEOUT_MS",
                5000,
                10..=120_000,
                "How long a request waits for a free database connection",
            ),
            statement_timeout: s.millis(
                "API_DB_STATEMENT_TIMEOUT_MS",
                15_000,
                0..=3_600_000,
                "The longest database statement; 0 switches the limit off",
            ),
            ..Self::new(url)
        }
    }
}
