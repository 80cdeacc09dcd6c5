//! A Redis that can be killed.

use std::{
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A Redis of one test, on a socket.
pub struct Redis {
    child: Child,
    socket: PathBuf,
}

impl Redis {
    pub async fn start(dir: &Path) -> Self {
        let socket = dir.join("redis.sock");
        let run = |program: &str| {
            let mut command = Command::new(program);
            command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]).arg(&socket);
            command.arg("--dir").arg(dir).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
        };
        let child = run("redis-server").or_else(|_| run("valkey-server")).expect("redis-server or valkey-server");
        while UnixStream::connect(&socket).is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Self { child, socket }
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
