//! `nexus mcp`: the Model Context Protocol on standard input and output, for programs that start their servers themselves.
//!
//! Each line is a message. It is sent to `/mcp` of a server, and the answer is written as a line; what may be done, what is
//! counted and what is recorded is the server's business. When the server is away, requests are answered with an error that
//! says so. The end of the input ends the program, once what was asked is answered.

use std::{
    collections::HashMap,
    io::{BufRead as _, Read as _, Write as _},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{HeaderName, header};
use reqwest::{Client, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use tokio::{
    sync::{Semaphore, mpsc},
    task::{AbortHandle, JoinSet},
};

use super::{Failure, remote::ServerArgs};

const PROTOCOL: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
/// Where the newer versions of the protocol name their version in each message.
const VERSION_IN_MESSAGE: &str = "/params/_meta/io.modelcontextprotocol~1protocolVersion";
/// What JSON-RPC leaves to implementations.
const SERVER_ERROR: i32 = -32_000;
/// The longest line that is read, and the longest answer, in bytes.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// Messages that are on their way at once. The next line is read when there is room.
const MAX_UNDER_WAY: usize = 64;

/// What all messages have in common.
struct Bridge {
    http: Client,
    url: String,
    key: SecretString,
    /// The version that was agreed on.
    version: Mutex<Option<String>>,
    /// Requests that can still be cancelled, by their id as JSON.
    under_way: Mutex<HashMap<String, AbortHandle>>,
}

pub(super) async fn run(args: &ServerArgs) -> Result<(), Failure> {
    let http = Client::builder().connect_timeout(Duration::from_secs(10)).build().map_err(Failure::from_error)?;
    let bridge = Arc::new(Bridge {
        http,
        url: args.at("/mcp"),
        key: args.key()?,
        version: Mutex::default(),
        under_way: Mutex::default(),
    });
    let (answers, written) = mpsc::channel(MAX_UNDER_WAY);
    let writer = tokio::task::spawn_blocking(move || write_lines(written));
    let (to, lines) = mpsc::channel(1);
    std::thread::spawn(move || read_lines(&to));
    let read = bridge.read(lines, answers).await;
    writer.await.map_err(Failure::from_error)?.map_err(Failure::from_error)?;
    read
}

impl Bridge {
    /// Reads messages until the input ends, and waits for the answers to all of them.
    async fn read(
        self: Arc<Self>,
        mut lines: mpsc::Receiver<std::io::Result<Vec<u8>>>,
        answers: mpsc::Sender<Vec<u8>>,
    ) -> Result<(), Failure> {
        let room = Arc::new(Semaphore::new(MAX_UNDER_WAY));
        let mut tasks = JoinSet::new();
        while let Some(line) = lines.recv().await {
            let line = line.map_err(Failure::from_error)?;
            if line.trim_ascii().is_empty() {
                continue;
            }
            let Ok(place) = Arc::clone(&room).acquire_owned().await else { break };
            while tasks.try_join_next().is_some() {}
            let Ok(message) = serde_json::from_slice::<Value>(&line) else {
                let error = json!({ "code": -32_700, "message": "a line is not JSON" });
                let _ = answers.send(json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string().into()).await;
                continue;
            };
            if self.cancels(&message) {
                continue;
            }
            let id = message.get("id").filter(|id| !id.is_null()).map(Value::to_string);
            // The handshake decides how later messages are sent.
            let first = is(&message, "initialize");
            let (bridge, to, named) = (Arc::clone(&self), answers.clone(), id.clone());
            let answering = async move {
                let _place = place;
                if let Some(answer) = bridge.pass_on(&message, line).await {
                    let _ = to.send(answer).await;
                }
                if let Some(id) = named {
                    bridge.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                }
            };
            if first {
                answering.await;
                continue;
            }
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            let task = tasks.spawn(answering);
            if let Some(id) = id {
                under_way.insert(id, task);
            }
        }
        while tasks.join_next().await.is_some() {}
        Ok(())
    }

    /// A cancellation is not passed on: hanging up tells the server.
    fn cancels(&self, message: &Value) -> bool {
        if !is(message, "notifications/cancelled") {
            return false;
        }
        let id = message.pointer("/params/requestId").map(Value::to_string).unwrap_or_default();
        if let Some(task) = self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&id) {
            task.abort();
        }
        true
    }

    /// Sends a message; the answer, if it gets one.
    async fn pass_on(&self, message: &Value, line: Vec<u8>) -> Option<Vec<u8>> {
        let sent = self.send(message, line).await;
        let failed = |why: String| {
            let id = message.get("id")?;
            let error = json!({ "code": SERVER_ERROR, "message": why });
            Some(json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string().into_bytes())
        };
        let (status, body) = match sent {
            Ok(answer) => answer,
            Err(why) => return failed(why),
        };
        let mut answer: Value = match serde_json::from_slice(&body) {
            Ok(answer) => answer,
            Err(_) if body.trim_ascii().is_empty() && status.is_success() => return None,
            Err(_) => return failed(format!("the server answered {status}")),
        };
        if is(message, "initialize") {
            let version = answer.pointer("/result/protocolVersion").and_then(Value::as_str).map(ToOwned::to_owned);
            *self.version.lock().unwrap_or_else(PoisonError::into_inner) = version;
        }
        // A message that was refused as a whole is answered all the same: whoever asked waits.
        if answer.get("id").is_none_or(Value::is_null)
            && let (Some(answer), Some(id)) = (answer.as_object_mut(), message.get("id"))
        {
            answer.insert("id".to_owned(), id.clone());
        }
        message.get("id")?;
        Some(answer.to_string().into_bytes())
    }

    async fn send(&self, message: &Value, line: Vec<u8>) -> Result<(http::StatusCode, Vec<u8>), String> {
        let mut request = self
            .http
            .post(&self.url)
            .bearer_auth(self.key.expose_secret())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream");
        let agreed = self.version.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let version = message.pointer(VERSION_IN_MESSAGE).and_then(Value::as_str).map(ToOwned::to_owned).or(agreed);
        if let Some(version) = version.filter(|_| !is(message, "initialize")) {
            request = request.header(PROTOCOL, version);
            if let Some(method) = message.get("method").and_then(Value::as_str) {
                request = request.header(METHOD, method);
            }
            if let Some(name) = message.pointer("/params/name").and_then(Value::as_str) {
                request = request.header(NAME, name);
            }
        }
        let answer = request.body(line).send().await;
        let answer = answer.map_err(|error| format!("the server does not answer: {}", error.without_url()))?;
        let status = answer.status();
        Ok((status, whole(answer).await?))
    }
}

async fn whole(mut answer: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(|error| error.without_url().to_string())? {
        if body.len() + part.len() > MAX_MESSAGE {
            return Err("the answer is too long".to_owned());
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// Reads lines from standard input, on a thread of its own: such reads cannot be waited for in another way. A line that is too
/// long ends it, for what follows could not be trusted.
fn read_lines(lines: &mpsc::Sender<std::io::Result<Vec<u8>>>) {
    let mut input = std::io::stdin().lock();
    let most = u64::try_from(MAX_MESSAGE).unwrap_or(u64::MAX);
    loop {
        let mut line = Vec::new();
        let read = match input.by_ref().take(most + 1).read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) if line.len() > MAX_MESSAGE => Err(std::io::Error::other("a message is too long")),
            Ok(_) => Ok(line),
            Err(error) => Err(error),
        };
        let failed = read.is_err();
        if lines.blocking_send(read).is_err() || failed {
            return;
        }
    }
}

/// Writes answers to standard output, a line each.
fn write_lines(mut answers: mpsc::Receiver<Vec<u8>>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    while let Some(mut line) = answers.blocking_recv() {
        line.push(b'\n');
        out.write_all(&line)?;
        out.flush()?;
    }
    Ok(())
}

fn is(message: &Value, method: &str) -> bool {
    message.get("method").and_then(Value::as_str) == Some(method)
}
