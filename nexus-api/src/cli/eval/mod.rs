//! `eval`: how well retrieval finds what is right, through the same ingestion and the same retriever that serve everybody.
//!
//! A data set is ingested once into a corpus of its own in the tenant that the command is told, and stays there: asking
//! again after a change of configuration costs only the questions. Nothing is evaluated when the database or the model is
//! away.

mod grants;
mod load;
mod measure;
mod report;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use nexus_authz::permission::Permission;
use nexus_core::{
    id::{CorpusId, TenantId, UserId},
    op::Op,
    principal::{Principal, Role},
};
use nexus_retrieval::eval::Dataset;
use serde_json::json;

use self::{measure::Configuration, report::Report};
use super::{Failure, Output, server};
use crate::{app::Platform, boot, settings::ProcessRole};

/// The user that evaluates. It owns what it ingests.
const USER: &str = "nexus-eval";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    nexus eval data/scifact                          the default and each leg, on the test questions\n  \
    nexus eval data/scifact --split train --with 'wide={\"fusion\": {\"legs\": \"dense\"}}'\n  \
    nexus eval data/scifact data/texts --answers --report quality.md\n\n\
    A folder holds corpus.jsonl, queries and qrels as BEIR lays them out, or texts and a questions.jsonl with spans.")]
pub(super) struct Args {
    /// Folders of data sets.
    #[arg(required = true)]
    folders: Vec<PathBuf>,
    /// Which questions of a data set that has several sets of them.
    #[arg(long, default_value = "test")]
    split: String,
    /// What is compared.
    #[arg(long, value_delimiter = ',', default_value = "fused,dense,lexical")]
    legs: Vec<measure::Preset>,
    /// A further configuration, as NAME={JSON of the corpus's retrieval settings}.
    #[arg(long = "with", value_parser = measure::parse_named)]
    with: Vec<Configuration>,
    /// How many passages are asked for. Figures at a depth that this does not reach are too low.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    top_k: u32,
    /// How many questions, evenly spread; all otherwise.
    #[arg(long)]
    sample: Option<usize>,
    /// Ingests every document again, after a change of how they are cut, embedded or indexed.
    #[arg(long)]
    reindex: bool,
    /// Also grants random documents to this many readers and compares what they find with a search of everything.
    #[arg(long, default_value_t = 0)]
    readers: usize,
    /// Also answers every question and judges what the answers cite.
    #[arg(long)]
    answers: bool,
    /// Writes the report here as Markdown.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Writes the passages that each configuration finds into this folder, one file a configuration.
    #[arg(long)]
    runs: Option<PathBuf>,
    /// The tenant that holds the corpora.
    #[arg(long, default_value = "nexus-eval")]
    tenant: TenantId,
}

pub(super) async fn run(config: Option<&Path>, args: Args, out: Output) -> Result<(), Failure> {
    let settings = server::load(config)?;
    let running = boot::boot(&settings, ProcessRole::All).await.map_err(Failure::from_error)?;
    let done = evaluate(&running.platform, &args, out).await;
    running.shut_down(settings.serve.drain).await.map_err(Failure::from_error)?;
    done
}

async fn evaluate(platform: &Platform, args: &Args, out: Output) -> Result<(), Failure> {
    let bench = Bench { platform, tenant: args.tenant.clone(), user: USER.parse().map_err(Failure::from_error)? };
    let mut configurations: Vec<Configuration> = args.legs.iter().map(|preset| preset.configuration()).collect();
    configurations.extend(args.with.iter().cloned());
    let mut report = Report::new(platform.embedder.model().as_str(), &args.split, args.top_k);
    for folder in &args.folders {
        let mut dataset = Dataset::read(folder, &args.split).map_err(Failure::from_error)?;
        thin(&mut dataset, args.sample);
        let name = folder.file_name().map_or_else(|| "dataset".to_owned(), |name| name.to_string_lossy().into_owned());
        let corpus: CorpusId = name.parse().map_err(Failure::from_error)?;
        load::ensure(&bench, &corpus, &dataset, args.reindex, out).await?;
        // Questions are remembered with their vectors: all configurations are to find them so.
        let embedding = measure::embed_all(&bench, &dataset).await?;
        let mut measured = Vec::new();
        for configuration in &configurations {
            out.note(&format!("{name}: asking {} questions, {}", dataset.questions.len(), configuration.name));
            let runs = measure::ask_all(&bench, &corpus, configuration, &dataset, (args.top_k, args.answers)).await?;
            if let Some(folder) = &args.runs {
                report::write_runs(folder, &name, configuration, &runs)?;
            }
            measured.push((configuration.name.clone(), runs));
        }
        report.add(&name, &dataset, &embedding, &measured);
        if args.readers > 0 {
            out.note(&format!(
                "{name}: comparing the searches of {} readers with a search of everything",
                args.readers
            ));
            report.readers.insert(name, grants::compare(&bench, &corpus, &dataset, args.readers).await?);
        }
    }
    if let Some(path) = &args.report {
        std::fs::write(path, report.markdown()).map_err(|e| Failure::Failed(format!("{}: {e}", path.display())))?;
    }
    out.result(&json!(report), || report.markdown())
}

/// Where and as whom it is evaluated.
struct Bench<'a> {
    platform: &'a Platform,
    tenant: TenantId,
    user: UserId,
}

impl Bench<'_> {
    fn principal(&self, role: Role) -> Principal {
        Principal::vouched_for(self.tenant.clone(), self.user.clone(), role)
    }

    fn caller<P: Permission>(&self) -> Result<nexus_authz::caller::Caller<P>, Failure> {
        nexus_authz::caller::Caller::check(Arc::new(self.principal(Role::Admin)), self.platform.roles)
            .map_err(Failure::from_error)
    }

    fn op(&self) -> Op {
        Op::internal(self.platform.clock.now())
    }
}

/// Keeps some of the questions, evenly spread.
fn thin(dataset: &mut Dataset, sample: Option<usize>) {
    let Some(sample) = sample.filter(|sample| *sample > 0) else { return };
    let step = dataset.questions.len().div_ceil(sample).max(1);
    dataset.questions = std::mem::take(&mut dataset.questions).into_iter().step_by(step).collect();
}
