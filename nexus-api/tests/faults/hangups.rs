//! Clients that leave, and clients that stay without reading.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, body::Body, extract::State, response::Response, routing::post};
use serde_json::json;
use tokio::net::TcpListener;

use crate::harness::{Home, Server, chance, rounds, server, spread, until};

/// A model endpoint that never stops talking, and remembers when its connections were closed, by the mark in the question.
#[derive(Clone, Default)]
struct Talker {
    pause: Duration,
    word: Arc<str>,
    seen: Arc<Mutex<HashMap<String, Option<Instant>>>>,
}

struct Connection {
    talker: Talker,
    mark: String,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.talker.seen.lock().unwrap().insert(self.mark.clone(), Some(Instant::now()));
    }
}

async fn talk(State(talker): State<Talker>, body: String) -> Response {
    let mark = body.split("mark-").last().unwrap().split('-').next().unwrap().to_owned();
    talker.seen.lock().unwrap().insert(mark.clone(), None);
    let connection = Connection { talker: talker.clone(), mark };
    let words = async_stream::stream! {
        let _connection = connection;
        loop {
            tokio::time::sleep(talker.pause).await;
            let piece = json!({ "choices": [{ "index": 0, "delta": { "content": &*talker.word } }] });
            yield Ok::<_, Infallible>(format!("data: {piece}\n\n"));
        }
    };
    Response::builder().header("content-type", "text/event-stream").body(Body::from_stream(words)).unwrap()
}

impl Talker {
    async fn start(self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/v1/chat/completions", post(talk)).with_state(self);
        tokio::spawn(async move { axum::serve(listener, app).await });
        address
    }

    fn open(&self) -> usize {
        self.seen.lock().unwrap().values().filter(|closed| closed.is_none()).count()
    }
}

async fn serve(talker: &Talker, more: &[(&str, &str)]) -> (Home, Server, String) {
    let address = talker.clone().start().await;
    let mut home = Home::new()
        .await
        .with("LLM_PROVIDER", "openai")
        .with("OPENAI_BASE_URL", &format!("http://{address}/v1"))
        .with("RUN_MAX_OUTPUT_TOKENS", "100000")
        .with("LLM_MAX_OUTPUT_TOKENS", "65536");
    for (name, value) in more {
        home = home.with(name, value);
    }
    let key = home.key("t", "admin", "u");
    let server = home.start(&[]).await;
    server::corpus(&server.client(&key)).await;
    (home, server, key)
}

async fn nothing_in_flight(server: &Server) {
    for gauge in ["nexusrag_runs_in_flight", "nexusrag_streams_in_flight"] {
        until(&format!("{gauge} is 0"), 20, || async { server.metric(gauge).await == 0.0 }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_stops_the_model() {
    let talker = Talker { pause: Duration::from_millis(50), word: "word ".into(), ..Talker::default() };
    let (_home, server, key) = serve(&talker, &[("RUN_MAX_CONCURRENCY", "20")]).await;
    let left: Arc<Mutex<HashMap<String, Instant>>> = Arc::default();
    let total = rounds(20);
    for first in (0..total).step_by(10) {
        let wave = (first..total.min(first + 10)).map(|n| {
            let (http, left) = (server.http(&key), Arc::clone(&left));
            async move {
                let run = http.run(&format!("s{n}"), &format!("mark-{n}- and then?"), &[]).await.unwrap();
                let mut run = run;
                let stay = Duration::from_millis(chance(900));
                let _ = tokio::time::timeout(stay, async { while run.next().await.is_some() {} }).await;
                run.hang_up(n % 2 == 0);
                left.lock().unwrap().insert(n.to_string(), Instant::now());
            }
        });
        futures::future::join_all(wave).await;
    }
    until("the model is told of every hang-up", 20, || async { talker.open() == 0 }).await;
    nothing_in_flight(&server).await;
    let seen = talker.seen.lock().unwrap();
    let lag = |(mark, closed): (&String, &Option<Instant>)| {
        closed.unwrap().saturating_duration_since(left.lock().unwrap()[mark])
    };
    let lags: Vec<Duration> = seen.iter().map(lag).collect();
    println!(
        "hang-ups: {total} streams, {} reached the model; it heard of the hang-up after {}",
        seen.len(),
        spread(lags)
    );
    drop(seen);
    // Every place was given back: as many as there are can be taken at once.
    let mut again = Vec::new();
    for n in 0..15 {
        let mut run = server.http(&key).run(&format!("a{n}"), &format!("mark-again{n}- ?"), &[]).await.unwrap();
        assert_eq!(run.next().await.expect("a place").kind(), "request.accepted", "{}", run.head);
        again.push(run);
    }
    drop(again);
    nothing_in_flight(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_never_read_cost_little_and_are_dropped() {
    let talker = Talker { pause: Duration::ZERO, word: "x".repeat(1000).into(), ..Talker::default() };
    let (_home, server, key) = serve(&talker, &[("HTTP_WRITE_TIMEOUT_MS", "1500")]).await;
    let before = server.memory();
    let mut stalled = Vec::new();
    for n in 0..rounds(20).min(100) {
        stalled.push(server.http(&key).run(&format!("s{n}"), &format!("mark-{n}- ?"), &[]).await.unwrap());
    }
    until("the model is not heard any more", 60, || async { talker.open() == 0 }).await;
    nothing_in_flight(&server).await;
    let grown = server.memory().saturating_sub(before);
    println!("stalled clients: {}, memory grew by {:.1} MB", stalled.len(), grown as f64 / 1e6);
    // An answer has at most 400,000 characters, which are buffered once.
    assert!(grown < 3_000_000 * stalled.len() as u64, "{grown}");
    until("their connections are closed", 20, || async { server.metric("nexusrag_http_connections").await <= 1.0 })
        .await;
}
