//! A platform for one test: `let app = TestApp::start().await;` and, at the end, `app.finish().await`.

mod answer;
mod caller;
mod dice;
mod models;
mod run;
mod tenant;

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use nexus_api::{
    app::Platform,
    boot::{self, Engines, OpenDatabase, Running},
    layers, metrics, router,
    serve::{Address, Server, Stopped},
    settings::{Database, ProcessRole, Settings},
};
use nexus_core::{
    clock::Clock,
    pg::testing::{self, TestDb},
    settings::Source,
};
use nexus_retrieval::{ingest::extract::isolate::InProcess, llm::Prompt};
use secrecy::ExposeSecret as _;
use sqlx::PgConnection;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::models::Models;
pub use self::{
    answer::Answer,
    caller::Caller,
    dice::{Dice, cases},
    models::Model,
    run::Event,
    tenant::Tenant,
};

/// How long anything may take before a test gives up on it. Nothing is asserted about less.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A platform that serves on a port of its own.
pub struct TestApp {
    /// What handlers see, for looking behind the scenes.
    pub platform: Platform,
    /// The clock of the platform; it moves only when told to if the test asked for that.
    pub clock: Clock,
    /// Where it listens.
    pub address: SocketAddr,
    models: Models,
    ledger: Ledger,
    http: reqwest::Client,
    /// The database and the data directory, which another replica may share.
    home: Home,
    running: Option<Running>,
    accepting: Option<JoinHandle<Stopped>>,
    stop: CancellationToken,
}

/// What replicas have in common.
#[derive(Clone)]
struct Home {
    database: Arc<TestDb>,
    data: Arc<TempDir>,
}

/// The changes that clients of a test made, by request id: each must be in the audit log at the end.
pub type Ledger = Arc<Mutex<BTreeSet<String>>>;

/// What a test wants to be different.
pub struct Plan {
    model: Model,
    clock: Clock,
    change: Box<dyn FnOnce(&mut Settings)>,
    given: Vec<(&'static str, String)>,
    home: Option<Home>,
}

impl Plan {
    /// Settings by their names, as an operator gives them.
    pub fn given(mut self, pairs: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.given.extend(pairs);
        self
    }

    /// Answers come from this model.
    pub fn model(mut self, model: Model) -> Self {
        self.model = model;
        self
    }

    /// Time stands still unless the test moves it.
    pub fn manual_clock(mut self) -> Self {
        self.clock = Clock::manual(Clock::system().now());
        self
    }

    /// Changes settings.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings) + 'static) -> Self {
        self.change = Box::new(change);
        self
    }

    /// Another replica of this platform, on the same database and with the same secrets.
    pub fn beside(mut self, other: &TestApp) -> Self {
        self.home = Some(other.home.clone());
        self.clock = other.clock.clone();
        self
    }

    /// Starts the platform.
    pub async fn start(self) -> TestApp {
        let home = match self.home {
            Some(home) => home,
            None => {
                Home { database: Arc::new(testing::database().await), data: Arc::new(tempfile::tempdir().unwrap()) }
            }
        };
        let mut settings = settings(&home, self.given);
        (self.change)(&mut settings);
        let recorder = metrics::install().unwrap();
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let server = Server::bind(settings.serve.clone()).await.unwrap();
        let Address::Tcp(address) = server.address().unwrap() else { panic!("tests listen on a port") };
        let models = Models::new(self.model);
        let extractor = Arc::new(InProcess(settings.documents.limits));
        let engines = Engines { embedder: models.embedder(), llm: models.llm(), extractor, clock: self.clock.clone() };
        let url = match &settings.database {
            Database::Given(url) => url.clone(),
            Database::Embedded(_) => home.database.url.clone(),
        };
        let open = OpenDatabase { url, embedded: None };
        let running = boot::start(&settings, ProcessRole::All, open, engines).await.unwrap();
        let platform = running.platform.clone();
        let scrape = axum::Router::new().nest("/v1", metrics::routes(recorder, settings.metrics.clone()));
        let routes = router::api(&platform).unwrap().merge(scrape);
        let wrapped = layers::wrap(routes, settings.layers.clone(), self.clock.clone());
        let stop = CancellationToken::new();
        let accepting = tokio::spawn({
            let stop = stop.clone();
            async move { server.run(wrapped, stop).await }
        });
        TestApp {
            platform,
            clock: self.clock,
            address,
            models,
            ledger: Ledger::default(),
            http: reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap(),
            home,
            running: Some(running),
            accepting: Some(accepting),
            stop,
        }
    }
}

impl TestApp {
    /// The usual platform: hash embedding, answers that quote, a worker.
    pub async fn start() -> Self {
        Self::plan().start().await
    }

    /// A platform that differs from the usual one.
    pub fn plan() -> Plan {
        Plan {
            model: Model::Extractive,
            clock: Clock::system(),
            change: Box::new(|_| {}),
            given: Vec::new(),
            home: None,
        }
    }

    /// A tenant, made if it is not there.
    pub async fn tenant(&self, id: &str) -> Tenant<'_> {
        Tenant::open(self, id).await
    }

    /// Somebody without a credential.
    pub fn nobody(&self) -> Caller {
        self.caller(None)
    }

    /// Somebody with any text as credential.
    pub fn bearer(&self, token: &str) -> Caller {
        self.caller(Some(token.to_owned()))
    }

    /// What the model was given so far.
    pub fn prompts(&self) -> Vec<Prompt> {
        self.models.prompts()
    }

    /// Lets a stepped model say this many words more.
    pub fn say(&self, words: usize) {
        self.models.say(words);
    }

    /// Ingestion stands still until the guard is dropped.
    pub fn hold_ingestion(&self) -> models::Held {
        self.models.hold()
    }

    /// From now on no document can be embedded, or again every one.
    pub fn fail_ingestion(&self, fail: bool) {
        self.models.fail(fail);
    }

    /// The folder of its object store.
    pub fn objects(&self) -> PathBuf {
        self.home.data.path().join("objects")
    }

    /// A connection that row-level security does not bind.
    pub async fn behind(&self) -> PgConnection {
        testing::connect(&self.home.database.url).await
    }

    /// The event types in the audit log for one request, in order.
    pub async fn audited(&self, request_id: &str) -> Vec<String> {
        self.platform.audit.flush().await;
        sqlx::query_scalar("SELECT event_type FROM audit_events WHERE request_id = $1 ORDER BY id")
            .bind(request_id)
            .fetch_all(&mut self.behind().await)
            .await
            .unwrap()
    }

    /// Ends the test: every due job must be done, every change recorded, and all work must end when it is told to.
    pub async fn finish(self) {
        self.finish_with_dead_jobs(0).await;
    }

    /// As [`TestApp::finish`], for tests that make this many jobs fail for good.
    pub async fn finish_with_dead_jobs(self, dead: i64) {
        self.jobs_are_done(dead).await;
        self.changes_are_audited().await;
        self.end().await;
    }

    /// As [`TestApp::finish`], for tests that take records of changes away.
    pub async fn finish_unrecorded(self) {
        self.jobs_are_done(0).await;
        self.end().await;
    }

    async fn end(mut self) {
        self.stop.cancel();
        self.platform.stopping.cancel();
        let ended = self.accepting.take().unwrap().await.unwrap();
        assert_eq!(ended, Stopped::Drained, "a connection did not end");
        let tasks = self.platform.tasks.clone();
        self.running.take().unwrap().shut_down(PATIENCE).await.unwrap();
        assert!(tasks.is_empty(), "{} tasks did not end", tasks.len());
    }

    /// Waits until no job is due; so many may have failed for good.
    pub async fn jobs_are_done(&self, dead: i64) {
        let mut behind = self.behind().await;
        let give_up = tokio::time::Instant::now() + PATIENCE;
        loop {
            let due: Vec<String> = sqlx::query_scalar(
                "SELECT kind || ' ' || state || ' ' || coalesce(last_error, '') FROM jobs
                 WHERE state = 'running' OR (state = 'queued' AND run_at <= now())",
            )
            .fetch_all(&mut behind)
            .await
            .unwrap();
            if due.is_empty() {
                break;
            }
            assert!(tokio::time::Instant::now() < give_up, "jobs are left undone: {due:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let failed: Vec<String> =
            sqlx::query_scalar("SELECT kind || ': ' || coalesce(last_error, '') FROM jobs WHERE state = 'dead'")
                .fetch_all(&mut behind)
                .await
                .unwrap();
        assert_eq!(i64::try_from(failed.len()).unwrap(), dead, "dead jobs: {failed:?}");
    }

    async fn changes_are_audited(&self) {
        let changes = std::mem::take(&mut *self.ledger.lock().unwrap());
        self.platform.audit.flush().await;
        let recorded: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT request_id FROM audit_events WHERE event_type <> 'auth.access.success'",
        )
        .fetch_all(&mut self.behind().await)
        .await
        .unwrap();
        let recorded: BTreeSet<String> = recorded.into_iter().collect();
        let silent: Vec<_> = changes.difference(&recorded).collect();
        assert!(silent.is_empty(), "changes without an audit event: {silent:?}");
        let unlisted: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT event_type || ' ' || fact.key FROM audit_events, jsonb_each_text(metadata_json) AS fact
             WHERE fact.value = '[REDACTED]'",
        )
        .fetch_all(&mut self.behind().await)
        .await
        .unwrap();
        assert!(unlisted.is_empty(), "facts that nexus-core/src/audit/fields.rs does not list: {unlisted:?}");
    }

    fn caller(&self, token: Option<String>) -> Caller {
        Caller::new(format!("http://{}", self.address), self.http.clone(), token, Arc::clone(&self.ledger))
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        let finished = self.running.is_none();
        assert!(finished || std::thread::panicking(), "the test did not call finish()");
    }
}

fn settings(Home { database, data }: &Home, given: Vec<(&'static str, String)>) -> Settings {
    let pairs = [
        ("DATABASE_URL", database.url.expose_secret().to_owned()),
        ("CRYPTO_LOCAL_MASTER_KEY", "a master key that only tests use".to_owned()),
        ("KEYRING_MASTER_KEY", "another key that only tests use, too".to_owned()),
        ("NEXUS_DATA_DIR", data.path().display().to_string()),
        ("NEXUS_CACHE_DIR", data.path().display().to_string()),
        ("NEXUS_PORT", "0".to_owned()),
        ("MIGRATE_ON_START", "false".to_owned()),
        ("AUDIT_FLUSH_MS", "1".to_owned()),
        ("JOB_POLL_INTERVAL_MS", "50".to_owned()),
        ("INGEST_MAX_RETRIES", "1".to_owned()),
        ("RUN_RESUME_GRACE_MS", "0".to_owned()),
        // Most tests are of what a feature does, and few of who has it.
        ("DEFAULT_PLAN", "enterprise".to_owned()),
        // What is recorded by chance would surprise those who read the log of a request.
        ("BILLING_USAGE_AUDIT_SAMPLE", "0".to_owned()),
        // Tests ask faster than people do; those about limits switch them on.
        ("RATE_LIMIT_ENABLED", "false".to_owned()),
    ];
    let mut source = Source::from_pairs(pairs.into_iter().chain(given));
    let mut settings = Settings::read(&mut source);
    assert!(source.errors().is_empty(), "{:?}", source.errors());
    settings.pg.max_connections = 8;
    settings.pg.min_connections = 0;
    settings
}
