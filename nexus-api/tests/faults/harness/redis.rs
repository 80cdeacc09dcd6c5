//! A Redis that can be killed.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
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

    /// Stops or continues the process, so that it hangs without closing a connection.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
    }

    /// Forgets everything, scripts included.
    pub fn flush(&self) {
        let mut socket = UnixStream::connect(&self.socket).unwrap();
        socket.write_all(b"SCRIPT FLUSH\r\nFLUSHALL\r\n").unwrap();
        let mut answer = [0; 10];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"+OK\r\n+OK\r\n");
    }

    /// Everything that it holds, as it would lie on a disk.
    pub fn dump(&self) -> Vec<u8> {
        let mut socket = UnixStream::connect(&self.socket).unwrap();
        socket.write_all(b"CONFIG SET rdbcompression no\r\nSAVE\r\n").unwrap();
        let mut answer = [0; 10];
        socket.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"+OK\r\n+OK\r\n");
        std::fs::read(self.socket.with_file_name("dump.rdb")).unwrap()
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
