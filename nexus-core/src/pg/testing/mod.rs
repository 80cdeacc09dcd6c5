//! A fresh, migrated database for each test, on the server that `NEXUS_TEST_DATABASE_URL` names.
//!
//! The first test of a process migrates a template; every further database is a copy of it, which takes milliseconds.

#![allow(clippy::expect_used, clippy::panic, reason = "test support: a test cannot go on without its database")]

mod counted;

use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use tokio::sync::OnceCell;

pub use self::counted::{counted, without_options};
use super::{Db, PgSettings, migrate, parse_url};

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A database of its own for one test. It is left behind: the harness removes the whole server.
#[derive(Debug, Clone)]
pub struct TestDb {
    /// The handle as the server uses it, bound by row-level security.
    pub db: Db,
    /// The URL of the owner, for programs under test.
    pub url: SecretString,
}

/// The URL of the test server, with rights to create databases.
///
/// # Panics
/// Without the variable: tests on a real database cannot run.
#[must_use]
pub fn server_url() -> SecretString {
    std::env::var("NEXUS_TEST_DATABASE_URL")
        .unwrap_or_else(|_| panic!("NEXUS_TEST_DATABASE_URL is not set: run the tests through `make test`"))
        .into()
}

/// Makes a migrated database.
///
/// # Panics
/// When the server cannot be used: a test cannot go on without it.
pub async fn database() -> TestDb {
    let server = server_url();
    let template = TEMPLATE.get_or_init(|| prepare_template(server.clone())).await;
    let name = format!("t_{}", crate::clock::fresh_uuid().simple());
    let mut admin = connect(&server).await;
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {template}")))
        .execute(&mut admin)
        .await
        .expect("the template can be copied");
    let url = with_database(&server, &name);
    let settings = PgSettings { max_connections: 8, min_connections: 0, ..PgSettings::new(url.clone()) };
    TestDb { db: Db::new(&settings).expect("the URL is valid"), url }
}

/// A connection as the owner of the schema, which row-level security does not bind: for looking behind the scenes.
///
/// # Panics
/// When the server cannot be reached.
pub async fn connect(url: &SecretString) -> PgConnection {
    let options = parse_url(url).unwrap_or_else(|e| panic!("{e}"));
    PgConnection::connect_with(&options).await.unwrap_or_else(|e| panic!("test database: {e}"))
}

async fn prepare_template(server: SecretString) -> String {
    // The name carries the content, so that an edited or added migration never meets an old template.
    let content = alembic_equiv_migrations::MIGRATOR.iter().fold(Sha256::new(), |sum, m| sum.chain_update(&m.checksum));
    let name = format!("template_{}", hex::encode(content.finalize().get(..8).expect("a checksum")));
    let mut admin = connect(&server).await;
    // Test programs run side by side: one of them prepares, the others wait.
    sqlx::query("SELECT pg_advisory_lock(7211)").execute(&mut admin).await.expect("lock");
    let there: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut admin)
        .await
        .expect("the catalogue can be read");
    if there.is_none() {
        let building = format!("{name}_new");
        for statement in [format!("DROP DATABASE IF EXISTS {building}"), format!("CREATE DATABASE {building}")] {
            sqlx::query(AssertSqlSafe(statement)).execute(&mut admin).await.expect("databases can be created");
        }
        migrate(&with_database(&server, &building)).await.expect("the migrations apply");
        let rename = format!("ALTER DATABASE {building} RENAME TO {name}");
        sqlx::query(AssertSqlSafe(rename)).execute(&mut admin).await.expect("rename");
    }
    admin.close().await.expect("close");
    name
}

fn with_database(server: &SecretString, name: &str) -> SecretString {
    let options = parse_url(server).unwrap_or_else(|e| panic!("{e}")).database(name);
    options.to_url_lossy().to_string().into()
}
