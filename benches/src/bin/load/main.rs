//! Closed-loop load on a release server with its embedded, durable database, and on a bare handler beside it.
//!
//! The server, PostgreSQL and this generator share the machine, as they share a small installation. A request counts only
//! when its whole answer was read and is the right one. Figures of processes are processor time and memory of the server and
//! of PostgreSQL, each for itself: they say what a request costs also when something else uses the machine.

mod baseline;
mod client;
mod drive;
mod machine;
mod process;
mod report;
mod scenario;
mod server;
mod stats;
mod world;

use std::{os::unix::process::CommandExt as _, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};

use crate::{
    report::{Memory, Report},
    scenario::Scenario,
};

/// What went wrong, for the person who measures.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Set in the copy of this program that `taskset` started.
const PINNED: &str = "NEXUS_LOAD_PINNED";

/// Measures a server under load.
#[derive(Debug, Parser)]
#[command(name = "load", max_term_width = 110)]
struct Options {
    /// The server program; built from this workspace when absent.
    nexus: Option<PathBuf>,
    /// How long each measurement lasts.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How long each scenario runs before it is measured.
    #[arg(long, default_value_t = 2)]
    warmup: u64,
    /// How many connections, one after another.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64, 256])]
    connections: Vec<usize>,
    /// What is asked for; everything when absent.
    #[arg(long, value_enum, value_delimiter = ',')]
    scenario: Vec<Scenario>,
    /// Runs everything on these processors, as `taskset -c` names them.
    #[arg(long)]
    pin: Option<String>,
    /// The embedding of the server.
    #[arg(long, default_value = "hash")]
    embedding: String,
    /// How many documents of about eight passages the corpus has.
    #[arg(long, default_value_t = 25)]
    documents: usize,
    /// Where the report goes.
    #[arg(long, default_value = "benches/reports")]
    output: PathBuf,
    /// The name of the report's files.
    #[arg(long, default_value = "load")]
    name: String,
    #[command(subcommand)]
    mode: Option<Mode>,
}

#[derive(Debug, Subcommand)]
enum Mode {
    /// The bare handler that the server is compared with; started by this program itself.
    #[command(hide = true)]
    Baseline(baseline::Args),
}

fn main() -> ExitCode {
    let mut options = Options::parse();
    let done = match options.mode.take() {
        Some(Mode::Baseline(args)) => baseline::serve(args),
        None => pin(&options).and_then(|()| measure(&options)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Starts this program again on the processors that were asked for; everything it starts stays on them.
fn pin(options: &Options) -> Result<(), Failure> {
    let Some(processors) = options.pin.as_ref().filter(|_| std::env::var_os(PINNED).is_none()) else { return Ok(()) };
    let mut command = std::process::Command::new("taskset");
    command.args(["-c", processors]).arg(std::env::current_exe()?).args(std::env::args_os().skip(1)).env(PINNED, "1");
    Err(format!("taskset: {}", command.exec()).into())
}

/// The generator has one thread, so that it takes no more than its share of a small machine.
#[tokio::main(flavor = "current_thread")]
async fn measure(options: &Options) -> Result<(), Failure> {
    let mut told = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        done = measure_all(options) => done,
        // The server and the bare handler end with the values that hold them.
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        _ = told.recv() => Err("told to stop".into()),
    }
}

async fn measure_all(options: &Options) -> Result<(), Failure> {
    let program = match &options.nexus {
        Some(path) => path.clone(),
        None => server::build()?,
    };
    let machine = machine::describe(&program)?;
    let server = server::Server::start(&program, &options.embedding).await?;
    let world = world::World::make(&server, &program, options.documents).await?;
    let bare = baseline::Baseline::start(&server.database_url()?, world.corpus())?;
    let memory_at_rest = rest(&server).await?;

    let wanted = if options.scenario.is_empty() { Scenario::ALL.to_vec() } else { options.scenario.clone() };
    let mut rows = Vec::new();
    for connections in &options.connections {
        for scenario in &wanted {
            let address = if *scenario == Scenario::Baseline { bare.address() } else { server.address() };
            let target = if *scenario == Scenario::Baseline { bare.pid() } else { server.pid() };
            let load = drive::Load {
                connections: *connections,
                warmup: Duration::from_secs(options.warmup),
                time: Duration::from_secs(options.seconds),
            };
            let watch = drive::Watch { target, server: server.pid() };
            let row = drive::drive(&world, *scenario, address, watch, &load).await?;
            eprintln!("{}", row.line());
            rows.push(row);
        }
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let memory_after = Memory::of(server.pid())?;
    let report = Report::new(machine, &options.embedding, memory_at_rest, memory_after, rows);
    bare.stop();
    server.stop().await?;
    report.write(&options.output, &options.name)?;
    println!("{}", report.markdown());
    Ok(())
}

/// What the server needs before anybody asks: read after a second without work.
async fn rest(server: &server::Server) -> Result<Memory, Failure> {
    tokio::time::sleep(Duration::from_secs(1)).await;
    Memory::of(server.pid())
}
