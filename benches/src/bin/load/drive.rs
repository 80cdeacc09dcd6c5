//! One measurement: connections that ask as soon as they were answered, for a time.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use futures::future::join_all;

use crate::{
    Failure,
    client::Connection,
    process::{self, Size},
    report::Row,
    scenario::Scenario,
    stats::Percentiles,
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
}

/// Whose time and memory are looked at.
#[derive(Clone, Copy)]
pub struct Watch {
    /// The process that answers.
    pub target: u32,
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

/// Measures one scenario.
pub async fn drive(
    world: &World,
    scenario: Scenario,
    address: SocketAddr,
    watch: Watch,
    load: &Load,
) -> Result<Row, Failure> {
    let tally = Rc::new(Tally::default());
    let measurement = format!("c{}", load.connections);
    let clients = join_all((0..load.connections).map(|c| client(world, scenario, address, &measurement, c, &tally)));
    let observer = observe(&tally, watch, load);
    let (_, seen) = futures::join!(clients, observer);
    let seen = seen?;
    let totals = tally.totals.take();
    if totals.is_empty() {
        let complaint = tally.complaint.take().unwrap_or_else(|| "nothing was answered".to_owned());
        return Err(format!("{}: {complaint}", scenario.name()).into());
    }
    let complete = totals.len() as u64;
    #[allow(clippy::cast_precision_loss, reason = "counts of requests are small")]
    let (count, seconds) = (complete as f64, seen.elapsed.as_secs_f64());
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
    })
}

async fn client(world: &World, scenario: Scenario, address: SocketAddr, measurement: &str, c: usize, tally: &Tally) {
    let mut connection = None;
    let mut n = 0;
    while !tally.over.get() {
        let asked = ask(&mut connection, world, scenario, address, &scenario.request(world, measurement, c, n)).await;
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
    }
}

async fn ask(
    connection: &mut Option<Connection>,
    world: &World,
    scenario: Scenario,
    address: SocketAddr,
    request: &[u8],
) -> Result<(Duration, Duration), Failure> {
    let open = match connection.take() {
        Some(open) => open,
        None => Connection::open(address).await?,
    };
    let open = connection.insert(open);
    let begun = Instant::now();
    let answer = open.exchange(request, scenario.first_mark()).await?;
    let total = begun.elapsed();
    if !scenario.is_right(world, &answer) {
        let text = String::from_utf8_lossy(answer.body);
        let shown: String = text.chars().take(2000).collect();
        return Err(format!("a wrong answer with status {}: {shown}", answer.status).into());
    }
    let first = answer.first.map_or(total, |at| at.duration_since(begun));
    Ok((first, total))
}

struct Seen {
    elapsed: Duration,
    target_cpu: f64,
    postgres_cpu: f64,
    generator_cpu: f64,
    target_peak: Size,
    postgres_peak: Size,
}

async fn observe(tally: &Tally, watch: Watch, load: &Load) -> Result<Seen, Failure> {
    tokio::time::sleep(load.warmup).await;
    let cpu = || -> Result<[f64; 3], Failure> {
        let generator = process::cpu_seconds(std::process::id());
        Ok([process::cpu_seconds(watch.target), process::cpu_seconds_below(watch.server)?, generator])
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
        target_peak = target_peak.max(Size::of([watch.target]));
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
