//! What was measured, for programs and for people.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use nexus_retrieval::eval::{
    Dataset,
    stats::{self, Comparison, Estimate},
};
use serde::Serialize;
use serde_json::json;

use super::{
    Failure,
    grants::Outcome,
    measure::{Configuration, Run},
};

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    model: String,
    split: String,
    top_k: u32,
    datasets: Vec<Measured>,
    /// The searches of readers, by data set.
    pub(super) readers: BTreeMap<String, Vec<Outcome>>,
}

#[derive(Debug, Serialize)]
struct Measured {
    name: String,
    documents: usize,
    questions: usize,
    embedding_ms_p50: f64,
    embedding_ms_p95: f64,
    configurations: Vec<Line>,
    comparisons: Vec<Versus>,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    figures: BTreeMap<&'static str, Estimate>,
    latency_ms_p50: f64,
    latency_ms_p95: f64,
}

/// The first configuration against another one.
#[derive(Debug, Serialize)]
struct Versus {
    first: String,
    second: String,
    metric: &'static str,
    #[serde(flatten)]
    comparison: Comparison,
}

impl Report {
    pub(super) fn new(model: &str, split: &str, top_k: u32) -> Self {
        let (model, split) = (model.to_owned(), split.to_owned());
        Self { model, split, top_k, datasets: Vec::new(), readers: BTreeMap::new() }
    }

    /// Adds what was measured on a data set; every configuration is compared with the first one.
    pub(super) fn add(&mut self, name: &str, dataset: &Dataset, embedding: &[f64], measured: &[(String, Vec<Run>)]) {
        let mut comparisons = Vec::new();
        if let Some(((first, runs), others)) = measured.split_first() {
            for (second, other) in others {
                for metric in metrics(runs) {
                    if let Some(comparison) = stats::compare(&column(runs, metric), &column(other, metric)) {
                        comparisons.push(Versus { first: first.clone(), second: second.clone(), metric, comparison });
                    }
                }
            }
        }
        self.datasets.push(Measured {
            name: name.to_owned(),
            documents: dataset.documents.len(),
            questions: dataset.questions.len(),
            embedding_ms_p50: stats::percentile(embedding, 0.5).unwrap_or_default(),
            embedding_ms_p95: stats::percentile(embedding, 0.95).unwrap_or_default(),
            configurations: measured.iter().map(|(name, runs)| Line::of(name, runs)).collect(),
            comparisons,
        });
    }

    /// The report for people.
    pub(super) fn markdown(&self) -> String {
        let mut text = format!(
            "# Quality of retrieval\n\nModel {}, questions of the split {}, {} passages a question. Brackets hold 95 % \
             intervals (bootstrap over questions); p is that of a paired randomisation test.\n",
            self.model, self.split, self.top_k
        );
        for dataset in &self.datasets {
            dataset.write(&mut text);
            if let Some(outcomes) = self.readers.get(&dataset.name) {
                readers(&mut text, outcomes);
            }
        }
        text
    }
}

impl Measured {
    fn write(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\n## {}: {} documents, {} questions\n\nEmbedding a question takes {:.1} ms (p50), {:.1} ms (p95); the times below \
             come on top.\n",
            self.name, self.documents, self.questions, self.embedding_ms_p50, self.embedding_ms_p95
        );
        let Some(first) = self.configurations.first() else { return };
        let names: Vec<&str> = first.figures.keys().copied().collect();
        let _ = writeln!(text, "| configuration | {} | p50 ms | p95 ms |", names.join(" | "));
        let _ = writeln!(text, "|---|{}---|---|", "---|".repeat(names.len()));
        for line in &self.configurations {
            let figures: Vec<String> = line
                .figures
                .values()
                .map(|figure| format!("{:.3} [{:.3}, {:.3}]", figure.mean, figure.low, figure.high))
                .collect();
            let (p50, p95) = (line.latency_ms_p50, line.latency_ms_p95);
            let _ = writeln!(text, "| {} | {} | {p50:.1} | {p95:.1} |", line.name, figures.join(" | "));
        }
        if self.comparisons.is_empty() {
            return;
        }
        let _ = writeln!(text, "\n| compared | figure | difference | better : worse | p |\n|---|---|---|---|---|");
        for versus in &self.comparisons {
            let Comparison { difference, p, wins, losses } = versus.comparison;
            let Estimate { mean, low, high } = difference;
            let _ = writeln!(
                text,
                "| {} − {} | {} | {mean:+.3} [{low:+.3}, {high:+.3}] | {wins} : {losses} | {p:.3} |",
                versus.first, versus.second, versus.metric
            );
        }
    }
}

impl Line {
    fn of(name: &str, runs: &[Run]) -> Self {
        let figure = |metric| Some((metric, stats::estimate(&column(runs, metric))?));
        let millis: Vec<f64> = runs.iter().map(|run| run.millis).collect();
        let latency = |share| stats::percentile(&millis, share).unwrap_or_default();
        Self {
            name: name.to_owned(),
            figures: metrics(runs).into_iter().filter_map(figure).collect(),
            latency_ms_p50: latency(0.5),
            latency_ms_p95: latency(0.95),
        }
    }
}

fn readers(text: &mut String, outcomes: &[Outcome]) {
    let _ = writeln!(
        text,
        "\n| documents granted | questions | leaked | short answers | recall@10 of vectors | nDCG@10 |\n|---|---|---|---|---|---|"
    );
    for o in outcomes {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {:.4} | {} |",
            o.granted,
            o.questions,
            o.leaked,
            o.short,
            o.dense_recall,
            o.ndcg.map_or_else(|| "–".to_owned(), |ndcg| format!("{ndcg:.3}"))
        );
    }
}

fn metrics(runs: &[Run]) -> Vec<&'static str> {
    // A figure that only some questions have is a mean over those.
    let all: BTreeSet<&'static str> = runs.iter().flat_map(|run| run.figures.keys().copied()).collect();
    all.into_iter().collect()
}

fn column(runs: &[Run], metric: &str) -> Vec<f64> {
    runs.iter().filter_map(|run| run.figures.get(metric).copied()).collect()
}

/// Writes what a configuration found, one question a line.
pub(super) fn write_runs(
    folder: &Path,
    dataset: &str,
    configuration: &Configuration,
    runs: &[Run],
) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::Failed(format!("{}: {e}", folder.display()));
    fs::create_dir_all(folder).map_err(failed)?;
    let mut text = String::new();
    for run in runs {
        let found: Vec<_> = run.hits.iter().map(|hit| json!([hit.origin.id, hit.start, hit.end, hit.score])).collect();
        let line = json!({ "question": run.question, "figures": run.figures, "found": found });
        let _ = writeln!(text, "{line}");
    }
    fs::write(folder.join(format!("{dataset}.{}.jsonl", configuration.name)), text).map_err(failed)
}
