//! Connections that break, and streams that go on where they broke.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use nexus_sdk::wire::RunRequest;

use crate::harness::{Frame, Home, Http, Proxy, Server, Upstream, rounds, server, wire::check_whole};

const FACTS: &str = "The reactor hall is cooled by seawater. The pumps are inspected every Tuesday. \
    The inspector is called Ondine. Spare seals are kept in locker nine. Alarms ring in the north tower.";

async fn serve(model: &str, delay: &str) -> (Home, Server, String) {
    let home = Home::new()
        .await
        .with("LLM_PROVIDER", model)
        .with("LLM_FAKE_DELAY_MS", delay)
        .with("RUN_SSE_HEARTBEAT_S", "1")
        .with("RUN_RESUME_GRACE_MS", "10000");
    let key = home.key("t", "admin", "u");
    let server = home.start(&[]).await;
    let client = server.client(&key);
    server::corpus(&client).await;
    client.documents().ingest_text(&server::text("d", FACTS)).await.unwrap();
    client.documents().wait("d", Duration::from_secs(30)).await.unwrap();
    (home, server, key)
}

/// Asks through a network that breaks, and goes on with `Last-Event-ID` until `done`.
async fn ask_by_hand(http: &Http, n: usize) -> Vec<Frame> {
    let id = format!("by-hand-{n}");
    let mut frames: Vec<Frame> = Vec::new();
    for attempt in 0..500 {
        let last = frames.len().to_string();
        let again = [("X-Run-Id", id.as_str()), ("Last-Event-ID", last.as_str())];
        let first = [("X-Request-Id", id.as_str())];
        let headers: &[(&str, &str)] = if attempt == 0 { &first } else { &again };
        let Ok(mut events) = http.run("hand", "Who inspects the pumps?", headers).await else { continue };
        while let Some(frame) = events.next().await {
            frames.push(frame);
        }
        if frames.last().is_some_and(|f| f.kind() == "done") {
            return frames;
        }
    }
    panic!("never done: {frames:?}")
}

/// The same by the client library.
async fn ask_by_sdk(http: &Http, n: usize) -> Vec<Frame> {
    let request = RunRequest {
        session_id: format!("sdk-{n}"),
        corpus_id: "c".to_owned(),
        message: "Who inspects the pumps?".to_owned(),
        ..RunRequest::default()
    };
    let events: Vec<_> = server::client(http.address, &http.key).run(request).collect().await;
    let events = events.into_iter().map(|event| event.unwrap());
    events.map(|event| Frame { id: event.seq, data: serde_json::to_value(&event).unwrap() }).collect()
}

async fn torn(model: &str, delay: &str, runs: usize, within: u64) {
    let (_home, server, key) = serve(model, delay).await;
    let proxy = Arc::new(Proxy::to(Upstream::Tcp(server.address)).await);
    proxy.cut_within(within);
    let through = Http { address: proxy.address, key: key.clone() };
    let before = server.metric("nexusrag_runs_total").await;
    let whole = server.http(&key).ask("Who inspects the pumps?").await;
    let expected = check_whole(&whole);
    let asked = futures::stream::iter(0..runs).map(|n| {
        let through = through.clone();
        async move { if n % 2 == 0 { ask_by_hand(&through, n).await } else { ask_by_sdk(&through, n).await } }
    });
    let answers: Vec<Vec<Frame>> = asked.buffer_unordered(8).collect().await;
    for frames in &answers {
        assert_eq!(check_whole(frames), expected);
    }
    let ran = server.metric("nexusrag_runs_total").await - before;
    println!(
        "resume {model}: {runs} runs, {} cuts, {} events whole",
        proxy.cuts(),
        answers.iter().map(Vec::len).sum::<usize>()
    );
    assert_eq!(ran, (runs + 1) as f64, "no question was answered twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_answer_arrives_whole_over_a_network_that_breaks() {
    torn("fake", "60", rounds(10), 1600).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quick_answer_arrives_whole_over_a_network_that_breaks() {
    torn("extractive", "0", rounds(10), 4000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_resumed_by_nobody_else() {
    let (home, server, key) = serve("fake", "30").await;
    let strangers = [("t", "admin", "u2"), ("t", "admin", "u"), ("t2", "admin", "u")];
    let strangers = strangers.map(|(tenant, role, user)| home.key(tenant, role, user));
    let question = "Who inspects the pumps?";
    let mut mine = server.http(&key).run("s", question, &[("X-Request-Id", "mine")]).await.unwrap();
    mine.next().await.unwrap();
    for stranger in &strangers {
        let headers = [("X-Run-Id", "mine"), ("Last-Event-ID", "1")];
        let frames = server.http(stranger).run("s", question, &headers).await.unwrap().rest().await;
        let kinds: Vec<&str> = frames.iter().map(Frame::kind).collect();
        assert_eq!(kinds, ["resume.unsupported", "done"]);
    }
    // Whoever asked gets it, and only for the question that was asked.
    let headers = [("X-Run-Id", "mine"), ("Last-Event-ID", "1")];
    let other = server.http(&key).run("s", "Another question?", &headers).await.unwrap().rest().await;
    assert_eq!(other[0].kind(), "resume.unsupported");
    let mut frames = vec![Frame { id: 1, data: serde_json::json!({ "type": "request.accepted", "seq": 1 }) }];
    frames.extend(server.http(&key).run("s", question, &headers).await.unwrap().rest().await);
    check_whole(&frames);
    drop(mine);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_from_the_future_cannot_be_resumed() {
    let (_home, server, key) = serve("fake", "0").await;
    let http = server.http(&key);
    check_whole(&http.run("s", "Well?", &[("X-Request-Id", "r")]).await.unwrap().rest().await);
    for last in ["9999", "-1", "x", "18446744073709551616"] {
        let frames = http.run("s", "Well?", &[("Last-Event-ID", last)]).await.unwrap().rest().await;
        assert_eq!(frames[0].kind(), "resume.unsupported", "{last}");
    }
}
