//! The command line: one binary, `nexus`.
//!
//! Exit codes: 0 done; 1 it did not work, with one sentence on standard error; 2 the command line is wrong; 3 the question
//! has no supported answer (`ask`), or a check failed (`preflight`, `config check`, `health`).

mod admin;
mod audit;
mod capacity;
mod config;
mod eval;
mod ingest;
mod keyring;
mod mcp;
mod output;
mod provider;
mod quickstart;
mod receipt;
mod remote;
mod server;
mod tenant;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

pub use self::output::{Failure, Output};
use crate::settings::ProcessRole;

/// A permission-aware RAG platform: one binary, a database, cited answers.
#[derive(Debug, Parser)]
#[command(
    name = "nexus",
    version,
    about,
    max_term_width = 110,
    after_help = "Examples:\n  \
    nexus quickstart                      a server with a demo tenant, and a first answer\n  \
    nexus serve                           a server on the embedded database, or on DATABASE_URL\n  \
    nexus keys create --tenant acme --role admin --name ops\n  \
    nexus ingest docs/ --corpus handbook\n  \
    nexus ask \"How do I rotate a key?\" --corpus handbook"
)]
pub struct Cli {
    /// A TOML file of settings under the names of the environment variables, which win over it.
    #[arg(long, env = "NEXUS_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// Prints JSON, one object a line.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the API and processes documents.
    Serve {
        /// Which parts this process is.
        #[arg(long, value_enum, default_value = "all", env = "NEXUS_ROLE")]
        role: ProcessRole,
    },
    /// Starts a server, makes a demo tenant, ingests a small corpus and asks a first question.
    Quickstart(quickstart::Args),
    /// Brings the database schema up to date.
    Migrate,
    /// Tenants.
    #[command(subcommand)]
    Tenant(tenant::TenantCommand),
    /// API keys.
    #[command(subcommand)]
    Keys(admin::KeysCommand),
    /// Keys of the platform: what the installation signs with in its own name.
    #[command(subcommand)]
    Keyring(keyring::KeyringCommand),
    /// The audit log: exports, and checks that need neither a server nor a database.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Receipts of answers.
    #[command(subcommand)]
    Receipt(receipt::ReceiptCommand),
    /// Corpora of a server.
    #[command(subcommand)]
    Corpus(remote::CorpusCommand),
    /// Ingests files, folders, archives and buckets into a corpus of a server, and waits until they are searchable.
    Ingest(ingest::IngestArgs),
    /// Asks a question of a corpus and prints the answer as it comes, with its citations.
    Ask(remote::AskArgs),
    /// Speaks the Model Context Protocol on standard input and output, for a server and as the caller of its key.
    Mcp(remote::ServerArgs),
    /// Measures how well retrieval finds what is right, on data sets whose answers are known.
    Eval(eval::Args),
    /// What a machine can do and what a target needs, from reports of the load that was measured.
    Capacity(capacity::Args),
    /// Retrieval providers.
    #[command(subcommand)]
    Provider(provider::ProviderCommand),
    /// Checks that everything a server needs is there.
    Preflight {
        /// Writes the report into this file as well.
        #[arg(long)]
        output_json: Option<PathBuf>,
    },
    /// Settings.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Prints the `OpenAPI` document.
    Openapi,
    /// Asks a server whether it is ready; for health checks of containers.
    Health(remote::ServerArgs),
    /// Reads one file for a server, apart from it.
    #[command(hide = true)]
    Extract,
}

impl Cli {
    /// What is done before there are threads and settings: reading one file in a process of its own.
    #[must_use]
    pub fn alone(&self) -> Option<ExitCode> {
        matches!(self.command, Command::Extract).then(|| match nexus_retrieval::ingest::extract::isolate::answer() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        })
    }
}

/// Runs a command line.
pub async fn run(cli: Cli) -> ExitCode {
    let out = Output::new(cli.json);
    let config = cli.config.as_deref();
    let done = match cli.command {
        Command::Serve { role } => server::serve(config, role).await,
        Command::Quickstart(args) => quickstart::run(config, args, out).await,
        Command::Migrate => admin::migrate(config, out).await,
        Command::Tenant(command) => tenant::tenant(config, command, out).await,
        Command::Keys(command) => admin::keys(config, command, out).await,
        Command::Keyring(command) => keyring::run(config, command, out).await,
        Command::Audit(command) => audit::run(config, command, out).await,
        Command::Receipt(command) => receipt::run(command, out),
        Command::Corpus(command) => remote::corpus(command, out).await,
        Command::Ingest(args) => ingest::ingest(args, out).await,
        Command::Ask(args) => remote::ask(args, out).await,
        Command::Mcp(args) => mcp::run(&args).await,
        Command::Eval(args) => eval::run(config, args, out).await,
        Command::Capacity(args) => capacity::run(&args, out),
        Command::Provider(command) => provider::run(config, command, out).await,
        Command::Preflight { output_json } => Box::pin(server::preflight(config, output_json.as_deref(), out)).await,
        Command::Config(command) => config::run(config, &command, out),
        Command::Openapi => out.document(&crate::router::openapi()),
        Command::Health(args) => remote::health(args, out).await,
        Command::Extract => Err(Failure::Failed("files are read before anything else is started".into())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out.failure(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}
