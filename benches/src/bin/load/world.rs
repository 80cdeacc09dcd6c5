//! What the load works on: a tenant, a corpus, grants, and a reader who asks.

use std::{fmt::Write as _, path::Path, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use nexus_sdk::{
    client::Client,
    wire::{CreateCorpus, CreateGrant, DocumentStatus, Permission, PrincipalType, TextDocument},
};
use serde::Deserialize;

use crate::{Failure, server::Server};

const TENANT: &str = "load";
const CORPUS: &str = "load-corpus";
const READER: &str = "load-reader";
/// How many documents are taken in at once.
const TOGETHER: usize = 8;
/// Every fifth document has no grant for the reader: permission has something to keep out.
const HIDDEN_EVERY: usize = 5;
const PARAGRAPHS: usize = 14;
/// How many words there are. Their frequencies follow Zipf's law, as those of a language do.
const VOCABULARY: f64 = 4096.0;
const SYLLABLES: [&str; 16] =
    ["ba", "cel", "dor", "fin", "gra", "hul", "jo", "kan", "lim", "mer", "nov", "pas", "rin", "sol", "tev", "wun"];

/// The most frequent words are those that a search leaves out, as in a language.
const STOP_WORDS: [&str; 32] = [
    "", "the", "of", "and", "to", "a", "in", "is", "that", "for", "it", "as", "was", "with", "be", "by", "on", "not",
    "are", "this", "or", "at", "but", "an", "they", "will", "their", "there", "if", "into", "these", "such",
];

/// The credentials of the reader, and where it reads.
pub struct World {
    key: String,
    questions: Vec<String>,
}

#[derive(Deserialize)]
struct MadeKey {
    api_key: String,
}

impl World {
    /// Makes tenant, keys, corpus, documents and grants, and waits until all is searchable.
    pub async fn make(server: &Server, program: &Path, documents: usize) -> Result<Self, Failure> {
        let admin = make_key(server, program, "admin", "load-admin")?;
        let key = make_key(server, program, "reader", READER)?;
        let client = Client::builder().base_url(format!("http://{}", server.address())).api_key(admin).build()?;
        let corpus = CreateCorpus { id: Some(CORPUS.into()), name: "Load".into(), provider_config_json: None };
        client.corpora().create(&corpus).await?;
        let added = stream::iter((0..documents).map(|n| add_document(&client, n))).buffer_unordered(TOGETHER);
        let chunks = added.try_fold(0, async |sum, chunks| Ok(sum + chunks)).await?;
        let hidden = documents.div_ceil(HIDDEN_EVERY);
        eprintln!(
            "corpus: {documents} documents, {chunks} passages, {hidden} documents without a grant for the reader"
        );
        let mut random = Random(7);
        let questions = (0..64).map(|_| format!("How does the {} work?", random.words(4))).collect();
        Ok(Self { key, questions })
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

    fn question(&self, n: usize) -> &str {
        self.questions.get(n % self.questions.len().max(1)).map_or("", String::as_str)
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: load\r\nauthorization: Bearer {}\r\n", self.key);
        if !body.is_empty() {
            let _ = write!(text, "content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        }
        text.push_str("\r\n");
        text.push_str(body);
        text.into_bytes()
    }
}

fn make_key(server: &Server, program: &Path, role: &str, user: &str) -> Result<String, Failure> {
    let mut command = server.command(program);
    command.args(["--json", "keys", "create", "--tenant", TENANT, "--role", role, "--user-id", user]);
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("nexus keys create: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice::<MadeKey>(&output.stdout)?.api_key)
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

/// A text with headings and sentences; the same for the same number.
fn text(n: usize) -> String {
    let mut random = Random(n as u64 + 1);
    let mut text = format!("# Document {n}\n\n");
    for paragraph in 0..PARAGRAPHS {
        if paragraph % 4 == 0 {
            let _ = write!(text, "## About {}\n\n", random.words(2));
        }
        for _ in 0..8 {
            let _ = write!(text, "The {} follows the {}. ", random.words(4), random.words(3));
        }
        text.push_str("\n\n");
    }
    text
}

/// A sequence that is the same every time (splitmix64, Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    /// A word whose rank is distributed log-uniformly: the n-th word comes up as often as 1/n.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "ranks are small"
    )]
    fn word(&mut self) -> String {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let rank = VOCABULARY.powf(uniform) as usize;
        if let Some(word) = STOP_WORDS.get(rank) {
            return (*word).to_owned();
        }
        [rank >> 8, rank >> 4, rank].into_iter().filter_map(|digit| SYLLABLES.get(digit & 15)).copied().collect()
    }
}
