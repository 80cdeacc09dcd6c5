//! Everything on one processor, then on more: whether what is there is used.
//!
//! Server, PostgreSQL and generator move together, so that the generator's share grows as well and does not bound what can
//! be seen. The same requests at twice the processors should come to twice as many.

use std::{
    fmt::Write as _,
    process::{Command, Stdio},
};

use serde::Serialize;

use crate::{
    Failure,
    bench::Bench,
    check::{self, Check},
    drive::{Load, Watch, drive},
    machine::Machine,
    report::{self, Row},
    scenario::Scenario,
    server::{Server, Start},
    world::World,
};

/// How many times as much two processors should do as one, where PostgreSQL is not the limit.
const FACTOR: f64 = 1.7;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Sets of processors, as `taskset -c` names them: from the smaller to the larger.
    #[arg(long, value_delimiter = ';', default_value = "0;0,1")]
    sets: Vec<String>,
    /// How many connections.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// How long each measurement lasts.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// What is asked for.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "corpus,health,run")]
    scenario: Vec<Scenario>,
}

#[derive(Debug, Serialize)]
struct Step {
    processors: String,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    steps: Vec<Step>,
    checks: Vec<Check>,
}

/// Measures and reports.
pub async fn measure(bench: &Bench, args: &Args) -> Result<(), Failure> {
    let mut steps = Vec::new();
    for set in &args.sets {
        move_to(set)?;
        // Started there, so that it has as many threads as it has processors.
        let start = Start { processors: Some(set), ..Start::with(&bench.embedding) };
        let server = Server::start(&bench.program, &start).await?;
        let worlds = World::several(&server, &bench.program, 1, bench.documents).await?;
        let mut rows = Vec::new();
        for scenario in &args.scenario {
            let watch = Watch { targets: &[server.pid()], server: server.pid() };
            let load = Load::closed(args.connections, 2, args.seconds);
            let row = drive(&worlds, *scenario, &[server.address()], watch, &load).await?;
            eprintln!("processors {set}: {}", row.line());
            rows.push(row);
        }
        server.stop().await?;
        steps.push(Step { processors: set.clone(), rows });
    }
    let checks = checks(&steps);
    let report = Report { machine: bench.machine.clone(), steps, checks };
    bench.write("cores", &markdown(bench, args, &report), &report)
}

/// Moves this program; what it starts follows.
fn move_to(processors: &str) -> Result<(), Failure> {
    let own = std::process::id().to_string();
    let moved = Command::new("taskset").args(["-a", "-p", "-c", processors, &own]).stdout(Stdio::null()).status()?;
    if moved.success() { Ok(()) } else { Err(format!("taskset -c {processors}: {moved}").into()) }
}

fn checks(steps: &[Step]) -> Vec<Check> {
    let [first, .., last] = steps else { return Vec::new() };
    let pairs = first.rows.iter().zip(&last.rows);
    // A run waits for PostgreSQL to write it down: it is shown, and nothing is asked of it.
    let bound = pairs.filter(|(row, _)| matches!(row.scenario, Scenario::Corpus | Scenario::Health));
    // Processor time counts also on a machine that has something else to do: what all of them would give together.
    let growth = bound.flat_map(|(few, many)| {
        let what = format!("`{}`, processors {} against {}", few.scenario.name(), last.processors, first.processors);
        let given = |step: &Step, row: &Row| count(&step.processors) / row.cpu_ms();
        [
            Check::at_least(what.clone(), FACTOR, many.per_second / few.per_second, "times"),
            Check::at_least(what + ", by processor time", FACTOR, given(last, many) / given(first, few), "times"),
        ]
    });
    growth.collect()
}

/// How many processors a set has, as `taskset -c` names them.
fn count(set: &str) -> f64 {
    let number = |text: &str| text.trim().parse::<u32>().unwrap_or_default();
    let of = |part: &str| part.split_once('-').map_or(1, |(from, to)| number(to).saturating_sub(number(from)) + 1);
    f64::from(set.split(',').map(of).sum::<u32>())
}

fn markdown(bench: &Bench, args: &Args, report: &Report) -> String {
    let mut text = bench.heading("Processors");
    let _ = write!(
        text,
        "\n\n{} connections. Server, PostgreSQL and generator are on the same processors: first on some, then on more.\n\n{}\n",
        args.connections,
        check::table(&report.checks),
    );
    for step in &report.steps {
        text += &report::rows(&format!("processors {}", step.processors), &step.rows);
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "small whole numbers are exact")]
    use super::count;

    #[test]
    fn sets_are_counted() {
        assert_eq!([count("0"), count("0,1"), count("0-3"), count("0-1,4")], [1.0, 2.0, 4.0, 3.0]);
    }
}
