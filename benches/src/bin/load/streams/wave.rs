//! All streams opened, held and ended once.

use std::{
    cell::{Cell, RefCell},
    fmt::Write as _,
    net::SocketAddr,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, future::join_all, stream::FuturesUnordered};
use serde::Serialize;

use super::{
    Args,
    reader::{self, Tally},
};
use crate::{
    Failure,
    drive::Asks,
    process,
    report::Memory,
    scenario::Scenario,
    server::Server,
    stats::{Percentiles, number},
    world::World,
};

/// Connections that ask something else meanwhile, and how long each pauses.
const OTHERS: usize = 4;
const PAUSE: Duration = Duration::from_millis(20);
/// How long opening and ending may take besides what was allowed for.
const PATIENCE: Duration = Duration::from_mins(2);

/// What one wave cost.
#[derive(Debug, Serialize)]
pub struct Wave {
    pub streams: usize,
    pub refused: usize,
    pub lost: usize,
    pub done: usize,
    pub complaint: Option<String>,
    pub opening_seconds: f64,
    /// For how long all were to stay open since then, and how many were at the least.
    pub held_seconds: f64,
    pub least_open: usize,
    pub before: Memory,
    pub peak: Memory,
    pub after: Memory,
    pub heartbeats: usize,
    /// The longest silence of each stream.
    pub silence_seconds: Percentiles,
    pub server_cpu_ms_to_open: f64,
    pub postgres_cpu_ms_to_open: f64,
    pub server_cpu_ms_a_second: f64,
    pub others_opening_ms: Percentiles,
    pub others_ms: Percentiles,
    pub others_wrong: usize,
}

impl Wave {
    /// How much the server grew for each stream.
    pub fn kib_each(&self, at_rest: &Memory) -> f64 {
        number(self.peak.rss_kib().saturating_sub(at_rest.rss_kib())) / number(self.streams)
    }

    /// For whoever watches.
    pub fn line(&self) -> String {
        let mut text = format!(
            "{} streams opened in {:.1} s, {:.1} s with {} open at the least, {} ended well, {} refused, {} lost",
            self.streams, self.opening_seconds, self.held_seconds, self.least_open, self.done, self.refused, self.lost
        );
        if let Some(complaint) = &self.complaint {
            let _ = write!(text, "; first complaint: {complaint}");
        }
        text
    }

    /// For the report.
    pub fn row(&self, n: usize, at_rest: &Memory) -> String {
        let mib = |memory: &Memory| memory.rss_kib().div_ceil(1024);
        let (s, opening, open) = (self.silence_seconds, self.others_opening_ms, self.others_ms);
        format!(
            "| {n} | {:.1} | {:.1} | {} | {} | {} / {} | {}, {}, {} | {:.1} | {} | {:.2} / {:.2} / {:.2} | {:.2}, {:.4} | \
             {:.1} / {:.1} / {:.1}, {:.1} / {:.1} / {:.1} |\n",
            self.opening_seconds,
            self.held_seconds,
            self.least_open,
            self.done,
            self.refused,
            self.lost,
            mib(&self.before),
            mib(&self.peak),
            mib(&self.after),
            self.kib_each(at_rest),
            self.heartbeats,
            s.p50,
            s.p99,
            s.max,
            self.server_cpu_ms_to_open,
            self.server_cpu_ms_a_second,
            opening.p50,
            opening.p99,
            opening.max,
            open.p50,
            open.p99,
            open.max,
        )
    }
}

/// Others, while there are no streams.
pub async fn others_alone(world: &World, server: &Server) -> Result<Percentiles, Failure> {
    let others = Others::default();
    let time = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        others.over.set(true);
    };
    tokio::join!(others.ask(world, server.address()), time);
    Ok(others.taken())
}

/// Opens, holds and ends all streams.
pub async fn run(world: &World, server: &Server, args: &Args, n: usize) -> Result<Wave, Failure> {
    let (tally, others) = (Tally::default(), Others::default());
    let between = Duration::from_secs(1) / args.rate.max(1);
    let streams: FuturesUnordered<_> = (0..args.streams)
        .zip(0_u32..)
        .map(|(s, turn)| {
            let request = world.run(&format!("wave-{n}-{s}"), s);
            reader::follow(server.address(), request, between * turn, &tally)
        })
        .collect();
    let watching = async {
        let wave = watch(server, args, &tally, &others).await;
        others.over.set(true);
        wave
    };
    // What does not end is given up when the time is over.
    let limit = (args.hold() + args.ramp()) * 2 + PATIENCE * 2;
    let streams = tokio::time::timeout(limit, streams.collect::<Vec<()>>());
    let (_, (), wave) = tokio::join!(streams, others.ask(world, server.address()), watching);
    let mut wave = wave?;
    (wave.refused, wave.lost, wave.done) = (tally.refused.get(), tally.lost.get(), tally.done.get());
    wave.complaint = tally.complaint.take();
    wave.heartbeats = tally.heartbeats.get();
    wave.silence_seconds = Percentiles::of(tally.silences.take()).in_seconds();
    Ok(wave)
}

async fn watch(server: &Server, args: &Args, tally: &Tally, others: &Others) -> Result<Wave, Failure> {
    let cpu = || Ok::<_, Failure>((process::cpu_seconds(server.pid()), process::cpu_seconds_below(server.pid())?));
    let ended = || tally.done.get() + tally.lost.get();
    let (before, begun, cpu_before) = (Memory::of(server.pid())?, Instant::now(), cpu()?);
    let deadline = begun + args.ramp() + PATIENCE;
    while tally.opened.get() + tally.refused.get() < args.streams && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (opening, cpu_open, open_since) = (begun.elapsed(), cpu()?, Instant::now());
    let others_opening_ms = others.taken();
    let mut peak = Memory::of(server.pid())?;
    let mut least_open = tally.open.get();
    while open_since.elapsed() < args.hold() {
        tokio::time::sleep(Duration::from_millis(500)).await;
        least_open = least_open.min(tally.open.get());
        peak = peak.max(Memory::of(server.pid())?);
    }
    let (held, cpu_held, others_ms) = (open_since.elapsed(), cpu()?, others.taken());
    let deadline = Instant::now() + args.hold() + args.ramp() + PATIENCE;
    while ended() + tally.refused.get() < args.streams && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let count = number(args.streams);
    Ok(Wave {
        streams: args.streams,
        refused: 0,
        lost: 0,
        done: 0,
        complaint: None,
        opening_seconds: opening.as_secs_f64(),
        held_seconds: held.as_secs_f64(),
        least_open,
        before,
        peak,
        after: Memory::of(server.pid())?,
        heartbeats: 0,
        silence_seconds: Percentiles::default(),
        server_cpu_ms_to_open: (cpu_open.0 - cpu_before.0) * 1000.0 / count,
        postgres_cpu_ms_to_open: (cpu_open.1 - cpu_before.1) * 1000.0 / count,
        server_cpu_ms_a_second: (cpu_held.0 - cpu_open.0) * 1000.0 / count / held.as_secs_f64(),
        others_opening_ms,
        others_ms,
        others_wrong: others.wrong.get(),
    })
}

/// Those who ask something else.
#[derive(Default)]
struct Others {
    over: Cell<bool>,
    wrong: Cell<usize>,
    latencies: RefCell<Vec<Duration>>,
}

impl Others {
    async fn ask(&self, world: &World, address: SocketAddr) {
        join_all((0..OTHERS).map(|connection| async move {
            let asks = Asks { world, scenario: Scenario::Corpus, address, measurement: "others", connection };
            let mut open = None;
            while !self.over.get() {
                if let Ok((_, total)) = asks.ask(&mut open, 0).await {
                    self.latencies.borrow_mut().push(total);
                } else {
                    open = None;
                    self.wrong.set(self.wrong.get() + 1);
                }
                tokio::time::sleep(PAUSE).await;
            }
        }))
        .await;
    }

    /// Since the last time.
    fn taken(&self) -> Percentiles {
        Percentiles::of(self.latencies.take())
    }
}
