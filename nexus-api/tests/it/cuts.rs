//! The Rust client against a connection that breaks anywhere: nothing is lost, nothing comes twice, nothing is paid twice.

use std::{net::SocketAddr, time::Duration};

use futures::StreamExt as _;
use nexus_core::principal::Role;
use nexus_sdk::{
    Client,
    client::RetryPolicy,
    wire::{RunEvent, RunEventData, RunRequest},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
};

use crate::harness::{Dice, Model, TestApp, cases};

/// A way to `server` whose connections break after so many bytes of the answer, one after the other; later ones hold.
async fn way(server: SocketAddr, cuts: Vec<usize>) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut cuts = cuts.into_iter();
    let accepting = tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let left = cuts.next().unwrap_or(usize::MAX);
            tokio::spawn(pass(client, TcpStream::connect(server).await.unwrap(), left));
        }
    });
    (address, accepting)
}

async fn pass(client: TcpStream, server: TcpStream, mut left: usize) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let asking = tokio::spawn(async move { copy(&mut from_client, &mut to_server).await });
    let mut piece = vec![0; 4096];
    while left > 0 {
        let Ok(read @ 1..) = from_server.read(&mut piece).await else { break };
        let told = read.min(left);
        if to_client.write_all(&piece[..told]).await.is_err() {
            break;
        }
        left -= told;
    }
    asking.abort();
}

async fn read(client: &Client, session: String) -> Vec<RunEvent> {
    let (corpus_id, message) = ("c1".into(), "Who?".into());
    let request = RunRequest { session_id: session, corpus_id, message, ..RunRequest::default() };
    client.run(request).map(|event| event.unwrap()).collect().await
}

#[tokio::test]
async fn a_stream_that_is_cut_anywhere_is_whole() {
    let app = TestApp::plan().model(Model::Fake).settings(|s| s.replay.grace = Duration::from_secs(10)).start().await;
    let editor = app.tenant("t1").await.key(Role::Editor).await;
    editor.corpus("c1").await;
    let cases = cases(25);
    let mut dice = Dice(7);
    let mut below = |sides| usize::try_from(dice.roll(sides)).unwrap();
    for case in 0..cases {
        // A head of about a kilobyte, and then the events.
        let cuts: Vec<_> = (0..=below(3)).map(|_| 1 + below(3000)).collect();
        let (address, accepting) = way(app.address, cuts.clone()).await;
        let retry = RetryPolicy { max_attempts: 6, base: Duration::from_millis(2), ..RetryPolicy::default() };
        let client = Client::builder().base_url(format!("http://{address}")).retry(retry);
        let client = client.api_key(editor.token.clone().unwrap()).build().unwrap();
        let events = read(&client, format!("s{case}")).await;
        accepting.abort();

        assert!(events.iter().zip(1..).all(|(event, seq)| event.seq == seq), "case {case}, {cuts:?}: {events:?}");
        let said: String = events
            .iter()
            .filter_map(|event| match &event.data {
                RunEventData::TokenDelta(piece) => Some(piece.delta.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(said, "This is a fake response. ", "case {case}, {cuts:?}: {events:?}");
        assert!(matches!(events.last().map(|event| &event.data), Some(RunEventData::Done(_))), "case {case}, {cuts:?}");
    }
    assert_eq!(app.prompts().len(), cases, "no question was answered twice");
    app.finish().await;
}
