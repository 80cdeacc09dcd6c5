//! Many answers at once in one process: whether all are let in, what each costs, whether heartbeats come on time, and what
//! others notice. The fake model pauses before each of its five words, so that every stream is silent and then ends by itself.

mod reader;
mod wave;

use std::{fmt::Write as _, time::Duration};

use serde::Serialize;

use self::wave::Wave;
use crate::{
    Failure,
    bench::Bench,
    check::{self, Check},
    machine::Machine,
    report::Memory,
    server::{Server, Start},
    stats::{Percentiles, number},
    world::World,
};

/// How many words the fake model says.
const WORDS: u32 = 5;
/// How much longer than planned opening may take.
const SLACK: Duration = Duration::from_secs(15);
/// Places besides those of the streams.
const SPARE: usize = 100;
/// What is asked for: KiB of a stream, milliseconds of another request, and seconds that a heartbeat may be late.
const KIB: f64 = 40.0;
const OTHERS_MS: f64 = 250.0;
const LATE_S: f64 = 1.0;
/// How much more than the first a second wave may cost before that is called more.
const NOISE: f64 = 1.05;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many streams are open at once.
    #[arg(long, default_value_t = 9500)]
    streams: usize,
    /// For how long all of them stay open, in seconds.
    #[arg(long, default_value_t = 60)]
    hold: u64,
    /// How many are opened in a second. It has to be fewer than the machine can answer, or what piles up is measured.
    #[arg(long, default_value_t = 150)]
    rate: u32,
    /// How often all of it is done.
    #[arg(long, default_value_t = 2)]
    waves: usize,
    /// The server's heartbeat, in seconds.
    #[arg(long, default_value_t = 10)]
    heartbeat: u64,
}

impl Args {
    /// How long opening may take, with something to spare.
    fn ramp(&self) -> Duration {
        Duration::from_secs_f64(number(self.streams) / f64::from(self.rate.max(1))) + SLACK
    }

    /// How long all of them stay open.
    fn hold(&self) -> Duration {
        Duration::from_secs(self.hold)
    }
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    settings: String,
    memory_at_rest: Memory,
    /// Others while no stream is open.
    others_alone_ms: Percentiles,
    waves: Vec<Wave>,
    memory_afterwards: Memory,
    checks: Vec<Check>,
}

/// Measures and reports.
pub async fn measure(bench: &Bench, args: &Args) -> Result<(), Failure> {
    let places = args.streams + SPARE;
    let mut start = Start::with(&bench.embedding)
        .set("RUN_MAX_CONCURRENCY", &places)
        .set("RUN_TENANT_MAX_CONCURRENCY", &places)
        .set("RUN_SSE_HEARTBEAT_S", &args.heartbeat)
        .set("LLM_FAKE_DELAY_MS", &((args.hold() + args.ramp()) / WORDS).as_millis());
    if places > 10_000 {
        start = start.set("HTTP_MAX_CONNECTIONS", &(places + SPARE));
    }
    let server = Server::start(&bench.program, &start).await?;
    let world = World::make(&server, &bench.program, "load", bench.documents).await?;
    let others_alone_ms = wave::others_alone(&world, &server).await?;
    let memory_at_rest = Memory::of(server.pid())?;
    let mut waves = Vec::new();
    for n in 0..args.waves {
        let wave = wave::run(&world, &server, args, n).await?;
        eprintln!("{}", wave.line());
        waves.push(wave);
    }
    let memory_afterwards = Memory::of(server.pid())?;
    server.stop().await?;
    let checks = checks(args, &memory_at_rest, &waves);
    let settings = start.told();
    let machine = bench.machine.clone();
    let report = Report { machine, settings, memory_at_rest, others_alone_ms, waves, memory_afterwards, checks };
    bench.write("streams", &markdown(bench, args, &report), &report)
}

fn checks(args: &Args, at_rest: &Memory, waves: &[Wave]) -> Vec<Check> {
    let worst = |of: fn(&Wave) -> f64| waves.iter().map(of).fold(0.0, f64::max);
    let refused: usize = waves.iter().map(|wave| wave.refused + wave.lost).sum();
    let least = waves.iter().map(|wave| wave.least_open).min().unwrap_or_default();
    let each = |wave: &Wave| wave.kib_each(at_rest);
    let silence = number(args.heartbeat) + LATE_S;
    let mut checks = vec![
        Check::at_most("streams refused or lost", 0.0, number(refused), "of them"),
        Check::at_least(format!("open at once for {} s", args.hold), number(args.streams), number(least), "streams"),
        Check::at_most("memory of a stream", KIB, waves.iter().map(each).fold(0.0, f64::max), "KiB"),
        Check::at_most("longest silence of any stream", silence, worst(|wave| wave.silence_seconds.max), "s"),
        Check::at_most("wrong answers to others", 0.0, worst(|wave| number(wave.others_wrong)), "of them"),
        Check::at_most("another request meanwhile, p99", OTHERS_MS, worst(|wave| wave.others_ms.p99), "ms"),
    ];
    if let [first, .., last] = waves {
        let factor = number(last.peak.rss_kib()) / number(first.peak.rss_kib());
        checks.push(Check::at_most("memory at the last wave against the first", NOISE, factor, "times"));
    }
    checks
}

fn markdown(bench: &Bench, args: &Args, report: &Report) -> String {
    let mut text = bench.heading("Many streams");
    let _ = write!(
        text,
        "\n\nServer with {}; the limiter lets this load through, everything else is as shipped. {} streams, {} of them \
         opened a second; then all stay open for {} s and end by themselves. Memory of a stream is the growth of the \
         server's resident set since it was at rest, divided by the streams.\n\n{}\n",
        report.settings,
        args.streams,
        args.rate,
        args.hold,
        check::table(&report.checks),
    );
    text += "| wave | opened in s | held s | open at the least | ended well | refused / lost | RSS MiB: before, open, after | KiB a stream | \
             heartbeats | longest silence s: p50 / p99 / max | CPU ms: opening a stream, a second of it | \
             others ms p50 / p99 / max: opening, open |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    for (n, wave) in report.waves.iter().enumerate() {
        text += &wave.row(n + 1, &report.memory_at_rest);
    }
    let alone = report.others_alone_ms;
    let _ = write!(
        text,
        "\nOthers are four connections that read `GET /v1/corpora/{{id}}` every 20 ms; alone p50 {:.2}, p99 {:.2}, at most \
         {:.2} ms. Server: {} MiB at rest, {} MiB afterwards.\n",
        alone.p50,
        alone.p99,
        alone.max,
        report.memory_at_rest.rss_kib() / 1024,
        report.memory_afterwards.rss_kib() / 1024,
    );
    text
}
