//! A Redis of its own, on a socket file that is gone afterwards.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;

use crate::Failure;

/// A Redis that runs until it is dropped.
pub struct Redis {
    child: Child,
    home: TempDir,
}

impl Redis {
    /// Starts `redis-server`, or `valkey-server`.
    pub async fn start() -> Result<Self, Failure> {
        let home = tempfile::Builder::new().prefix("nexus-redis-").tempdir_in("/tmp")?;
        let child = ["redis-server", "valkey-server"]
            .iter()
            .find_map(|program| {
                Command::new(program)
                    .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocketperm", "700"])
                    .arg("--unixsocket")
                    .arg(home.path().join("redis.sock"))
                    .arg("--dir")
                    .arg(home.path())
                    .stdout(Stdio::null())
                    .spawn()
                    .ok()
            })
            .ok_or("no redis-server was found")?;
        let redis = Self { child, home };
        for _ in 0..200 {
            if redis.socket().exists() {
                return Ok(redis);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Err("redis-server does not start".into())
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn socket(&self) -> PathBuf {
        self.home.path().join("redis.sock")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
