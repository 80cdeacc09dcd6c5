//! Ways to the database through somebody who counts how often it is waited for, or who leaves something out.

#![allow(clippy::unwrap_used, reason = "test support: a test cannot go on without its database")]

use std::{
    str::FromStr as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use secrecy::ExposeSecret as _;
use sqlx::postgres::PgConnectOptions;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UnixStream},
};

use super::TestDb;

/// A way to the database that counts what the server is asked to do and to answer.
///
/// # Panics
/// When the database cannot be reached: a test cannot go on without it.
pub async fn counted(database: &TestDb) -> (String, Arc<AtomicUsize>) {
    through(database, |start| start).await
}

/// A way to the database that leaves start-up options out, as a pooler may.
///
/// # Panics
/// When the database cannot be reached: a test cannot go on without it.
pub async fn without_options(database: &TestDb) -> String {
    let (url, _) = through(database, |start| {
        // The version, and then names and values, each with a zero at its end.
        let (version, rest) = start.split_at(4);
        let words: Vec<_> = rest.split(|byte| *byte == 0).collect();
        let kept = words
            .chunks_exact(2)
            .filter(|pair| pair.first().is_some_and(|name| !name.is_empty() && *name != b"options"));
        let kept = kept.flatten().flat_map(|word| word.iter().copied().chain([0]));
        version.iter().copied().chain(kept).chain([0]).collect()
    })
    .await;
    url
}

/// What the server is told at the start of a connection.
type Start = fn(Vec<u8>) -> Vec<u8>;

async fn through(database: &TestDb, start: Start) -> (String, Arc<AtomicUsize>) {
    let url = database.url.expose_secret();
    let direct = PgConnectOptions::from_str(url).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let user = url.split_once('@').unwrap().0;
    let through = format!("{user}@127.0.0.1:{port}/{}?sslmode=disable", direct.get_database().unwrap());
    let waits = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&waits);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let counter = Arc::clone(&counter);
            if let Some(folder) = direct.get_socket() {
                let path = folder.join(format!(".s.PGSQL.{}", direct.get_port()));
                tokio::spawn(forward(client, UnixStream::connect(path).await.unwrap(), (counter, start)));
            } else {
                let address = (direct.get_host(), direct.get_port());
                tokio::spawn(forward(client, TcpStream::connect(address).await.unwrap(), (counter, start)));
            }
        }
    });
    (through, waits)
}

async fn forward<S>(client: TcpStream, server: S, (waits, start): (Arc<AtomicUsize>, Start))
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let asking = async {
        // The first message has no type.
        let mut kind = None;
        loop {
            let Ok(length) = from_client.read_u32().await else { return };
            let mut body = vec![0; length as usize - 4];
            from_client.read_exact(&mut body).await.unwrap();
            // A simple query, or the execution of a prepared statement.
            if matches!(kind, Some(b'Q' | b'E')) {
                waits.fetch_add(1, Ordering::SeqCst);
            }
            if kind.is_none() {
                body = start(body);
            }
            let length = u32::try_from(body.len()).unwrap() + 4;
            let mut message: Vec<u8> = kind.into_iter().collect();
            message.extend(length.to_be_bytes());
            message.extend(body);
            to_server.write_all(&message).await.unwrap();
            let Ok(next) = from_client.read_u8().await else { return };
            kind = Some(next);
        }
    };
    let answering = tokio::io::copy(&mut from_server, &mut to_client);
    tokio::select! {
        () = asking => {}
        _ = answering => {}
    }
}
