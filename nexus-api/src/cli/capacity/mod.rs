//! `capacity`: what a machine can do, and what a target needs, from what was measured. Without a report there is no model.

mod model;
mod report;
#[cfg(test)]
mod tests;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use self::model::{Capacity, Load, Streams, Target, headroom};
use super::{Failure, Output};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    nexus capacity --headroom 0.30\n  \
    nexus capacity --target run=50 --target documents=200 --streams 5000 --documents 1000000\n\n\
    The reports are those of `make load` and `make load LOAD_ARGS=streams`, on the machine that is asked about.")]
pub(super) struct Args {
    /// The share that is left free, from 0 to 0.9; beyond that it is what is nearest.
    #[arg(long, default_value_t = 0.30)]
    headroom: f64,
    /// Requests a second that are wanted, as KIND=NUMBER with a kind of the load report. May be given several times.
    #[arg(long = "target", value_parser = parse_target)]
    targets: Vec<Target>,
    /// Streams that are open at once.
    #[arg(long)]
    streams: Option<u64>,
    /// Documents that are searchable.
    #[arg(long)]
    documents: Option<u64>,
    /// The report on load.
    #[arg(long, default_value = "benches/reports/load.json")]
    report: PathBuf,
    /// The report on streams. Without it nothing is said of them.
    #[arg(long, default_value = "benches/reports/streams.json")]
    streams_report: PathBuf,
    /// Where the model goes, for people.
    #[arg(long, default_value = "docs/capacity-model.md")]
    md_out: PathBuf,
    /// Where it goes for programs.
    #[arg(long, default_value = "benches/reports/capacity-model.json")]
    json_out: PathBuf,
}

pub(super) fn run(args: &Args, out: Output) -> Result<(), Failure> {
    let load: Load = read(&args.report)?.ok_or_else(|| missing(&args.report, "make load"))?;
    let streams: Option<Streams> = read(&args.streams_report)?;
    if args.streams.is_some() && streams.is_none() {
        return Err(missing(&args.streams_report, "make load LOAD_ARGS=streams"));
    }
    let wanted = model::Wanted { rates: args.targets.clone(), streams: args.streams, documents: args.documents };
    let (load_name, streams_name) = (name(&args.report), name(&args.streams_report));
    let sources = model::Sources { load: (&load_name, &load), streams: streams.as_ref().map(|s| (&*streams_name, s)) };
    let capacity = Capacity::of(&sources, headroom(args.headroom), wanted).map_err(Failure::Failed)?;
    let text = report::markdown(&capacity);
    write(&args.md_out, &text)?;
    let json = serde_json::to_string_pretty(&capacity).map_err(Failure::from_error)?;
    write(&args.json_out, &(json + "\n"))?;
    out.result(&capacity, || text)
}

fn missing(path: &Path, how: &str) -> Failure {
    Failure::Failed(format!(
        "{} is not there, and nothing is assumed in its place: measure with `{how}`",
        path.display()
    ))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::Failed(format!("{}: {error}", path.display()));
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| wrong(&error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(wrong(&error)),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let wrong = |error| Failure::Failed(format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(wrong)?;
    }
    fs::write(path, text).map_err(wrong)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn parse_target(text: &str) -> Result<Target, String> {
    let (kind, rate) = text.split_once('=').ok_or("write KIND=NUMBER, as in run=50")?;
    let per_second: f64 = rate.parse().map_err(|_| format!("{rate} is not a number"))?;
    if !per_second.is_finite() || per_second < 0.0 {
        return Err(format!("{rate} is not a rate"));
    }
    Ok(Target { kind: kind.to_owned(), per_second })
}
