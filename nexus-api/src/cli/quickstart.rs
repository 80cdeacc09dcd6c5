//! `quickstart`: from nothing to a first cited answer, on a server that stays.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use nexus_core::{id::TenantId, principal::Role};
use nexus_sdk::wire::RunRequest;

use super::{
    Failure, Output,
    admin::{self, Office, Wanted},
    ingest,
    remote::{self, ServerArgs},
    server,
};
use crate::{log, serve::Address, settings::ProcessRole};

/// The tenant, the corpus and the file of its key.
const TENANT: &str = "demo";
const CORPUS: &str = "nexus-docs";
const KEY_FILE: &str = "demo.key";
/// The question that is asked first.
const QUESTION: &str = "How is a revoked API key noticed by the other replicas?";

/// The demo corpus that is part of the program: our own documentation.
const DOCUMENTS: &[(&str, &str)] = &[
    ("nexus-core.md", include_str!("../../../nexus-core/README.md")),
    ("nexus-authz.md", include_str!("../../../nexus-authz/README.md")),
    ("nexus-retrieval.md", include_str!("../../../nexus-retrieval/README.md")),
    ("architecture.md", include_str!("../../../ARCHITECTURE.md")),
    ("operations.md", include_str!("../../../docs/operations.md")),
];

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Ingests these files and folders instead of our own documentation.
    paths: Vec<PathBuf>,
    /// The first question.
    #[arg(long, default_value = QUESTION)]
    question: String,
    /// Stops after the first answer instead of staying up.
    #[arg(long)]
    once: bool,
}

pub(super) async fn run(config: Option<&Path>, args: Args, out: Output) -> Result<(), Failure> {
    let settings = server::load_serving(config)?;
    let _ = log::init(&log::Settings { filter: "warn".to_owned(), ..settings.log.clone() });
    out.note("starting the server …");
    let data_dir = settings.data_dir.clone();
    let serving = server::start(settings, ProcessRole::All).await?;
    let url = match &serving.address {
        Address::Tcp(address) => format!("http://{address}"),
        Address::Unix(_) => return Err(Failure::Failed("quickstart needs a TCP port: unset NEXUS_LISTEN".into())),
    };
    let key = demo_key(serving.office(), &data_dir).await?;
    let server = ServerArgs::new(url.clone(), &key);
    let first = first_answer(&server, &data_dir, args.paths, &args.question, out).await;
    if let Err(failure) = first {
        serving.stop().await?;
        return Err(failure);
    }
    if args.once {
        return serving.stop().await;
    }
    out.note(&instructions(&url, &key));
    serving.until_told().await
}

async fn first_answer(
    server: &ServerArgs,
    data_dir: &Path,
    paths: Vec<PathBuf>,
    question: &str,
    out: Output,
) -> Result<(), Failure> {
    let paths = if paths.is_empty() { vec![demo_folder(data_dir)?] } else { paths };
    out.note("ingesting documents …");
    ingest::ingest_into(server.clone(), paths, CORPUS, out).await?;
    out.note(&format!("\n> {question}\n"));
    let request = RunRequest {
        session_id: format!("quickstart-{}", nexus_core::id::fresh()),
        corpus_id: CORPUS.to_owned(),
        message: question.to_owned(),
        top_k: None,
        audio: false,
    };
    remote::ask_with(&remote::client_of(server)?, request, out).await.map(drop)
}

/// The key of the demo tenant's admin: made once, kept in the data directory.
async fn demo_key(office: Office, data_dir: &Path) -> Result<String, Failure> {
    let path = data_dir.join(KEY_FILE);
    if let Ok(key) = fs::read_to_string(&path) {
        return Ok(key.trim().to_owned());
    }
    let tenant: TenantId = TENANT.parse().map_err(Failure::from_error)?;
    let user = Some("demo-admin".parse().map_err(Failure::from_error)?);
    let name = Some("quickstart".to_owned());
    let wanted = Wanted { tenant, role: Role::Admin, name, user, email: None, expires_at: None };
    let made = admin::create_key(&office, &wanted).await?;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .map_err(Failure::from_error)?;
    file.write_all(made.plaintext().as_bytes()).map_err(Failure::from_error)?;
    Ok(made.plaintext().to_owned())
}

/// Our own documentation as files.
fn demo_folder(data_dir: &Path) -> Result<PathBuf, Failure> {
    let folder = data_dir.join("demo-documents");
    fs::create_dir_all(&folder).map_err(Failure::from_error)?;
    for (name, text) in DOCUMENTS {
        fs::write(folder.join(name), text).map_err(Failure::from_error)?;
    }
    Ok(folder)
}

fn instructions(url: &str, key: &str) -> String {
    format!(
        "\nThe server stays up; press Ctrl-C to stop it. In another terminal:\n\n\
         export NEXUS_URL={url}\n\
         export NEXUS_API_KEY={key}\n\n\
         curl -N \"$NEXUS_URL/v1/run\" -H \"Authorization: Bearer $NEXUS_API_KEY\" -H 'Content-Type: application/json' \\\n  \
         -d '{{\"session_id\":\"s1\",\"corpus_id\":\"{CORPUS}\",\"message\":\"Who may read a document?\"}}'\n"
    )
}
