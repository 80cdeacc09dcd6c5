//! Clients that waste the server's time: request heads that come a byte at a time, and readers that ask for much and never
//! read. What counts is what the others notice.

use std::{
    cell::Cell,
    fmt::Write as _,
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde::Serialize;
use socket2::{Domain, Socket, Type};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpSocket, TcpStream},
};

use crate::{
    Failure,
    bench::Bench,
    check::{self, Check},
    drive::{Load, Watch, drive},
    machine::Machine,
    report::{self, Memory, Row},
    scenario::Scenario,
    server::{Server, Start},
    stats::number,
    world::World,
};

/// Between two bytes of a head.
const BETWEEN: Duration = Duration::from_millis(250);
/// How many answers a reader asks for that it never reads, and how little it is ready to take.
const ANSWERS: usize = 50;
const WINDOW: usize = 4096;
/// The segments of an Ethernet. With those of the loopback the kernel takes megabytes for the reader, and nobody waits.
const SEGMENT: u32 = 1460;
/// How many times its p99 alone a request may take.
const FACTOR: f64 = 2.0;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Connections whose request never gets complete.
    #[arg(long, default_value_t = 1000)]
    heads: usize,
    /// Connections that ask and never read.
    #[arg(long, default_value_t = 1000)]
    readers: usize,
    /// Connections of the others.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// How long each measurement lasts.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    heads: usize,
    readers: usize,
    /// Heads that the server gave up, and that were begun again.
    closed_heads: usize,
    before: Vec<Row>,
    meanwhile: Vec<Row>,
    afterwards: Vec<Row>,
    memory_before: Memory,
    memory_meanwhile: Memory,
    memory_afterwards: Memory,
    checks: Vec<Check>,
}

/// Measures and reports.
pub async fn measure(bench: &Bench, args: &Args) -> Result<(), Failure> {
    let server = Server::start(&bench.program, &Start::with(&bench.embedding)).await?;
    let worlds = World::several(&server, &bench.program, 1, bench.documents).await?;
    let world = worlds.first().ok_or("no tenant")?;
    let others = async || {
        let mut rows = Vec::new();
        for scenario in [Scenario::Corpus, Scenario::Run] {
            let watch = Watch { targets: &[server.pid()], server: server.pid() };
            let load = Load::closed(args.connections, 2, args.seconds);
            let row = drive(&worlds, scenario, &[server.address()], watch, &load).await?;
            eprintln!("{}", row.line());
            rows.push(row);
        }
        Ok::<_, Failure>(rows)
    };
    let before = others().await?;
    let memory_before = Memory::of(server.pid())?;
    let (over, closed) = (Cell::new(false), Cell::new(0));
    let heads = join_all((0..args.heads).map(|n| dribble(server.address(), n, &over, &closed)));
    let readers = join_all((0..args.readers).map(|_| stall(server.address(), world, &over)));
    let watching = async {
        // All of them are there before anything is measured.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let rows = others().await;
        let memory = Memory::of(server.pid());
        over.set(true);
        Ok::<_, Failure>((rows?, memory?))
    };
    let (_, stalled, watched) = tokio::join!(heads, readers, watching);
    let (meanwhile, memory_meanwhile) = watched?;
    let readers = stalled.into_iter().flatten().count();
    let afterwards = others().await?;
    let memory_afterwards = Memory::of(server.pid())?;
    server.stop().await?;
    let mut checks = vec![Check::at_least("readers that never read", number(args.readers), number(readers), "of them")];
    for ((before, meanwhile), afterwards) in before.iter().zip(&meanwhile).zip(&afterwards) {
        let alone = f64::midpoint(before.total_ms.p99, afterwards.total_ms.p99);
        let what = format!("p99 of `{}` against alone", before.scenario.name());
        checks.push(Check::at_most(what, FACTOR, meanwhile.total_ms.p99 / alone, "times"));
        let wrong = format!("refused or wrong answers of `{}`", before.scenario.name());
        checks.push(Check::at_most(wrong, 0.0, number(meanwhile.wrong), "of them"));
    }
    let (machine, closed_heads) = (bench.machine.clone(), closed.get());
    let report = Report {
        machine,
        heads: args.heads,
        readers,
        closed_heads,
        before,
        meanwhile,
        afterwards,
        memory_before,
        memory_meanwhile,
        memory_afterwards,
        checks,
    };
    bench.write("slow", &markdown(bench, &report), &report)
}

/// Sends a head a byte at a time, and begins again when the server has enough of it.
async fn dribble(address: SocketAddr, n: usize, over: &Cell<bool>, closed: &Cell<usize>) {
    // Not all in the same moment.
    tokio::time::sleep(BETWEEN.mul_f64(number(n % 100) / 100.0)).await;
    let head = format!("GET /v1/health HTTP/1.1\r\nhost: load\r\nx-slow: {}", "a".repeat(4096));
    while !over.get() {
        let Ok(mut stream) = TcpStream::connect(address).await else {
            tokio::time::sleep(BETWEEN).await;
            continue;
        };
        for byte in head.as_bytes() {
            if over.get() {
                return;
            }
            if stream.write_all(&[*byte]).await.is_err() {
                closed.set(closed.get() + 1);
                break;
            }
            tokio::time::sleep(BETWEEN).await;
        }
    }
}

/// Asks for more than fits anywhere, and does not read. A server that closes it is asked again.
async fn stall(address: SocketAddr, world: &World, over: &Cell<bool>) -> Result<(), Failure> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_recv_buffer_size(WINDOW)?;
    socket.set_tcp_mss(SEGMENT)?;
    socket.set_nonblocking(true)?;
    let mut stream = TcpSocket::from_std_stream(socket.into()).connect(address).await?;
    let requests = world.get("/v1/documents?limit=100").repeat(ANSWERS);
    // It sends what the server takes; that is not all.
    let sent = tokio::time::timeout(Duration::from_secs(2), stream.write_all(&requests)).await;
    if let Ok(Err(error)) = sent {
        return Err(error.into());
    }
    let since = Instant::now();
    while !over.get() && since.elapsed() < Duration::from_mins(10) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

fn markdown(bench: &Bench, report: &Report) -> String {
    let mut text = bench.heading("Slow clients");
    let _ = write!(
        text,
        "\n\n{} connections send a request head, a byte every {} ms, and begin again when they are closed ({} times); {} \
         ask for {ANSWERS} lists of documents and never read, with a window of {WINDOW} bytes. Everything else of the server \
         is as shipped, but for the limiter, which lets this load through.\n\n{}\n",
        report.heads,
        BETWEEN.as_millis(),
        report.closed_heads,
        report.readers,
        check::table(&report.checks),
    );
    for (when, rows) in
        [("alone", &report.before), ("with slow clients", &report.meanwhile), ("alone again", &report.afterwards)]
    {
        text += &report::rows(when, rows);
    }
    let _ = writeln!(
        text,
        "Server: {} MiB before, {} MiB with slow clients, {} MiB afterwards.",
        report.memory_before.rss_kib() / 1024,
        report.memory_meanwhile.rss_kib() / 1024,
        report.memory_afterwards.rss_kib() / 1024,
    );
    text
}
