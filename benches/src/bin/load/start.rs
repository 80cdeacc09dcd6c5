//! How large the program is, how long a start takes and what a server needs while nobody asks.

use std::{
    fmt::Write as _,
    fs,
    process::{Child, Command},
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::{
    Failure,
    bench::Bench,
    check::{self, Check},
    client::Connection,
    machine::Machine,
    process::Size,
    server::{Server, Start},
    stats::{Percentiles, number},
};

/// What is asked for: milliseconds until a server is ready, MiB at rest.
const READY_MS: f64 = 150.0;
const REST_MIB: f64 = 50.0;
/// How long after a start a server is at rest: the allocator has given back by then what only the start needed.
const REST: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How often a server is started.
    #[arg(long, default_value_t = 10)]
    times: usize,
    /// With which embeddings.
    #[arg(long, value_delimiter = ',', default_value = "hash,minilm")]
    embeddings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Starts {
    embedding: String,
    /// From the start of the program to the first answer that says ready, on a database that runs.
    ready_ms: Percentiles,
    /// The same with the private PostgreSQL, which is started too.
    with_postgres_ms: f64,
    /// Of the last start.
    rest: Size,
    /// From the signal to the end.
    stop_ms: Percentiles,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    program_bytes: u64,
    starts: Vec<Starts>,
    checks: Vec<Check>,
}

/// Measures and reports.
pub async fn measure(bench: &Bench, args: &Args) -> Result<(), Failure> {
    let program_bytes = fs::metadata(&bench.program)?.len();
    let mut starts = Vec::new();
    for embedding in &args.embeddings {
        let start = Start::with(embedding);
        let owner = Server::start(&bench.program, &start).await?;
        let (mut ready, mut stops, mut rest) = (Vec::new(), Vec::new(), Size::default());
        for n in 1..=args.times {
            let (mut child, took) = once(owner_command(&owner, bench, &start)?).await?;
            if n == args.times {
                tokio::time::sleep(REST).await;
                rest = Size::of([child.id()]);
            }
            ready.push(took);
            stops.push(end(&mut child).await?);
        }
        let command = owner_command(&owner, bench, &start)?;
        let home = owner.stopped().await?;
        let (mut child, with_postgres) = once(command).await?;
        end(&mut child).await?;
        drop(home);
        let made = Starts {
            embedding: embedding.clone(),
            ready_ms: Percentiles::of(ready),
            with_postgres_ms: with_postgres.as_secs_f64() * 1000.0,
            rest,
            stop_ms: Percentiles::of(stops),
        };
        eprintln!("{made:?}");
        starts.push(made);
    }
    let checks = starts.iter().flat_map(checks).collect();
    let report = Report { machine: bench.machine.clone(), program_bytes, starts, checks };
    bench.write("start", &markdown(bench, args, &report), &report)
}

/// A further server of the installation, on a port that is known before it listens there.
fn owner_command(owner: &Server, bench: &Bench, start: &Start<'_>) -> Result<(Command, u16), Failure> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut command = owner.another(&bench.program, start)?;
    command.env("NEXUS_PORT", port.to_string());
    Ok((command, port))
}

/// Starts it and asks every millisecond whether it is ready.
async fn once((mut command, port): (Command, u16)) -> Result<(Child, Duration), Failure> {
    let begun = Instant::now();
    let mut child = command.spawn()?;
    while begun.elapsed() < PATIENCE {
        if let Ok(mut connection) = Connection::open(([127, 0, 0, 1], port).into()).await
            && let Ok(answer) = connection.exchange(b"GET /readyz HTTP/1.1\r\nhost: load\r\n\r\n", b"{").await
            && answer.status == 200
        {
            return Ok((child, begun.elapsed()));
        }
        if let Some(status) = child.try_wait()? {
            return Err(format!("the server ended with {status}").into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let _ = child.kill();
    let _ = child.wait();
    Err("the server does not become ready".into())
}

/// Stops it in order.
async fn end(child: &mut Child) -> Result<Duration, Failure> {
    let begun = Instant::now();
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?;
    while child.try_wait()?.is_none() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(begun.elapsed())
}

fn checks(starts: &Starts) -> [Check; 2] {
    let ready = format!("ready on a database that runs, p50, `{}`", starts.embedding);
    let rest = format!("memory at rest, `{}`", starts.embedding);
    [
        Check::at_most(ready, READY_MS, starts.ready_ms.p50, "ms"),
        Check::at_most(rest, REST_MIB, number(starts.rest.rss_kib) / 1024.0, "MiB"),
    ]
}

fn markdown(bench: &Bench, args: &Args, report: &Report) -> String {
    let mut text = bench.heading("Size and start");
    let _ = write!(
        text,
        "\n\nThe program has {:.1} MiB. It was started {} times on a database that runs and has its schema, with the program in the \
         page cache; ready is the first 200 of `/readyz`, asked every millisecond since the program was started. Memory is \
         read {} s after the last start.\n\n{}\n| embedding | ready ms p50 / max | with PostgreSQL ms | RSS / Pss MiB | stopped ms p50 / max |\n\
         |---|---|---|---|---|\n",
        number(report.program_bytes) / 1_048_576.0,
        args.times,
        REST.as_secs(),
        check::table(&report.checks),
    );
    for s in &report.starts {
        let _ = writeln!(
            text,
            "| {} | {:.0} / {:.0} | {:.0} | {:.1} / {:.1} | {:.0} / {:.0} |",
            s.embedding,
            s.ready_ms.p50,
            s.ready_ms.max,
            s.with_postgres_ms,
            number(s.rest.rss_kib) / 1024.0,
            number(s.rest.pss_kib) / 1024.0,
            s.stop_ms.p50,
            s.stop_ms.max,
        );
    }
    text
}
