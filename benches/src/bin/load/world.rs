//! What the load works on: a tenant, a corpus, grants, and a reader who asks.

use std::{
    cell::RefCell,
    fmt::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use nexus_sdk::{
    client::Client,
    wire::{CreateCorpus, CreateGrant, DocumentStatus, Permission, PrincipalType, TextDocument},
};
use serde::{Deserialize, Serialize};
use sqlx::{Connection as _, PgConnection};

use crate::{
    Failure, process,
    server::Server,
    stats::number,
    text::{Random, text},
};

const CORPUS: &str = "load-corpus";
const READER: &str = "load-reader";
/// How many documents are taken in at once.
const TOGETHER: usize = 8;
/// How long the texts of one measurement may take to become searchable.
const SETTLING: Duration = Duration::from_mins(10);
/// Every fifth document has no grant for the reader: permission has something to keep out.
const HIDDEN_EVERY: usize = 5;

/// The credentials of the reader, and where it reads.
pub struct World {
    key: String,
    admin: String,
    questions: Vec<String>,
    loaded: Loaded,
    /// The text that was accepted last.
    newest: RefCell<Option<String>>,
}

/// What it took to make documents searchable.
#[derive(Debug, Clone, Serialize)]
pub struct Loaded {
    /// How many documents.
    documents: usize,
    /// How many passages they have.
    passages: u64,
    /// How long it took from the first to the last.
    seconds: f64,
    /// Processor time of the server.
    server_cpu_seconds: f64,
    /// Processor time of PostgreSQL.
    postgres_cpu_seconds: f64,
    /// By how much the database grew, its log apart.
    database_bytes: i64,
}

impl Loaded {
    /// One line for a report.
    pub fn line(&self) -> String {
        let each = 1000.0 / (number(self.documents.max(1)));
        format!(
            "Taking in {} documents of {} passages together, {TOGETHER} at a time, with a grant for four in five, took {:.1} s: \
             {:.1} documents a second until they are searchable; {:.1} ms of the server and {:.1} ms of PostgreSQL for each. The database grew by {:.1} KiB for each.",
            self.documents,
            self.passages,
            self.seconds,
            number(self.documents) / self.seconds,
            self.server_cpu_seconds * each,
            self.postgres_cpu_seconds * each,
            number(self.database_bytes / 1024) / number(self.documents.max(1)),
        )
    }
}

#[derive(Deserialize)]
struct MadeKey {
    api_key: String,
}

impl World {
    /// As many tenants as that, each with everything of its own.
    pub async fn several(
        server: &Server,
        program: &Path,
        tenants: usize,
        documents: usize,
    ) -> Result<Vec<Self>, Failure> {
        let mut worlds = Vec::new();
        for n in 0..tenants {
            worlds.push(Self::make(server, program, &format!("load-{n}"), documents).await?);
        }
        Ok(worlds)
    }

    /// Makes tenant, keys, corpus, documents and grants, and waits until all is searchable.
    pub async fn make(server: &Server, program: &Path, tenant: &str, documents: usize) -> Result<Self, Failure> {
        let admin = make_key(server, program, tenant, "admin", "load-admin")?;
        let key = make_key(server, program, tenant, "reader", READER)?;
        let client = client(server, &admin)?;
        let corpus = CreateCorpus { id: Some(CORPUS.into()), name: "Load".into(), provider_config_json: None };
        client.corpora().create(&corpus).await?;
        let cpu = || Ok::<_, Failure>((process::cpu_seconds(server.pid()), process::cpu_seconds_below(server.pid())?));
        let bytes = database_bytes(server).await?;
        let (begun, before) = (Instant::now(), cpu()?);
        let added = stream::iter((0..documents).map(|n| add_document(&client, n))).buffer_unordered(TOGETHER);
        let passages = added.try_fold(0, async |sum, chunks| Ok(sum + chunks)).await?;
        let after = cpu()?;
        let loaded = Loaded {
            documents,
            passages,
            seconds: begun.elapsed().as_secs_f64(),
            server_cpu_seconds: after.0 - before.0,
            postgres_cpu_seconds: after.1 - before.1,
            database_bytes: database_bytes(server).await? - bytes,
        };
        let hidden = documents.div_ceil(HIDDEN_EVERY);
        eprintln!("{tenant}: {documents} documents, {passages} passages, {hidden} without a grant for the reader");
        let mut random = Random(7);
        let questions = (0..64).map(|_| format!("How does the {} work?", random.words(4))).collect();
        Ok(Self { key, admin, questions, loaded, newest: RefCell::default() })
    }

    /// What making it took.
    pub fn loaded(&self) -> Loaded {
        self.loaded.clone()
    }

    /// Waits until the text that was accepted last is searchable, and so are those before it.
    pub async fn settled(&self, server: &Server) -> Result<Duration, Failure> {
        let begun = Instant::now();
        let Some(newest) = self.newest.borrow().clone() else { return Ok(Duration::ZERO) };
        client(server, &self.admin)?.documents().wait(&newest, SETTLING).await?;
        Ok(begun.elapsed())
    }

    /// The corpus.
    #[allow(clippy::unused_self, reason = "a world without its making has no corpus")]
    pub fn corpus(&self) -> &'static str {
        CORPUS
    }

    /// A question to the server.
    pub fn run(&self, session: &str, n: usize) -> Vec<u8> {
        let body = serde_json::json!({ "session_id": session, "corpus_id": CORPUS, "message": self.question(n) });
        self.request("POST", "/v1/run", &body.to_string())
    }

    /// The passages for a question, without an answer.
    pub fn search(&self, n: usize) -> Vec<u8> {
        let body = serde_json::json!({ "query": self.question(n) });
        self.request("POST", &format!("/v1/corpora/{CORPUS}/search"), &body.to_string())
    }

    /// A question to the bare handler, which takes a number.
    pub fn bare(&self, n: usize) -> Vec<u8> {
        self.request("POST", "/run", &n.to_string())
    }

    /// A request without a body.
    pub fn get(&self, path: &str) -> Vec<u8> {
        self.request("GET", path, "")
    }

    /// A text of one passage, under a name of its own.
    pub fn ingest(&self, measurement: &str, connection: usize, n: usize) -> Vec<u8> {
        let id = format!("{measurement}-{connection}-{n}");
        let mut random = Random(n as u64 + 1_000_003);
        let text = format!("# Note {id}\n\nThe {} follows the {}.\n", random.words(24), random.words(24));
        let body = serde_json::json!({ "corpus_id": CORPUS, "document_id": id, "text": text });
        *self.newest.borrow_mut() = Some(id);
        Self::request_as(&self.admin, "POST", "/v1/documents/text", &body.to_string())
    }

    fn question(&self, n: usize) -> &str {
        self.questions.get(n % self.questions.len().max(1)).map_or("", String::as_str)
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        Self::request_as(&self.key, method, path, body)
    }

    fn request_as(key: &str, method: &str, path: &str, body: &str) -> Vec<u8> {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: load\r\nauthorization: Bearer {key}\r\n");
        if !body.is_empty() {
            let _ = write!(text, "content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        }
        text.push_str("\r\n");
        text.push_str(body);
        text.into_bytes()
    }
}

fn client(server: &Server, key: &str) -> Result<Client, Failure> {
    Ok(Client::builder().base_url(format!("http://{}", server.address())).api_key(key).build()?)
}

fn make_key(server: &Server, program: &Path, tenant: &str, role: &str, user: &str) -> Result<String, Failure> {
    let mut command = server.command(program);
    command.args(["--json", "keys", "create", "--tenant", tenant, "--role", role, "--user-id", user]);
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("nexus keys create: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice::<MadeKey>(&output.stdout)?.api_key)
}

async fn database_bytes(server: &Server) -> Result<i64, Failure> {
    let mut connection = PgConnection::connect(server.database_url()?.trim()).await?;
    let bytes = sqlx::query_scalar("SELECT pg_database_size(current_database())").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(bytes)
}

async fn add_document(client: &Client, n: usize) -> Result<u64, Failure> {
    let id = format!("load-doc-{n:03}");
    let document = TextDocument {
        corpus_id: CORPUS.into(),
        text: text(n),
        document_id: Some(id.clone()),
        filename: Some(format!("{id}.md")),
        metadata_json: None,
        chunk_size_chars: None,
        chunk_overlap_chars: None,
        overwrite: false,
    };
    client.documents().ingest_text(&document).await?;
    let done = client.documents().wait(&id, Duration::from_mins(1)).await?;
    if done.status != DocumentStatus::Succeeded {
        return Err(format!("{id}: {:?}", done.failure_reason).into());
    }
    if !n.is_multiple_of(HIDDEN_EVERY) {
        let (principal_type, principal_id) =
            if n.is_multiple_of(2) { (PrincipalType::User, READER) } else { (PrincipalType::Role, "reader") };
        let grant = CreateGrant {
            principal_type,
            principal_id: principal_id.into(),
            permission: Permission::Read,
            expires_at: None,
        };
        client.grants(&id).create(&grant).await?;
    }
    Ok(done.num_chunks.unwrap_or_default())
}
