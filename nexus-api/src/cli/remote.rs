//! `corpus`, `ingest`, `ask` and `health`: commands that talk to a server, like any client.

use std::{
    collections::VecDeque,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Subcommand};
use futures::{StreamExt as _, TryStreamExt as _, pin_mut, stream};
use indicatif::{ProgressBar, ProgressStyle};
use nexus_sdk::{
    client::{Client, Upload},
    wire::{Citation, CreateCorpus, Document, DocumentStatus, RunEventData, RunRequest},
};
use secrecy::SecretString;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Failure, Output};

/// How many files are on their way at once.
const IN_FLIGHT: usize = 4;
/// How many files one command takes.
const MAX_FILES: usize = 100_000;
/// How long one document may take.
const PATIENCE: Duration = Duration::from_mins(30);

/// Which server, as whom.
#[derive(Debug, Clone, Args)]
pub(super) struct ServerArgs {
    /// The server.
    #[arg(long, env = "NEXUS_URL", default_value = "http://127.0.0.1:8000")]
    url: String,
    /// The API key; better given by the environment, where other users do not see it.
    #[arg(long, env = "NEXUS_API_KEY", hide_env_values = true)]
    api_key: Option<SecretString>,
}

impl ServerArgs {
    pub(super) fn new(url: String, api_key: &str) -> Self {
        Self { url, api_key: Some(api_key.to_owned().into()) }
    }

    fn client(&self) -> Result<Client, Failure> {
        let key = self.api_key.clone().ok_or_else(|| Failure::Failed("NEXUS_API_KEY is not set".into()))?;
        Client::builder().base_url(&self.url).api_key(key).build().map_err(Failure::from_error)
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum CorpusCommand {
    /// Makes a corpus.
    Create {
        /// Its id; chosen by the server otherwise.
        id: Option<String>,
        /// Its name; the id otherwise.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Lists the corpora.
    List {
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Shows a corpus.
    Get {
        /// Its id.
        id: String,
        #[command(flatten)]
        server: ServerArgs,
    },
    /// Deletes a corpus without documents.
    Delete {
        /// Its id.
        id: String,
        #[command(flatten)]
        server: ServerArgs,
    },
}

#[derive(Debug, Args)]
pub(super) struct IngestArgs {
    /// Files and folders: .txt, .md, .markdown and .json with a text field.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The corpus; it is made if it is not there.
    #[arg(long)]
    corpus: String,
    /// Replaces documents that are there; otherwise they stay as they are.
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Args)]
pub(super) struct AskArgs {
    /// The question.
    question: String,
    /// The corpus.
    #[arg(long)]
    corpus: String,
    /// The conversation; a new one otherwise.
    #[arg(long)]
    session: Option<String>,
    /// How many passages.
    #[arg(long)]
    top_k: Option<u32>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn health(args: ServerArgs, out: Output) -> Result<(), Failure> {
    let ready = async {
        let url = format!("{}/v1/readyz", args.url.trim_end_matches('/'));
        let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
        Ok::<_, reqwest::Error>(http.get(url).send().await?.status().is_success())
    };
    match ready.await {
        Ok(true) => out.result(&json!({ "ready": true }), || "ready".to_owned()),
        Ok(false) => Err(Failure::Negative(format!("{} is not ready", args.url))),
        Err(error) => Err(Failure::Negative(format!("{} does not answer: {}", args.url, error.without_url()))),
    }
}

pub(super) async fn corpus(command: CorpusCommand, out: Output) -> Result<(), Failure> {
    match command {
        CorpusCommand::Create { id, name, server } => {
            let name = name.or_else(|| id.clone()).unwrap_or_else(|| "corpus".to_owned());
            let request = CreateCorpus { id, name, provider_config_json: None };
            let made = server.client()?.corpora().create(&request).await.map_err(Failure::from_error)?;
            out.result(&made, || format!("made the corpus {}", made.id))
        }
        CorpusCommand::List { server } => {
            let client = server.client()?;
            let corpora = client.corpora().list();
            pin_mut!(corpora);
            while let Some(corpus) = corpora.try_next().await.map_err(Failure::from_error)? {
                out.result(&corpus, || format!("{}\t{}\t{}", corpus.id, corpus.name, corpus.embedding_model))?;
            }
            Ok(())
        }
        CorpusCommand::Get { id, server } => {
            let found = server.client()?.corpora().get(&id).await.map_err(Failure::from_error)?;
            out.result(&found, || serde_json::to_string_pretty(&found).unwrap_or_default())
        }
        CorpusCommand::Delete { id, server } => {
            server.client()?.corpora().delete(&id).await.map_err(Failure::from_error)?;
            out.result(&json!({ "deleted": id }), || format!("deleted the corpus {id}"))
        }
    }
}

pub(super) async fn ingest(args: IngestArgs, out: Output) -> Result<(), Failure> {
    let client = args.server.client()?;
    let files = find_files(&args.paths)?;
    if files.is_empty() {
        return Err(Failure::Failed(
            "there is no file of a type that is read here (.txt, .md, .markdown, .json)".into(),
        ));
    }
    ensure_corpus(&client, &args.corpus).await?;
    let bar = progress(out, files.len());
    let mut results = stream::iter(files)
        .map(|file| {
            let (client, corpus) = (client.clone(), args.corpus.clone());
            async move {
                let done = ingest_file(&client, &corpus, &file, args.overwrite).await;
                (file, done)
            }
        })
        .buffer_unordered(IN_FLIGHT);
    let mut failed = 0_usize;
    while let Some((file, done)) = results.next().await {
        bar.inc(1);
        let (status, detail) = match &done {
            Ok(document) if document.status == DocumentStatus::Succeeded => {
                ("succeeded", format!("{} chunks", document.num_chunks.unwrap_or_default()))
            }
            Ok(document) => ("failed", document.failure_reason.clone().unwrap_or_default()),
            Err(Failure::Failed(why) | Failure::Negative(why)) => ("failed", why.clone()),
        };
        failed += usize::from(status == "failed");
        let id = done.ok().map(|d| d.id);
        let value = json!({ "path": file.path, "document_id": id, "status": status, "detail": detail });
        bar.suspend(|| out.result(&value, || format!("{status:<9} {} ({detail})", file.path.display())))?;
    }
    bar.finish_and_clear();
    if failed == 0 { Ok(()) } else { Err(Failure::Failed(format!("{failed} files were not ingested"))) }
}

pub(super) async fn ask(args: AskArgs, out: Output) -> Result<(), Failure> {
    let client = args.server.client()?;
    let session = args.session.unwrap_or_else(|| format!("cli-{}", nexus_core::id::fresh()));
    let request = RunRequest {
        session_id: session,
        corpus_id: args.corpus,
        message: args.question,
        top_k: args.top_k,
        audio: false,
    };
    let answered = ask_with(&client, request, out).await?;
    if answered { Ok(()) } else { Err(Failure::Negative("no document that you can read supports an answer".into())) }
}

/// Asks and prints; tells whether the answer cites anything.
pub(super) async fn ask_with(client: &Client, request: RunRequest, out: Output) -> Result<bool, Failure> {
    let mut events = client.run(request);
    let mut cited = None;
    while let Some(event) = events.next().await {
        let event = event.map_err(Failure::from_error)?;
        if out.is_json() {
            out.raw(&event)?;
        }
        match event.data {
            RunEventData::TokenDelta(token) => out.part(&token.delta),
            RunEventData::MessageFinal(answer) => {
                out.part("\n");
                for citation in &answer.citations {
                    out.part(&show_citation(citation));
                }
                cited = Some(!answer.citations.is_empty());
            }
            RunEventData::Error(error) => {
                return Err(Failure::Failed(format!("{}: {}", error.code, error.message)));
            }
            _ => {}
        }
    }
    cited.ok_or_else(|| Failure::Failed("the stream ended without an answer".into()))
}

fn show_citation(c: &Citation) -> String {
    let place = match (c.start, c.end) {
        (Some(start), Some(end)) => format!(" {start}–{end}"),
        _ => String::new(),
    };
    format!(
        "\n[{}] {} ({}{place})\n    “{}”\n",
        c.index,
        c.title.as_deref().unwrap_or(&c.source),
        c.source,
        c.quote.trim()
    )
}

struct File {
    path: PathBuf,
    /// The path below the folder that was named, which the document's id is made of.
    name: String,
    content_type: &'static str,
}

fn find_files(paths: &[PathBuf]) -> Result<Vec<File>, Failure> {
    let unreadable = |path: &Path, error: io::Error| Failure::Failed(format!("{}: {error}", path.display()));
    let mut files = Vec::new();
    for root in paths {
        let base = if root.is_dir() { root.clone() } else { root.parent().unwrap_or(Path::new("")).to_owned() };
        let mut pending = VecDeque::from([root.clone()]);
        while let Some(path) = pending.pop_front() {
            let meta = fs::metadata(&path).map_err(|e| unreadable(&path, e))?;
            if meta.is_dir() {
                let mut entries = fs::read_dir(&path)
                    .and_then(|all| all.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>())
                    .map_err(|e| unreadable(&path, e))?;
                entries.retain(|p| !p.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.')));
                entries.sort();
                pending.extend(entries);
            } else if let Some(content_type) = content_type_of(&path) {
                let name = path.strip_prefix(&base).unwrap_or(&path).display().to_string();
                files.push(File { path, name, content_type });
            } else if path == *root {
                return Err(Failure::Failed(format!("{}: files of this type are not read", path.display())));
            }
            if files.len() > MAX_FILES {
                return Err(Failure::Failed(format!("more than {MAX_FILES} files: ingest folder by folder")));
            }
        }
    }
    Ok(files)
}

fn content_type_of(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "txt" | "text" => Some("text/plain"),
        "md" | "markdown" => Some("text/markdown"),
        "json" => Some("application/json"),
        _ => None,
    }
}

async fn ingest_file(client: &Client, corpus: &str, file: &File, overwrite: bool) -> Result<Document, Failure> {
    let unreadable = |error: io::Error| Failure::Failed(error.to_string());
    let bytes = tokio::fs::read(&file.path).await.map_err(unreadable)?;
    let upload = Upload {
        corpus_id: corpus.to_owned(),
        document_id: Some(document_id(corpus, &file.name)),
        filename: file.name.clone(),
        content_type: file.content_type.to_owned(),
        bytes: bytes.into(),
        overwrite,
    };
    let accepted = client.documents().upload(upload).await.map_err(Failure::from_error)?;
    client.documents().wait(&accepted.document_id, PATIENCE).await.map_err(Failure::from_error)
}

/// The same file of the same corpus always gets the same id, so that ingesting a folder twice does not double it.
fn document_id(corpus: &str, name: &str) -> String {
    let hash = hex::encode(Sha256::digest(format!("{corpus}\n{name}")));
    let readable: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' }).collect();
    let readable: String = readable.chars().rev().take(80).collect::<Vec<_>>().into_iter().rev().collect();
    let hash: String = hash.chars().take(12).collect();
    format!("{readable}-{hash}")
}

pub(super) async fn ensure_corpus(client: &Client, id: &str) -> Result<(), Failure> {
    let request = CreateCorpus { id: Some(id.to_owned()), name: id.to_owned(), provider_config_json: None };
    match client.corpora().create(&request).await {
        Err(nexus_sdk::client::Error::Api { status: 409, .. }) | Ok(_) => Ok(()),
        Err(error) => Err(Failure::from_error(error)),
    }
}

fn progress(out: Output, files: usize) -> ProgressBar {
    if !out.is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(files).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} files, {elapsed} passed, {eta} left");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

/// Ingests what a quick start brings along.
pub(super) async fn ingest_into(
    server: ServerArgs,
    paths: Vec<PathBuf>,
    corpus: &str,
    out: Output,
) -> Result<(), Failure> {
    let args = IngestArgs { paths, corpus: corpus.to_owned(), overwrite: false, server };
    ingest(args, out).await
}

pub(super) fn client_of(server: &ServerArgs) -> Result<Client, Failure> {
    server.client()
}
