//! The private PostgreSQL as a server meets it: first run, restart, crashes, leftovers and refusals.
//!
//! The programs come from `NEXUS_PG_BINDIR` or from the cache that `scripts/setup.sh` fills.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nexus_core::pg::embedded::{EmbeddedError, EmbeddedPostgres, EmbeddedSettings, default_cache_dir};
use sqlx::{Connection, PgConnection};

fn settings(root: &Path) -> EmbeddedSettings {
    let cache = std::env::var_os("NEXUS_CACHE_DIR").map_or_else(default_cache_dir, PathBuf::from);
    EmbeddedSettings {
        data_dir: root.join("postgres"),
        bin_dir: std::env::var_os("NEXUS_PG_BINDIR").map(PathBuf::from),
        cache_dir: cache,
        durable: false,
        ..EmbeddedSettings::default()
    }
}

async fn ask(server: &EmbeddedPostgres, query: &'static str) -> String {
    let mut connection = PgConnection::connect(&server.url("nexus", "nexus")).await.unwrap();
    sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
}

/// Another process that runs a private PostgreSQL on a folder: this test program, asked for one test only.
fn other_nexus(root: &Path) -> (Child, i32) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "run_until_killed", "--ignored", "--nocapture", "--test-threads=1"])
        .env("NEXUS_TEST_EMBEDDED_ROOT", root)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 && !line.starts_with("postmaster=") {
        line.clear();
    }
    child.stdout = Some(output.into_inner());
    (child, line.trim().trim_start_matches("postmaster=").parse().expect("the other process started"))
}

#[tokio::test]
#[ignore = "the helper process of the tests below"]
async fn run_until_killed() {
    let Some(root) = std::env::var_os("NEXUS_TEST_EMBEDDED_ROOT") else { return };
    let server = EmbeddedPostgres::start(&settings(Path::new(&root))).await.unwrap();
    println!("\npostmaster={}", server.pid());
    server.exited().await;
}

fn is_running(pid: i32) -> bool {
    // A process that ended and was not reaped yet has no program any more.
    fs::read_link(format!("/proc/{pid}/exe")).is_ok()
}

#[tokio::test]
async fn a_first_run_serves_and_data_survives_a_restart() {
    let root = tempfile::tempdir().unwrap();
    let server = EmbeddedPostgres::start(&settings(root.path())).await.unwrap();
    assert_eq!(ask(&server, "SELECT 'one'").await, "one");
    let mut connection = PgConnection::connect(&server.url("nexus", "nexus")).await.unwrap();
    for statement in ["CREATE EXTENSION vector", "CREATE TABLE kept AS SELECT 'still here'::text AS what"] {
        sqlx::query(statement).execute(&mut connection).await.unwrap();
    }
    let distance: f64 =
        sqlx::query_scalar("SELECT '[1,2]'::vector <-> '[4,6]'").fetch_one(&mut connection).await.unwrap();
    assert!((distance - 5.0).abs() < f64::EPSILON);
    assert_eq!(ask(&server, "SHOW data_checksums").await, "on");
    assert_eq!(ask(&server, "SHOW server_encoding").await, "UTF8");
    assert_eq!(ask(&server, "SHOW listen_addresses").await, "");
    assert_eq!(ask(&server, "SHOW jit").await, "off");
    let pid = i32::try_from(server.pid()).unwrap();
    server.stop().await.unwrap();
    assert!(!is_running(pid));

    let again = EmbeddedPostgres::start(&settings(root.path())).await.unwrap();
    assert_eq!(ask(&again, "SELECT what FROM kept").await, "still here");
    again.stop().await.unwrap();
}

#[tokio::test]
async fn a_deep_folder_still_gets_a_socket() {
    let root = tempfile::tempdir().unwrap();
    let deep = root.path().join("x".repeat(120));
    fs::create_dir(&deep).unwrap();
    open_for_everybody(root.path());
    let server = EmbeddedPostgres::start(&settings(&deep)).await.unwrap();
    assert!(server.socket_dir().as_os_str().len() < 90);
    assert_eq!(ask(&server, "SELECT 'short'").await, "short");
    let socket_dir = server.socket_dir().to_path_buf();
    server.stop().await.unwrap();
    fs::remove_dir_all(socket_dir).unwrap();
}

fn open_for_everybody(dir: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn dropping_the_handle_stops_the_server() {
    let root = tempfile::tempdir().unwrap();
    let server = EmbeddedPostgres::start(&settings(root.path())).await.unwrap();
    let pid = i32::try_from(server.pid()).unwrap();
    drop(server);
    gone(pid).await;
}

/// Waits up to five seconds, the time a killed server's PostgreSQL may need.
async fn gone(pid: i32) {
    for _ in 0..250 {
        if !is_running(pid) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("process {pid} still runs");
}

#[tokio::test]
async fn the_end_of_the_child_is_told() {
    let root = tempfile::tempdir().unwrap();
    let server = EmbeddedPostgres::start(&settings(root.path())).await.unwrap();
    let pid = nix::unistd::Pid::from_raw(i32::try_from(server.pid()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGQUIT).unwrap();
    assert!(server.exited().await.is_some());
    server.stop().await.expect("stopping what has ended is no error");
    EmbeddedPostgres::start(&settings(root.path())).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_parent_leaves_no_postmaster_and_no_obstacle() {
    let root = tempfile::tempdir().unwrap();
    let (mut parent, postmaster) = other_nexus(root.path());
    assert!(is_running(postmaster));
    parent.kill().unwrap();
    parent.wait().unwrap();
    gone(postmaster).await;
    let server = EmbeddedPostgres::start(&settings(root.path())).await.unwrap();
    assert_eq!(ask(&server, "SELECT 'back'").await, "back");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_restart_right_after_a_kill_waits_for_the_old_postmaster() {
    let root = tempfile::tempdir().unwrap();
    let (mut parent, _) = other_nexus(root.path());
    parent.kill().unwrap();
    parent.wait().unwrap();
    let server = EmbeddedPostgres::start(&settings(root.path())).await.unwrap();
    assert_eq!(ask(&server, "SELECT 'at once'").await, "at once");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_postmaster_is_no_obstacle() {
    let root = tempfile::tempdir().unwrap();
    let (mut parent, postmaster) = other_nexus(root.path());
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(postmaster), nix::sys::signal::Signal::SIGKILL).unwrap();
    parent.wait().unwrap();
    assert!(root.path().join("postgres/postmaster.pid").exists());
    EmbeddedPostgres::start(&settings(root.path())).await.unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn a_stale_pid_file_that_names_a_stranger_is_no_obstacle() {
    let root = tempfile::tempdir().unwrap();
    EmbeddedPostgres::start(&settings(root.path())).await.unwrap().stop().await.unwrap();
    let data_dir = root.path().join("postgres");
    let text = format!("{}\n{}\n1\n5432\n", std::process::id(), data_dir.display());
    fs::write(data_dir.join("postmaster.pid"), text).unwrap();
    let server = EmbeddedPostgres::start(&settings(root.path())).await.unwrap();
    assert_eq!(ask(&server, "SELECT 'fine'").await, "fine");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_owner_is_refused_by_name() {
    let root = tempfile::tempdir().unwrap();
    let (mut owner, postmaster) = other_nexus(root.path());
    let error = EmbeddedPostgres::start(&settings(root.path())).await.unwrap_err();
    assert!(matches!(&error, EmbeddedError::Owned { pid, .. } if *pid == owner.id().to_string()), "{error}");
    assert!(is_running(postmaster), "the owner's server was left alone");
    owner.kill().unwrap();
    owner.wait().unwrap();
}

#[tokio::test]
async fn another_major_version_is_refused() {
    let root = tempfile::tempdir().unwrap();
    EmbeddedPostgres::start(&settings(root.path())).await.unwrap().stop().await.unwrap();
    fs::write(root.path().join("postgres/PG_VERSION"), "11\n").unwrap();
    let error = EmbeddedPostgres::start(&settings(root.path())).await.unwrap_err();
    assert!(matches!(&error, EmbeddedError::VersionMismatch { data, .. } if data == "11"), "{error}");
}

#[tokio::test]
async fn a_folder_that_is_no_database_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let data_dir = root.path().join("postgres");
    fs::create_dir(&data_dir).unwrap();
    fs::write(data_dir.join("thesis.txt"), "mine").unwrap();
    let error = EmbeddedPostgres::start(&settings(root.path())).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::Corrupt { .. }), "{error}");
    assert_eq!(fs::read_to_string(data_dir.join("thesis.txt")).unwrap(), "mine");
}

#[tokio::test]
async fn a_damaged_database_shows_the_servers_own_words() {
    let root = tempfile::tempdir().unwrap();
    EmbeddedPostgres::start(&settings(root.path())).await.unwrap().stop().await.unwrap();
    fs::write(root.path().join("postgres/global/pg_control"), "garbage").unwrap();
    let error = EmbeddedPostgres::start(&settings(root.path())).await.unwrap_err();
    assert!(matches!(&error, EmbeddedError::StartFailed { tail, .. } if tail.contains("pg_control")), "{error}");
}

#[tokio::test]
async fn missing_programs_are_named() {
    let root = tempfile::tempdir().unwrap();
    let empty = tempfile::tempdir().unwrap();
    let named = EmbeddedSettings { bin_dir: Some(empty.path().to_path_buf()), ..settings(root.path()) };
    let error = EmbeddedPostgres::start(&named).await.unwrap_err();
    let says = format!("NEXUS_PG_BINDIR names {}", empty.path().display());
    assert!(error.to_string().starts_with(&says), "{error}");
}
