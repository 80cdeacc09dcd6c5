//! HTTP and server-sent events by hand, down to the byte.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// How long an answer may take that is expected to come.
const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody who asks a server.
#[derive(Clone)]
pub struct Http {
    pub address: SocketAddr,
    pub key: String,
}

/// One event as it stood on the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub id: u64,
    pub data: Value,
}

impl Frame {
    pub fn kind(&self) -> &str {
        self.data["type"].as_str().unwrap_or("heartbeat")
    }
}

/// A stream that is read as it comes.
pub struct Events {
    socket: TcpStream,
    buffer: Vec<u8>,
    pub head: String,
}

impl Http {
    pub async fn get(&self, path: &str) -> (u16, String) {
        self.call("GET", path, None, &[]).await
    }

    pub async fn send(&self, method: &str, path: &str, body: &Value) -> (u16, String) {
        self.call(method, path, Some(body), &[]).await
    }

    /// The status and the body; status 0 when the connection ended without an answer.
    pub async fn call(&self, method: &str, path: &str, body: Option<&Value>, more: &[(&str, &str)]) -> (u16, String) {
        let (status, _, body) = self.exchange(method, path, body, more).await;
        (status, body)
    }

    /// The status, the head and the body; status 0 when the connection ended without an answer.
    pub async fn exchange(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        more: &[(&str, &str)],
    ) -> (u16, String, String) {
        let answer = async {
            let mut socket = TcpStream::connect(self.address).await.ok()?;
            socket.write_all(self.request(method, path, body, more).as_bytes()).await.ok()?;
            let mut bytes = Vec::new();
            socket.read_to_end(&mut bytes).await.ok()?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let (head, body) = text.split_once("\r\n\r\n")?;
            Some((head.split(' ').nth(1)?.parse().ok()?, head.to_ascii_lowercase(), body.to_owned()))
        };
        let answer = tokio::time::timeout(PATIENCE, answer).await.expect("an answer");
        answer.unwrap_or((0, String::new(), String::new()))
    }

    /// Asks a question and reads the stream to its end: the frames, and whether `done` was among them.
    pub async fn ask(&self, question: &str) -> Vec<Frame> {
        self.run("s", question, &[]).await.unwrap().rest().await
    }

    /// Begins a stream.
    pub async fn run(&self, session: &str, question: &str, more: &[(&str, &str)]) -> std::io::Result<Events> {
        let body = json!({ "session_id": session, "corpus_id": "c", "message": question, "top_k": 50 });
        let mut socket = TcpStream::connect(self.address).await?;
        socket.write_all(self.request("POST", "/v1/run", Some(&body), more).as_bytes()).await?;
        Ok(Events { socket, buffer: Vec::new(), head: String::new() })
    }

    /// HTTP/1.0, so that the body is what follows the head, without chunks in between.
    fn request(&self, method: &str, path: &str, body: Option<&Value>, more: &[(&str, &str)]) -> String {
        let body = body.map(ToString::to_string).unwrap_or_default();
        let mut head = format!("{method} {path} HTTP/1.0\r\nHost: x\r\nContent-Length: {}\r\n", body.len());
        if !body.is_empty() {
            head.push_str("Content-Type: application/json\r\n");
        }
        if !self.key.is_empty() {
            head.push_str(&format!("Authorization: Bearer {}\r\n", self.key));
        }
        for (name, value) in more {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        format!("{head}\r\n{body}")
    }
}

impl Events {
    /// The next whole frame; nothing when the connection ended, whether in order or not.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            let mark: &[u8] = if self.head.is_empty() { b"\r\n\r\n" } else { b"\n\n" };
            if let Some(at) = self.buffer.windows(mark.len()).position(|w| w == mark) {
                let piece: Vec<u8> = self.buffer.drain(..at + mark.len()).collect();
                let piece = String::from_utf8(piece).unwrap();
                if self.head.is_empty() {
                    self.head = piece;
                    continue;
                }
                return Some(parse(&piece));
            }
            let read = tokio::time::timeout(PATIENCE, self.socket.read_buf(&mut self.buffer));
            if !read.await.expect("the stream goes on").is_ok_and(|n| n > 0) {
                return None;
            }
        }
    }

    /// Everything until the connection ends.
    pub async fn rest(mut self) -> Vec<Frame> {
        let frames = self.rest_of().await;
        assert!(self.head.starts_with("HTTP/1.0 200"), "{} {}", self.head, String::from_utf8_lossy(&self.buffer));
        frames
    }

    pub async fn rest_of(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            frames.push(frame);
        }
        frames
    }

    /// Hangs up; with a reset when `hard`.
    pub fn hang_up(self, hard: bool) {
        if hard {
            let _ = self.socket.set_zero_linger();
        }
    }
}

fn parse(text: &str) -> Frame {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    Frame { id: field("id: ").parse().unwrap(), data: serde_json::from_str(field("data: ")).unwrap() }
}

/// Checks that a stream is whole: numbers from 1 without a gap, `done` last and once, the text the sum of the deltas.
pub fn check_whole(frames: &[Frame]) -> String {
    let ids: Vec<u64> = frames.iter().map(|f| f.id).collect();
    assert_eq!(ids, (1..=frames.len() as u64).collect::<Vec<_>>(), "{frames:?}");
    assert!(frames.iter().all(|f| f.data["seq"] == f.id), "{frames:?}");
    assert_eq!(frames.iter().position(|f| f.kind() == "done"), Some(frames.len() - 1), "{frames:?}");
    let deltas = frames.iter().filter(|f| f.kind() == "token.delta");
    let sum: String = deltas.map(|f| f.data["data"]["delta"].as_str().unwrap()).collect();
    let last = frames.iter().find(|f| f.kind() == "message.final").unwrap_or_else(|| panic!("no answer: {frames:?}"));
    assert_eq!(last.data["data"]["text"], sum);
    sum
}
