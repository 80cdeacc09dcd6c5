//! Closed-loop load, one kind of request after the other, beside a bare handler.

use std::time::Duration;

use crate::{
    Failure,
    baseline::Baseline,
    bench::Bench,
    drive::{Load, Watch, drive},
    report::{Memory, Report},
    scenario::Scenario,
    server::{Server, Start},
    world::World,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How long each measurement lasts.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How long each scenario runs before it is measured.
    #[arg(long, default_value_t = 2)]
    warmup: u64,
    /// How many connections, one after another.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 16, 64, 256])]
    connections: Vec<usize>,
    /// What is asked for; everything that leaves the corpus as it is when absent.
    #[arg(long, value_enum, value_delimiter = ',')]
    scenario: Vec<Scenario>,
    /// How many tenants, each with a corpus, keys and grants of its own; connections take turns among them.
    #[arg(long, default_value_t = 1)]
    tenants: usize,
}

/// Measures and reports.
pub async fn measure(bench: &Bench, args: &Args) -> Result<(), Failure> {
    let server = Server::start(&bench.program, &Start::with(&bench.embedding)).await?;
    let worlds = World::several(&server, &bench.program, args.tenants.max(1), bench.documents).await?;
    let first = worlds.first().ok_or("no tenants")?;
    let bare = Baseline::start(&server.database_url()?, first.corpus())?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let memory_at_rest = Memory::of(server.pid())?;

    let wanted = if args.scenario.is_empty() { Scenario::READING.to_vec() } else { args.scenario.clone() };
    let mut rows = Vec::new();
    for connections in &args.connections {
        for scenario in &wanted {
            let is_bare = *scenario == Scenario::Baseline;
            let (address, target) =
                if is_bare { (bare.address(), bare.pid()) } else { (server.address(), server.pid()) };
            let load = Load::closed(*connections, args.warmup, args.seconds);
            let watch = Watch { targets: &[target], server: server.pid() };
            let mut row = drive(&worlds, *scenario, &[address], watch, &load).await?;
            if scenario.takes_in() {
                row.until_searchable_seconds = Some(first.settled(&server).await?.as_secs_f64());
            }
            eprintln!("{}", row.line());
            rows.push(row);
        }
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let memory_after = Memory::of(server.pid())?;
    let loaded = worlds.iter().map(World::loaded).collect();
    bare.stop();
    server.stop().await?;
    let report = Report::new(bench, loaded, memory_at_rest, memory_after, rows);
    bench.write("load", &report.markdown(), &report)
}
