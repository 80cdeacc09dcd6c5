//! Stories about clients that are slow, wrong, greedy or gone, told over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    routing::{get, post},
};
use futures::StreamExt as _;
use nexus_core::clock::Clock;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};

use super::*;
use crate::{
    http::{Body as Json, OpCtx, Reply},
    layers,
};

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<Stopped>,
    finish: tokio::sync::watch::Sender<bool>,
    left: Arc<tokio::sync::Notify>,
}

/// Tells when the producer of a stream is dropped.
struct Producer(Arc<tokio::sync::Notify>);

impl Drop for Producer {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

fn quick() -> Settings {
    Settings {
        listen: Listen::Tcp("127.0.0.1".into(), 0),
        header_timeout: Duration::from_millis(150),
        idle_timeout: Duration::from_millis(400),
        write_timeout: Duration::from_millis(400),
        drain: Duration::from_secs(20),
        ..Settings::default()
    }
}

async fn start(settings: Settings) -> Running {
    let (finish, finished) = tokio::sync::watch::channel(false);
    let left = Arc::new(tokio::sync::Notify::new());
    let producing = left.clone();
    let stream = move || {
        let mut finished = finished.clone();
        let producer = Producer(producing.clone());
        let events = async_stream::stream! {
            let _producer = producer;
            yield Ok::<_, Infallible>("data: first\n\n");
            let _ = finished.wait_for(|f| *f).await;
            yield Ok("data: last\n\n");
        };
        async move { ([("content-type", "text/event-stream")], Body::from_stream(events)) }
    };
    let endless =
        || async { Body::from_stream(futures::stream::repeat_with(|| Ok::<_, Infallible>("x".repeat(65_536)))) };
    let router = Router::new()
        .route("/v1/hello", get(|| async { Reply::ok("hello") }))
        .route("/v1/ip", get(|OpCtx(op): OpCtx| async move { Reply::ok(op.ip) }))
        .route("/v1/echo", post(|Json(v): Json<Value>| async move { Reply::ok(v) }))
        .route("/v1/stream", get(stream))
        .route("/v1/endless", get(endless));
    let body = crate::http::context::BodyLimits {
        max_bytes: 1000,
        idle: Duration::from_millis(150),
        total: Duration::from_millis(600),
    };
    let app = layers::wrap(router, layers::Settings { body, ..layers::Settings::default() }, Clock::system());
    let server = Server::bind(settings).await.unwrap();
    let Address::Tcp(address) = server.address().unwrap() else { panic!("a port") };
    let stop = CancellationToken::new();
    let task = tokio::spawn(server.run(app, stop.clone()));
    Running { address, stop, task, finish, left }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes, then reads until the server closes.
    async fn talk(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_ref()).await.unwrap();
        rest(&mut stream).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Everything until the other end closes. A server that never closes fails the test.
async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    let _reset_by_peer_is_an_end_too = read.expect("the server keeps the connection open");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn read_until(stream: &mut TcpStream, mark: &str) -> String {
    let mut text = String::new();
    while !text.contains(mark) {
        let mut buffer = [0; 1024];
        let n = stream.read(&mut buffer).await.unwrap();
        assert!(n > 0, "closed before {mark:?}: {text}");
        text.push_str(&String::from_utf8_lossy(buffer.get(..n).unwrap()));
    }
    text
}

const CLOSE: &str = "connection: close\r\n\r\n";

#[tokio::test]
async fn half_sent_requests_are_not_waited_for() {
    let server = start(quick()).await;
    for half in [
        "",
        "G",
        "GET /v1/hello HTTP/1.1\r\nhost: a\r\nx-half: ",
        "PRI * HTTP/2.0\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let answer = server.talk(half).await;
        assert!(!answer.contains("200 OK"), "{half:?}");
    }
    let mut stream = server.connect().await;
    stream.write_all(b"GET /v1/hello HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    read_until(&mut stream, "api_version").await;
    stream.write_all(b"GET /v1/hel").await.unwrap();
    assert!(!rest(&mut stream).await.contains("200 OK"));
}

#[tokio::test]
async fn a_header_sent_letter_by_letter_is_cut_off() {
    let server = start(quick()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /v1/hello HTTP/1.1\r\nx-slow: ").await.unwrap();
    let drip = async {
        while stream.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), drip).await.expect("the server listens to the drip");
}

#[tokio::test]
async fn silent_connections_are_closed() {
    let server = start(quick()).await;
    let answer = server.talk("GET /v1/hello HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn bodies_are_bounded_in_size_and_in_time() {
    let server = start(quick()).await;
    let post = "POST /v1/echo HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n";
    for (story, rest, status) in [
        ("announces too much", format!("content-length: 5000\r\n{CLOSE}"), "413"),
        ("sends less than announced", format!("content-length: 10\r\n{CLOSE}{{}}"), "408"),
        ("sends more than announced", format!("content-length: 2\r\n{CLOSE}{{}}{{}}{{}}"), "200"),
        ("announces no number", format!("content-length: ten\r\n{CLOSE}"), "400"),
        ("announces twice", format!("content-length: 2\r\ncontent-length: 3\r\n{CLOSE}{{}}"), "400"),
        ("chunks without end", format!("transfer-encoding: chunked\r\n{CLOSE}2\r\n{{}}\r\n"), "408"),
        ("chunks of nonsense", format!("transfer-encoding: chunked\r\n{CLOSE}zz\r\n"), "400"),
        (
            "chunks too much",
            format!("transfer-encoding: chunked\r\n{CLOSE}7d0\r\n{}\r\n0\r\n\r\n", "1".repeat(2000)),
            "413",
        ),
        ("nests", format!("content-length: 900\r\n{CLOSE}{}", "[".repeat(900)), "422"),
    ] {
        let answer = server.talk(format!("{post}{rest}")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{story}: {answer}");
    }
}

#[tokio::test]
async fn a_body_that_drips_within_the_idle_time_ends_at_the_total() {
    let server = start(quick()).await;
    let mut stream = server.connect().await;
    stream
        .write_all(format!("POST /v1/echo HTTP/1.1\r\nhost: a\r\ncontent-length: 900\r\n{CLOSE}\"").as_bytes())
        .await
        .unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let drip = tokio::spawn(async move {
        while writer.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    });
    let mut answer = [0; 12];
    tokio::time::timeout(Duration::from_secs(20), reader.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    drop(reader);
    drip.abort();
}

#[tokio::test]
async fn headers_are_bounded() {
    let server = start(quick()).await;
    let large = format!("GET /v1/hello HTTP/1.1\r\nhost: a\r\nx-large: {}\r\n{CLOSE}", "x".repeat(64 * 1024));
    assert!(server.talk(large).await.starts_with("HTTP/1.1 431"));
    let many = format!("GET /v1/hello HTTP/1.1\r\nhost: a\r\n{}{CLOSE}", "x: y\r\n".repeat(500));
    assert!(server.talk(many).await.starts_with("HTTP/1.1 431"));
}

#[tokio::test]
async fn http2_is_spoken_on_the_same_port() {
    let server = start(quick()).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let calls = (0..50).map(|_| client.get(server.url("/v1/hello")).send());
    for answer in futures::future::join_all(calls).await {
        let answer = answer.unwrap();
        assert_eq!((answer.version(), answer.status().as_u16()), (http::Version::HTTP_2, 200));
    }
    let head = client.head(server.url("/v1/hello")).send().await.unwrap();
    assert_eq!(head.status().as_u16(), 200);
}

#[tokio::test]
async fn the_address_of_the_client_is_known() {
    let server = start(quick()).await;
    let answer = server.talk(format!("GET /v1/ip HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 6.6.6.6\r\n{CLOSE}")).await;
    assert!(answer.contains(r#"{"data":"127.0.0.1","#), "{answer}");
}

#[tokio::test]
async fn a_stop_lets_a_stream_finish_and_accepts_nothing_new() {
    let server = start(quick()).await;
    let mut stream = server.connect().await;
    let mut idle = server.connect().await;
    stream.write_all(b"GET /v1/stream HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    read_until(&mut stream, "first").await;
    server.stop.cancel();
    assert_eq!(rest(&mut idle).await, "");
    assert!(!server.task.is_finished());
    let refused = async {
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), refused).await.unwrap();
    server.finish.send(true).unwrap();
    assert!(rest(&mut stream).await.contains("last"));
    assert_eq!(server.task.await.unwrap(), Stopped::Drained);
}

#[tokio::test]
async fn a_stop_also_finishes_http2_streams() {
    let server = start(quick()).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let mut events = client.get(server.url("/v1/stream")).send().await.unwrap().bytes_stream();
    assert!(events.next().await.unwrap().unwrap().starts_with(b"data: first"));
    server.stop.cancel();
    server.finish.send(true).unwrap();
    assert!(events.next().await.unwrap().unwrap().starts_with(b"data: last"));
    assert_eq!(server.task.await.unwrap(), Stopped::Drained);
}

#[tokio::test]
async fn what_does_not_finish_is_cut() {
    let server = start(Settings { drain: Duration::from_millis(50), ..quick() }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /v1/stream HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    read_until(&mut stream, "first").await;
    server.stop.cancel();
    assert_eq!(server.task.await.unwrap(), Stopped::Cut(1));
    assert!(!rest(&mut stream).await.contains("last"));
}

#[tokio::test]
async fn a_stream_may_be_silent_for_longer_than_any_connection() {
    let server = start(quick()).await;
    let mut stream = server.connect().await;
    stream.write_all(format!("GET /v1/stream HTTP/1.1\r\nhost: a\r\n{CLOSE}").as_bytes()).await.unwrap();
    read_until(&mut stream, "first").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.finish.send(true).unwrap();
    assert!(rest(&mut stream).await.contains("last"));
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_dropped() {
    let server = start(quick()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /v1/endless HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    server.stop.cancel();
    assert_eq!(tokio::time::timeout(Duration::from_secs(15), server.task).await.unwrap().unwrap(), Stopped::Drained);
}

#[tokio::test]
async fn an_http2_client_that_takes_nothing_is_dropped() {
    let server = start(quick()).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let _never_read = client.get(server.url("/v1/endless")).send().await.unwrap();
    server.stop.cancel();
    assert_eq!(tokio::time::timeout(Duration::from_secs(15), server.task).await.unwrap().unwrap(), Stopped::Drained);
}

#[tokio::test]
async fn a_client_that_leaves_stops_the_producer() {
    let server = start(quick()).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /v1/stream HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    read_until(&mut stream, "first").await;
    drop(stream);
    tokio::time::timeout(Duration::from_secs(20), server.left.notified()).await.unwrap();

    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let mut events = client.get(server.url("/v1/stream")).send().await.unwrap().bytes_stream();
    assert!(events.next().await.is_some());
    drop(events);
    tokio::time::timeout(Duration::from_secs(20), server.left.notified()).await.unwrap();
}

#[tokio::test]
async fn connections_above_the_limit_wait_for_a_place() {
    let server = start(Settings { max_connections: 1, idle_timeout: Duration::from_secs(30), ..quick() }).await;
    let mut first = server.connect().await;
    first.write_all(b"GET /v1/hello HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    read_until(&mut first, "api_version").await;
    let mut second = server.connect().await;
    second.write_all(format!("GET /v1/hello HTTP/1.1\r\nhost: a\r\n{CLOSE}").as_bytes()).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(200), second.read_u8()).await;
    assert!(early.is_err(), "served without a place");
    drop(first);
    assert!(rest(&mut second).await.contains("api_version"));
}

#[tokio::test]
async fn one_address_may_not_take_all_places() {
    let server = start(Settings { max_per_address: 1, ..quick() }).await;
    let mut first = server.connect().await;
    first.write_all(b"GET /v1/stream HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    read_until(&mut first, "first").await;
    let mut second = server.connect().await;
    assert_eq!(rest(&mut second).await, "");
}

#[tokio::test]
async fn a_socket_file_serves_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nexus.sock");
    let server = Server::bind(Settings { listen: Listen::Unix(path.clone()), ..quick() }).await.unwrap();
    let stop = CancellationToken::new();
    let router = Router::new().route("/v1/ip", get(|OpCtx(op): OpCtx| async move { Reply::ok(op.ip) }));
    let app = layers::wrap(router, layers::Settings::default(), Clock::system());
    let task = tokio::spawn(server.run(app, stop.clone()));
    let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    stream.write_all(format!("GET /v1/ip HTTP/1.1\r\nhost: a\r\n{CLOSE}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains(r#"{"data":null,"#), "{answer}");
    stop.cancel();
    assert_eq!(task.await.unwrap(), Stopped::Drained);
    assert!(!path.exists());
}
