//! Closed-loop load on a release server with its embedded, durable database, and on a bare handler beside it; and what
//! many streams, slow clients, replicas, processors, neighbours and starts cost, each a subcommand.
//!
//! The server, PostgreSQL and this generator share the machine, as they share a small installation. A request counts only
//! when its whole answer was read and is the right one. Figures of processes are processor time and memory of the server and
//! of PostgreSQL, each for itself: they say what a request costs also when something else uses the machine.

mod baseline;
mod bench;
mod check;
mod client;
mod cores;
mod drive;
mod machine;
mod neighbours;
mod process;
mod redis;
mod replicas;
mod report;
mod scenario;
mod server;
mod slow;
mod start;
mod stats;
mod streams;
mod text;
mod throughput;
mod world;

use std::{os::unix::process::CommandExt as _, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

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
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    throughput: throughput::Args,
    #[command(subcommand)]
    mode: Option<Mode>,
}

/// What every measurement needs to know.
#[derive(Debug, clap::Args)]
struct Common {
    /// Runs everything on these processors, as `taskset -c` names them.
    #[arg(long, global = true)]
    pin: Option<String>,
    /// The embedding of the server.
    #[arg(long, default_value = "hash", global = true)]
    embedding: String,
    /// How many documents of about eight passages a corpus has.
    #[arg(long, default_value_t = 25, global = true)]
    documents: usize,
    /// Where the report goes.
    #[arg(long, default_value = "benches/reports", global = true)]
    output: PathBuf,
    /// The name of the report's files, if not that of the measurement.
    #[arg(long, global = true)]
    name: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Mode {
    /// Many answers at once that go on for a minute: memory, heartbeats, and others meanwhile.
    Streams(streams::Args),
    /// Connections that send a byte at a time, and readers that never read: what others notice.
    Slow(slow::Args),
    /// Several servers on one PostgreSQL and one Redis.
    Replicas(replicas::Args),
    /// Everything on one processor, then on two.
    Cores(cores::Args),
    /// A tenant that asks at its own pace beside one that asks without a pause.
    Neighbours(neighbours::Args),
    /// The size of the program, the time of a start and the memory at rest.
    Start(start::Args),
    /// The bare handler that the server is compared with; started by this program itself.
    #[command(hide = true)]
    Baseline(baseline::Args),
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match options.mode {
        Some(Mode::Baseline(args)) => baseline::serve(args),
        mode => pin(&options.common)
            .and_then(|()| measure(&options.common, options.nexus, mode.as_ref(), &options.throughput)),
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
fn pin(common: &Common) -> Result<(), Failure> {
    let Some(processors) = common.pin.as_ref().filter(|_| std::env::var_os(PINNED).is_none()) else { return Ok(()) };
    let mut command = std::process::Command::new("taskset");
    command.args(["-c", processors]).arg(std::env::current_exe()?).args(std::env::args_os().skip(1)).env(PINNED, "1");
    Err(format!("taskset: {}", command.exec()).into())
}

/// The generator has one thread, so that it takes no more than its share of a small machine.
#[tokio::main(flavor = "current_thread")]
async fn measure(
    common: &Common,
    program: Option<PathBuf>,
    mode: Option<&Mode>,
    throughput: &throughput::Args,
) -> Result<(), Failure> {
    let mut told = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        done = measure_one(common, program, mode, throughput) => done,
        // What was started ends with the values that hold it.
        _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        _ = told.recv() => Err("told to stop".into()),
    }
}

async fn measure_one(
    common: &Common,
    program: Option<PathBuf>,
    mode: Option<&Mode>,
    throughput: &throughput::Args,
) -> Result<(), Failure> {
    process::allow_files()?;
    let bench = bench::Bench::prepare(common, program)?;
    match mode {
        Some(Mode::Streams(args)) => streams::measure(&bench, args).await,
        Some(Mode::Slow(args)) => slow::measure(&bench, args).await,
        Some(Mode::Replicas(args)) => replicas::measure(&bench, args).await,
        Some(Mode::Cores(args)) => cores::measure(&bench, args).await,
        Some(Mode::Neighbours(args)) => neighbours::measure(&bench, args).await,
        Some(Mode::Start(args)) => start::measure(&bench, args).await,
        Some(Mode::Baseline(_)) | None => throughput::measure(&bench, throughput).await,
    }
}
