//! A tenant that asks at its own pace beside one that asks without a pause: how much the first notices, when only places and
//! turns keep the second within bounds, and when the limiter does.

use std::{fmt::Write as _, time::Duration};

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
    stats::number,
    world::World,
};

/// The share of its questions that a tenant must get answered whatever its neighbour does.
const FAIR: f64 = 0.99;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Connections of the tenant that asks at its own pace.
    #[arg(long, default_value_t = 2)]
    quiet: usize,
    /// Milliseconds between its questions.
    #[arg(long, default_value_t = 200)]
    pause: u64,
    /// Connections of the tenant that asks without a pause.
    #[arg(long, default_value_t = 256)]
    loud: usize,
    /// Questions a second of a tenant, when the limiter works.
    #[arg(long, default_value_t = 50)]
    limit: u64,
    /// How long each measurement lasts.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

#[derive(Debug, Serialize)]
struct Step {
    what: String,
    alone: Row,
    quiet: Row,
    loud: Row,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    steps: Vec<Step>,
    checks: Vec<Check>,
}

/// Measures and reports.
pub async fn measure(bench: &Bench, args: &Args) -> Result<(), Failure> {
    let open = Start::with(&bench.embedding);
    // A question costs three tokens.
    let tokens = args.limit * 3;
    let limited = Start::with(&bench.embedding).set("RL_TENANT_RUN_RPS", &tokens).set("RL_TENANT_RUN_BURST", &tokens);
    let bounded = format!("{} questions a second for each tenant", args.limit);
    let mut steps = Vec::new();
    for (start, what) in [(open, "places and turns only".to_owned()), (limited, bounded)] {
        steps.push(step(bench, args, &start, what).await?);
    }
    let checks = steps.iter().map(|step| {
        let what = format!("questions of the quiet tenant that were answered, {}", step.what);
        Check::at_least(what, FAIR, answered(&step.quiet), "of all")
    });
    let report = Report { machine: bench.machine.clone(), checks: checks.collect(), steps };
    bench.write("neighbours", &markdown(bench, args, &report), &report)
}

async fn step(bench: &Bench, args: &Args, start: &Start<'_>, what: String) -> Result<Step, Failure> {
    let server = Server::start(&bench.program, start).await?;
    let worlds = World::several(&server, &bench.program, 2, bench.documents).await?;
    let (quiet, loud) = worlds.split_at(1);
    let (targets, addresses) = ([server.pid()], [server.address()]);
    let watch = Watch { targets: &targets, server: server.pid() };
    let pace = Load { pause: Duration::from_millis(args.pause), ..Load::closed(args.quiet, 2, args.seconds) };
    let flood = Load::closed(args.loud, 2, args.seconds);
    let alone = drive(quiet, Scenario::Run, &addresses, watch, &pace).await?;
    let (quiet, loud) = futures::try_join!(
        drive(quiet, Scenario::Run, &addresses, watch, &pace),
        drive(loud, Scenario::Run, &addresses, watch, &flood),
    )?;
    for row in [&alone, &quiet, &loud] {
        eprintln!("{what}: {}", row.line());
    }
    server.stop().await?;
    Ok(Step { what, alone, quiet, loud })
}

/// The share of what was asked that was answered rightly.
fn answered(row: &Row) -> f64 {
    number(row.complete) / number(row.complete + row.wrong)
}

fn markdown(bench: &Bench, args: &Args, report: &Report) -> String {
    let mut text = bench.heading("Neighbours");
    let _ = write!(
        text,
        "\n\nA quiet tenant has {} connections with a pause of {} ms after each answer; a loud one has {} that never pause. \
         Processor time of rows that were measured together is that of both. An answer that was refused counts as wrong.\n\n{}\n",
        args.quiet,
        args.pause,
        args.loud,
        check::table(&report.checks),
    );
    for step in &report.steps {
        for (who, row) in [("quiet, alone", &step.alone), ("quiet, meanwhile", &step.quiet), ("loud", &step.loud)] {
            text += &report::rows(&format!("{}: {who}", step.what), std::slice::from_ref(row));
        }
    }
    text
}
