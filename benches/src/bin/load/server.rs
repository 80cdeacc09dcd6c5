//! A release server of its own, on an embedded database in a folder that is gone afterwards.

use std::{
    fs::{self, File},
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    rc::Rc,
    time::Duration,
};

use tempfile::TempDir;

use crate::Failure;

/// How long a first start may take.
const PATIENCE: Duration = Duration::from_secs(90);
/// Variables of the person who measures, which must not reach the server.
const FOREIGN: [&str; 4] = ["DATABASE_URL", "REDIS_URL", "NEXUS_CONFIG", "LOG_LEVEL"];

/// A server that runs until it is dropped.
pub struct Server {
    child: Child,
    address: SocketAddr,
    home: Rc<TempDir>,
}

/// How a server is started.
#[derive(Debug, Clone, Default)]
pub struct Start<'a> {
    /// The embedding.
    pub embedding: &'a str,
    /// Settings besides those that every measurement has.
    pub settings: Vec<(&'static str, String)>,
    /// Which processors it may use, if not all.
    pub processors: Option<&'a str>,
}

impl<'a> Start<'a> {
    /// As every measurement does.
    pub fn with(embedding: &'a str) -> Self {
        Self { embedding, ..Self::default() }
    }

    /// With one more setting.
    #[must_use]
    pub fn set(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.settings.push((name, value.to_string()));
        self
    }

    /// The settings, for a report.
    pub fn told(&self) -> String {
        self.settings.iter().map(|(name, value)| format!("`{name}={value}`")).collect::<Vec<_>>().join(", ")
    }
}

/// Builds the server from this workspace.
pub fn build() -> Result<PathBuf, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).args(["build", "--release", "--bin", "nexus"]).status()?;
    if !status.success() {
        return Err("the server does not build".into());
    }
    let own = std::env::current_exe()?;
    Ok(own.with_file_name("nexus"))
}

impl Server {
    /// Starts a server and waits until it accepts connections.
    pub async fn start(program: &Path, start: &Start<'_>) -> Result<Self, Failure> {
        let home = tempfile::Builder::new().prefix("nexus-load-").tempdir()?;
        // PostgreSQL may run under another account, which has to get through.
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755))?;
        Self::start_in(Rc::new(home), program, start).await
    }

    /// Starts another server of the same installation, which uses the database of this one.
    pub async fn beside(&self, program: &Path, start: &Start<'_>) -> Result<Self, Failure> {
        Self::start_in(Rc::clone(&self.home), program, start).await
    }

    async fn start_in(home: Rc<TempDir>, program: &Path, start: &Start<'_>) -> Result<Self, Failure> {
        let (file, log) = tempfile::Builder::new().prefix("log-").tempfile_in(home.path())?.keep()?;
        let child = serving(program, home.path(), start).stdout(Stdio::null()).stderr(file).spawn()?;
        let mut server = Self { child, address: ([127, 0, 0, 1], 0).into(), home };
        let ready = async {
            loop {
                let text = fs::read_to_string(&log)?;
                if let Some(address) = text.lines().find_map(address_in) {
                    return Ok(address);
                }
                if let Some(status) = server.child.try_wait()? {
                    return Err(Failure::from(format!("the server ended with {status}: {text}")));
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let address = tokio::time::timeout(PATIENCE, ready).await.map_err(|_| "the server does not become ready")??;
        server.address = address;
        Ok(server)
    }

    /// A server of the same installation, not started yet.
    pub fn another(&self, program: &Path, start: &Start<'_>) -> Result<Command, Failure> {
        let mut command = serving(program, self.home.path(), start);
        command.stdout(Stdio::null()).stderr(File::create(self.home.path().join("log-another"))?);
        Ok(command)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The URL of the embedded database.
    pub fn database_url(&self) -> Result<String, Failure> {
        Ok(fs::read_to_string(self.home.path().join("data/database.url"))?)
    }

    /// A command of the same installation.
    pub fn command(&self, program: &Path) -> Command {
        settings(program, self.home.path())
    }

    /// Stops it in order.
    pub async fn stop(self) -> Result<(), Failure> {
        self.stopped().await.map(drop)
    }

    /// Stops it in order; its data stay for as long as what is returned.
    pub async fn stopped(mut self) -> Result<Rc<TempDir>, Failure> {
        Command::new("kill").args(["-TERM", &self.pid().to_string()]).status()?;
        for _ in 0..300 {
            if self.child.try_wait()?.is_some() {
                return Ok(Rc::clone(&self.home));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("the server does not stop".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After an orderly stop there is nothing left to end; otherwise the private database ends with the server.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn settings(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    for name in FOREIGN {
        command.env_remove(name);
    }
    command.env("NEXUS_DATA_DIR", home.join("data")).env("NEXUS_HOST", "127.0.0.1").env("NEXUS_PORT", "0");
    command
}

fn serving(program: &Path, home: &Path, start: &Start<'_>) -> Command {
    let mut command = match start.processors {
        Some(processors) => {
            let mut pinned = settings(Path::new("taskset"), home);
            pinned.args(["-c", processors]).arg(program);
            pinned
        }
        None => settings(program, home),
    };
    command
        .arg("serve")
        .env("LLM_PROVIDER", "fake")
        .env("EMBEDDING_PROVIDER", start.embedding)
        .env("LOG_FORMAT", "json")
        // Places for the most connections that are measured.
        .env("RUN_MAX_CONCURRENCY", "512")
        .env("RUN_TENANT_MAX_CONCURRENCY", "512")
        .env("INGEST_BULKHEAD_MAX_CONCURRENCY", "512")
        .env("INGEST_TENANT_MAX_CONCURRENCY", "512");
    // The limiter works, and lets this load through; who wants to know what gates cost switches them off outside.
    if std::env::var_os("RATE_LIMIT_ENABLED").is_none() {
        command.env("RATE_LIMIT_ENABLED", "true");
    }
    for bucket in ["KEY_RUN", "KEY_READ", "KEY_MUTATION", "TENANT_RUN", "TENANT_READ", "TENANT_MUTATION"] {
        command.env(format!("RL_{bucket}_RPS"), "100000").env(format!("RL_{bucket}_BURST"), "100000");
    }
    command.envs(start.settings.iter().map(|(name, value)| (*name, value)));
    command
}

/// The address in the line that says that the server is ready.
fn address_in(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let said = line.get("message").and_then(serde_json::Value::as_str);
    let text = line.get("address").and_then(serde_json::Value::as_str).filter(|_| said == Some("ready"))?;
    text.trim_start_matches("http://").parse().ok()
}
