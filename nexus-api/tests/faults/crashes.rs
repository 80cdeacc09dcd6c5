//! `kill -9` while documents are ingested: nothing accepted is lost, nothing is there twice.

use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use nix::sys::signal::{Signal, kill};
use secrecy::SecretString;
use serde_json::json;
use sqlx::PgConnection;

use crate::harness::{Home, Http, Server, chance, rounds, server, until};

/// Text that takes a moment to process, and tells documents apart.
fn body(n: usize) -> String {
    (0..1200).map(|i| format!("Paragraph {i} of document {n} speaks of matter {}.\n\n", i * n)).collect()
}

fn name(n: usize) -> String {
    format!("d{n}")
}

/// Hands documents in until every one is accepted, whatever happens to the server meanwhile.
async fn hand_in(at: Arc<Mutex<Http>>, documents: usize) {
    for n in 0..documents {
        loop {
            let http = at.lock().unwrap().clone();
            let text = json!({ "corpus_id": "c", "document_id": name(n), "text": body(n) });
            match http.send("POST", "/v1/documents/text", &text).await {
                (202 | 200, _) => break,
                (0 | 500..=599, _) => tokio::time::sleep(Duration::from_millis(50)).await,
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Nothing is lost and nothing is there twice.
async fn check_all_there(owner: &mut PgConnection, documents: usize) {
    let states: Vec<(String, i64)> =
        sqlx::query_as("SELECT status, count(*) FROM documents GROUP BY 1").fetch_all(&mut *owner).await.unwrap();
    assert_eq!(states, [("succeeded".to_owned(), documents as i64)]);
    let jobs: Vec<(String, i64)> =
        sqlx::query_as("SELECT state, count(*) FROM jobs WHERE payload ? 'document_id' GROUP BY 1 ORDER BY 1")
            .fetch_all(&mut *owner)
            .await
            .unwrap();
    assert_eq!(jobs, [("succeeded".to_owned(), documents as i64)]);
    for n in 0..documents {
        let (chunks, distinct, first, last, said): (i64, i64, i32, i32, i32) = sqlx::query_as(
            "SELECT count(*), count(DISTINCT chunk_index), min(chunk_index), max(chunk_index), max(d.num_chunks)
             FROM chunks c JOIN documents d ON d.id = c.document_id AND d.tenant_id = c.tenant_id WHERE d.id = $1",
        )
        .bind(name(n))
        .fetch_one(&mut *owner)
        .await
        .unwrap();
        assert_eq!((chunks, first, i64::from(last), i64::from(said)), (distinct, 0, chunks - 1, chunks), "{}", name(n));
        let stored: String = sqlx::query_scalar("SELECT content FROM document_texts WHERE document_id = $1")
            .bind(name(n))
            .fetch_one(&mut *owner)
            .await
            .unwrap();
        assert_eq!(stored.trim(), body(n).trim());
    }
    let (counted, there): (i64, i64) =
        sqlx::query_as("SELECT chunk_count, (SELECT count(*) FROM chunks) FROM corpora WHERE id = 'c'")
            .fetch_one(&mut *owner)
            .await
            .unwrap();
    assert_eq!(counted, there, "the statistics of the corpus");
}

async fn all_done(http: &Http) -> bool {
    let (status, list) = http.get("/v1/documents?limit=500").await;
    status == 200 && !list.contains(r#""status":"queued""#) && !list.contains(r#""status":"processing""#)
}

async fn storm(split: bool, kills: usize, documents: usize) {
    let home = Home::new().await;
    let key = home.key("t", "editor", "u");
    let admin = home.key("t", "admin", "a");
    let roles: &[&[&str]] = if split { &[&["--role", "api"], &["--role", "worker"]] } else { &[&[]] };
    let mut servers: Vec<Server> = Vec::new();
    for role in roles {
        servers.push(home.start(role).await);
    }
    server::corpus(&servers[0].client(&admin)).await;
    let at = Arc::new(Mutex::new(servers[0].http(&key)));
    let handed_in = Arc::new(AtomicBool::new(false));
    let client = tokio::spawn({
        let (at, handed_in) = (Arc::clone(&at), Arc::clone(&handed_in));
        async move {
            hand_in(at, documents).await;
            handed_in.store(true, Ordering::SeqCst);
        }
    });
    let began = Instant::now();
    let mut in_the_middle = 0;
    let mut owner = nexus_core::pg::testing::connect(&SecretString::from(home.database_url())).await;
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(50 + chance(1200))).await;
        let victim = usize::try_from(chance(servers.len() as u64)).unwrap();
        let running: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs WHERE state = 'running'")
            .fetch_one(&mut owner)
            .await
            .unwrap();
        in_the_middle += usize::from(running > 0);
        servers.remove(victim).kill();
        servers.insert(victim, home.start(roles[victim]).await);
        *at.lock().unwrap() = servers[0].http(&key);
    }
    client.await.unwrap();
    let http = servers[0].http(&key);
    until("every document is done", 120, || all_done(&http)).await;
    let attempts: i32 = sqlx::query_scalar("SELECT max(attempt) FROM jobs").fetch_one(&mut owner).await.unwrap();
    println!(
        "crashes split={split}: {kills} kills ({in_the_middle} with jobs running), {documents} documents, most attempts {attempts}, {:.1} s",
        began.elapsed().as_secs_f64()
    );
    check_all_there(&mut owner, documents).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_survive_kills_of_the_server() {
    storm(false, rounds(4), rounds(4).min(50)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_survive_kills_of_server_and_worker_apart() {
    storm(true, rounds(4), rounds(4).min(50)).await;
}

/// The processes whose working directory is below a folder: PostgreSQL always runs in its data directory.
fn postgres_below(dir: &Path) -> Vec<i32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &i32| fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(dir))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_database_starts_again_after_every_kind_of_death() {
    let home = Home::embedded();
    let data = fs::canonicalize(home.dir.path()).unwrap();
    let mut server = home.start(&[]).await;
    let key = home.key("t", "admin", "u");
    server::corpus(&server.client(&key)).await;
    for n in 0..rounds(4) {
        let text = json!({ "corpus_id": "c", "document_id": name(n), "text": body(n) });
        let (status, answer) = server.http(&key).send("POST", "/v1/documents/text", &text).await;
        assert_eq!(status, 202, "{answer}");
        match n % 3 {
            // PostgreSQL notices by itself.
            0 => server.kill(),
            // Both at once: the pid file stays behind.
            1 => {
                let postmaster = fs::read_to_string(data.join("postgres/postmaster.pid")).unwrap();
                let postmaster = postmaster.lines().next().unwrap().trim().parse().unwrap();
                server.signal(Signal::SIGSTOP);
                kill(nix::unistd::Pid::from_raw(postmaster), Signal::SIGKILL).unwrap();
                server.signal(Signal::SIGKILL);
                drop(server);
            }
            // In the middle of a start.
            _ => {
                server.kill();
                let half = home.spawn(&[], &[]);
                tokio::time::sleep(Duration::from_millis(chance(600))).await;
                half.kill();
            }
        }
        server = home.start(&[]).await;
        let postmasters = postgres_below(&data).into_iter().filter(|pid| {
            let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let parent =
                text.rsplit(')').next().unwrap_or_default().split_whitespace().nth(1).unwrap_or_default().to_owned();
            parent == server.pid().to_string()
        });
        assert_eq!(postmasters.count(), 1, "one postmaster, and it is ours");
    }
    let http = server.http(&key);
    until("every document is done", 120, || all_done(&http)).await;
    let (_, list) = http.get("/v1/documents?limit=500").await;
    assert_eq!(list.matches(r#""status":"succeeded""#).count(), rounds(4), "{list}");
    server.kill();
    until("no PostgreSQL is left", 30, || async { postgres_below(&data).is_empty() }).await;
}
