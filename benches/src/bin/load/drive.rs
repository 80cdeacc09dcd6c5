//! One measurement: connections that ask as soon as they were answered, for a time.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures::future::join_all;

use crate::{
    Failure,
    client::Connection,
    process::{self, Size},
    report::Row,
    scenario::Scenario,
    stats::{Percentiles, number},
    world::World,
};

/// How much load.
pub struct Load {
    /// Connections.
    pub connections: usize,
    /// Time that is not measured.
    pub warmup: Duration,
    /// Time that is.
    pub time: Duration,
    /// What a connection waits after each answer.
    pub pause: Duration,
}

impl Load {
    /// Connections that ask as soon as they were answered.
    pub fn closed(connections: usize, warmup: u64, seconds: u64) -> Self {
        let (warmup, time) = (Duration::from_secs(warmup), Duration::from_secs(seconds));
        Self { connections, warmup, time, pause: Duration::ZERO }
    }
}

/// Whose time and memory are looked at.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// The processes that answer.
    pub targets: &'a [u32],
    /// The server, which PostgreSQL runs below.
    pub server: u32,
}

#[derive(Default)]
struct Tally {
    measuring: Cell<bool>,
    over: Cell<bool>,
    wrong: Cell<u64>,
    totals: RefCell<Vec<Duration>>,
    firsts: RefCell<Vec<Duration>>,
    complaint: RefCell<Option<String>>,
}

/// Measures one scenario. Connections take turns among tenants and addresses.
pub async fn drive(
    worlds: &[World],
    scenario: Scenario,
    addresses: &[SocketAddr],
    watch: Watch<'_>,
    load: &Load,
) -> Result<Row, Failure> {
    let tally = Rc::new(Tally::default());
    let measurement = fresh_name();
    let clients =
        (0..load.connections).zip(worlds.iter().cycle()).zip(addresses.iter().cycle()).map(|((c, world), address)| {
            let asks = Asks { world, scenario, address: *address, measurement: &measurement, connection: c };
            client(asks, load.pause, &tally)
        });
    let clients = join_all(clients);
    let observer = observe(&tally, watch, load);
    let (_, seen) = futures::join!(clients, observer);
    let seen = seen?;
    let totals = tally.totals.take();
    if totals.is_empty() {
        let complaint = tally.complaint.take().unwrap_or_else(|| "nothing was answered".to_owned());
        return Err(format!("{}: {complaint}", scenario.name()).into());
    }
    let complete = totals.len() as u64;
    let (count, seconds) = (number(complete), seen.elapsed.as_secs_f64());
    Ok(Row {
        scenario,
        connections: load.connections,
        seconds,
        complete,
        wrong: tally.wrong.get(),
        complaint: tally.complaint.take(),
        per_second: count / seconds,
        ratio_to_baseline: None,
        first_ms: Percentiles::of(tally.firsts.take()),
        total_ms: Percentiles::of(totals),
        target_cpu_ms: seen.target_cpu * 1000.0 / count,
        postgres_cpu_ms: seen.postgres_cpu * 1000.0 / count,
        generator_cpu_ms: seen.generator_cpu * 1000.0 / count,
        target_peak: seen.target_peak,
        postgres_peak: seen.postgres_peak,
        until_searchable_seconds: None,
    })
}

/// Sessions and documents of one measurement are not those of another.
fn fresh_name() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("m{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// What one connection asks, of whom.
#[derive(Clone, Copy)]
pub struct Asks<'a> {
    /// For which tenant.
    pub world: &'a World,
    /// What.
    pub scenario: Scenario,
    /// Whom.
    pub address: SocketAddr,
    /// Under which name.
    pub measurement: &'a str,
    /// Which connection it is.
    pub connection: usize,
}

async fn client(asks: Asks<'_>, pause: Duration, tally: &Tally) {
    let mut connection = None;
    let mut n = 0;
    while !tally.over.get() {
        let asked = asks.ask(&mut connection, n).await;
        n += 1;
        if !tally.measuring.get() || tally.over.get() {
            continue;
        }
        match asked {
            Ok((first, total)) => {
                tally.firsts.borrow_mut().push(first);
                tally.totals.borrow_mut().push(total);
            }
            Err(error) => {
                connection = None;
                tally.wrong.set(tally.wrong.get() + 1);
                tally.complaint.borrow_mut().get_or_insert_with(|| error.to_string());
                // A server that refuses at once must not turn this loop into a spin.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
}

impl Asks<'_> {
    /// Asks once; says when the first part and when all of a right answer was there.
    pub async fn ask(&self, connection: &mut Option<Connection>, n: usize) -> Result<(Duration, Duration), Failure> {
        let request = self.scenario.request(self.world, self.measurement, self.connection, n);
        let scenario = self.scenario.at(n);
        let open = match connection.take() {
            Some(open) => open,
            None => Connection::open(self.address).await?,
        };
        let open = connection.insert(open);
        let begun = Instant::now();
        let answer = open.exchange(&request, scenario.first_mark()).await?;
        let total = begun.elapsed();
        if !scenario.is_right(self.world, &answer) {
            let text = String::from_utf8_lossy(answer.body);
            let shown: String = text.chars().take(2000).collect();
            return Err(format!("a wrong answer with status {}: {shown}", answer.status).into());
        }
        let first = answer.first.map_or(total, |at| at.duration_since(begun));
        Ok((first, total))
    }
}

struct Seen {
    elapsed: Duration,
    target_cpu: f64,
    postgres_cpu: f64,
    generator_cpu: f64,
    target_peak: Size,
    postgres_peak: Size,
}

async fn observe(tally: &Tally, watch: Watch<'_>, load: &Load) -> Result<Seen, Failure> {
    tokio::time::sleep(load.warmup).await;
    let cpu = || -> Result<[f64; 3], Failure> {
        let generator = process::cpu_seconds(std::process::id());
        Ok([
            watch.targets.iter().map(|pid| process::cpu_seconds(*pid)).sum(),
            process::cpu_seconds_below(watch.server)?,
            generator,
        ])
    };
    let before = cpu()?;
    tally.measuring.set(true);
    let begun = Instant::now();
    let (mut target_peak, mut postgres_peak) = (Size::default(), Size::default());
    loop {
        let left = load.time.saturating_sub(begun.elapsed());
        if left.is_zero() {
            break;
        }
        tokio::time::sleep(left.min(Duration::from_secs(2))).await;
        target_peak = target_peak.max(Size::of(watch.targets.iter().copied()));
        postgres_peak = postgres_peak.max(Size::of(process::below(watch.server)?));
    }
    let elapsed = begun.elapsed();
    tally.over.set(true);
    let after = cpu()?;
    let [target_cpu, postgres_cpu, generator_cpu] = [0, 1, 2].map(|n| {
        let at = |cpu: &[f64; 3]| cpu.get(n).copied().unwrap_or_default();
        at(&after) - at(&before)
    });
    Ok(Seen { elapsed, target_cpu, postgres_cpu, generator_cpu, target_peak, postgres_peak })
}
