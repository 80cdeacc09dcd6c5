//! `ingest`: files, folders, archives and buckets into a corpus of a server, as fast as the server takes them.
//!
//! The same file of the same corpus always gets the same id, so that doing it twice does not double it. With a journal, a
//! command that was broken off goes on where it was: what is done and has not changed is not sent again.

mod journal;
mod watch;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Args;
use futures::{StreamExt as _, stream};
use indicatif::{ProgressBar, ProgressStyle};
use nexus_retrieval::ingest::{
    bulk::{Bounds, BulkError, Item, Origin, document_id},
    extract::{ExtractError, sniff},
};
use nexus_sdk::{
    client::{Client, Error, Upload},
    wire::{CreateCorpus, DocumentStatus},
};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use self::journal::Journal;
use super::{Failure, Output, remote::ServerArgs};
use crate::bulk;

/// How long one document may take.
const PATIENCE: Duration = Duration::from_mins(30);

#[derive(Debug, Args)]
pub(super) struct IngestArgs {
    /// Files, folders, archives (.zip, .tar, .tar.gz) and buckets (`s3://bucket/prefix`). What a file is, its content says;
    /// files that are of no type that is read are passed over.
    #[arg(required = true)]
    sources: Vec<String>,
    /// The corpus; it is made if it is not there.
    #[arg(long)]
    corpus: String,
    /// Replaces documents whose file changed; otherwise documents that are there stay as they are.
    #[arg(long)]
    overwrite: bool,
    /// Remembers in this file what is done, and does not do it again when the command is repeated.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Puts this before the names of all files, as a folder: documents are known by their names, and so files of the same name
    /// in different places can be kept apart.
    #[arg(long, value_name = "NAME")]
    prefix: Option<String>,
    /// Lets the server do it: the sources are URLs that its operator allows, and the command only watches.
    #[arg(long, conflicts_with_all = ["journal", "parallel", "prefix"])]
    job: bool,
    /// How many files are on their way at once.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    parallel: u16,
    #[command(flatten)]
    server: ServerArgs,
}

/// No document is waited for longer than this before it is asked for.
const LONGEST_GUESS: Duration = Duration::from_secs(2);
/// How long an operation on a bucket may take, and how often it is tried: nobody but this command waits for it.
const REACH: bulk::Reach = (Duration::from_mins(1), 5);

/// What became of a file.
#[derive(Debug)]
enum Outcome {
    Ingested {
        chunks: u64,
        unread: usize,
    },
    /// It was there already, as it is.
    Unchanged,
    /// A document of its name is there, is another, and stays.
    Differs,
    /// The journal says that it is done.
    Journaled,
    /// It is of no type that is read.
    Skipped,
    Failed(String),
}

#[derive(Debug)]
struct Done {
    name: String,
    document: Option<String>,
    outcome: Outcome,
}

/// What became of all files.
#[derive(Debug, Default)]
struct Tally {
    ingested: usize,
    unchanged: usize,
    differing: usize,
    skipped: usize,
    failed: usize,
}

pub(super) async fn ingest(args: IngestArgs, out: Output) -> Result<(), Failure> {
    let client = args.server.client()?;
    if args.job {
        ensure_corpus(&client, &args.corpus).await?;
        return watch::import(&client, &args.corpus, &args.sources, args.overwrite, out).await;
    }
    let origins = args.sources.iter().map(|source| bulk::origin(source, REACH, None)).collect::<Result<Vec<_>, _>>();
    let origins = origins.map_err(Failure::Failed)?;
    let journal = args.journal.as_deref().map(Journal::open).transpose()?;
    ensure_corpus(&client, &args.corpus).await?;
    let bar = progress(out);
    let prefix = args.prefix.map(|prefix| prefix.trim_matches('/').to_owned()).filter(|prefix| !prefix.is_empty());
    let names = Mutex::default();
    let sender = Sender {
        client,
        corpus: args.corpus,
        overwrite: args.overwrite,
        prefix,
        names,
        journal,
        took: AtomicU64::new(0),
    };
    let sources = args.sources.into_iter().zip(origins);
    let mut results =
        items(sources).map(|(of, item)| sender.send(of, item)).buffer_unordered(usize::from(args.parallel));
    let mut tally = Tally::default();
    while let Some(done) = results.next().await {
        bar.inc(1);
        tally.count(&done.outcome);
        bar.set_message(format!("{} failed", tally.failed));
        let shown = done.show();
        bar.suspend(|| out.result(&shown.0, || shown.1))?;
    }
    bar.finish_and_clear();
    out.note(&tally.show());
    match tally {
        Tally { failed: 1.., .. } => Err(Failure::Failed(format!("{} files were not ingested", tally.failed))),
        Tally { ingested: 0, unchanged: 0, differing: 0, .. } => {
            Err(Failure::Failed("there is no file that is read here".into()))
        }
        _ => Ok(()),
    }
}

/// The files of all sources, one source after the other, each with what its source was called.
fn items(
    sources: impl Iterator<Item = (String, Origin)>,
) -> impl stream::Stream<Item = (String, Result<Item, BulkError>)> {
    let each = |(of, origin): (String, Origin)| {
        let named = move |item| (of.clone(), item);
        origin.items(Bounds::default(), None).map(named)
    };
    stream::iter(sources.collect::<Vec<_>>()).map(each).flatten()
}

struct Sender {
    client: Client,
    corpus: String,
    overwrite: bool,
    prefix: Option<String>,
    /// Which source a name came from.
    names: Mutex<HashMap<String, String>>,
    journal: Option<Journal>,
    /// How long the last document took, in milliseconds.
    took: AtomicU64,
}

impl Sender {
    async fn send(&self, of: String, item: Result<Item, BulkError>) -> Done {
        let (name, content) = match item {
            Ok(Item { name, content, .. }) => (self.full_name(name), content.map_err(|why| why.to_string())),
            Err(error) => (of.clone(), Err(error.to_string())),
        };
        let done = |document, outcome| Done { name: name.clone(), document, outcome };
        let bytes = match content.and_then(|bytes| self.claim(&name, &of).map(|()| bytes)) {
            Ok(bytes) => bytes,
            Err(why) => return done(None, Outcome::Failed(why)),
        };
        let hash = hex::encode(Sha256::digest(&bytes));
        let id = document_id(&self.corpus, &name);
        if self.journal.as_ref().is_some_and(|journal| journal.has(&self.corpus, &name, &hash)) {
            return done(Some(id), Outcome::Journaled);
        }
        let content_type = match sniff(&bytes, "", &name) {
            Ok(found) => found.content_type.as_str(),
            Err(ExtractError::Unsupported(_)) => return done(None, Outcome::Skipped),
            // The server says what is wrong with it, in its own words.
            Err(_) => "text/plain",
        };
        let upload = Upload {
            corpus_id: self.corpus.clone(),
            document_id: Some(id.clone()),
            filename: name.clone(),
            content_type: content_type.to_owned(),
            bytes,
            overwrite: self.overwrite,
        };
        let outcome = self.upload(upload).await.unwrap_or_else(|error| Outcome::Failed(why(&error)));
        let outcome = match (&self.journal, outcome) {
            (Some(journal), outcome @ (Outcome::Ingested { .. } | Outcome::Unchanged)) => {
                journal.note(&self.corpus, &name, &hash).map_or_else(Outcome::Failed, |()| outcome)
            }
            (_, outcome) => outcome,
        };
        done(Some(id), outcome)
    }

    fn full_name(&self, name: String) -> String {
        self.prefix.as_ref().map(|prefix| format!("{prefix}/{name}")).unwrap_or(name)
    }

    /// Notes that a source has a file of this name. Two of one name would be one document, and one of them lost.
    fn claim(&self, name: &str, of: &str) -> Result<(), String> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = names.get(name) {
            return Err(format!(
                "repeated: {first} has a file of this name, too, and documents are known by their names; ingest the folder \
                 above both, or {of} by itself with --prefix"
            ));
        }
        names.insert(name.to_owned(), of.to_owned());
        Ok(())
    }

    async fn upload(&self, upload: Upload) -> Result<Outcome, Error> {
        let documents = self.client.documents();
        let overwrite = upload.overwrite;
        let accepted = documents.upload(upload).await?;
        if accepted.differs && overwrite {
            return Ok(Outcome::Failed("another version of it is being processed; repeat the command".to_owned()));
        }
        if accepted.differs {
            return Ok(Outcome::Differs);
        }
        if accepted.status == DocumentStatus::Succeeded {
            return Ok(Outcome::Unchanged);
        }
        let began = Instant::now();
        // A document takes about as long as the one before it: asking earlier only keeps the server from its work.
        tokio::time::sleep(Duration::from_millis(self.took.load(Ordering::Relaxed)) * 3 / 4).await;
        let document = documents.wait(&accepted.document_id, PATIENCE).await?;
        let took = began.elapsed().min(LONGEST_GUESS).as_millis();
        self.took.store(u64::try_from(took).unwrap_or_default(), Ordering::Relaxed);
        let unread = document.ingest_notes.len();
        Ok(Outcome::Ingested { chunks: document.num_chunks.unwrap_or_default(), unread })
    }
}

fn why(error: &Error) -> String {
    match error {
        Error::IngestFailed { reason, .. } => reason.clone(),
        other => other.to_string(),
    }
}

impl Done {
    /// For programs and for people.
    fn show(&self) -> (serde_json::Value, String) {
        let (status, detail) = match &self.outcome {
            Outcome::Ingested { chunks, unread: 0 } => ("succeeded", format!("{chunks} chunks")),
            Outcome::Ingested { chunks, unread } => {
                ("succeeded", format!("{chunks} chunks; {unread} notes on what was left out"))
            }
            Outcome::Unchanged => ("unchanged", "it is there already".to_owned()),
            Outcome::Differs => {
                ("differs", "another document of this name is there and stays; --overwrite replaces it".to_owned())
            }
            Outcome::Journaled => ("unchanged", "the journal says that it is done".to_owned()),
            Outcome::Skipped => ("skipped", "of no type that is read here".to_owned()),
            Outcome::Failed(why) => ("failed", why.clone()),
        };
        let value = json!({ "path": self.name, "document_id": self.document, "status": status, "detail": detail });
        (value, format!("{status:<9} {} ({detail})", self.name))
    }
}

impl Tally {
    fn show(&self) -> String {
        format!(
            "{} ingested, {} unchanged, {} that differ and were left, {} of other types, {} failed",
            self.ingested, self.unchanged, self.differing, self.skipped, self.failed
        )
    }

    fn count(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::Ingested { .. } => &mut self.ingested,
            Outcome::Unchanged | Outcome::Journaled => &mut self.unchanged,
            Outcome::Differs => &mut self.differing,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Failed(_) => &mut self.failed,
        } += 1;
    }
}

pub(super) async fn ensure_corpus(client: &Client, id: &str) -> Result<(), Failure> {
    let request = CreateCorpus { id: Some(id.to_owned()), name: id.to_owned(), provider_config_json: None };
    match client.corpora().create(&request).await {
        Err(Error::Api { status: 409, .. }) | Ok(_) => Ok(()),
        Err(error) => Err(Failure::from_error(error)),
    }
}

/// How many there are is known only at the end: sources are read as they are sent.
fn progress(out: Output) -> ProgressBar {
    if !out.is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{spinner} {pos} files, {msg}, {per_sec}, {elapsed} passed");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Ingests what a quick start brings along.
pub(super) async fn ingest_into(
    server: ServerArgs,
    paths: Vec<PathBuf>,
    corpus: &str,
    out: Output,
) -> Result<(), Failure> {
    let sources = paths.iter().map(|path| path.display().to_string()).collect();
    let args = IngestArgs {
        sources,
        corpus: corpus.to_owned(),
        overwrite: false,
        journal: None,
        prefix: None,
        job: false,
        parallel: 16,
        server,
    };
    ingest(args, out).await
}
