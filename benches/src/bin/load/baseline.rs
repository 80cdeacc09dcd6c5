//! What the machine can do at best: a bare axum handler that makes one vector search and streams the same events.
//!
//! It has no authentication, no permissions, no conversation, no audit log and no resuming. Its search reads the same
//! passages of the same PostgreSQL, as a role that row-level security does not bind.

use std::{
    convert::Infallible,
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use axum::{
    Router,
    extract::State,
    response::sse::{Event, Sse},
    routing::post,
};
use futures::{Stream, stream};
use pgvector::HalfVector;
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::Failure;

/// As many passages as a corpus gives when nobody says otherwise.
const TOP_K: i64 = 5;
/// As many connections as the server has at most.
const CONNECTIONS: u32 = 20;
const WORDS: [&str; 5] = ["This ", "is ", "a ", "fake ", "response. "];

/// How the child is told what to do.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The database.
    #[arg(long, env = "NEXUS_LOAD_DATABASE")]
    database: String,
    /// The corpus.
    #[arg(long)]
    corpus: String,
}

/// The bare handler, running.
pub struct Baseline {
    child: Child,
    address: SocketAddr,
}

impl Baseline {
    /// Starts this program again as the bare handler.
    pub fn start(database: &str, corpus: &str) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["baseline", "--corpus", corpus])
            .env("NEXUS_LOAD_DATABASE", database)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        Ok(Self { address: line.trim().parse()?, child })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Stops it.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Baseline {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Bare {
    pool: PgPool,
    corpus: String,
    vectors: Vec<HalfVector>,
}

/// Runs as the bare handler until it is killed.
#[tokio::main]
pub async fn serve(args: Args) -> Result<(), Failure> {
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect(args.database.trim()).await?;
    let vectors: Vec<HalfVector> =
        sqlx::query_scalar("SELECT embedding FROM chunks WHERE corpus_id = $1 ORDER BY id LIMIT 64")
            .bind(&args.corpus)
            .fetch_all(&pool)
            .await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    let router =
        Router::new().route("/run", post(run)).with_state(Arc::new(Bare { pool, corpus: args.corpus, vectors }));
    Ok(axum::serve(listener, router).await?)
}

async fn run(
    State(bare): State<Arc<Bare>>,
    body: String,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, String> {
    let n: usize = body.trim().parse().map_err(|_| "not a number".to_owned())?;
    let vector = bare.vectors.get(n % bare.vectors.len().max(1)).ok_or("no vectors")?;
    let found: Vec<(i64, String, f64)> = sqlx::query_as(
        "SELECT id, text, 1 - (embedding <=> $2) AS cosine FROM chunks WHERE corpus_id = $1
         ORDER BY embedding <=> $2 LIMIT $3",
    )
    .bind(&bare.corpus)
    .bind(vector)
    .bind(TOP_K)
    .fetch_all(&bare.pool)
    .await
    .map_err(|e| e.to_string())?;
    let deltas = WORDS.map(|word| serde_json::json!({ "type": "token.delta", "data": { "delta": word } }));
    let text = WORDS.concat();
    let events =
        std::iter::once(serde_json::json!({ "type": "request.accepted", "data": { "passages": found.len() } }))
            .chain(deltas)
            .chain([
                serde_json::json!({ "type": "message.final", "data": { "text": text } }),
                serde_json::json!({ "type": "done", "data": {} }),
            ])
            .enumerate();
    let events: Vec<_> =
        events.map(|(seq, event)| Ok(Event::default().id(seq.to_string()).data(event.to_string()))).collect();
    Ok(Sse::new(stream::iter(events)))
}
