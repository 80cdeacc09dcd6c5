//! Starts that cannot work: one clear sentence and a non-zero exit code.

use std::{fs, net::TcpListener, path::Path};

use nexus_core::pg::testing::connect;
use secrecy::SecretString;
use sqlx::AssertSqlSafe;

use crate::harness::Home;

/// Starts and expects to be told, in one line, something that holds all these words.
async fn refused(home: &Home, words: &[&str]) {
    let (code, said) = home.run(&["serve"]).await;
    let told: Vec<&str> = said.lines().filter(|line| !line.starts_with('{')).collect();
    println!("{words:?}: {said}");
    assert_eq!(code, Some(1), "{said}");
    assert!(told.first().is_some_and(|line| line.starts_with("nexus: ")), "{said}");
    assert!(words.iter().all(|word| said.contains(word)), "{words:?} is not in: {said}");
    assert!(!said.contains("panicked") && !said.contains("hunter2"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_or_a_server_that_is_not_there() {
    let home = Home::new().await;
    let url = home.database_url();
    // Whatever the server makes of the password, this role is none of its.
    let stranger = url.replacen("nexus@", "nobody:hunter2@", 1);
    refused(&home.with("DATABASE_URL", &stranger), &["cannot connect to the database"]).await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nowhere = Home::embedded().with("DATABASE_URL", &format!("postgresql://u:hunter2@{free}/db"));
    refused(&nowhere, &["cannot connect to the database"]).await;
    refused(&Home::embedded().with("DATABASE_URL", "not a url"), &["DATABASE_URL"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    refused(&Home::new().await.with("NEXUS_PORT", &port), &["taken", &port]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_directory_that_is_corrupt() {
    let home = Home::embedded();
    let data = home.dir.path().join("postgres");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("README"), "mine").unwrap();
    refused(&home, &["data directory", "not a PostgreSQL data directory"]).await;
    assert!(data.join("README").exists());

    let home = Home::embedded();
    let server = home.start(&[]).await;
    assert_eq!(server.terminate().await.0.code(), Some(0));
    let control = home.dir.path().join("postgres/global/pg_control");
    let length = fs::metadata(&control).unwrap().len();
    fs::write(&control, vec![7; usize::try_from(length).unwrap()]).unwrap();
    refused(&home, &["PostgreSQL ended while starting"]).await;
    fs::remove_file(&control).unwrap();
    refused(&home, &["pg_control is missing"]).await;

    let home = Home::new().await;
    fs::write(home.dir.path().join("secrets.json"), "{").unwrap();
    refused(&home, &["secrets.json is damaged"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_that_is_newer() {
    let home = Home::new().await;
    let mut owner = connect(&SecretString::from(home.database_url())).await;
    sqlx::query(AssertSqlSafe(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (99990101000000, 'later', true, '', 0)",
    ))
    .execute(&mut owner)
    .await
    .unwrap();
    refused(&home, &["newer than this program"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_another_installation() {
    let home = Home::new().await.with("AUTH_KEY_PEPPER", "one pepper of at least thirty-two characters");
    home.key("t", "admin", "u");
    refused(&home.with("AUTH_KEY_PEPPER", "another pepper of at least thirty-two chars"), &["AUTH_KEY_PEPPER differs"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_without_pgvector() {
    // Only where the machine has one that lacks it.
    let versions = (14..=18).map(|v| (format!("/usr/lib/postgresql/{v}/bin"), format!("/usr/share/postgresql/{v}")));
    for (bin, share) in versions {
        if Path::new(&bin).join("postgres").exists() && !Path::new(&share).join("extension/vector.control").exists() {
            refused(&Home::embedded().with("NEXUS_PG_BINDIR", &bin), &["has no pgvector"]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_production_lacks_is_told_at_once() {
    let home = Home::new()
        .await
        .with("UI_CURSOR_SECRET", "dev-ui-cursor-secret")
        .with("KEYRING_MASTER_KEY", "")
        .with("BACKUP_ENCRYPTION_ENABLED", "true")
        .with("BACKUP_SIGNING_ENABLED", "true")
        .with("BILLING_WEBHOOK_ENABLED", "true")
        .with("BILLING_WEBHOOK_URL", "https://billing.example/hook");
    let lacking = [
        "UI_CURSOR_SECRET:",
        "KEYRING_MASTER_KEY:",
        "BACKUP_ENCRYPTION_KEY:",
        "BACKUP_SIGNING_KEY:",
        "BILLING_WEBHOOK_SECRET:",
    ];
    refused(&home, &lacking).await;
    for command in [&["config", "check"][..], &["preflight"], &["--json", "preflight"]] {
        let done = home.command(command).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert_eq!(done.status.code(), Some(3), "{said}");
        assert!(lacking.iter().all(|name| said.contains(name)), "{command:?}: {said}");
    }
    // A developer's own server is not held up.
    let server = home.with("AUTH_DEV_BYPASS", "true").with("BILLING_WEBHOOK_ENABLED", "false").start(&[]).await;
    assert_eq!(server.terminate().await.0.code(), Some(0));
}
