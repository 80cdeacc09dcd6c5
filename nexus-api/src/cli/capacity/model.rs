//! The arithmetic. Every figure that goes in was measured, and says where.

use serde::{Deserialize, Serialize};

/// A report on load.
#[derive(Debug, Deserialize)]
pub(super) struct Load {
    pub(super) machine: Machine,
    pub(super) rows: Vec<Row>,
    memory_at_rest: Memory,
    #[serde(default)]
    pub(super) loaded: Vec<Loaded>,
}

/// A report on streams.
#[derive(Debug, Deserialize)]
pub(super) struct Streams {
    memory_at_rest: Memory,
    waves: Vec<Wave>,
}

/// What was measured on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Machine {
    pub(super) at: String,
    pub(super) processor: String,
    pub(super) processors: u32,
    pub(super) memory_mib: u64,
    pub(super) nexus: String,
    pub(super) revision: String,
    #[serde(default)]
    pub(super) build: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Row {
    scenario: String,
    connections: u64,
    per_second: f64,
    total_ms: Percentiles,
    target_cpu_ms: f64,
    postgres_cpu_ms: f64,
}

#[derive(Debug, Deserialize)]
struct Percentiles {
    p50: f64,
    p99: f64,
}

#[derive(Debug, Deserialize)]
struct Memory {
    server: Size,
}

#[derive(Debug, Deserialize)]
struct Size {
    rss_kib: f64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Loaded {
    documents: f64,
    seconds: f64,
    #[serde(default)]
    database_bytes: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Wave {
    streams: u64,
    peak: Memory,
    server_cpu_ms_a_second: f64,
}

/// Requests a second that are wanted of a kind.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Target {
    pub(super) kind: String,
    pub(super) per_second: f64,
}

/// What is wanted.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Wanted {
    pub(super) rates: Vec<Target>,
    pub(super) streams: Option<u64>,
    pub(super) documents: Option<u64>,
}

/// The reports, with the names of their files.
pub(super) struct Sources<'a> {
    pub(super) load: (&'a str, &'a Load),
    pub(super) streams: Option<(&'a str, &'a Streams)>,
}

/// What the machine that was measured can do of one kind, alone.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Alone {
    pub(super) kind: String,
    pub(super) server_cpu_ms: f64,
    pub(super) postgres_cpu_ms: f64,
    /// `processors / processor time of a request * (1 - headroom)`, server and PostgreSQL on the same processors.
    pub(super) per_second: f64,
    pub(super) measured_per_second: f64,
    pub(super) measured_p50_ms: f64,
    pub(super) measured_p99_ms: f64,
    /// Where the figures come from.
    pub(super) from: String,
}

/// A figure of what is needed, and where it comes from.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Need {
    pub(super) what: &'static str,
    pub(super) value: f64,
    pub(super) unit: &'static str,
    pub(super) from: String,
}

/// The model.
#[derive(Debug, Serialize)]
pub(super) struct Capacity {
    pub(super) headroom: f64,
    pub(super) machine: Machine,
    pub(super) kinds: Vec<Alone>,
    pub(super) wanted: Wanted,
    pub(super) needs: Vec<Need>,
}

/// Bounds of what may be left free.
pub(super) fn headroom(wanted: f64) -> f64 {
    if wanted.is_nan() { 0.0 } else { wanted.clamp(0.0, 0.9) }
}

/// Requests a second of as many that are served at once, each for that long.
pub(super) fn per_second(concurrency: f64, service_seconds: f64, headroom: f64) -> f64 {
    concurrency / service_seconds * (1.0 - headroom)
}

impl Capacity {
    /// Computes it; the sentence says what is missing.
    pub(super) fn of(sources: &Sources<'_>, headroom: f64, wanted: Wanted) -> Result<Self, String> {
        let (name, load) = sources.load;
        let kinds = kinds(name, load, headroom);
        if kinds.is_empty() {
            return Err(format!("{name} has no measurement of this server"));
        }
        let needs = needs(sources, &kinds, headroom, &wanted)?;
        Ok(Self { headroom, machine: load.machine.clone(), kinds, wanted, needs })
    }
}

/// Of each kind the row with the most answers a second.
fn kinds(name: &str, load: &Load, headroom: f64) -> Vec<Alone> {
    let mut best: Vec<&Row> = Vec::new();
    // The bare handler is not this server.
    for row in load.rows.iter().filter(|row| row.scenario != "baseline") {
        match best.iter_mut().find(|other| other.scenario == row.scenario) {
            Some(other) if other.per_second < row.per_second => *other = row,
            Some(_) => {}
            None => best.push(row),
        }
    }
    let of = |row: &Row| {
        let seconds = (row.target_cpu_ms + row.postgres_cpu_ms) / 1000.0;
        Alone {
            kind: row.scenario.clone(),
            server_cpu_ms: row.target_cpu_ms,
            postgres_cpu_ms: row.postgres_cpu_ms,
            per_second: per_second(f64::from(load.machine.processors), seconds, headroom),
            measured_per_second: row.per_second,
            measured_p50_ms: row.total_ms.p50,
            measured_p99_ms: row.total_ms.p99,
            from: format!("{name}, `{}` at {} connections", row.scenario, row.connections),
        }
    };
    best.into_iter().map(of).collect()
}

fn needs(sources: &Sources<'_>, kinds: &[Alone], headroom: f64, wanted: &Wanted) -> Result<Vec<Need>, String> {
    let (name, load) = sources.load;
    let free = 1.0 - headroom;
    let (mut server, mut postgres, mut from) = (0.0, 0.0, Vec::new());
    for target in &wanted.rates {
        let known = || kinds.iter().map(|kind| kind.kind.as_str()).collect::<Vec<_>>().join(", ");
        let kind = kinds.iter().find(|kind| kind.kind == target.kind);
        let kind = kind.ok_or_else(|| format!("{name} has no `{}`: it has {}", target.kind, known()))?;
        server += target.per_second * kind.server_cpu_ms / 1000.0;
        postgres += target.per_second * kind.postgres_cpu_ms / 1000.0;
        from.push(kind.from.clone());
    }
    let mut needs = Vec::new();
    let (mut memory_kib, mut processes) = (load.memory_at_rest.server.rss_kib, 1.0_f64);
    let mut memory_from = format!("{name}, `memory_at_rest`");
    if let (Some(count), Some((name, report))) = (wanted.streams, sources.streams) {
        let each = Each::of(report).ok_or_else(|| format!("{name} has no wave"))?;
        server += number(count) * each.cpu_ms_a_second / 1000.0;
        memory_kib += number(count) * each.kib;
        processes = processes.max((number(count) / free / each.streams).ceil());
        from.push(format!("{name}, a second of a stream"));
        memory_from = format!("{memory_from}; {name}, {:.1} KiB a stream", each.kib);
    }
    if !from.is_empty() {
        let from = from.join("; ");
        processes = processes.max((server / free / f64::from(load.machine.processors)).ceil());
        needs.push(Need { what: "processors of servers", value: server / free, unit: "", from: from.clone() });
        needs.push(Need { what: "processors of PostgreSQL", value: postgres / free, unit: "", from });
        let from = format!("as large as what was measured: {} processors each", load.machine.processors);
        needs.push(Need { what: "servers", value: processes, unit: "", from });
        let all = memory_kib + (processes - 1.0) * load.memory_at_rest.server.rss_kib;
        needs.push(Need { what: "memory of all servers", value: all / 1024.0 / free, unit: "MiB", from: memory_from });
    }
    if let Some(count) = wanted.documents {
        needs.extend(of_documents(name, load, number(count), free)?);
    }
    Ok(needs)
}

/// What one stream costs: the most of all waves.
struct Each {
    kib: f64,
    cpu_ms_a_second: f64,
    streams: f64,
}

impl Each {
    fn of(report: &Streams) -> Option<Self> {
        let rest = report.memory_at_rest.server.rss_kib;
        let kib = |wave: &Wave| (wave.peak.server.rss_kib - rest).max(0.0) / number(wave.streams);
        let waves = || report.waves.iter().filter(|wave| wave.streams > 0);
        Some(Self {
            kib: waves().map(kib).reduce(f64::max)?,
            cpu_ms_a_second: waves().map(|wave| wave.server_cpu_ms_a_second).reduce(f64::max)?,
            streams: number(waves().map(|wave| wave.streams).max()?),
        })
    }
}

fn of_documents(name: &str, load: &Load, count: f64, free: f64) -> Result<Vec<Need>, String> {
    let largest = load.loaded.iter().max_by(|a, b| a.documents.total_cmp(&b.documents));
    let loaded = largest.filter(|loaded| loaded.documents > 0.0);
    let loaded = loaded.ok_or_else(|| format!("{name} does not say what taking in documents cost: measure again"))?;
    let from = format!("{name}, {} documents taken in", loaded.documents);
    let hours = count * loaded.seconds / loaded.documents / free / 3600.0;
    let mut needs = vec![Need { what: "taking all documents in", value: hours, unit: "h", from: from.clone() }];
    if let Some(bytes) = loaded.database_bytes {
        let gib = count * bytes / loaded.documents / free / 1024.0_f64.powi(3);
        needs.push(Need { what: "database", value: gib, unit: "GiB", from });
    }
    Ok(needs)
}

#[allow(clippy::cast_precision_loss, reason = "counts of streams and documents are far below 2^52")]
fn number(n: u64) -> f64 {
    n as f64
}
