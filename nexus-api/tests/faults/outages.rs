//! PostgreSQL goes away and comes back under a running server.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use nexus_core::pg::embedded::{EmbeddedPostgres, EmbeddedSettings, default_cache_dir};
use secrecy::SecretString;
use serde_json::json;

use crate::harness::{Home, Proxy, Server, Upstream, rounds, server, spread, until};

/// A PostgreSQL of this test that is reached over a network that breaks.
struct Outside {
    postgres: Option<EmbeddedPostgres>,
    settings: EmbeddedSettings,
    network: Proxy,
    home: Home,
}

impl Outside {
    async fn start() -> Self {
        let home = Home::embedded();
        let settings = EmbeddedSettings {
            data_dir: home.dir.path().join("outside/postgres"),
            bin_dir: std::env::var_os("NEXUS_PG_BINDIR").map(PathBuf::from),
            cache_dir: std::env::var_os("NEXUS_CACHE_DIR").map_or_else(default_cache_dir, PathBuf::from),
            durable: false,
            ..EmbeddedSettings::default()
        };
        let postgres = EmbeddedPostgres::start(&settings).await.unwrap();
        let network = Proxy::to(Upstream::Unix(postgres.socket_dir().join(".s.PGSQL.5432"))).await;
        let url = format!("postgresql://nexus@{}/nexus?sslmode=disable", network.address);
        let home = home.with("DATABASE_URL", &url).with("LLM_PROVIDER", "fake").with("LLM_FAKE_DELAY_MS", "20");
        Self { postgres: Some(postgres), settings, network, home }
    }

    async fn stop(&mut self) {
        self.postgres.take().unwrap().stop().await.unwrap();
    }

    async fn start_again(&mut self) {
        self.postgres = Some(EmbeddedPostgres::start(&self.settings).await.unwrap());
    }

    /// Past the network that breaks.
    fn direct(&self) -> SecretString {
        self.postgres.as_ref().unwrap().url("nexus", "nexus").into()
    }
}

async fn serve(outside: &Outside) -> (Server, String) {
    let key = outside.home.key("t", "admin", "u");
    let server = outside.home.start(&[]).await;
    server::corpus(&server.client(&key)).await;
    (server, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_refused_while_postgresql_is_away_and_work_when_it_is_back() {
    let mut outside = Outside::start().await;
    let (server, key) = serve(&outside).await;
    let http = server.http(&key);
    let (mut refusals, mut recoveries) = (Vec::new(), Vec::new());
    for round in 0..rounds(2) {
        // Several connections, which all die.
        let warm = futures::future::join_all((0..10).map(|_| http.get("/v1/documents"))).await;
        assert!(warm.iter().all(|(status, _)| *status == 200), "{warm:?}");
        // In turns: the server ends in order, and the network refuses.
        if round % 2 == 0 {
            outside.stop().await;
        } else {
            outside.network.close();
        }
        let asked = (0..6).map(|_| async {
            let since = Instant::now();
            (http.get("/v1/documents").await, since.elapsed())
        });
        for ((status, body), took) in futures::future::join_all(asked).await {
            assert_eq!(status, 503, "{body}");
            refusals.push(took);
        }
        let run =
            http.send("POST", "/v1/run", &json!({ "session_id": "s", "corpus_id": "c", "message": "Well?" })).await;
        assert_eq!(run.0, 503, "{}", run.1);
        until("it is not ready", 20, || async { http.get("/v1/readyz").await.0 == 503 }).await;
        assert_eq!(http.get("/v1/healthz").await.0, 200);
        if round % 2 == 0 {
            outside.start_again().await;
        } else {
            outside.network.open().await;
        }
        let back = Instant::now();
        until("it works again", 30, || async { http.get("/v1/documents").await.0 == 200 }).await;
        recoveries.push(back.elapsed());
        until("it is ready again", 30, || async { http.get("/v1/readyz").await.0 == 200 }).await;
        let after = futures::future::join_all((0..20).map(|_| http.get("/v1/documents"))).await;
        assert!(after.iter().all(|(status, _)| *status == 200), "no dead connection is handed out: {after:?}");
    }
    println!("PostgreSQL away: 503 after {}; works again after {}", spread(refusals), spread(recoveries));
    // A document that comes in now is processed: workers and listeners are back too.
    let client = server.client(&key);
    client.documents().ingest_text(&server::text("late", "The late text.")).await.unwrap();
    client.documents().wait("late", Duration::from_secs(30)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_postgresql_between_two_requests_is_not_noticed() {
    let mut outside = Outside::start().await;
    let (server, key) = serve(&outside).await;
    let http = server.http(&key);
    for _ in 0..rounds(2) {
        let warm = futures::future::join_all((0..10).map(|_| http.get("/v1/documents"))).await;
        assert!(warm.iter().all(|(status, _)| *status == 200), "{warm:?}");
        outside.stop().await;
        outside.start_again().await;
        let after = futures::future::join_all((0..30).map(|_| http.get("/v1/documents"))).await;
        assert!(after.iter().all(|(status, _)| *status == 200), "{after:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_revoked_while_nothing_is_heard_is_not_trusted() {
    let outside = Outside::start().await;
    let (server, key) = serve(&outside).await;
    let http = server.http(&key);
    assert_eq!(http.get("/v1/documents").await.0, 200);
    // The network goes silent: connections stay open and carry nothing.
    outside.network.freeze(true);
    let mut owner = nexus_core::pg::testing::connect(&outside.direct()).await;
    sqlx::query("UPDATE api_keys SET revoked_at = now()").execute(&mut owner).await.unwrap();
    tokio::time::sleep(Duration::from_secs(7)).await;
    let since = Instant::now();
    let (status, body) = http.get("/v1/documents").await;
    println!("a silent network: {status} after {:?}", since.elapsed());
    assert!(matches!(status, 401 | 503), "{status} {body}");
    outside.network.freeze(false);
    until("the revocation counts", 60, || async { http.get("/v1/documents").await.0 == 401 }).await;
}
