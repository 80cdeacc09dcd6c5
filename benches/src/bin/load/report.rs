//! The report, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use crate::{
    Failure,
    bench::Bench,
    machine::Machine,
    process::{self, Size},
    scenario::Scenario,
    stats::Percentiles,
    world::Loaded,
};

/// What the Python reference did on two processors that it shared with PostgreSQL and the generator, at 16 connections on its
/// run route with its fake model: with its settings tuned, and as it ships. Measured when this project began; this program
/// does not repeat it.
const REFERENCE_TUNED: f64 = 31.0;
const REFERENCE_AS_SHIPPED: f64 = 19.0;
const REFERENCE_CONNECTIONS: usize = 16;

/// One measurement.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What was asked for.
    pub scenario: Scenario,
    /// By how many connections.
    pub connections: usize,
    /// For how long.
    pub seconds: f64,
    /// How many answers were complete and right.
    pub complete: u64,
    /// How many were not.
    pub wrong: u64,
    /// What was wrong with the first of them.
    pub complaint: Option<String>,
    /// Complete and right answers in a second.
    pub per_second: f64,
    /// Against the bare handler with as many connections.
    pub ratio_to_baseline: Option<f64>,
    /// Until the first part of the answer.
    pub first_ms: Percentiles,
    /// Until its end.
    pub total_ms: Percentiles,
    /// Processor time that the answering process spent on an answer, in milliseconds.
    pub target_cpu_ms: f64,
    /// The same for PostgreSQL.
    pub postgres_cpu_ms: f64,
    /// The same for this generator.
    pub generator_cpu_ms: f64,
    /// The most memory that the answering process had.
    pub target_peak: Size,
    /// The most memory that PostgreSQL had.
    pub postgres_peak: Size,
    /// How long it took afterwards until everything that was taken in was searchable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_searchable_seconds: Option<f64>,
}

/// Memory of a server and its PostgreSQL at one moment.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Memory {
    server: Size,
    postgres: Size,
}

impl Memory {
    /// Reads it.
    pub fn of(server: u32) -> Result<Self, Failure> {
        Ok(Self { server: Size::of([server]), postgres: Size::of(process::below(server)?) })
    }

    /// What the server has of the machine's memory.
    pub fn rss_kib(&self) -> u64 {
        self.server.rss_kib
    }

    /// The larger of each.
    pub fn max(self, other: Self) -> Self {
        Self { server: self.server.max(other.server), postgres: self.postgres.max(other.postgres) }
    }
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    machine: Machine,
    embedding: String,
    loaded: Vec<Loaded>,
    memory_at_rest: Memory,
    memory_after_load: Memory,
    reference: Reference,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Reference {
    tuned_per_second: f64,
    as_shipped_per_second: f64,
    connections: usize,
    factor_to_tuned: Option<f64>,
    factor_to_as_shipped: Option<f64>,
}

impl Row {
    /// Processor time of an answer, of all who take part.
    pub fn cpu_ms(&self) -> f64 {
        self.target_cpu_ms + self.postgres_cpu_ms + self.generator_cpu_ms
    }

    /// One line for whoever watches.
    pub fn line(&self) -> String {
        format!(
            "{:<28} {:>3} connections  {:>8.1}/s  total p50 {:>7.2} p99 {:>7.2} ms  cpu/request {:.3} + postgres {:.3} ms  {} wrong",
            self.scenario.name(),
            self.connections,
            self.per_second,
            self.total_ms.p50,
            self.total_ms.p99,
            self.target_cpu_ms,
            self.postgres_cpu_ms,
            self.wrong,
        )
    }
}

impl Report {
    /// Puts the measurements in relation to each other.
    pub fn new(
        bench: &Bench,
        loaded: Vec<Loaded>,
        memory_at_rest: Memory,
        memory_after_load: Memory,
        mut rows: Vec<Row>,
    ) -> Self {
        let baseline: Vec<(usize, f64)> = rows
            .iter()
            .filter(|row| row.scenario == Scenario::Baseline)
            .map(|row| (row.connections, row.per_second))
            .collect();
        for row in &mut rows {
            let bare = baseline.iter().find(|(connections, _)| *connections == row.connections);
            row.ratio_to_baseline = bare.map(|(_, per_second)| row.per_second / per_second);
        }
        let run = rows
            .iter()
            .find(|row| row.scenario == Scenario::Run && row.connections == REFERENCE_CONNECTIONS)
            .map(|row| row.per_second);
        let reference = Reference {
            tuned_per_second: REFERENCE_TUNED,
            as_shipped_per_second: REFERENCE_AS_SHIPPED,
            connections: REFERENCE_CONNECTIONS,
            factor_to_tuned: run.map(|per_second| per_second / REFERENCE_TUNED),
            factor_to_as_shipped: run.map(|per_second| per_second / REFERENCE_AS_SHIPPED),
        };
        let (machine, embedding) = (bench.machine.clone(), bench.embedding.clone());
        Self { machine, embedding, loaded, memory_at_rest, memory_after_load, reference, rows }
    }

    /// The report for people.
    pub fn markdown(&self) -> String {
        let mut text = self.machine.heading("Load", &self.embedding);
        text.push_str(" A request counts when its whole answer was read and is right.\n\n");
        text += &table(&self.rows);
        self.write_reference(&mut text);
        self.write_taking_in(&mut text);
        self.write_memory(&mut text);
        text
    }

    fn write_reference(&self, text: &mut String) {
        let r = &self.reference;
        if let (Some(tuned), Some(shipped)) = (r.factor_to_tuned, r.factor_to_as_shipped) {
            let _ = write!(
                text,
                "\n`POST /v1/run` at {} connections is **{tuned:.1} times** the Python reference with tuned settings \
                 ({REFERENCE_TUNED}/s on two processors) and {shipped:.1} times the reference as shipped \
                 ({REFERENCE_AS_SHIPPED}/s).\n",
                r.connections,
            );
        }
    }

    fn write_taking_in(&self, text: &mut String) {
        for loaded in &self.loaded {
            let _ = write!(text, "\n{}\n", loaded.line());
        }
        for row in self.rows.iter().filter(|row| row.scenario == Scenario::Ingest) {
            let _ = write!(
                text,
                "\n`{}` at {} connections: {:.1} texts accepted a second; the last was searchable {:.1} s later.\n",
                row.scenario.name(),
                row.connections,
                row.per_second,
                row.until_searchable_seconds.unwrap_or_default(),
            );
        }
    }

    fn write_memory(&self, text: &mut String) {
        text.push_str(
            "\n| memory, MiB | server RSS | server Pss | PostgreSQL RSS (sum) | PostgreSQL Pss |\n|---|---|---|---|---|\n",
        );
        for (when, memory) in
            [("at rest, corpus loaded", self.memory_at_rest), ("3 s after the load", self.memory_after_load)]
        {
            let _ = writeln!(
                text,
                "| {when} | {} | {} | {} | {} |",
                mib(memory.server.rss_kib),
                mib(memory.server.pss_kib),
                mib(memory.postgres.rss_kib),
                mib(memory.postgres.pss_kib),
            );
        }
    }
}

fn mib(kib: u64) -> u64 {
    kib.div_ceil(1024)
}

/// Measurements that were made in the same circumstances.
pub fn rows(when: &str, rows: &[Row]) -> String {
    format!("{when}:\n\n{}\n", table(rows))
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| request | connections | answers/s | ratio to bare | first p50 / p99 ms | total p50 / p99 ms | CPU ms: server / PostgreSQL / generator | peak MiB RSS: server / PostgreSQL Pss | wrong |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let ratio = row.ratio_to_baseline.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
        let _ = writeln!(
            text,
            "| {} | {} | {:.1} | {ratio} | {:.2} / {:.2} | {:.2} / {:.2} | {:.3} / {:.3} / {:.3} | {} / {} | {} |",
            row.scenario.name(),
            row.connections,
            row.per_second,
            row.first_ms.p50,
            row.first_ms.p99,
            row.total_ms.p50,
            row.total_ms.p99,
            row.target_cpu_ms,
            row.postgres_cpu_ms,
            row.generator_cpu_ms,
            mib(row.target_peak.rss_kib),
            mib(row.postgres_peak.pss_kib),
            row.wrong,
        );
    }
    text
}
