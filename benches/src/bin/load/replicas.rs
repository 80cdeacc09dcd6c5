//! Several servers on one PostgreSQL and one Redis: what grows with them and what does not.

use std::{fmt::Write as _, time::Instant};

use serde::Serialize;
use sqlx::{Connection as _, PgConnection};

use crate::{
    Failure,
    bench::Bench,
    drive::{Load, Watch, drive},
    machine::Machine,
    process::{self, Size},
    redis::Redis,
    report::{self, Row},
    scenario::Scenario,
    server::{Server, Start},
    world::World,
};

/// Connections of a server, at most: four of them have to fit into the embedded database.
const POOL: usize = 12;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many servers, one after another; from few to many.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 4])]
    replicas: Vec<usize>,
    /// How many connections, which take turns among the servers.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// How long each measurement lasts.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// What is asked for.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "run,documents,corpus,health")]
    scenario: Vec<Scenario>,
}

#[derive(Debug, Serialize)]
struct Step {
    replicas: usize,
    rows: Vec<Row>,
    /// Processors that Redis used meanwhile, for each row.
    redis_processors: Vec<f64>,
    /// Memory of all servers, after the load.
    servers: Size,
    postgres: Size,
    database_connections: i64,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    steps: Vec<Step>,
}

/// Measures and reports.
pub async fn measure(bench: &Bench, args: &Args) -> Result<(), Failure> {
    let redis = Redis::start().await?;
    // Redis shares what replicas count; the limiter asks it about every request, as it does in production.
    let start = Start::with(&bench.embedding).set("REDIS_URL", &redis.url()).set("API_DB_POOL_SIZE", &POOL);
    let mut servers = vec![Server::start(&bench.program, &start).await?];
    let first = servers.first().ok_or("no server")?;
    let worlds = World::several(first, &bench.program, 1, bench.documents).await?;
    let (owner, database) = (first.pid(), first.database_url()?);
    let mut steps = Vec::new();
    for replicas in &args.replicas {
        while servers.len() < *replicas {
            let next = servers.first().ok_or("no server")?.beside(&bench.program, &start).await?;
            servers.push(next);
        }
        steps.push(step(args, &servers, &worlds, (owner, &database), &redis).await?);
    }
    // The first one owns the database.
    while let Some(server) = servers.pop() {
        server.stop().await?;
    }
    let report = Report { machine: bench.machine.clone(), steps };
    bench.write("replicas", &markdown(bench, args, &report), &report)
}

async fn step(
    args: &Args,
    servers: &[Server],
    worlds: &[World],
    (owner, database): (u32, &str),
    redis: &Redis,
) -> Result<Step, Failure> {
    let pids: Vec<u32> = servers.iter().map(Server::pid).collect();
    let addresses: Vec<_> = servers.iter().map(Server::address).collect();
    let (mut rows, mut redis_processors) = (Vec::new(), Vec::new());
    for scenario in &args.scenario {
        let watch = Watch { targets: &pids, server: owner };
        let (before, begun) = (process::cpu_seconds(redis.pid()), Instant::now());
        let row = drive(worlds, *scenario, &addresses, watch, &Load::closed(args.connections, 2, args.seconds)).await?;
        redis_processors.push((process::cpu_seconds(redis.pid()) - before) / begun.elapsed().as_secs_f64());
        eprintln!("{} servers: {}", servers.len(), row.line());
        rows.push(row);
    }
    let mut connection = PgConnection::connect(database.trim()).await?;
    let counted =
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let database_connections = sqlx::query_scalar(counted).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(Step {
        replicas: servers.len(),
        rows,
        redis_processors,
        servers: Size::of(pids),
        postgres: Size::of(process::below(owner)?),
        database_connections,
    })
}

fn markdown(bench: &Bench, args: &Args, report: &Report) -> String {
    let mut text = bench.heading("Replicas");
    let _ = write!(
        text,
        "\n\n{} connections take turns among the servers, which share one PostgreSQL, with {POOL} connections each, and one Redis. All of it shares this \
         machine, so that answers a second cannot grow beyond what its processors give; what an answer costs says what a \
         machine of its own would give.\n\n",
        args.connections,
    );
    for step in &report.steps {
        text += &report::rows(&format!("{} of them", step.replicas), &step.rows);
    }
    text += "| servers | memory of all servers MiB: RSS, Pss | PostgreSQL Pss MiB | connections to it | processors that Redis used |\n\
             |---|---|---|---|---|\n";
    for step in &report.steps {
        let redis: Vec<String> = step.redis_processors.iter().map(|used| format!("{used:.2}")).collect();
        let _ = writeln!(
            text,
            "| {} | {}, {} | {} | {} | {} |",
            step.replicas,
            step.servers.rss_kib / 1024,
            step.servers.pss_kib / 1024,
            step.postgres.pss_kib / 1024,
            step.database_connections,
            redis.join(", "),
        );
    }
    text
}
