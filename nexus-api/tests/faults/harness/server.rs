//! The binary under test.

use std::{
    fs::{self, File},
    net::SocketAddr,
    os::unix::{fs::PermissionsExt as _, process::ExitStatusExt as _},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use nexus_sdk::{
    client::{Client, RetryPolicy},
    wire::{CreateCorpus, TextDocument},
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

use super::Http;

/// How long a start may take on a busy machine.
const START: Duration = Duration::from_mins(2);

/// An installation: a data directory, perhaps a database of its own, and what its processes are told.
pub struct Home {
    pub dir: TempDir,
    env: Vec<(String, String)>,
}

impl Home {
    /// On a fresh database of the test server.
    pub async fn new() -> Self {
        use secrecy::ExposeSecret as _;
        let test = nexus_core::pg::testing::database().await;
        Self::embedded().with("DATABASE_URL", test.url.expose_secret())
    }

    /// On the embedded database.
    pub fn embedded() -> Self {
        // Not TMPDIR: the address of a socket has about 100 bytes.
        let dir = tempfile::Builder::new().prefix("nf").tempdir_in("/tmp").unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut env: Vec<(String, String)> = ["PATH", "HOME", "NEXUS_PG_BINDIR", "NEXUS_CACHE_DIR"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
            .collect();
        let given = [
            ("NEXUS_DATA_DIR", dir.path().to_str().unwrap()),
            ("NEXUS_PORT", "0"),
            ("LOG_FORMAT", "json"),
            ("CRYPTO_LOCAL_MASTER_KEY", "a master key that only tests use"),
            ("KEYRING_MASTER_KEY", "another key that only tests use, too"),
            ("EMBEDDING_PROVIDER", "hash"),
            ("JOB_LEASE_SECONDS", "3"),
            ("JOB_POLL_INTERVAL_MS", "100"),
            ("JOB_BACKOFF_MS", "50"),
            ("RATE_LIMIT_ENABLED", "false"),
            ("DEFAULT_PLAN", "enterprise"),
        ];
        env.extend(given.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Self { dir, env }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(n, _)| n != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a bucket that is served at this address.
    pub fn with_bucket(self, endpoint: &str) -> Self {
        self.with("AWS_ENDPOINT", endpoint)
            .with("AWS_ALLOW_HTTP", "true")
            .with("AWS_REGION", "eu-west-1")
            .with("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .with("AWS_SECRET_ACCESS_KEY", "secret")
    }

    pub fn database_url(&self) -> String {
        self.env.iter().find(|(name, _)| name == "DATABASE_URL").unwrap().1.clone()
    }

    pub fn is_on_given_database(&self) -> bool {
        self.env.iter().any(|(name, _)| name == "DATABASE_URL")
    }

    /// A command of the binary in this installation.
    pub fn command(&self, args: &[&str]) -> Command {
        // Another build of the same program can be put to the test, such as that of a release.
        let program = std::env::var_os("NEXUS_TEST_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_nexus").into());
        let mut command = Command::new(program);
        command.args(args).env_clear().envs(self.env.iter().map(|(n, v)| (n, v))).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end; its exit code and what it said on standard error.
    pub async fn run(&self, args: &[&str]) -> (Option<i32>, String) {
        let mut command = tokio::process::Command::from(self.command(args));
        let ended = tokio::time::timeout(START, command.kill_on_drop(true).output()).await;
        let done = ended.expect("the command ends").unwrap();
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    }

    /// A new API key.
    pub fn key(&self, tenant: &str, role: &str, user: &str) -> String {
        self.key_and_id(tenant, role, user).0
    }

    /// A new API key, and its id.
    pub fn key_and_id(&self, tenant: &str, role: &str, user: &str) -> (String, String) {
        let args = ["--json", "keys", "create", "--tenant", tenant, "--role", role, "--user-id", user];
        let done = self.command(&args).output().unwrap();
        let said: serde_json::Value = serde_json::from_slice(&done.stdout)
            .unwrap_or_else(|_| panic!("keys create: {}", String::from_utf8_lossy(&done.stderr)));
        (said["api_key"].as_str().unwrap().to_owned(), said["key_id"].as_str().unwrap().to_owned())
    }

    /// Starts a server and waits until it is ready.
    pub async fn start(&self, args: &[&str]) -> Server {
        self.start_with(args, &[]).await
    }

    pub async fn start_with(&self, args: &[&str], env: &[(&str, &str)]) -> Server {
        let mut server = self.spawn(args, env);
        let began = Instant::now();
        loop {
            if let Some(address) = server.ready() {
                server.address = address;
                return server;
            }
            if let Some(status) = server.child.try_wait().unwrap() {
                panic!("the server ended with {status}:\n{}", server.log());
            }
            assert!(began.elapsed() < START, "the server does not start:\n{}", server.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Starts a server without waiting for it.
    pub fn spawn(&self, args: &[&str], env: &[(&str, &str)]) -> Server {
        let log = self.dir.path().join(format!("log-{}", nexus_core::clock::fresh_uuid()));
        let mut command = self.command(&["serve"]);
        command.args(args).envs(env.iter().copied());
        let child = command.stdout(Stdio::null()).stderr(File::create(&log).unwrap()).spawn().unwrap();
        Server { child, log, address: SocketAddr::from(([0, 0, 0, 0], 0)) }
    }
}

/// A running process; it is killed when it is dropped.
pub struct Server {
    child: Child,
    log: PathBuf,
    pub address: SocketAddr,
}

impl Server {
    fn ready(&self) -> Option<SocketAddr> {
        let log = self.log();
        let line = log.lines().find(|line| line.contains(r#""message":"ready""#))?;
        let said: serde_json::Value = serde_json::from_str(line).ok()?;
        said["address"].as_str()?.strip_prefix("http://")?.parse().ok()
    }

    /// Everything that it logged.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "it ended before it was killed:\n{}", self.log());
    }

    /// `SIGTERM`, and how it ended after how long.
    pub async fn terminate(self) -> (ExitStatus, Duration) {
        let (status, took, _) = self.terminate_telling().await;
        (status, took)
    }

    /// The same with what it logged.
    pub async fn terminate_telling(mut self) -> (ExitStatus, Duration, String) {
        let since = Instant::now();
        self.signal(Signal::SIGTERM);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, since.elapsed(), self.log());
            }
            assert!(since.elapsed() < START, "SIGTERM does not end it:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub fn http(&self, key: &str) -> Http {
        Http { address: self.address, key: key.to_owned() }
    }

    pub fn client(&self, key: &str) -> Client {
        client(self.address, key)
    }

    /// The value of a gauge or counter, all labels together.
    pub async fn metric(&self, name: &str) -> f64 {
        let text = self.http("").get("/metrics").await.1;
        let of = |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
        text.lines().filter(|l| of(l)).filter_map(|l| l.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that does not give up early.
pub fn client(address: SocketAddr, key: &str) -> Client {
    let patient = RetryPolicy { max_attempts: 100, base: Duration::from_millis(10), cap: Duration::from_millis(100) };
    Client::builder().base_url(format!("http://{address}")).api_key(key).retry(patient).build().unwrap()
}

/// A corpus `c`.
pub async fn corpus(client: &Client) {
    let corpus = CreateCorpus { id: Some("c".to_owned()), name: "C".to_owned(), provider_config_json: None };
    client.corpora().create(&corpus).await.unwrap();
}

pub fn text(id: &str, text: impl Into<String>) -> TextDocument {
    TextDocument {
        corpus_id: "c".to_owned(),
        document_id: Some(id.to_owned()),
        text: text.into(),
        ..TextDocument::default()
    }
}
